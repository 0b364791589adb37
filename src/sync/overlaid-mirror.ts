/**
 * The mirror with the overlay over it: to whoever reads it, what the overlay adds is there as if Entra had said it. Nothing of
 * it is written into the mirror but the nodes of local objects, so that no sweep and no delta can touch it, and taking the
 * overlay away leaves what Entra says.
 */
import { setImmediate as letOthersRun } from 'node:timers/promises';
import type { Collection } from '../identity/change.ts';
import type { ObjectId } from '../identity/ids.ts';
import type { Ledger } from '../identity/ledger.ts';
import type { DirtyNodes, EdgeBlock, Mirror, MirrorReader, MirrorRecord, RemovedObject } from '../identity/mirror.ts';
import { type NodeId, nodeKind } from '../identity/node.ts';
import type { OverlayReport } from '../identity/overlay.ts';
import { nameKey } from '../projection/naming.ts';
import type { Overlay } from '../projection/overlay.ts';
import type { Projector } from '../projection/projector.ts';
import { type EdgeRow, mergeEdges } from './overlay-edges.ts';
import { type NamesOf, OverlayIndex } from './overlay-index.ts';
import type { OverlaySource } from './overlay-names.ts';
import { noResolution, OverlayResolver, type Resolution } from './overlay-resolution.ts';
import { changedFacts, changedMembers } from './overlay-changes.ts';

const none = new Uint32Array();

/** Records that are looked at before others may run: a millisecond or two. */
const recordsAtOnce = 200;

/** What an {@link OverlaidMirror} is made of. */
export interface OverlaidMirrorOptions {
  readonly mirror: Mirror;
  readonly ledger: Ledger;
  readonly overlay: Overlay;
  /** The short names that a user of the tenant asks for. */
  readonly namesOf: NamesOf;
}

/** See above. {@link OverlaidMirror.refresh} brings it up to date with the mirror. */
export class OverlaidMirror implements MirrorReader {
  readonly #mirror: Mirror;
  readonly #ledger: Ledger;
  readonly #overlay: Overlay;
  readonly #index: OverlayIndex;
  readonly #resolver: OverlayResolver;
  #resolution: Resolution = noResolution;
  /** The extra groups of each member. */
  #groups: ReadonlyMap<NodeId, readonly NodeId[]> = new Map();
  #isRead = false;
  #namesMayHaveMoved = false;
  readonly #touched = new Set<NodeId>();
  readonly #moved = new Set<NodeId>();

  constructor({ mirror, ledger, overlay, namesOf }: OverlaidMirrorOptions) {
    this.#mirror = mirror;
    this.#ledger = ledger;
    this.#overlay = overlay;
    this.#index = new OverlayIndex(overlay, namesOf);
    this.#resolver = new OverlayResolver(overlay);
  }

  /** The mirror with the overlay of the projector's settings over it; to be refreshed before it is read. */
  static over(
    { mirror, ledger }: Pick<OverlaidMirrorOptions, 'mirror' | 'ledger'>,
    projector: Projector,
  ): OverlaidMirror {
    const namesOf: NamesOf = (record) => {
      const answer = projector.admitUser(record, 'active');
      return answer.kind === 'admitted' ? answer.names : undefined;
    };
    return new OverlaidMirror({ mirror, ledger, overlay: projector.settings.overlay, namesOf });
  }

  /** What is told of the overlay, as far as it is known by now. */
  get report(): OverlayReport {
    const { locals, facts, members, findings } = this.#resolution;
    const users = [...locals.keys()].filter((node) => nodeKind(node) === 'user').length;
    return {
      files: this.#overlay.files,
      users,
      groups: locals.size - users,
      members: [...members.values()].reduce((sum, { size }) => sum + size, 0),
      overrides: facts.size,
      findings,
    };
  }

  /** Looks up anew whom the overlay means. The caller writes nothing into the mirror meanwhile. */
  async refresh(signal: AbortSignal): Promise<void> {
    if (this.#overlay.digest === '') return;
    const dirty = await this.#mirror.dirtyNodes();
    const isFirst = !this.#isRead;
    if (isFirst) await this.#adoptLocals();
    const mustRead = isFirst || dirty.kind === 'all';
    if (!mustRead && dirty.nodes.length === 0 && !this.#namesMayHaveMoved) return;
    if (mustRead) await this.#readAll(signal);
    else for (const node of dirty.nodes) this.#read(node);
    this.#use(await this.#resolve(signal), isFirst);
    this.#isRead = true;
    this.#namesMayHaveMoved = false;
  }

  /** Tells that what is said now is what is published. */
  published(): void {
    this.#touched.clear();
    this.#moved.clear();
    // Who is meant by a short name may have been decided by the publish itself.
    this.#namesMayHaveMoved = this.#overlay.members.some(({ member }) => member.by === 'name');
  }

  async #adoptLocals(): Promise<void> {
    const idsOf = (objects: readonly { readonly objectId: ObjectId }[]): ObjectId[] =>
      objects.map(({ objectId }) => objectId);
    await this.#mirror.adopt('user', idsOf(this.#overlay.users));
    await this.#mirror.adopt('group', idsOf(this.#overlay.groups));
  }

  async #readAll(signal: AbortSignal): Promise<void> {
    this.#index.clear();
    if (this.#index.isIdle) return;
    let looked = 0;
    for (const collection of ['users', 'groups'] as const) {
      for await (const block of this.#mirror.records(collection)) {
        for (const record of block) {
          this.#index.set(record.node, record);
          if (++looked % recordsAtOnce === 0) await letOthersRun();
        }
        signal.throwIfAborted();
      }
    }
  }

  #read(node: NodeId): void {
    const kind = nodeKind(node);
    if (kind === 'user' || kind === 'group') this.#index.set(node, this.#mirror.record(node));
  }

  #resolve(signal: AbortSignal): Promise<Resolution> {
    const source: OverlaySource = {
      index: this.#index,
      nodeOf: (objectId) => this.#mirror.nodeOf(objectId),
      isLive: (node) => this.#mirror.objectIdOf(node) !== undefined,
      holderOf: (uid) => this.#ledger.nameHolder('user', nameKey(uid)),
    };
    return this.#resolver.resolve(source, async () => {
      await letOthersRun();
      signal.throwIfAborted();
    });
  }

  #use(next: Resolution, isFirst: boolean): void {
    const before = this.#resolution;
    if (isFirst) {
      // What was published with another reading of the overlay cannot be told from here.
      for (const node of next.involved) {
        this.#touched.add(node);
        this.#moved.add(node);
      }
    }
    for (const node of changedFacts(before, next)) this.#touched.add(node);
    for (const { group, member } of changedMembers(before, next)) {
      this.#touched.add(group).add(member);
      this.#moved.add(member);
    }
    this.#resolution = next;
    const groups = new Map<NodeId, NodeId[]>();
    for (const [group, members] of next.members) {
      for (const member of members) groups.set(member, [...(groups.get(member) ?? []), group]);
    }
    this.#groups = groups;
  }

  loadState(): string | undefined {
    return this.#mirror.loadState();
  }

  async dirtyNodes(): Promise<DirtyNodes> {
    const dirty = await this.#mirror.dirtyNodes();
    if (dirty.kind === 'all' || this.#touched.size === 0) return dirty;
    return { kind: 'some', nodes: union(dirty.nodes, this.#touched) };
  }

  async movedNodes(): Promise<Uint32Array> {
    const moved = await this.#mirror.movedNodes();
    const dirty = this.#resolution.everyone.size === 0 ? undefined : await this.#mirror.dirtyNodes();
    // Who comes is from then on in the groups that everybody is in.
    const come = dirty?.kind === 'some' ? dirty.nodes.filter((node) => nodeKind(node) === 'user') : none;
    return this.#moved.size + come.length === 0 ? moved : union(union(moved, this.#moved), come);
  }

  record(node: NodeId): MirrorRecord | undefined {
    const local = this.#resolution.locals.get(node);
    if (local !== undefined) return local;
    const record = this.#mirror.record(node);
    return record && this.#overlaid(record);
  }

  #overlaid(record: MirrorRecord): MirrorRecord {
    const overlay = this.#resolution.facts.get(record.node);
    return overlay === undefined ? record : { ...record, overlay };
  }

  nodeOf(objectId: ObjectId): NodeId | undefined {
    return this.#mirror.nodeOf(objectId);
  }

  removed(node: NodeId): RemovedObject | undefined {
    return this.#resolution.locals.has(node) ? undefined : this.#mirror.removed(node);
  }

  async *removals(collection: Collection): AsyncGenerator<readonly RemovedObject[]> {
    for await (const block of this.#mirror.removals(collection)) {
      const gone = block.filter(({ node }) => !this.#resolution.locals.has(node));
      if (gone.length > 0) yield gone;
    }
  }

  objectIdOf(node: NodeId): ObjectId | undefined {
    return this.#resolution.locals.get(node)?.objectId ?? this.#mirror.objectIdOf(node);
  }

  async *records(collection: Collection): AsyncGenerator<readonly MirrorRecord[]> {
    const kind = collection === 'users' ? 'user' : 'group';
    const locals = [...this.#resolution.locals.values()]
      .filter(({ node }) => nodeKind(node) === kind)
      .toSorted((a, b) => a.node - b.node);
    let next = 0;
    for await (const block of this.#mirror.records(collection)) {
      const records = block.map((record) => this.#overlaid(record));
      const last = block.at(-1)?.node ?? 0;
      const from = next;
      while ((locals[next]?.node ?? Number.POSITIVE_INFINITY) < last) next++;
      yield next === from ? records : [...records, ...locals.slice(from, next)].toSorted((a, b) => a.node - b.node);
    }
    if (next < locals.length) yield locals.slice(next);
  }

  async membersOf(group: NodeId): Promise<Uint32Array> {
    const extra = this.#extraMembers(group);
    const members = await this.#mirror.membersOf(group);
    return extra === undefined ? members : union(members, extra);
  }

  async groupsOf(member: NodeId): Promise<Uint32Array> {
    const groups = await this.#mirror.groupsOf(member);
    const { everyone } = this.#resolution;
    const extra = this.#groups.get(member) ?? [];
    const all = everyone.size > 0 && this.#isUser(member) ? everyone : [];
    return union(groups, [...extra, ...all]);
  }

  reportsOf(manager: NodeId): Promise<Uint32Array> {
    return this.#mirror.reportsOf(manager);
  }

  edges(): AsyncIterable<EdgeBlock> {
    const { members, everyone } = this.#resolution;
    const groups = [...new Set([...members.keys(), ...everyone])].toSorted((a, b) => a - b);
    if (groups.length === 0) return this.#mirror.edges();
    return mergeEdges(
      this.#mirror.edges(),
      groups.map((group): EdgeRow => [group, union(none, this.#extraMembers(group) ?? [])]),
    );
  }

  #extraMembers(group: NodeId): Iterable<NodeId> | undefined {
    const { members, everyone, locals } = this.#resolution;
    const extra = members.get(group);
    if (!everyone.has(group)) return extra;
    const users = [...locals.keys()].filter((node) => nodeKind(node) === 'user');
    return new Set([...(extra ?? []), ...users, ...this.#index.users]);
  }

  #isUser(node: NodeId): boolean {
    return this.#index.users.has(node) || (nodeKind(node) === 'user' && this.#resolution.locals.has(node));
  }
}

/** All of both, ascending. */
function union(nodes: Uint32Array, more: Iterable<NodeId>): Uint32Array {
  const all = new Set(nodes);
  const before = all.size;
  for (const node of more) all.add(node);
  return all.size === before ? nodes : Uint32Array.from(all).sort();
}
