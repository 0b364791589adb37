import { entryAttribute, entryDn } from '../directory/entry-codec.ts';
import { normalizeDn } from '../directory/dn.ts';
import { indexedAttributes, indexKey } from '../directory/index-key.ts';
import type { Schema } from '../directory/schema.ts';
import type { NodeId } from '../identity/node.ts';
import type { MemberValues, PublicationFacts, SetChange, ViewWriter } from '../identity/view.ts';
import type { Database, WriteOperation } from './database.ts';
import { prefixEnd } from './keys.ts';
import { readSet, type SetAddress, type SetOperation, type StoredSet, updateSet } from './stored-set.ts';
import { StoreError } from './store-error.ts';
import type { ViewKeys } from './view-keys.ts';
import type { WriteBuffer } from './write-buffer.ts';

/** What may gather before it is written, whatever the number of operations. */
const FLUSH_BYTES = 2 * 1024 * 1024;
/** More changed entries than this are not listed one by one for the entry cache. */
const CHANGED_IDS_MAX = 50_000;

/** What the writer needs from the store around it. */
export interface ViewWriterHost {
  readonly facts: PublicationFacts | undefined;
  /** True when an earlier publish ended half-way, so that nothing is shown until this one is committed. */
  readonly unfinished: boolean;
  /** Writes that may gather before they are flushed: fewer hold up the event loop less, more are faster. */
  readonly batchOperations: number;
  /** The writes that forget which nodes changed and store the engine's state. */
  finalOperations(state: string): Promise<WriteOperation[]>;
  /** Shows the committed directory to readers; `changedIds` is undefined when too many changed to be listed. */
  swap(facts: PublicationFacts, changedIds: ReadonlySet<NodeId> | undefined): void;
  /** Called when the writer has committed or given up: another one may be opened. */
  finished(): void;
}

/** Writes one publish. */
export class LevelViewWriter implements ViewWriter {
  readonly #db: Database;
  readonly #keys: ViewKeys;
  readonly #schema: Schema;
  readonly #buffer: WriteBuffer;
  readonly #host: ViewWriterHost;
  readonly #postings = new Map<string, { readonly address: SetAddress; readonly changes: Map<NodeId, boolean> }>();
  readonly #get = (key: Buffer): Buffer | undefined => this.#buffer.get(key);
  #changedIds: Set<NodeId> | undefined = new Set();
  #postingChanges = 0;
  #changed = false;
  #begun = false;

  constructor(db: Database, keys: ViewKeys, schema: Schema, buffer: WriteBuffer, host: ViewWriterHost) {
    this.#db = db;
    this.#keys = keys;
    this.#schema = schema;
    this.#buffer = buffer;
    this.#host = host;
  }

  get facts(): PublicationFacts | undefined {
    return this.#host.facts;
  }

  get changed(): boolean {
    return this.#changed || this.#host.unfinished;
  }

  get full(): boolean {
    const { operations, bytes } = this.#buffer.size;
    return operations + this.#postingChanges > this.#host.batchOperations || bytes > FLUSH_BYTES;
  }

  entry(id: NodeId): Buffer | undefined {
    return this.#buffer.get(this.#keys.entry(id));
  }

  async *storedIds(range: { from: NodeId; to: NodeId }): AsyncGenerator<Uint32Array> {
    const bounds = { gte: this.#keys.entry(range.from), lt: prefixEnd(this.#keys.entry(range.to)) };
    for await (const keys of this.#db.keys(bounds, 1000)) yield Uint32Array.from(keys, (key) => this.#keys.entryId(key));
  }

  putEntry(id: NodeId, bytes: Buffer): void {
    const old = this.entry(id);
    this.#reindex(id, old, bytes);
    this.#buffer.put(this.#keys.entry(id), bytes);
    this.#touch(id);
  }

  deleteEntry(id: NodeId): void {
    const old = this.entry(id);
    if (old === undefined) return;
    this.#reindex(id, old, undefined);
    this.#buffer.delete(this.#keys.entry(id));
    this.#touch(id);
  }

  storedMembers(group: NodeId): Uint32Array {
    return readSet(this.#get, this.#keys.members(group))?.ids() ?? new Uint32Array();
  }

  storedGroups(member: NodeId): Uint32Array {
    return readSet(this.#get, this.#keys.memberships(member))?.ids() ?? new Uint32Array();
  }

  setMembers(
    group: NodeId,
    members: Uint32Array,
    values: (id: NodeId) => MemberValues,
    renamed: ReadonlySet<NodeId> | 'unknown',
  ): SetChange {
    const address = this.#keys.members(group);
    const stored = readSet(this.#get, address);
    const storedIds = stored?.ids() ?? new Uint32Array();
    const outdated = renamed === 'unknown' ? this.#outdatedMembers(stored, members, values) : renamed;
    const operations: SetOperation[] = [];
    const added: NodeId[] = [];
    const removed: NodeId[] = [];
    let rewritten = false;
    for (const [id, side] of mergeSorted(storedIds, members)) {
      if (side === 'left') removed.push(id);
      else if (side === 'right') added.push(id);
      else if (outdated.has(id)) rewritten = true;
      else continue;
      operations.push({ id, values: side === 'left' ? undefined : values(id) });
    }
    this.#updateSet(address, operations);
    if (operations.length > 0) this.#touch(group);
    return { added: Uint32Array.from(added), removed: Uint32Array.from(removed), rewritten };
  }

  /** The members whose stored values are not the ones they should have. */
  #outdatedMembers(
    stored: StoredSet | undefined,
    members: Uint32Array,
    values: (id: NodeId) => MemberValues,
  ): ReadonlySet<NodeId> {
    const outdated = new Set<NodeId>();
    let at = 0;
    for (const { id, values: old } of stored?.elements() ?? []) {
      while ((members[at] ?? Number.POSITIVE_INFINITY) < id) at++;
      if (members[at] !== id) continue;
      const next = values(id);
      if (next.length !== old.length || next.some((value, i) => old[i]?.equals(value) !== true)) outdated.add(id);
    }
    return outdated;
  }

  setGroups(member: NodeId, groups: Uint32Array): boolean {
    const operations: SetOperation[] = [];
    for (const [id, side] of mergeSorted(this.storedGroups(member), groups)) {
      if (side !== 'both') operations.push({ id, values: side === 'left' ? undefined : [] });
    }
    this.#updateSet(this.#keys.memberships(member), operations);
    return operations.length > 0;
  }

  changeGroups(member: NodeId, added: readonly NodeId[], removed: readonly NodeId[]): void {
    const operations: SetOperation[] = [
      ...added.map((id) => ({ id, values: [] })),
      ...removed.map((id) => ({ id, values: undefined })),
    ];
    operations.sort((a, b) => a.id - b.id);
    this.#updateSet(this.#keys.memberships(member), operations);
  }

  async flush(): Promise<void> {
    this.#flushPostings();
    if (this.#buffer.size.operations === 0) return;
    if (!this.#begun && this.changed) {
      // From the first written batch on, what lies on disk is neither the old directory nor the new one. The mark makes
      // the next start finish the publish before it answers anyone.
      this.#buffer.put(this.#keys.meta('publishing'), Buffer.alloc(0));
      this.#begun = true;
    }
    await this.#buffer.flush(false);
  }

  async commit(facts: Omit<PublicationFacts, 'publication'>, state: string): Promise<PublicationFacts> {
    this.#flushPostings();
    const old = this.#host.facts;
    // After a publish that ended half-way there may be nothing left to write, and yet nobody has seen it.
    const publish = this.changed || old === undefined || old.fingerprint !== facts.fingerprint;
    const next = publish ? { ...facts, publication: (old?.publication ?? 0) + 1 } : old;
    if (publish) this.#buffer.put(this.#keys.meta('facts'), Buffer.from(JSON.stringify(next)));
    this.#buffer.delete(this.#keys.meta('publishing'));
    for (const operation of await this.#host.finalOperations(state)) this.#buffer.add(operation);
    await this.#buffer.flush(true);
    if (publish) this.#host.swap(next, this.#changedIds);
    this.#host.finished();
    return next;
  }

  abort(): void {
    this.#buffer.clear();
    this.#postings.clear();
    this.#postingChanges = 0;
    this.#host.finished();
  }

  #touch(id: NodeId): void {
    this.#changed = true;
    this.#changedIds?.add(id);
    if ((this.#changedIds?.size ?? 0) > CHANGED_IDS_MAX) this.#changedIds = undefined;
  }

  #updateSet(address: SetAddress, operations: readonly SetOperation[]): void {
    if (operations.length === 0) return;
    this.#changed = true;
    const writes: WriteOperation[] = [];
    updateSet(this.#get, address, operations, writes);
    for (const write of writes) this.#buffer.add(write);
  }

  #reindex(id: NodeId, old: Buffer | undefined, next: Buffer | undefined): void {
    const oldDn = old === undefined ? undefined : dnKey(old);
    const newDn = next === undefined ? undefined : dnKey(next);
    if (oldDn !== newDn) {
      if (oldDn !== undefined) this.#forgetDn(oldDn, id);
      if (newDn !== undefined) this.#buffer.put(this.#keys.dn(newDn), this.#keys.entry(id).subarray(2));
    }
    for (const { attribute } of indexedAttributes) {
      const before = this.#indexKeys(attribute, old);
      const after = this.#indexKeys(attribute, next);
      for (const [text, key] of before) if (!after.has(text)) this.#post(attribute, key, id, false);
      for (const [text, key] of after) if (!before.has(text)) this.#post(attribute, key, id, true);
    }
  }

  /** Two entries may exchange their DNs in one publish; the later owner's key must survive the earlier one's leaving. */
  #forgetDn(key: string, id: NodeId): void {
    const holder = this.#buffer.get(this.#keys.dn(key));
    if (holder?.readUInt32BE(0) === id) this.#buffer.delete(this.#keys.dn(key));
  }

  #indexKeys(attribute: string, bytes: Buffer | undefined): Map<string, Buffer> {
    const keys = new Map<string, Buffer>();
    if (bytes === undefined) return keys;
    for (const value of entryAttribute(bytes, attribute)) {
      const key = indexKey(this.#schema, attribute, value);
      if (key !== undefined) keys.set(key.toString('latin1'), key);
    }
    return keys;
  }

  #post(attribute: string, key: Buffer, id: NodeId, add: boolean): void {
    const address = this.#keys.postings(attribute, key);
    const name = address.head.toString('latin1');
    let posting = this.#postings.get(name);
    if (posting === undefined) {
      posting = { address, changes: new Map() };
      this.#postings.set(name, posting);
    }
    posting.changes.set(id, add);
    this.#postingChanges++;
  }

  #flushPostings(): void {
    for (const { address, changes } of this.#postings.values()) {
      const operations = [...changes].map(([id, add]) => ({ id, values: add ? [] : undefined }));
      operations.sort((a, b) => a.id - b.id);
      this.#updateSet(address, operations);
    }
    this.#postings.clear();
    this.#postingChanges = 0;
  }
}

function dnKey(bytes: Buffer): string {
  const dn = entryDn(bytes);
  const key = normalizeDn(dn);
  if (key === undefined) throw new StoreError('failed', 'An entry with an invalid DN cannot be stored.');
  return key;
}

/** Walks two ascending lists; tells for every id on which side it is. */
function* mergeSorted(left: Uint32Array, right: Uint32Array): Generator<readonly [NodeId, 'left' | 'right' | 'both']> {
  let i = 0;
  let j = 0;
  while (i < left.length || j < right.length) {
    const a = left[i] ?? Number.POSITIVE_INFINITY;
    const b = right[j] ?? Number.POSITIVE_INFINITY;
    if (a === b) {
      yield [a, 'both'];
      i++;
      j++;
    } else if (a < b) {
      yield [a, 'left'];
      i++;
    } else {
      yield [b, 'right'];
      j++;
    }
  }
}
