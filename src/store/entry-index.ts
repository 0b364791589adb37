import { setImmediate as letOthersRun } from 'node:timers/promises';
import { normalizeDn } from '../directory/dn.ts';
import { entryAttribute, entryDn } from '../directory/entry-codec.ts';
import { indexedAttributes, indexKey } from '../directory/index-key.ts';
import type { Schema } from '../directory/schema.ts';
import type { NodeId } from '../identity/node.ts';
import { PendingPostings } from './pending-postings.ts';
import { StoreError } from './store-error.ts';
import { postingName, type ViewKeys } from './view-keys.ts';
import type { WriteBuffer } from './write-buffer.ts';

const NO_VALUES: readonly Buffer[] = [];

/** Keeps the DN table and the value indexes in step with the entries of one publish. */
export class EntryIndex {
  readonly #keys: ViewKeys;
  readonly #schema: Schema;
  readonly #buffer: WriteBuffer;
  readonly #postings: PendingPostings;

  constructor(keys: ViewKeys, schema: Schema, buffer: WriteBuffer) {
    this.#keys = keys;
    this.#schema = schema;
    this.#buffer = buffer;
    this.#postings = new PendingPostings(keys);
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
    for (const { attribute } of indexedAttributes) {
      const before = old === undefined ? NO_VALUES : entryAttribute(old, attribute);
      const after = next === undefined ? NO_VALUES : entryAttribute(next, attribute);
      if (!sameValues(before, after)) this.#repost(attribute, id, before, after);
    }
  }

  #repost(attribute: string, id: NodeId, before: readonly Buffer[], after: readonly Buffer[]): void {
    const oldNames = this.#postingNames(attribute, before);
    const newNames = this.#postingNames(attribute, after);
    for (const name of oldNames) if (!newNames.includes(name)) this.#postings.change(name, id, false);
    for (const name of newNames) if (!oldNames.includes(name)) this.#postings.change(name, id, true);
  }

  #postingNames(attribute: string, values: readonly Buffer[]): readonly string[] {
    const names: string[] = [];
    for (const value of values) {
      const key = indexKey(this.#schema, attribute, value);
      if (key !== undefined) names.push(postingName(attribute, key));
    }
    return names;
  }

  /** Two entries may exchange their DNs in one publish; the later owner's key must survive the earlier one's leaving. */
  #forgetDn(key: string, id: NodeId): void {
    const holder = this.#buffer.get(this.#keys.dn(key));
    if (holder?.readUInt32BE(0) === id) this.#buffer.delete(this.#keys.dn(key));
  }
}

function dnKey(bytes: Buffer): string {
  const dn = entryDn(bytes);
  const key = normalizeDn(dn);
  if (key === undefined) throw new StoreError('failed', 'An entry with an invalid DN cannot be stored.');
  return key;
}

function sameValues(a: readonly Buffer[], b: readonly Buffer[]): boolean {
  return a.length === b.length && a.every((value, i) => b[i]?.equals(value) === true);
}
