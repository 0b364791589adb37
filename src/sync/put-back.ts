import type { Mirror } from '../identity/mirror.ts';
import { type NodeId, nodeKind, primaryGroupNode, privateGroupOwner } from '../identity/node.ts';
import type { EntryCounts } from '../identity/round.ts';
import type { EarlierView, MemberValues, PublicationFacts, ViewEditor } from '../identity/view.ts';
import type { Projector } from '../projection/projector.ts';
import { mergedAdditions } from '../projection/schema-additions.ts';
import { restamped, sameContent, sameMemberValues, storedMemberValues } from '../projection/stored-entries.ts';

/** What putting an earlier directory back works with. */
export interface PutBackInput {
  readonly earlier: EarlierView;
  readonly editor: ViewEditor;
  readonly mirror: Pick<Mirror, 'record' | 'removed'>;
  readonly projector: Projector;
  readonly nowMs: number;
  readonly signal: AbortSignal;
}

/** What came of it. */
export interface PutBackReport {
  readonly users: EntryCounts;
  readonly groups: EntryCounts;
  /** Users who were locked and are not any more, ascending. */
  readonly reopened: readonly NodeId[];
  /** Users who could sign in then and whom Entra has disabled or deleted since: they are left as they are. */
  readonly keptShut: readonly NodeId[];
  readonly totals: Omit<PublicationFacts, 'publication' | 'publishedAtMs'>;
}

interface Tally {
  created: number;
  changed: number;
  locked: number;
  removed: number;
}

/** So much is done before others may run: one or two milliseconds. */
const STEPS_AT_ONCE = 16;

/**
 * Makes a directory what an earlier one was. It may be repeated after an interruption, for nothing depends on how far the last
 * attempt came. Nobody whom Entra has shut out since gets in by it (P7).
 */
export async function putBack(input: PutBackInput): Promise<PutBackReport> {
  const work = new PutBack(input);
  await work.putEntries();
  await work.putMembers();
  await work.deleteEntries();
  return work.report();
}

class PutBack {
  readonly #input: PutBackInput;
  readonly #users: Tally = { created: 0, changed: 0, locked: 0, removed: 0 };
  readonly #groups: Tally = { created: 0, changed: 0, locked: 0, removed: 0 };
  readonly #reopened: NodeId[] = [];
  readonly #keptShut = new Set<NodeId>();
  readonly #gone = new Set<NodeId>();
  /** Entries that go by another name than before, or whose uid is another one. */
  readonly #renamed = new Set<NodeId>();
  #steps = 0;

  constructor(input: PutBackInput) {
    this.#input = input;
  }

  async putEntries(): Promise<void> {
    const { earlier, editor } = this.#input;
    for (const node of earlier.nodes) {
      const before = earlier.entry(node);
      const now = editor.entry(node);
      if (this.#staysShut(node, before, now)) this.#keptShut.add(node);
      else if (before !== undefined) this.#put(node, before, now);
      else if (now !== undefined) this.#gone.add(node);
      await this.#pause();
    }
  }

  async putMembers(): Promise<void> {
    for (const group of this.#touchedGroups()) {
      const { editor } = this.#input;
      const change = await editor.setMembers(group, this.#membersBefore(group), this.#values, this.#renamed);
      for (const member of change.added) editor.changeGroups(member, [group], []);
      for (const member of change.removed) editor.changeGroups(member, [], [group]);
      if (this.#renamed.has(group)) for (const member of editor.storedMembers(group)) editor.touchEntry(member);
      await this.#pause();
    }
  }

  async deleteEntries(): Promise<void> {
    const { editor } = this.#input;
    for (const node of this.#gone) {
      editor.setGroups(node, new Uint32Array());
      editor.deleteEntry(node);
      const tally = this.#tallyOf(node);
      if (tally !== undefined) tally.removed++;
      await this.#pause();
    }
  }

  report(): PutBackReport {
    return {
      users: this.#users,
      groups: this.#groups,
      reopened: this.#reopened,
      keptShut: [...this.#keptShut].filter((node) => nodeKind(node) === 'user'),
      totals: this.#totals(),
    };
  }

  #put(node: NodeId, before: Buffer, now: Buffer | undefined): void {
    const { earlier, editor, projector, nowMs } = this.#input;
    if (now !== undefined && sameContent(before, now) && !earlier.members.has(node)) return;
    editor.putEntry(node, restamped(before, { nowMs, nextNumber: () => editor.nextChangeNumber() }));
    if (now !== undefined && !sameMemberValues(before, now, kindOf(node))) this.#renamed.add(node);
    const tally = this.#tallyOf(node);
    if (tally === undefined) return;
    if (now === undefined) {
      tally.created++;
      return;
    }
    tally.changed++;
    if (nodeKind(node) !== 'user' || projector.isLockedEntry(before) === projector.isLockedEntry(now)) return;
    if (projector.isLockedEntry(before)) tally.locked++;
    else this.#reopened.push(node);
  }

  /**
   * True for a user who could sign in then and cannot now, because Entra has disabled or deleted the account or because it is not
   * known any more what Entra says; and for what belongs to that user alone.
   */
  #staysShut(node: NodeId, before: Buffer | undefined, now: Buffer | undefined): boolean {
    if (nodeKind(node) === 'privateGroup') return this.#keptShut.has(privateGroupOwner(node));
    const { mirror, projector } = this.#input;
    if (nodeKind(node) !== 'user' || before === undefined || projector.isLockedEntry(before)) return false;
    if (now !== undefined && !projector.isLockedEntry(now)) return false;
    const record = mirror.record(node);
    if (record !== undefined) return record.properties['accountEnabled'] === false;
    return mirror.removed(node)?.reason !== 'unseen';
  }

  /** Groups with other members, or with members of another name, and those that go. */
  #touchedGroups(): readonly NodeId[] {
    const { earlier, editor } = this.#input;
    const groups = new Set(earlier.members.keys());
    for (const node of this.#renamed) {
      for (const group of editor.storedGroups(node)) groups.add(group);
      if (nodeKind(node) === 'group') groups.add(node);
    }
    for (const node of this.#gone) if (nodeKind(node) === 'group') groups.add(node);
    return [...groups].toSorted((a, b) => a - b);
  }

  #membersBefore(group: NodeId): Uint32Array {
    const { earlier, editor } = this.#input;
    if (this.#gone.has(group) || editor.entry(group) === undefined) return new Uint32Array();
    const { added, removed } = earlier.members.get(group) ?? { added: new Set<NodeId>(), removed: new Set<NodeId>() };
    const members = new Set([...editor.storedMembers(group), ...added]);
    const shown = [...members].filter(
      (node) => !removed.has(node) && !this.#gone.has(node) && editor.entry(node) !== undefined,
    );
    return Uint32Array.from(shown).sort();
  }

  readonly #values = (node: NodeId): MemberValues => {
    const entry = this.#input.editor.entry(node);
    if (entry === undefined) throw new Error(`node ${node} is a member again but has no entry`);
    return storedMemberValues(entry, kindOf(node));
  };

  /** Facts as they were then, but for those who are left as they are. */
  #totals(): PutBackReport['totals'] {
    const { earlier, editor } = this.#input;
    const { publication, publishedAtMs: _publishedAtMs, objectClasses, users, privateGroups, ...facts } = earlier.facts;
    const missing = { user: 0, privateGroup: 0 };
    for (const node of this.#keptShut) {
      const kind = nodeKind(node) === 'user' ? 'user' : 'privateGroup';
      // One that was not there before and is left as it is cannot be: it was there then.
      if (editor.entry(node) === undefined && earlier.entry(node) !== undefined) missing[kind]++;
    }
    return {
      ...facts,
      users: users - missing.user,
      ...(privateGroups === undefined ? {} : { privateGroups: privateGroups - missing.privateGroup }),
      // Those who are left as they are may have classes that the others had not yet.
      objectClasses: union(objectClasses, editor.facts?.objectClasses ?? {}),
      addedAttributes: mergedAdditions(facts.addedAttributes ?? [], editor.facts?.addedAttributes ?? []),
      restores: publication,
    };
  }

  #tallyOf(node: NodeId): Tally | undefined {
    if (nodeKind(node) === 'user') return this.#users;
    return nodeKind(node) === 'group' && node !== primaryGroupNode ? this.#groups : undefined;
  }

  async #pause(): Promise<void> {
    const { editor, signal } = this.#input;
    if (++this.#steps % STEPS_AT_ONCE !== 0 && !editor.full) return;
    signal.throwIfAborted();
    if (editor.full) await editor.startFlush();
    else await new Promise<void>((resolve) => setImmediate(resolve));
  }
}

function kindOf(node: NodeId): 'user' | 'group' {
  return nodeKind(node) === 'user' ? 'user' : 'group';
}

function union(a: PublicationFacts['objectClasses'], b: PublicationFacts['objectClasses']): typeof a {
  const kinds = new Set([...Object.keys(a), ...Object.keys(b)]) as Set<keyof typeof a>;
  return Object.fromEntries(
    [...kinds].map((kind) => [kind, [...new Set([...(a[kind] ?? []), ...(b[kind] ?? [])])]] as const),
  );
}
