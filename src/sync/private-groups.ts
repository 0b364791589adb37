import type { Ledger, LedgerEntry } from '../identity/ledger.ts';
import type { MirrorReader, MirrorRecord } from '../identity/mirror.ts';
import { type NodeId, nodeRange, privateGroupNode, privateGroupOwner } from '../identity/node.ts';
import type { ViewEditor } from '../identity/view.ts';
import { nameKey } from '../projection/naming.ts';
import type { PrimaryChoice } from '../projection/primary-group.ts';
import { privateGroupName } from '../projection/private-groups.ts';
import type { Projector } from '../projection/projector.ts';
import type { ProjectedEntry } from '../projection/stamps.ts';
import type { MemberNames } from './member-names.ts';
import { NodeSet } from './node-set.ts';

const nobody = new Uint32Array();

/** What names end in that had to give way: see `privateGroupName`. */
const shortIdEnd = /-[0-9a-f]{8}$/;
const objectIdEnd = /-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** What private groups are made with: a publish under way. */
export interface PrivateGroupsHost {
  readonly input: {
    readonly mirror: Pick<MirrorReader, 'record' | 'nodeOf'>;
    readonly ledger: Ledger;
    readonly projector: Projector;
  };
  readonly writer: ViewEditor;
  readonly names: Pick<MemberNames, 'values'>;
  putEntry(node: NodeId, entry: ProjectedEntry, stored: Buffer | undefined, force: boolean): boolean;
  pause(): Promise<void>;
}

/** Makes, renames and removes the groups of single users in one publish. */
export class PrivateGroups {
  readonly #run: PrivateGroupsHost;
  /** Users whose group was put. */
  readonly #owners = new NodeSet();
  #created = 0;
  #removed = 0;
  #countsAll = false;

  constructor(run: PrivateGroupsHost) {
    this.#run = run;
  }

  /** How many there are after this publish. */
  get total(): number {
    if (this.#countsAll) return this.#owners.size('user');
    return (this.#run.writer.facts?.privateGroups ?? 0) + this.#created - this.#removed;
  }

  /** True for a user whose group was put. */
  isOwner(user: NodeId): boolean {
    return this.#owners.has(user);
  }

  /** Whether there are any by these settings. */
  get isUsed(): boolean {
    const { kind, shown } = this.#run.input.projector.settings.users.primaryGroup;
    return kind === 'private' && shown;
  }

  /**
   * Makes a shown user's group what it should be: there when it is the user's primary one. Tells whether the user has joined or
   * left it, which the caller writes to the user's groups.
   */
  async put(record: MirrorRecord, given: LedgerEntry, { by }: PrimaryChoice): Promise<'joined' | 'left' | 'same'> {
    if (by !== 'private') return (await this.remove(record.node)) ? 'left' : 'same';
    const { writer, names, input } = this.#run;
    const { projector, ledger } = input;
    const node = privateGroupNode(record.node);
    const stored = writer.entry(node);
    const { name } = privateGroupName(ledger, given, nameKey(projector.settings.users.primaryGroup.name));
    const change = await writer.setMembers(node, Uint32Array.of(record.node), names.values, 'unknown');
    const entry = projector.privateGroup(record, given, name);
    this.#run.putEntry(node, entry, stored, change.rewritten);
    this.#owners.add(record.node);
    if (stored === undefined) this.#created++;
    // The user's memberOf shows its name.
    else if (projector.nameOf(stored) !== entry.dn) writer.touchEntry(record.node);
    return change.added.length > 0 ? 'joined' : 'same';
  }

  /** Gives the group of a shown user the name that it should have now. */
  async rename(user: NodeId): Promise<void> {
    const { mirror, ledger } = this.#run.input;
    const record = mirror.record(user);
    const given = record && ledger.entry(record.objectId);
    if (record !== undefined && given !== undefined) {
      await this.put(record, given, { by: 'private', gidNumber: given.number });
    }
  }

  /** Takes a user's group away; true when there was one. */
  async remove(user: NodeId): Promise<boolean> {
    const { writer, names } = this.#run;
    const node = privateGroupNode(user);
    if (writer.entry(node) === undefined) return false;
    await writer.setMembers(node, nobody, names.values, new Set());
    writer.deleteEntry(node);
    this.#removed++;
    return true;
  }

  /** After every shown user's group was put: takes away what is left of others. */
  async removeOthers(): Promise<void> {
    this.#countsAll = true;
    for await (const ids of this.#run.writer.storedIds(nodeRange('privateGroup'))) {
      for (const id of ids) {
        const owner = privateGroupOwner(id);
        if (!this.#owners.has(owner)) await this.remove(owner);
      }
      await this.#run.pause();
    }
  }

  /** Users whose group may be called so, or would be if it had to give way. */
  ownersNamed(names: Iterable<string>): ReadonlySet<NodeId> {
    const { ledger, mirror } = this.#run.input;
    const owners = new Set<NodeId>();
    for (const name of names) {
      const key = nameKey(name);
      for (const uid of new Set([key, key.replace(shortIdEnd, ''), key.replace(objectIdEnd, '')])) {
        const holder = ledger.nameHolder('user', uid);
        const node = holder === undefined ? undefined : mirror.nodeOf(holder);
        if (node !== undefined) owners.add(node);
      }
    }
    return owners;
  }
}
