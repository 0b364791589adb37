import { setImmediate as letOthersRun } from 'node:timers/promises';
import { contentStart, elementEnd } from '../directory/ber.ts';
import { normalizeDn } from '../directory/dn.ts';
import { entryDn, findRow, rowLink } from '../directory/entry-codec.ts';
import { indexedAttributes, indexKey, indexKeyBytesMax, plainKeyBytesMax } from '../directory/index-key.ts';
import { writePlainForm } from '../directory/plain-form.ts';
import { attributeHash } from '../directory/schema-elements.ts';
import type { Schema } from '../directory/schema.ts';
import type { NodeId } from '../identity/node.ts';
import { PendingPostings } from './pending-postings.ts';
import { StoreError } from './store-error.ts';
import type { ViewKeys } from './view-keys.ts';
import type { WriteBuffer } from './write-buffer.ts';

/** One index. `head` begins with what the keys of all its heads begin with; index keys are written behind that. */
interface Column {
  readonly attribute: string;
  readonly hash: number;
  /** How the normal form of plain ASCII is made; undefined: it is not that simple. */
  readonly ascii: 'fold' | 'exact' | undefined;
  readonly head: Buffer;
  readonly prefixBytes: number;
}

/** Keeps the DN table and the value indexes in step with the entries of one publish. */
export class EntryIndex {
  readonly #keys: ViewKeys;
  readonly #schema: Schema;
  readonly #buffer: WriteBuffer;
  readonly #postings: PendingPostings;
  readonly #columns: readonly Column[];

  constructor(keys: ViewKeys, schema: Schema, buffer: WriteBuffer) {
    this.#keys = keys;
    this.#schema = schema;
    this.#buffer = buffer;
    this.#postings = new PendingPostings(keys);
    this.#columns = indexedAttributes.map(({ attribute }) => column(keys, schema, attribute));
  }

  /** How many changes of postings wait. */
  get size(): number {
    return this.#postings.size;
  }

  /** Forgets what waits. */
  clear(): void {
    this.#postings.clear();
  }

  /** Hands all postings over to the buffer; others may run meanwhile. */
  async flush(): Promise<void> {
    if (this.#postings.size === 0) return;
    // Postings that are being written cannot be read yet.
    await this.#buffer.settled();
    for (const _some of this.#postings.flush(this.#buffer)) await letOthersRun();
  }

  /** Moves an entry's keys from what they were to what they are; undefined: there is no such entry. */
  update(id: NodeId, old: Buffer | undefined, next: Buffer | undefined): void {
    const oldDn = old === undefined ? undefined : dnKey(old);
    const newDn = next === undefined ? undefined : dnKey(next);
    if (oldDn !== newDn) {
      if (oldDn !== undefined) this.#forgetDn(oldDn, id);
      if (newDn !== undefined) this.#buffer.put(this.#keys.dn(newDn), this.#keys.entry(id).subarray(2));
    }
    for (const each of this.#columns) {
      const before = valuesAt(old, each.hash);
      const after = valuesAt(next, each.hash);
      if (before < 0 && after < 0) continue;
      if (old === undefined || before < 0) this.#changeAll(each, id, next, after, true);
      else if (next === undefined || after < 0) this.#changeAll(each, id, old, before, false);
      else if (!sameValues(old, before, next, after)) this.#repost(each, id, [old, before], [next, after]);
    }
  }

  /** Adds the postings of all values of an attribute, or takes them away. */
  #changeAll(each: Column, id: NodeId, entry: Buffer | undefined, set: number, add: boolean): void {
    if (entry === undefined) return;
    this.#eachKey(each, entry, set, (length) => this.#postings.change(each.head, length, id, add));
  }

  #repost(each: Column, id: NodeId, before: readonly [Buffer, number], after: readonly [Buffer, number]): void {
    const keyOf = (length: number): string => each.head.toString('latin1', each.prefixBytes, length);
    const gone = new Set<string>();
    const come = new Set<string>();
    this.#eachKey(each, ...before, (length) => gone.add(keyOf(length)));
    this.#eachKey(each, ...after, (length) => come.add(keyOf(length)));
    this.#eachKey(each, ...before, (length) => {
      if (!come.has(keyOf(length))) this.#postings.change(each.head, length, id, false);
    });
    this.#eachKey(each, ...after, (length) => {
      if (!gone.has(keyOf(length))) this.#postings.change(each.head, length, id, true);
    });
  }

  /** Writes the index key of each value behind the prefix of the column, and tells how long the head's key is then. */
  #eachKey(each: Column, entry: Buffer, set: number, visit: (length: number) => void): void {
    const end = elementEnd(entry, set);
    for (let at = contentStart(entry, set); at < end; at = elementEnd(entry, at)) {
      const length = this.#writeKey(each, entry, contentStart(entry, at), elementEnd(entry, at));
      if (length > 0) visit(each.prefixBytes + length);
    }
  }

  /** How long the key is; 0 when the value has none. */
  #writeKey({ attribute, ascii, head, prefixBytes }: Column, entry: Buffer, from: number, to: number): number {
    if (ascii !== undefined && to - from <= plainKeyBytesMax) {
      if (writePlainForm(entry, { from, to }, ascii === 'fold', head, prefixBytes)) return to - from;
    }
    const key = indexKey(this.#schema, attribute, entry.subarray(from, to));
    if (key === undefined) return 0;
    head.set(key, prefixBytes);
    return key.length;
  }

  /** Two entries may exchange their DNs in one publish; the later owner's key must survive the earlier one's leaving. */
  #forgetDn(key: string, id: NodeId): void {
    const holder = this.#buffer.get(this.#keys.dn(key));
    if (holder?.readUInt32BE(0) === id) this.#buffer.delete(this.#keys.dn(key));
  }
}

function column(keys: ViewKeys, schema: Schema, attribute: string): Column {
  const prefix = keys.postingsPrefix(attribute, Buffer.alloc(0));
  const head = Buffer.alloc(prefix.length + indexKeyBytesMax);
  prefix.copy(head);
  const ascii = schema.attribute(attribute)?.equality?.ascii;
  return { attribute, hash: attributeHash(attribute), ascii, head, prefixBytes: prefix.length };
}

function dnKey(bytes: Buffer): string {
  const dn = entryDn(bytes);
  const key = normalizeDn(dn);
  if (key === undefined) throw new StoreError('failed', 'An entry with an invalid DN cannot be stored.');
  return key;
}

/** Where the SET of an attribute's values is in an entry; -1 when it has none of its own. */
function valuesAt(entry: Buffer | undefined, hash: number): number {
  const word = entry === undefined ? 0 : findRow(entry, hash);
  if (entry === undefined || word === 0 || rowLink(word) !== undefined) return -1;
  return elementEnd(entry, contentStart(entry, word));
}

function sameValues(old: Buffer, before: number, next: Buffer, after: number): boolean {
  return old.compare(next, after, elementEnd(next, after), before, elementEnd(old, before)) === 0;
}
