import type { Ledger, LedgerEntry } from '../identity/ledger.ts';
import type { Mirror, MirrorRecord } from '../identity/mirror.ts';
import { type NodeId, nodeKind, nodeRange, primaryGroupNode } from '../identity/node.ts';
import type { EntryCounts } from '../identity/round.ts';
import type { MemberValues, PublicationFacts, View, ViewWriter } from '../identity/view.ts';
import { containingGroups, effectiveMembers, type MembershipGraph } from '../projection/membership.ts';
import { assign } from '../projection/naming.ts';
import { objectClassesOf, type Projector } from '../projection/projector.ts';
import type { ProjectedEntry } from '../projection/stamps.ts';
import { MemoryGraph } from './memory-graph.ts';
import { NameClaims } from './name-clashes.ts';
import { NodeSet } from './node-set.ts';

/** What a publish is made from. */
export interface PublishInput {
  readonly mirror: Mirror;
  readonly ledger: Ledger;
  readonly view: View;
  readonly projector: Projector;
  /** Identifies the settings and the version of the projection; another one than the published leads to a look at everything. */
  readonly fingerprint: string;
  readonly nowMs: number;
  readonly signal: AbortSignal;
  /** Told the number of objects looked at so far. */
  readonly onProgress: (entries: number) => void;
  /** The engine's state to store together with the commit. */
  readonly state: string;
}

/** What a publish did. */
export interface PublishReport {
  readonly facts: PublicationFacts;
  readonly changed: boolean;
  readonly users: EntryCounts;
  readonly groups: EntryCounts;
  readonly skippedUsers: Readonly<Record<string, number>>;
  readonly skippedGroups: Readonly<Record<string, number>>;
}

/**
 * Makes the view show what the mirror and the settings imply: plans the difference and writes it (DESIGN §2). Nothing of it
 * is visible before it is committed; when it throws, a later publish starts over.
 */
export async function publish(input: PublishInput): Promise<PublishReport> {
  const writer = input.view.openWriter();
  try {
    const dirty = await input.mirror.dirtyNodes();
    const everything =
      dirty.kind === 'all' || input.view.publishUnfinished || writer.facts?.fingerprint !== input.fingerprint;
    const run = new PublishRun(input, writer);
    if (everything) await run.everything();
    else await run.some(dirty.nodes);
    return await run.commit();
  } catch (error) {
    writer.abort();
    throw error;
  }
}

type Kind = 'user' | 'group';

/** Encoded names that are kept at hand while sets of members are written; about 250 bytes each. */
const MEMBER_VALUES_MAX = 100_000;

class Counts {
  created = 0;
  changed = 0;
  locked = 0;
  removed = 0;
  readonly skipped: Record<string, number> = {};

  skip(reason: string): void {
    this.skipped[reason] = (this.skipped[reason] ?? 0) + 1;
  }

  get entries(): EntryCounts {
    return { created: this.created, changed: this.changed, locked: this.locked, removed: this.removed };
  }
}

/** One publish. The order matters: users, then groups and their members, because members are shown by their names. */
class PublishRun {
  readonly #input: PublishInput;
  readonly #writer: ViewWriter;
  readonly #users = new Counts();
  readonly #groups = new Counts();
  readonly #memberValueCache = new Map<NodeId, MemberValues>();
  /** How many users and groups are shown, where that was counted rather than worked out from the difference. */
  #shown: { readonly users: number; readonly groups: number } | undefined;
  #services = 0;
  #writes = 0;
  #looked = 0;

  constructor(input: PublishInput, writer: ViewWriter) {
    this.#input = input;
    this.#writer = writer;
    this.#services = writer.facts?.services ?? 0;
  }

  async commit(): Promise<PublishReport> {
    const { projector, fingerprint, nowMs, state } = this.#input;
    const changed = this.#writer.changed;
    const old = this.#writer.facts;
    const facts = await this.#writer.commit(
      {
        publishedAtMs: nowMs,
        fingerprint,
        users: this.#shown?.users ?? (old?.users ?? 0) + this.#users.created - this.#users.removed,
        groups: this.#shown?.groups ?? (old?.groups ?? 0) + this.#groups.created - this.#groups.removed,
        services: this.#services,
        objectClasses: objectClassesOf(projector.settings),
      },
      state,
    );
    return {
      facts,
      changed,
      users: this.#users.entries,
      groups: this.#groups.entries,
      skippedUsers: this.#users.skipped,
      skippedGroups: this.#groups.skipped,
    };
  }

  /** Compares every entry and every membership with what it should be. */
  async everything(): Promise<void> {
    const { mirror, signal } = this.#input;
    await this.#fixedEntries();
    const shown = new NodeSet();
    const live = new NodeSet();
    await this.#settleNames('user');
    for await (const block of mirror.records('users')) {
      for (const record of block) if (this.#putUser(record)) shown.add(record.node);
      await this.#pause();
    }
    await this.#settleNames('group');
    for await (const block of mirror.records('groups')) {
      for (const record of block) {
        live.add(record.node);
        if (this.#nameGroup(record) !== undefined) shown.add(record.node);
      }
      await this.#pause();
    }
    const graph = await MemoryGraph.load(mirror, signal);
    for await (const block of mirror.records('groups')) {
      for (const record of block) {
        if (!shown.has(record.node)) continue;
        const visible = (node: NodeId): boolean => shown.has(node);
        const members = await effectiveMembers(record.node, graph, this.#membership, visible, (node) => live.has(node));
        const change = this.#writer.setMembers(record.node, members, this.#memberValues, 'unknown');
        this.#putGroup(record, change.added.length + change.removed.length > 0 || change.rewritten);
        await this.#pause();
      }
    }
    await this.#allMemberships(graph, shown, live);
    await this.#removeUnshown('user', shown);
    await this.#removeUnshown('group', shown);
    this.#shown = { users: shown.size('user'), groups: shown.size('group') + 1 };
  }

  async #allMemberships(graph: MembershipGraph, shown: NodeSet, live: NodeSet): Promise<void> {
    for (const kind of ['user', 'group'] as const) {
      for (const node of shown.of(kind)) {
        this.#writer.setGroups(node, await this.#shownGroups(node, graph, shown, live));
        if (this.#writer.full) await this.#pause();
      }
    }
  }

  async #shownGroups(node: NodeId, graph: MembershipGraph, shown: NodeSet, live: NodeSet): Promise<Uint32Array> {
    if (this.#membership === 'direct') return (await graph.groupsOf(node)).filter((group) => shown.has(group));
    // Flattened groups list users only, and memberOf says the same as they do.
    if (nodeKind(node) === 'group') return new Uint32Array();
    const groups = await containingGroups(node, graph, (group) => live.has(group));
    return Uint32Array.from(groups).filter((group) => shown.has(group)).sort();
  }

  async #removeUnshown(kind: Kind, shown: NodeSet): Promise<void> {
    await this.#writer.flush();
    for await (const ids of this.#writer.storedIds(nodeRange(kind))) {
      for (const id of ids) if (!shown.has(id) && id !== primaryGroupNode) this.#remove(id);
      await this.#pause();
    }
  }

  /** Looks at the nodes that changed and at the groups that their change reaches. */
  async some(nodes: Uint32Array): Promise<void> {
    const { mirror } = this.#input;
    const live = (node: NodeId): boolean => mirror.record(node) !== undefined;
    const reached = new Set<NodeId>();
    const renamed = new Set<NodeId>();
    const reach = async (node: NodeId): Promise<void> => {
      for (const group of this.#writer.storedGroups(node)) reached.add(group);
      for (const group of await containingGroups(node, mirror, live)) reached.add(group);
    };
    await this.#settleNames('user', nodes);
    await this.#settleNames('group', nodes);
    for (const node of nodes) {
      const kind = nodeKind(node);
      if (kind !== 'user' && kind !== 'group') continue;
      const before = this.#shownName(node);
      const record = mirror.record(node);
      const shown = record !== undefined && (kind === 'user' ? this.#putUser(record) : this.#putGroup(record, false));
      const after = shown ? this.#shownName(node) : undefined;
      if (before !== undefined && after !== undefined && before !== after) renamed.add(node);
      // A group passes on what its members are, so every change of it reaches the groups around it.
      if (kind === 'group' || before !== after) await reach(node);
      if (!shown && before !== undefined) this.#remove(node);
      if (kind === 'group' && shown) reached.add(node);
      await this.#pause();
    }
    for (const group of reached) {
      await this.#updateMembers(group, mirror, renamed, live);
      await this.#pause();
    }
  }

  async #updateMembers(
    group: NodeId,
    graph: MembershipGraph,
    renamed: ReadonlySet<NodeId>,
    live: (node: NodeId) => boolean,
  ): Promise<void> {
    const record = this.#input.mirror.record(group);
    if (record === undefined || this.#writer.entry(group) === undefined) return;
    const visible = (node: NodeId): boolean => this.#writer.entry(node) !== undefined;
    const members = await effectiveMembers(group, graph, this.#membership, visible, live);
    const change = this.#writer.setMembers(group, members, this.#memberValues, renamed);
    for (const member of change.added) {
      this.#writer.changeGroups(member, [group], []);
      if (this.#writer.full) await this.#pause();
    }
    for (const member of change.removed) {
      this.#writer.changeGroups(member, [], [group]);
      if (this.#writer.full) await this.#pause();
    }
    if (change.added.length + change.removed.length > 0 || change.rewritten) this.#putGroup(record, true);
  }

  async #fixedEntries(): Promise<void> {
    const { projector } = this.#input;
    const kept = new Set<NodeId>();
    this.#services = 0;
    for (const [node, entry] of projector.fixedEntries()) {
      kept.add(node);
      if (nodeKind(node) === 'service') this.#services++;
      const isNew = this.#writer.entry(node) === undefined;
      this.#put(node, entry, false);
      if (node === primaryGroupNode && isNew) this.#groups.created++;
    }
    for await (const ids of this.#writer.storedIds(nodeRange('service'))) {
      for (const id of ids) if (!kept.has(id)) this.#writer.deleteEntry(id);
    }
  }

  async #settleNames(kind: Kind, nodes?: Uint32Array): Promise<void> {
    const { mirror, ledger, projector } = this.#input;
    const claims = new NameClaims(ledger, kind);
    const names = (record: MirrorRecord) => {
      const admitted = kind === 'user' ? projector.admitUser(record) : projector.admitGroup(record);
      return admitted.kind === 'admitted' ? admitted.names : undefined;
    };
    const claim = (record: MirrorRecord | undefined): void => {
      const wanted = record === undefined ? undefined : names(record);
      if (record !== undefined && wanted !== undefined) claims.add(record, wanted);
    };
    if (nodes !== undefined) {
      for (const node of nodes) if (nodeKind(node) === kind) claim(mirror.record(node));
    } else {
      for await (const block of mirror.records(kind === 'user' ? 'users' : 'groups')) for (const record of block) claim(record);
    }
    claims.settle(mirror, names, this.#range(kind), this.#reserved(kind));
  }

  /** Puts a user's entry; false when the user is not to be shown. */
  #putUser(record: MirrorRecord): boolean {
    const { ledger, projector } = this.#input;
    this.#looked++;
    const admitted = projector.admitUser(record);
    if (admitted.kind === 'skipped') {
      this.#users.skip(admitted.reason);
      return false;
    }
    const given = assign(ledger, 'user', record.objectId, admitted.names, this.#range('user'), this.#reserved('user'));
    const entry = projector.user(record, given);
    const stored = this.#writer.entry(record.node);
    const changed = this.#put(record.node, entry, false);
    if (stored === undefined) this.#users.created++;
    else if (changed) {
      this.#users.changed++;
      if (entry.locked && !projector.isLockedEntry(stored)) this.#users.locked++;
    }
    return true;
  }

  #nameGroup(record: MirrorRecord): LedgerEntry | undefined {
    const { ledger, projector } = this.#input;
    this.#looked++;
    const admitted = projector.admitGroup(record);
    if (admitted.kind === 'admitted') {
      return assign(ledger, 'group', record.objectId, admitted.names, this.#range('group'), this.#reserved('group'));
    }
    this.#groups.skip(admitted.reason);
    return undefined;
  }

  readonly #changedGroups = new Set<NodeId>();

  /** Puts a group's entry; false when the group is not to be shown. */
  #putGroup(record: MirrorRecord, membersChanged: boolean): boolean {
    const { ledger, projector } = this.#input;
    const given = membersChanged ? ledger.entry(record.objectId) : this.#nameGroup(record);
    if (given === undefined) return false;
    const isNew = this.#writer.entry(record.node) === undefined;
    const changed = this.#put(record.node, projector.group(record, given), membersChanged);
    if (isNew) this.#groups.created++;
    // A group may be put for its own change and then again for its members'; it counts once, and not when it is new.
    else if (changed && !this.#changedGroups.has(record.node)) this.#groups.changed++;
    if (changed) this.#changedGroups.add(record.node);
    return true;
  }

  #put(node: NodeId, entry: ProjectedEntry, force: boolean): boolean {
    const stamp = { nowMs: this.#input.nowMs, change: this.#writes };
    const bytes = this.#input.projector.encode(entry, this.#writer.entry(node), stamp, force);
    if (bytes === undefined) return false;
    this.#writes++;
    this.#writer.putEntry(node, bytes);
    return true;
  }

  #remove(node: NodeId): void {
    if (nodeKind(node) === 'group') {
      this.#groups.removed++;
      const { removed } = this.#writer.setMembers(node, new Uint32Array(), this.#memberValues, new Set());
      for (const member of removed) this.#writer.changeGroups(member, [], [node]);
    } else {
      this.#users.removed++;
    }
    this.#writer.setGroups(node, new Uint32Array());
    this.#writer.deleteEntry(node);
  }

  /** The name under which a node is shown, or undefined when it is not. */
  #shownName(node: NodeId): string | undefined {
    const stored = this.#writer.entry(node);
    return stored === undefined ? undefined : this.#input.projector.nameOf(stored);
  }

  readonly #memberValues = (node: NodeId): MemberValues => {
    const known = this.#memberValueCache.get(node);
    if (known !== undefined) return known;
    const { mirror, ledger, projector } = this.#input;
    const objectId = mirror.objectIdOf(node);
    const given = objectId === undefined ? undefined : ledger.entry(objectId);
    if (given === undefined) throw new Error(`node ${node} is shown as a member but has no name`);
    const values = nodeKind(node) === 'user' ? projector.userMember(given.name) : projector.groupMember(given.name);
    if (this.#memberValueCache.size >= MEMBER_VALUES_MAX) this.#memberValueCache.clear();
    this.#memberValueCache.set(node, values);
    return values;
  };

  get #membership(): 'transitive' | 'direct' {
    return this.#input.projector.settings.groups.membership;
  }

  #range(kind: Kind): { from: number; to: number } {
    const { users, groups } = this.#input.projector.settings;
    return kind === 'user' ? users.uidNumbers : groups.gidNumbers;
  }

  #reserved(kind: Kind): { nameKey: string | undefined; number: number } {
    const reserved = this.#input.projector.reservedForGroups;
    return kind === 'user' ? { nameKey: undefined, number: reserved.number } : reserved;
  }

  /** Lets others run, and writes when enough has gathered. */
  async #pause(): Promise<void> {
    this.#input.signal.throwIfAborted();
    this.#input.onProgress(this.#looked);
    if (this.#writer.full) await this.#writer.flush();
    else await new Promise<void>((resolve) => setImmediate(resolve));
  }
}
