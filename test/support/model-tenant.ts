import type {
  Collection,
  DeltaPage,
  DirectoryChange,
  GraphProperties,
  MemberChange,
  ObjectPage,
} from '../../src/identity/change.ts';
import { type ObjectId, parseObjectId } from '../../src/identity/ids.ts';
import type { Admission, DeltaFeed } from '../../src/identity/ports.ts';
import { SourceError } from '../../src/identity/source-error.ts';

/** A source of choices; fast-check or a seeded generator stands behind it. */
export type Choose = (below: number) => number;

interface ModelGroup {
  properties: GraphProperties;
  readonly members: Set<ObjectId>;
}

type LogEntry = { readonly collection: Collection; readonly change: DirectoryChange };

/** The object id with this number. */
export function modelId(kind: 'user' | 'group', number: number): ObjectId {
  const digits = number.toString(16).padStart(12, '0');
  const id = parseObjectId(`${kind === 'user' ? 'aaaaaaaa' : 'bbbbbbbb'}-0000-4000-8000-${digits}`);
  if (id === undefined) throw new Error('not an object id');
  return id;
}

/**
 * A tenant small enough to be compared whole, and a feed over it that misbehaves as Graph may: it cuts large groups into
 * slices, repeats pages, changes their order, sends empty ones, and refuses its links when told to.
 */
export class ModelTenant implements DeltaFeed, Admission {
  query = 'all properties';
  /** What is not in scope, as by a filter on properties that delta queries do not track; undefined: all is. */
  outside: Set<ObjectId> | undefined;
  readonly users = new Map<ObjectId, GraphProperties>();
  readonly groups = new Map<ObjectId, ModelGroup>();
  /** Groups that come back with their members when they are put again. */
  readonly #softDeleted = new Map<ObjectId, ModelGroup>();
  /** Memberships that somebody was told of and has kept: group and member. */
  readonly #listed = new Set<string>();
  readonly #log: LogEntry[] = [];
  readonly #enumerations: DirectoryChange[][][] = [];
  readonly #targets: number[] = [];
  readonly #choose: Choose;
  /** How many of the next links are answered as expired. */
  refuseLinks = 0;
  #pagesUntilFailure = Number.POSITIVE_INFINITY;
  #failure: Error | undefined;

  constructor(choose: Choose) {
    this.#choose = choose;
  }

  /** Fails once, after so many more pages; undefined: not at all. */
  failAfter(pages: number | undefined, failure = new SourceError('unavailable', 'told to fail')): void {
    this.#pagesUntilFailure = pages ?? Number.POSITIVE_INFINITY;
    this.#failure = failure;
  }

  putUser(id: ObjectId, properties: GraphProperties): void {
    const before = this.users.get(id);
    const manager = before?.['manager'];
    this.users.set(id, { ...(manager === undefined ? {} : { manager }), ...properties });
    this.#log.push({ collection: 'users', change: { kind: 'user', id, properties } });
    if (before === undefined) this.#tellMemberships(id);
  }

  /** Relations are told of when they change, and in an enumeration of everything; who has no manager has no such property. */
  setManager(id: ObjectId, manager: ObjectId | null): void {
    const found = this.users.get(id);
    if (found === undefined || (found['manager'] ?? null) === manager) return;
    const { manager: _former, ...properties } = found;
    this.users.set(id, manager === null ? properties : { ...properties, manager });
    this.#log.push({ collection: 'users', change: { kind: 'user', id, properties: { ...properties, manager } } });
  }

  /**
   * A restored object is back in its groups without a word from Graph. Nobody could know of a membership that was never
   * listed, so that is told.
   */
  #tellMemberships(id: ObjectId): void {
    for (const [group, { properties, members }] of this.groups) {
      if (!members.has(id) || this.#listed.has(`${group} ${id}`)) continue;
      const change = {
        kind: 'group',
        id: group,
        properties,
        members: [{ ...memberChange(id), removed: false }],
      } as const;
      this.#log.push({ collection: 'groups', change });
    }
  }

  removeUser(id: ObjectId, reason: 'changed' | 'deleted'): void {
    if (!this.users.delete(id)) return;
    this.#log.push({ collection: 'users', change: { kind: 'removed', id, reason } });
    // Graph does not tell the members of groups that a user was removed; a purged one is in no group any more.
    if (reason === 'deleted') for (const group of this.groups.values()) group.members.delete(id);
  }

  putGroup(id: ObjectId, properties: GraphProperties): void {
    const restored = !this.groups.has(id);
    const members = (this.groups.get(id) ?? this.#softDeleted.get(id))?.members ?? new Set();
    this.groups.set(id, { properties, members });
    // A restored object comes as a new one does, so with its members.
    const listed = restored ? [...members].map((member) => ({ ...memberChange(member), removed: false })) : [];
    this.#log.push({ collection: 'groups', change: { kind: 'group', id, properties, members: listed } });
    if (restored) this.#tellMemberships(id);
  }

  removeGroup(id: ObjectId, reason: 'changed' | 'deleted'): void {
    const found = this.groups.get(id);
    if (found === undefined) return;
    this.groups.delete(id);
    this.#log.push({ collection: 'groups', change: { kind: 'removed', id, reason } });
    if (reason === 'changed') this.#softDeleted.set(id, found);
    else for (const group of this.groups.values()) group.members.delete(id);
  }

  setMember(group: ObjectId, member: ObjectId, joined: boolean): void {
    const found = this.groups.get(group);
    if (found === undefined || found.members.has(member) === joined) return;
    if (joined) found.members.add(member);
    else found.members.delete(member);
    const members = [{ ...memberChange(member), removed: !joined }];
    this.#log.push({
      collection: 'groups',
      change: { kind: 'group', id: group, properties: found.properties, members },
    });
  }

  async *delta(
    collection: Collection,
    from: string | undefined,
    signal: AbortSignal,
  ): AsyncGenerator<DeltaPage, void, void> {
    if (from !== undefined && this.refuseLinks > 0) {
      this.refuseLinks--;
      throw new SourceError('resyncRequired', 'the link is no longer known');
    }
    const [enumeration, first] = this.#enumeration(collection, from);
    const pages = this.#enumerations[enumeration] ?? [];
    for (let page = first; page < pages.length; page++) {
      signal.throwIfAborted();
      if (this.#pagesUntilFailure-- === 0) throw this.#failure;
      await Promise.resolve();
      const last = page === pages.length - 1;
      const url = last ? `since ${this.#targets[enumeration] ?? 0}` : `page ${enumeration} ${page + 1}`;
      const changes = pages[page] ?? [];
      yield { changes, rejected: [], link: { kind: last ? 'delta' : 'next', url } };
      // Who asks for more has kept this page. One that was lost on the way has told nobody anything; the last one is empty.
      this.#noteListed(changes);
    }
  }

  #noteListed(changes: readonly DirectoryChange[]): void {
    for (const change of changes) {
      if (change.kind === 'group') for (const { id } of change.members) this.#listed.add(`${change.id} ${id}`);
    }
  }

  /** True for what is in scope. */
  admits(id: ObjectId): boolean {
    return this.outside?.has(id) !== true;
  }

  async admitted(collection: Collection): Promise<ReadonlySet<ObjectId> | undefined> {
    if (this.outside === undefined) return undefined;
    if (this.#pagesUntilFailure-- === 0) throw this.#failure;
    await Promise.resolve();
    return new Set([...this[collection].keys()].filter((id) => this.admits(id)));
  }

  async *objects(collection: Collection, ids: readonly ObjectId[]): AsyncGenerator<ObjectPage, void, void> {
    for (const id of ids) {
      if (this.#pagesUntilFailure-- === 0) throw this.#failure;
      await Promise.resolve();
      const properties = collection === 'users' ? this.users.get(id) : this.groups.get(id)?.properties;
      if (properties === undefined) continue;
      const change: DirectoryChange =
        collection === 'users' ? { kind: 'user', id, properties } : { kind: 'group', id, properties, members: [] };
      yield { changes: [change], rejected: [] };
    }
  }

  #enumeration(collection: Collection, from: string | undefined): readonly [number, number] {
    if (from?.startsWith('page ') === true) {
      const [, enumeration = '0', page = '0'] = from.split(' ');
      return [Number(enumeration), Number(page)];
    }
    const since = from === undefined ? undefined : Number(from.split(' ')[1]);
    const changes = since === undefined ? this.#everything(collection) : this.#since(collection, since);
    this.#enumerations.push(since === undefined ? this.#shufflePages(changes) : this.#replayPages(changes));
    this.#targets.push(this.#log.length);
    return [this.#enumerations.length - 1, 0];
  }

  #everything(collection: Collection): DirectoryChange[] {
    if (collection === 'users') {
      return [...this.users].map(([id, properties]) => ({ kind: 'user', id, properties }));
    }
    return [...this.groups].flatMap(([id, { properties, members }]) => {
      const slices: DirectoryChange[] = [];
      // Who is soft-deleted is not listed, though he comes back as a member when he is restored.
      const listed = [...members].filter((member) => this.users.has(member) || this.groups.has(member));
      const all = listed.map((member) => ({ ...memberChange(member), removed: false }));
      const size = 1 + this.#choose(4);
      for (let at = 0; at === 0 || at < all.length; at += size) {
        slices.push({ kind: 'group', id, properties, members: all.slice(at, at + size) });
      }
      return slices;
    });
  }

  #since(collection: Collection, since: number): DirectoryChange[] {
    return this.#log.slice(since).flatMap((entry) => (entry.collection === collection ? [entry.change] : []));
  }

  /** Objects of a full enumeration come in any order, several times, with empty pages between. */
  #shufflePages(changes: readonly DirectoryChange[]): DirectoryChange[][] {
    const repeated = changes.flatMap((change) => (this.#choose(4) === 0 ? [change, change] : [change]));
    const shuffled: DirectoryChange[] = [];
    while (repeated.length > 0) shuffled.push(...repeated.splice(this.#choose(repeated.length), 1));
    return this.#paginate(shuffled);
  }

  /** Changes keep their order, but a stretch of them may come again as a whole: then its last state is still the last. */
  #replayPages(changes: readonly DirectoryChange[]): DirectoryChange[][] {
    const replayFrom = changes.length === 0 ? 0 : this.#choose(changes.length);
    const replayed = this.#choose(2) === 0 ? [] : changes.slice(replayFrom);
    return this.#paginate([...changes, ...replayed]);
  }

  #paginate(changes: readonly DirectoryChange[]): DirectoryChange[][] {
    const pages: DirectoryChange[][] = [];
    for (let at = 0; at < changes.length; ) {
      const size = this.#choose(4);
      pages.push(changes.slice(at, at + size));
      at += size;
    }
    return [...pages, []];
  }
}

function memberChange(id: ObjectId): Omit<MemberChange, 'removed'> {
  return { id, type: id.startsWith('a') ? 'user' : 'group' };
}
