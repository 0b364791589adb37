import type { ObjectId } from '../identity/ids.ts';
import type { Ledger, LedgerEntry, LedgerOrigin, LedgerSpace } from '../identity/ledger.ts';
import type { NodeId } from '../identity/node.ts';
import type { PublicationFacts, SetChange, StoredView, ViewEditor } from '../identity/view.ts';
import { NodeSet } from './node-set.ts';
import { without } from './sorted-nodes.ts';

/** Is told what a publish would do. */
export interface PreviewObserver {
  /** An entry would be created, changed or removed. One that is put twice is told of twice, each time with what is stored. */
  entry(node: NodeId, before: Buffer | undefined, after: Buffer | undefined): void;
  /** A group that has `before` would get and lose these members. */
  members(group: NodeId, before: Uint32Array, change: SetChange): void;
}

/**
 * Takes the changes of a publish without making them. It remembers of an entry only that it is new, has another name, or is
 * gone: that is all that planning asks for again, and a preview of a million changes stays small.
 */
export class PreviewEditor implements ViewEditor {
  readonly #stored: StoredView;
  readonly #observer: PreviewObserver;
  readonly #nameOf: (entry: Buffer) => string;
  readonly #unnamed: Buffer;
  readonly #renamed = new NodeSet();
  readonly #gone = new NodeSet();
  #changes = 0;

  /** `unnamed` stands for every entry that is new or has another name. */
  constructor(stored: StoredView, observer: PreviewObserver, nameOf: (entry: Buffer) => string, unnamed: Buffer) {
    this.#stored = stored;
    this.#observer = observer;
    this.#nameOf = nameOf;
    this.#unnamed = unnamed;
  }

  get facts(): PublicationFacts | undefined {
    return this.#stored.facts;
  }

  /** Nothing gathers here. */
  get full(): boolean {
    return false;
  }

  entry(id: NodeId): Buffer | undefined {
    if (this.#gone.has(id)) return undefined;
    return this.#renamed.has(id) ? this.#unnamed : this.#stored.entry(id);
  }

  storedIds(range: { readonly from: NodeId; readonly to: NodeId }): AsyncIterable<Uint32Array> {
    return this.#stored.storedIds(range);
  }

  storedMembers(group: NodeId): Uint32Array {
    return this.#stored.storedMembers(group);
  }

  storedGroups(member: NodeId): Uint32Array {
    return this.#stored.storedGroups(member);
  }

  putEntry(id: NodeId, bytes: Buffer): void {
    const before = this.#stored.entry(id);
    if (before === undefined || this.#nameOf(before) !== this.#nameOf(bytes)) this.#renamed.add(id);
    this.#observer.entry(id, before, bytes);
  }

  touchEntry(): void {
    // Only the number of the entry's change would be another.
  }

  nextChangeNumber(): string {
    return String(++this.#changes);
  }

  deleteEntry(id: NodeId): void {
    const before = this.#stored.entry(id);
    if (before === undefined) return;
    this.#gone.add(id);
    this.#observer.entry(id, before, undefined);
  }

  async setMembers(group: NodeId, members: Uint32Array): Promise<SetChange> {
    const before = this.#stored.storedMembers(group);
    const change = { added: without(members, before), removed: without(before, members), rewritten: false };
    if (change.added.length + change.removed.length > 0) this.#observer.members(group, before, change);
    return change;
  }

  setGroups(): boolean {
    return false;
  }

  changeGroups(): void {
    // The groups of a member say what the members of the groups say.
  }

  async flush(): Promise<void> {
    // Nothing is written.
  }

  async startFlush(): Promise<void> {
    // Nothing is written.
  }
}

/** A ledger in which names and numbers can be given without being given for good. */
export class PreviewLedger implements Ledger {
  readonly #ledger: Ledger;
  readonly #entries = new Map<ObjectId, LedgerEntry>();
  readonly #names = new Map<string, ObjectId>();
  readonly #numbers = new Map<string, ObjectId>();

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
  }

  entry(objectId: ObjectId): LedgerEntry | undefined {
    return this.#entries.get(objectId) ?? this.#ledger.entry(objectId);
  }

  nameHolder(space: LedgerSpace, nameKey: string): ObjectId | undefined {
    return this.#names.get(`${space} ${nameKey}`) ?? this.#ledger.nameHolder(space, nameKey);
  }

  numberHolder(space: LedgerSpace, number: number): ObjectId | undefined {
    return this.#numbers.get(`${space} ${number}`) ?? this.#ledger.numberHolder(space, number);
  }

  origin(objectId: ObjectId): LedgerOrigin | undefined {
    return this.#ledger.origin(objectId);
  }

  reservedNumber(space: LedgerSpace, nameKeys: Iterable<string>): number | undefined {
    return this.#ledger.reservedNumber(space, nameKeys);
  }

  record(entry: LedgerEntry, nameKey: string): void {
    this.#entries.set(entry.objectId, entry);
    this.#names.set(`${entry.space} ${nameKey}`, entry.objectId);
    this.#numbers.set(`${entry.space} ${entry.number}`, entry.objectId);
  }
}
