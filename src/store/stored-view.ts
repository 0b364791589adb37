import type { NodeId } from '../identity/node.ts';
import type { PublicationFacts, StoredView } from '../identity/view.ts';
import type { Database, DatabaseSnapshot } from './database.ts';
import { prefixEnd } from './keys.ts';
import { readSet } from './stored-set.ts';
import type { ViewKeys } from './view-keys.ts';

/** The view as of a snapshot, or as it is on disk without one. */
export class LevelStoredView implements StoredView, Disposable {
  readonly facts: PublicationFacts | undefined;
  readonly #db: Database;
  readonly #keys: ViewKeys;
  readonly #lease: (Disposable & { readonly snapshot: DatabaseSnapshot }) | undefined;
  readonly #get = (key: Buffer): Buffer | undefined => this.#db.get(key, this.#lease?.snapshot);

  constructor(
    db: Database,
    keys: ViewKeys,
    facts: PublicationFacts | undefined,
    lease?: Disposable & { readonly snapshot: DatabaseSnapshot },
  ) {
    this.#db = db;
    this.#keys = keys;
    this.facts = facts;
    this.#lease = lease;
  }

  entry(id: NodeId): Buffer | undefined {
    return this.#get(this.#keys.entry(id));
  }

  async *storedIds(range: { readonly from: NodeId; readonly to: NodeId }): AsyncGenerator<Uint32Array> {
    const bounds = { gte: this.#keys.entry(range.from), lt: prefixEnd(this.#keys.entry(range.to)) };
    for await (const keys of this.#db.keys(bounds, 1000, this.#lease?.snapshot))
      yield Uint32Array.from(keys, (key) => this.#keys.entryId(key));
  }

  storedMembers(group: NodeId): Uint32Array {
    return readSet(this.#get, this.#keys.members(group))?.ids() ?? new Uint32Array();
  }

  storedGroups(member: NodeId): Uint32Array {
    return readSet(this.#get, this.#keys.memberships(member))?.ids() ?? new Uint32Array();
  }

  [Symbol.dispose](): void {
    this.#lease?.[Symbol.dispose]();
  }
}
