import { setImmediate as letOthersRun } from 'node:timers/promises';
import { entryAttribute, replaceValue } from '../directory/entry-codec.ts';
import { entryUuid } from '../directory/entry-identity.ts';
import type { Schema } from '../directory/schema.ts';
import { type NodeId, nodeKind, structuralNodes } from '../identity/node.ts';
import type { CommitNotes, MemberValues, PublicationFacts, SetChange, ViewWriter } from '../identity/view.ts';
import type { ChangeRecorder } from './change-recorder.ts';
import type { Database } from './database.ts';
import type { Writes } from './write-batch.ts';
import { EntryIndex } from './entry-index.ts';
import { prefixEnd } from './keys.ts';
import { differenceOf, isAmong } from './sorted-ids.ts';
import { createSet, type SetOperation, updateSet } from './set-update.ts';
import { readSet, type SetAddress, type StoredSet } from './stored-set.ts';
import type { UndoRecorder } from './undo-recorder.ts';
import type { ViewKeys } from './view-keys.ts';
import type { WriteBuffer } from './write-buffer.ts';

/** What may gather before it is written, whatever the number of operations. */
const FLUSH_BYTES = 8 * 1024 * 1024;
/** More changed entries than this are not listed one by one for the entry cache. */
const CHANGED_IDS_MAX = 50_000;

/** What the store around the view keeps of a commit. */
export interface PublishEnd extends CommitNotes {
  readonly state: string;
  readonly publication: number;
}

/** What the writer needs from the store around it. */
export interface ViewWriterHost {
  readonly facts: PublicationFacts | undefined;
  /** True when an earlier publish ended half-way, so that nothing is shown until this one is committed. */
  readonly unfinished: boolean;
  /** Writes that may gather before they are flushed: more rewrite shared postings less often, and take more memory. */
  readonly batchOperations: number;
  /** Makes the writes that settle which nodes count as changed and what is held back, and store the engine's state. */
  finalWrites(end: PublishEnd, out: Writes): Promise<void>;
  /** Shows the committed directory to readers; `changedIds` is undefined when too many changed to be listed. */
  swap(facts: PublicationFacts, changedIds: ReadonlySet<NodeId> | undefined): Promise<void>;
  /** Called when the writer has committed or given up: another one may be opened. */
  finished(): void;
}

/** So much of a large set is worked on before others may run: half a millisecond. */
const CHUNKS_AT_ONCE = 2;
const MEMBERS_AT_ONCE = 500;

/** Writes one publish. */
export class LevelViewWriter implements ViewWriter {
  readonly #db: Database;
  readonly #keys: ViewKeys;
  readonly #buffer: WriteBuffer;
  readonly #host: ViewWriterHost;
  readonly #index: EntryIndex;
  readonly #changes: ChangeRecorder;
  readonly #undo: UndoRecorder;
  readonly #get = (key: Buffer): Buffer | undefined => this.#buffer.get(key);
  #changedIds: Set<NodeId> | undefined;
  #changed = false;
  #begun = false;

  constructor(
    db: Database,
    keys: ViewKeys,
    schema: Schema,
    buffer: WriteBuffer,
    changes: ChangeRecorder,
    undo: UndoRecorder,
    host: ViewWriterHost,
  ) {
    this.#db = db;
    this.#keys = keys;
    this.#buffer = buffer;
    this.#host = host;
    this.#changes = changes;
    this.#undo = undo;
    this.#index = new EntryIndex(keys, schema, buffer);
    // What an unfinished publish has left on disk is not put again, and readers have seen nothing of it.
    this.#changedIds = host.unfinished ? undefined : new Set();
  }

  get facts(): PublicationFacts | undefined {
    return this.#host.facts;
  }

  get changed(): boolean {
    return this.#changed || this.#host.unfinished;
  }

  get full(): boolean {
    const { operations, bytes } = this.#buffer.size;
    return operations + this.#index.size > this.#host.batchOperations || bytes > FLUSH_BYTES;
  }

  entry(id: NodeId): Buffer | undefined {
    return this.#buffer.get(this.#keys.entry(id));
  }

  async *storedIds(range: { from: NodeId; to: NodeId }): AsyncGenerator<Uint32Array> {
    const bounds = { gte: this.#keys.entry(range.from), lt: prefixEnd(this.#keys.entry(range.to)) };
    for await (const keys of this.#db.keys(bounds, 1000))
      yield Uint32Array.from(keys, (key) => this.#keys.entryId(key));
  }

  putEntry(id: NodeId, bytes: Buffer): void {
    const old = this.entry(id);
    this.#index.update(id, old, bytes);
    this.#buffer.put(this.#keys.entry(id), bytes);
    this.#touch(id);
    this.#undo.entry(id, old);
    const lost = lostUuid(old, bytes);
    this.#changes.record(id, old === undefined, lost);
    // A consumer could not delete a container before what is in it, nor add what is in the new one before it.
    if (lost !== undefined && nodeKind(id) === 'structural') this.#changes.forgo();
  }

  touchEntry(id: NodeId): void {
    // Before the first publish nobody knows the entry …
    if (this.#host.facts === undefined) return;
    const bytes = this.entry(id);
    // … and once is enough for one publish.
    if (bytes === undefined || this.#isTouched(bytes)) return;
    this.#buffer.put(this.#keys.entry(id), this.#renumbered(bytes));
    this.#touch(id);
    this.#changes.record(id, false, undefined);
  }

  /** The entry with a number of this publish, which an entry of Active Directory shows a second time ([MS-ADTS] 3.1.1.1.9). */
  #renumbered(bytes: Buffer): Buffer {
    const renumbered = replaceValue(bytes, 'entryCSN', this.#changes.nextNumber());
    const update = String(this.#changes.stampMs);
    const [stored] = entryAttribute(bytes, 'uSNChanged');
    // Of another length is only what was published under a clock that stood before 2001.
    return stored?.length === update.length ? replaceValue(renumbered, 'uSNChanged', update) : renumbered;
  }

  nextChangeNumber(): string {
    return this.#changes.nextNumber();
  }

  #isTouched(bytes: Buffer): boolean {
    const [number] = entryAttribute(bytes, 'entryCSN');
    return number === undefined || this.#changes.isOwn(number);
  }

  deleteEntry(id: NodeId): void {
    const old = this.entry(id);
    if (old === undefined) return;
    this.#index.update(id, old, undefined);
    this.#buffer.delete(this.#keys.entry(id));
    this.#touch(id);
    this.#undo.entry(id, old);
    this.#changes.record(id, false, lostUuid(old, undefined));
    if (nodeKind(id) === 'structural') this.#changes.forgo();
  }

  storedMembers(group: NodeId): Uint32Array {
    return readSet(this.#get, this.#keys.members(group))?.ids() ?? new Uint32Array();
  }

  storedGroups(member: NodeId): Uint32Array {
    return readSet(this.#get, this.#keys.memberships(member))?.ids() ?? new Uint32Array();
  }

  async setMembers(
    group: NodeId,
    members: Uint32Array,
    values: (id: NodeId) => MemberValues,
    renamed: ReadonlySet<NodeId> | 'unknown',
  ): Promise<SetChange> {
    const address = this.#keys.members(group);
    const stored = readSet(this.#get, address);
    if (stored === undefined) return await this.#createMembers(group, address, members, values);
    const outdated = renamed === 'unknown' ? await this.#outdatedMembers(stored, members, values) : renamed;
    const { added, removed } = differenceOf(stored.ids(), members);
    const come = new Set(outdated.size === 0 ? [] : added);
    const rewritten = Array.from(outdated).filter((id) => isAmong(members, id) && !come.has(id));
    const operations: SetOperation[] = [
      ...removed.map((id) => ({ id, values: undefined })),
      ...[...added, ...rewritten].map((id) => ({ id, values: values(id) })),
    ];
    operations.sort((a, b) => a.id - b.id);
    this.#undo.members(group, added, removed);
    this.#updateSet(address, operations);
    if (operations.length > 0) this.#touch(group);
    return {
      added: Uint32Array.from(added),
      removed: Uint32Array.from(removed),
      rewritten: rewritten.length > 0,
    };
  }

  async #createMembers(
    group: NodeId,
    address: SetAddress,
    members: Uint32Array,
    values: (id: NodeId) => MemberValues,
  ): Promise<SetChange> {
    if (members.length > 0) this.#touch(group);
    this.#undo.members(group, members, []);
    let chunks = 0;
    for (const _chunk of createSet(address, members, values, this.#buffer)) {
      if (++chunks % CHUNKS_AT_ONCE === 0) await letOthersRun();
    }
    return { added: members, removed: new Uint32Array(), rewritten: false };
  }

  /** The members whose stored values are not the ones they should have. */
  async #outdatedMembers(
    stored: StoredSet,
    members: Uint32Array,
    values: (id: NodeId) => MemberValues,
  ): Promise<ReadonlySet<NodeId>> {
    const outdated = new Set<NodeId>();
    let at = 0;
    let seen = 0;
    for (const { id, values: old } of stored.elements()) {
      if (++seen % MEMBERS_AT_ONCE === 0) await letOthersRun();
      while ((members[at] ?? Number.POSITIVE_INFINITY) < id) at++;
      if (members[at] !== id) continue;
      const next = values(id);
      if (next.length !== old.length || next.some((value, i) => old[i]?.equals(value) !== true)) outdated.add(id);
    }
    return outdated;
  }

  setGroups(member: NodeId, groups: Uint32Array): boolean {
    const address = this.#keys.memberships(member);
    const stored = readSet(this.#get, address);
    if (stored === undefined) {
      if (groups.length === 0) return false;
      this.#changed = true;
      for (const _chunk of createSet(address, groups, undefined, this.#buffer));
      this.touchEntry(member);
      return true;
    }
    const { added, removed } = differenceOf(stored.ids(), groups);
    if (added.length + removed.length === 0) return false;
    this.changeGroups(member, added, removed);
    return true;
  }

  changeGroups(member: NodeId, added: readonly NodeId[], removed: readonly NodeId[]): void {
    const operations: SetOperation[] = [
      ...added.map((id) => ({ id, values: [] })),
      ...removed.map((id) => ({ id, values: undefined })),
    ];
    operations.sort((a, b) => a.id - b.id);
    this.#updateSet(this.#keys.memberships(member), operations);
    if (operations.length > 0) this.touchEntry(member);
  }

  async flush(): Promise<void> {
    await this.startFlush();
    await this.#buffer.settled();
  }

  async startFlush(): Promise<void> {
    await this.#index.flush();
    if (this.#buffer.size.operations === 0) return;
    if (!this.#begun && this.changed) {
      // From the first written batch on, what lies on disk is neither the old directory nor the new one. The mark makes
      // the next start finish the publish before it answers anyone.
      this.#buffer.put(this.#keys.meta('publishing'), this.#changes.mark);
      this.#undo.begin();
      this.#begun = true;
    }
    await this.#buffer.startFlush(false);
  }

  async commit(
    facts: Omit<PublicationFacts, 'publication'>,
    state: string,
    notes: CommitNotes = {},
  ): Promise<PublicationFacts> {
    await this.#index.flush();
    const old = this.#host.facts;
    // After a publish that ended half-way there may be nothing left to write, and yet nobody has seen it.
    const publish = this.changed || old === undefined || !samePlan(old, facts);
    const next = publish ? { ...facts, publication: (old?.publication ?? 0) + 1 } : old;
    if (publish) {
      await this.#changes.commit(next.publication);
      await this.#undo.commit(next.publication);
      this.#showContext();
      this.#buffer.put(this.#keys.meta('facts'), Buffer.from(JSON.stringify(next)));
    }
    this.#buffer.delete(this.#keys.meta('publishing'));
    await this.#host.finalWrites({ state, publication: next.publication, ...notes }, this.#buffer);
    await this.#buffer.flush(true);
    this.#buffer.assumeNothing();
    if (publish) await this.#host.swap(next, this.#changedIds);
    this.#host.finished();
    return next;
  }

  async abort(): Promise<void> {
    this.#buffer.clear();
    this.#index.clear();
    // The next publish looks on disk for what this one left there. Why a write failed is told to whoever flushes.
    await this.#buffer.settled().catch(() => undefined);
    this.#host.finished();
  }

  /** Lets the base entry show the number of the directory that is published. */
  #showContext(): void {
    const bytes = this.entry(structuralNodes.base);
    if (bytes === undefined || entryAttribute(bytes, 'contextCSN').length === 0) return;
    const shown = replaceValue(bytes, 'contextCSN', this.#changes.contextNumber);
    this.#buffer.put(this.#keys.entry(structuralNodes.base), shown);
    this.#touch(structuralNodes.base);
  }

  #touch(id: NodeId): void {
    this.#changed = true;
    this.#changedIds?.add(id);
    if ((this.#changedIds?.size ?? 0) > CHANGED_IDS_MAX) this.#changedIds = undefined;
  }

  #updateSet(address: SetAddress, operations: readonly SetOperation[]): void {
    if (operations.length === 0) return;
    this.#changed = true;
    updateSet(this.#get, address, operations, this.#buffer);
  }
}

/** Whether two publications were made by the same settings, and by the same users and groups that these name. */
function samePlan(old: PublicationFacts, next: Omit<PublicationFacts, 'publication'>): boolean {
  const plan = ({ policyMatches, sudo, sudoUsers }: typeof next): string =>
    JSON.stringify([policyMatches, sudo, sudoUsers]);
  return old.fingerprint === next.fingerprint && plan(old) === plan(next);
}

/** The UUID of an entry that is no more, or is another one now. */
function lostUuid(old: Buffer | undefined, next: Buffer | undefined): Buffer | undefined {
  if (old === undefined) return undefined;
  const uuid = entryUuid(old);
  return next !== undefined && uuid.equals(entryUuid(next)) ? undefined : uuid;
}
