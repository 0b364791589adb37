import type { EntryId } from '../directory/reader.ts';
import { nodeRange } from '../identity/node.ts';
import { prefixEnd, Table, type TenantKeys } from './keys.ts';
import type { SetAddress } from './stored-set.ts';

const HEAD = 0;
const CHUNK = 1;
const STAMP_BYTES = 6;
const UNDO_HEADER = 0;
const UNDO_ENTRY = 1;
const UNDO_MEMBERS = 2;
/** Users have a uid beside their DN; groups, whose ids are greater, have none. */
const FIRST_GROUP = nodeRange('group').from;

/** Keys of the view that readers and the writer must agree on. */
export class ViewKeys {
  readonly #keys: TenantKeys;

  constructor(keys: TenantKeys) {
    this.#keys = keys;
  }

  entry(id: EntryId): Buffer {
    return this.#keys.id(Table.entries, id);
  }

  /** The id in a key made by {@link ViewKeys.entry}. */
  entryId(key: Buffer): EntryId {
    return key.readUInt32BE(2);
  }

  dn(normalizedDn: string): Buffer {
    return this.#keys.text(Table.dns, normalizedDn);
  }

  meta(name: 'facts' | 'publishing' | 'changes'): Buffer {
    return this.#keys.text(Table.viewMeta, name);
  }

  members(group: EntryId): SetAddress {
    return this.#set(Table.members, idBytes(group));
  }

  memberships(member: EntryId): SetAddress {
    return this.#set(Table.memberships, idBytes(member));
  }

  /** What the keys of all changes of one publish begin with. */
  changesAt(stampMs: number): Buffer {
    return this.#keys.bytes(Table.changes, stampBytes(stampMs));
  }

  change(stampMs: number, node: EntryId): Buffer {
    return Buffer.concat([this.changesAt(stampMs), idBytes(node)]);
  }

  /** The stamp in a key made by {@link ViewKeys.change}. */
  changeStamp(key: Buffer): number {
    return key.readUIntBE(2, STAMP_BYTES);
  }

  /** The id in a key made by {@link ViewKeys.change}. */
  changedNode(key: Buffer): EntryId {
    return key.readUInt32BE(2 + STAMP_BYTES);
  }

  /** What tells how one publish can be undone. */
  undoHeader(stampMs: number): Buffer {
    return this.#keys.tagged(Table.undo, UNDO_HEADER, stampBytes(stampMs));
  }

  /** The stamp in a key made by {@link ViewKeys.undoHeader}. */
  undoStamp(key: Buffer): number {
    return key.readUIntBE(3, STAMP_BYTES);
  }

  /** The bounds of all {@link ViewKeys.undoHeader}. */
  get undoHeaders(): { gte: Buffer; lt: Buffer | undefined } {
    const gte = this.#keys.tagged(Table.undo, UNDO_HEADER, new Uint8Array());
    return { gte, lt: prefixEnd(gte) };
  }

  /** What an entry was before one publish, or the members of a group. */
  undone(part: 'entry' | 'members', stampMs: number, node: EntryId): Buffer {
    return Buffer.concat([this.#undoPart(part, stampMs), idBytes(node)]);
  }

  /** The id in a key made by {@link ViewKeys.undone}. */
  undoneNode(key: Buffer): EntryId {
    return key.readUInt32BE(3 + STAMP_BYTES);
  }

  /** The bounds of all {@link ViewKeys.undone} of one publish. */
  undoneBy(part: 'entry' | 'members', stampMs: number): { gte: Buffer; lt: Buffer | undefined } {
    const gte = this.#undoPart(part, stampMs);
    return { gte, lt: prefixEnd(gte) };
  }

  #undoPart(part: 'entry' | 'members', stampMs: number): Buffer {
    return this.#keys.tagged(Table.undo, part === 'entry' ? UNDO_ENTRY : UNDO_MEMBERS, stampBytes(stampMs));
  }

  /** The bounds of all changes. */
  get allChanges(): { gte: Buffer; lt: Buffer } {
    return this.#keys.table(Table.changes);
  }

  postings(attribute: string, indexKey: Buffer): SetAddress {
    return this.#set(Table.postings, Buffer.concat([Buffer.from(`${attribute}\0`), indexKey]));
  }

  /** What the heads of all postings with this index key prefix begin with. */
  postingsPrefix(attribute: string, prefix: Buffer): Buffer {
    return this.#keys.tagged(Table.postings, HEAD, Buffer.concat([Buffer.from(`${attribute}\0`), prefix]));
  }

  /** The address of the postings whose head has this key. */
  postingsOfHead(head: Buffer): SetAddress {
    return this.#set(Table.postings, head.subarray(3));
  }

  // Heads and chunks have different tags, so that a prefix of heads is free of chunks. Chunk keys of two sets never
  // meet: their own parts would have to be of one length and then equal.
  #set(table: Table, own: Buffer): SetAddress {
    return {
      head: this.#keys.tagged(table, HEAD, own),
      column1Below: FIRST_GROUP,
      chunk: (key) => this.#keys.tagged(table, CHUNK, Buffer.concat([own, idBytes(key)])),
    };
  }
}

function stampBytes(stampMs: number): Buffer {
  const bytes = Buffer.allocUnsafe(STAMP_BYTES);
  bytes.writeUIntBE(stampMs, 0, STAMP_BYTES);
  return bytes;
}

function idBytes(id: number): Buffer {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeUInt32BE(id);
  return bytes;
}
