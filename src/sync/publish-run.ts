import type { ObjectId } from '../identity/ids.ts';
import type { Ledger, LedgerEntry } from '../identity/ledger.ts';
import type { MirrorReader, MirrorRecord } from '../identity/mirror.ts';
import { type NodeId, nodeKind, nodeRange, structuralNodes, sudoDefaultsNode } from '../identity/node.ts';
import type { PublicationFacts, ViewEditor } from '../identity/view.ts';
import type { DnOf } from '../projection/mapped-values.ts';
import type { StandingOf } from '../projection/policy.ts';
import type { PrimaryChoice } from '../projection/primary-group.ts';
import { isTakenByGroup } from '../projection/private-groups.ts';
import type { Admitted, Projector } from '../projection/projector.ts';
import type { ProjectedEntry } from '../projection/stamps.ts';
import { Assignments } from './assignments.ts';
import { EntryTally } from './entry-tally.ts';
import { MemberNames } from './member-names.ts';
import type { NotAdopted } from './number-claims.ts';
import { noPrimary, type PrimaryOf } from './primary-groups.ts';
import { PrivateGroups } from './private-groups.ts';
import { everybodyActive } from './standings.ts';
import { UserDns } from './user-dns.ts';

/** What a publish works with. */
export interface PublishRunInput {
  readonly mirror: MirrorReader;
  readonly ledger: Ledger;
  readonly projector: Projector;
  readonly nowMs: number;
  readonly signal: AbortSignal;
  /** Told the number of objects looked at so far. */
  readonly onProgress: (entries: number) => void;
  /** Told of each object that does not have the number that its property asks for. */
  readonly onNumberKept: (kind: 'user' | 'group', objectId: ObjectId, reason: NotAdopted) => void;
  /** Told of each object and attribute of which a value is not shown, for its syntax does not admit it. */
  readonly onValueLeftOut: (kind: 'user' | 'group', objectId: ObjectId, attribute: string) => void;
}

type Kind = 'user' | 'group';

/** What a user who is shown was given. */
export interface ShownUser {
  readonly given: LedgerEntry;
  readonly primary: PrimaryChoice;
}

/** Fixed entries that only some settings ask for, what is in a container before the container. */
const optionalEntries = [sudoDefaultsNode, structuralNodes.sudoers, structuralNodes.privateGroups] as const;

/**
 * So long it goes on before others may run, in milliseconds: while a directory is served not much longer than a search takes, for
 * searches wait meanwhile, and longer in a first publish, when there is nothing to be found yet.
 */
const sliceMs = { served: 0.5, first: 5 };

/** What both ways of planning do with single entries: name them, put them, remove them, and count. */
export class PublishRun {
  readonly input: PublishRunInput;
  readonly writer: ViewEditor;
  readonly users = new EntryTally();
  readonly groups = new EntryTally();
  readonly names: MemberNames;
  /** Whether users may sign in as far as groups decide; set before users are put. */
  standingOf: StandingOf = everybodyActive;
  /** The first of the groups of the settings that a user is in; set before users are put. */
  primaryOf: PrimaryOf = noPrimary;
  readonly privateGroups: PrivateGroups = new PrivateGroups(this);
  readonly #changedGroups = new Set<NodeId>();
  readonly #renamedGroups = new Set<NodeId>();
  /** The nodes whose entries are looked at; undefined: all. Set before users are put. */
  looksAt: ReadonlySet<NodeId> | undefined;
  readonly #incomplete = new Set<NodeId>();
  readonly #dns: UserDns;
  readonly #dnOf: DnOf;
  readonly #fixed = new Set<NodeId>();
  readonly #assignments: Assignments;
  /** How many users and groups are shown, where that was counted rather than worked out from the difference. */
  #shown: { readonly users: number; readonly groups: number } | undefined;
  #services: number;
  #looked = 0;
  readonly #sliceMs: number;
  #sliceEndsMs = 0;

  constructor(input: PublishRunInput, writer: ViewEditor) {
    this.input = input;
    this.writer = writer;
    this.names = new MemberNames(input);
    this.#assignments = new Assignments({ ...input, standingOf: (user) => this.standingOf(user) });
    this.#services = writer.facts?.services ?? 0;
    this.#sliceMs = writer.facts === undefined ? sliceMs.first : sliceMs.served;
    this.#dns = new UserDns({
      mirror: input.mirror,
      mayChange: (node) => this.looksAt?.has(node) ?? true,
      planned: (node) => this.#plannedDn(node),
      stored: (node) => this.#storedDn(node),
    });
    this.#dnOf = (objectId) => this.#dns.dnOf(objectId);
  }

  get membership(): 'transitive' | 'direct' {
    return this.input.projector.settings.groups.membership;
  }

  /** The sizes of the directory after this run. */
  get totals(): Pick<PublicationFacts, 'users' | 'groups' | 'services' | 'privateGroups'> {
    const old = this.writer.facts;
    return {
      users: this.#shown?.users ?? (old?.users ?? 0) + this.users.created - this.users.removed,
      groups: this.#shown?.groups ?? (old?.groups ?? 0) + this.groups.created - this.groups.removed,
      services: this.#services,
      privateGroups: this.privateGroups.total,
    };
  }

  /** Tells how many users and groups were found to be shown. */
  countShown(users: number, groups: number): void {
    this.#shown = { users, groups };
  }

  /** True now and then, and when enough writes have gathered: it is time to {@link PublishRun.pause}. */
  get due(): boolean {
    return performance.now() >= this.#sliceEndsMs || this.writer.full;
  }

  /** Lets others run, and writes when enough has gathered. */
  async pause(): Promise<void> {
    this.input.signal.throwIfAborted();
    this.input.onProgress(this.#looked);
    if (this.writer.full) await this.writer.startFlush();
    else await new Promise<void>((resolve) => setImmediate(resolve));
    this.#sliceEndsMs = performance.now() + this.#sliceMs;
  }

  /** Puts the entries that only the settings make. */
  async putFixedEntries(): Promise<void> {
    this.#services = 0;
    for (const [node, entry] of this.input.projector.fixedEntries()) {
      this.#fixed.add(node);
      if (nodeKind(node) === 'service') this.#services++;
      const stored = this.writer.entry(node);
      this.putEntry(node, entry, stored, false);
    }
    for await (const ids of this.writer.storedIds(nodeRange('service'))) {
      for (const id of ids) if (!this.isFixed(id)) this.writer.deleteEntry(id);
    }
    for (const node of optionalEntries) if (!this.isFixed(node)) this.writer.deleteEntry(node);
  }

  /** True for an entry that {@link PublishRun.putFixedEntries} has put. */
  isFixed(node: NodeId): boolean {
    return this.#fixed.has(node);
  }

  /** See {@link Assignments.settle}. */
  settleClaims(kind: Kind, nodes?: Uint32Array): Promise<void> {
    return this.#assignments.settle(kind, this, nodes);
  }

  /** Puts a user's entry; undefined when the user is not to be shown. */
  putUser(record: MirrorRecord): ShownUser | undefined {
    const { projector } = this.input;
    this.#looked++;
    const standing = this.standingOf(record.node);
    const admitted = projector.admitUser(record, standing);
    if (admitted.kind === 'skipped') {
      this.users.skip(admitted.reason);
      return undefined;
    }
    const given = this.#give('user', record, admitted);
    this.names.set(record.node, given.name);
    const primary = this.#primaryGroup(record, given);
    const entry = projector.user(record, given, standing, primary.gidNumber, this.#dnOf);
    this.#countLeftOut('user', record, entry);
    const stored = this.writer.entry(record.node);
    const changed = this.putEntry(record.node, entry, stored, false);
    if (stored === undefined) this.users.created++;
    else if (changed) {
      this.users.changed++;
      if (entry.locked && !projector.isLockedEntry(stored)) this.users.locked++;
    }
    return { given, primary };
  }

  #primaryGroup(record: MirrorRecord, given: LedgerEntry): PrimaryChoice {
    const { projector, ledger, mirror } = this.input;
    const group = this.primaryOf(record.node);
    const objectId = group === undefined ? undefined : mirror.objectIdOf(group);
    return projector.primaryGroup(record, given, {
      isNumberTaken: () => isTakenByGroup(ledger, given),
      match: objectId === undefined ? undefined : ledger.entry(objectId),
    });
  }

  /** An entry may be put twice; it counts once. */
  #countLeftOut(kind: Kind, { node, objectId }: MirrorRecord, { leftOut = [] }: ProjectedEntry): void {
    if (leftOut.length === 0 || this.#incomplete.has(node)) return;
    this.#incomplete.add(node);
    for (const attribute of leftOut) {
      (kind === 'user' ? this.users : this.groups).leaveOut(attribute);
      this.input.onValueLeftOut(kind, objectId, attribute);
    }
  }

  /** The name under which this publish will show a user, see {@link UserDns}. */
  #plannedDn(node: NodeId): string | undefined {
    const { mirror, projector } = this.input;
    const record = mirror.record(node);
    const admitted = record && projector.admitUser(record, this.standingOf(node));
    if (record === undefined || admitted?.kind !== 'admitted') return undefined;
    return projector.userDn(this.#assignments.give('user', record, admitted).name);
  }

  #storedDn(node: NodeId): string | undefined {
    const stored = this.writer.entry(node);
    return stored && this.input.projector.nameOf(stored);
  }

  /** Gives a group its name; undefined when the group is not to be shown. */
  nameGroup(record: MirrorRecord): LedgerEntry | undefined {
    const { projector } = this.input;
    this.#looked++;
    const admitted = projector.admitGroup(record);
    if (admitted.kind === 'skipped') {
      this.groups.skip(admitted.reason);
      return undefined;
    }
    const given = this.#give('group', record, admitted);
    this.names.set(record.node, given.name);
    return given;
  }

  /** Puts the entry of a group that has its name; `membersChanged` counts as a change of the entry. */
  putGroup(record: MirrorRecord, given: LedgerEntry, membersChanged: boolean): void {
    const stored = this.writer.entry(record.node);
    const entry = this.input.projector.group(record, given);
    this.#countLeftOut('group', record, entry);
    const changed = this.putEntry(record.node, entry, stored, membersChanged);
    if (stored === undefined) this.groups.created++;
    // A group may be put for its own change and then again for its members'; it counts once, and not when it is new.
    else if (changed && !this.#changedGroups.has(record.node)) this.groups.changed++;
    if (changed) this.#changedGroups.add(record.node);
    if (stored !== undefined && changed && this.#isRenamed(record.node, stored)) this.#renamedGroups.add(record.node);
  }

  /** When a group has another name now, tells its members' entries, which show it by `memberOf`. */
  async passOnName(group: NodeId): Promise<void> {
    if (!this.#renamedGroups.delete(group)) return;
    for (const member of this.writer.storedMembers(group)) {
      this.writer.touchEntry(member);
      if (this.due) await this.pause();
    }
  }

  #isRenamed(node: NodeId, stored: Buffer): boolean {
    const { projector } = this.input;
    const shown = this.writer.entry(node);
    return shown !== undefined && projector.nameOf(shown) !== projector.nameOf(stored);
  }

  /** Takes an entry and its memberships away. */
  async remove(node: NodeId): Promise<void> {
    if (nodeKind(node) === 'group') {
      this.groups.removed++;
      const { removed } = await this.writer.setMembers(node, new Uint32Array(), this.names.values, new Set());
      for (const member of removed) {
        this.writer.changeGroups(member, [], [node]);
        if (this.due) await this.pause();
      }
    } else {
      this.users.removed++;
      await this.privateGroups.remove(node);
    }
    this.writer.setGroups(node, new Uint32Array());
    this.writer.deleteEntry(node);
  }

  /** Puts an entry unless `stored` says the same; `force` counts as a change. True when it was put. */
  putEntry(node: NodeId, entry: ProjectedEntry, stored: Buffer | undefined, force: boolean): boolean {
    const stamp = { nowMs: this.input.nowMs, nextNumber: () => this.writer.nextChangeNumber() };
    const bytes = this.input.projector.encode(entry, stored, stamp, force);
    if (bytes === undefined) return false;
    this.writer.putEntry(node, bytes);
    return true;
  }

  #give(kind: Kind, record: MirrorRecord, admitted: Admitted): LedgerEntry {
    const given = this.#assignments.give(kind, record, admitted);
    // Asked afterwards, for the administrator may have kept for it just the number that its property asks for.
    const not = this.#assignments.notAdopted(kind, record, admitted);
    if (not !== undefined) {
      (kind === 'user' ? this.users : this.groups).keepNumber(not);
      this.input.onNumberKept(kind, record.objectId, not);
    }
    return given;
  }
}
