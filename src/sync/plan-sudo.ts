/** Puts sudo rules with the names of users and groups as they are after everything else of a publish. */
import type { MirrorRecord } from '../identity/mirror.ts';
import { type NodeId, nodeId, nodeKind, nodeRange, sudoDefaultsNode } from '../identity/node.ts';
import type { SudoReport, SudoUnknown } from '../identity/sudo.ts';
import { type GroupMatches, groupsNamed, matchesFor } from '../projection/named-groups.ts';
import { nameKey } from '../projection/naming.ts';
import { type SudoSubject, sudoGroupValue, sudoUserValue } from '../projection/sudo-entries.ts';
import { sudoAll, type SudoRule, type SudoSettings } from '../projection/sudo-settings.ts';
import type { PublishRun } from './publish-run.ts';
import { principalNames, type UserMatches, usersNamed } from './sudo-users.ts';

/** So many names that mean nobody are told of. */
const unknownMax = 1000;

/**
 * Puts the rules in which somebody is left, and takes the others away: a rule without `sudoUser` would be one for nobody today
 * and for everybody in some other client. Called when users and groups have been put.
 */
export async function planSudo(
  run: PublishRun,
  groups: GroupMatches,
  users: UserMatches,
): Promise<SudoReport | undefined> {
  const { sudo } = run.input.projector.settings;
  const names = sudo === undefined ? undefined : new SudoNames(run, sudo, groups, users);
  const shown = new Set<NodeId>(sudo === undefined || sudo.defaults.length === 0 ? [] : [sudoDefaultsNode]);
  const hidden: string[] = [];
  for (const [position, rule] of (sudo?.rules ?? []).entries()) {
    const values = names?.valuesOf(rule) ?? [];
    const node = nodeId('sudo', position + 1);
    if (values.length === 0) hidden.push(rule.name);
    else {
      run.putEntry(node, run.input.projector.sudoRule(rule, values), run.writer.entry(node), false);
      shown.add(node);
    }
    if (run.due) await run.pause();
  }
  await removeOthers(run, shown);
  if (sudo === undefined || names === undefined) return undefined;
  return { shown: sudo.rules.length - hidden.length, hidden, unknown: names.unknown.slice(0, unknownMax) };
}

async function removeOthers(run: PublishRun, shown: ReadonlySet<NodeId>): Promise<void> {
  for await (const ids of run.writer.storedIds(nodeRange('sudo'))) {
    for (const id of ids) if (!shown.has(id)) run.writer.deleteEntry(id);
  }
}

/** What the names in rules stand for in one publish. */
class SudoNames {
  readonly unknown: SudoUnknown[] = [];
  readonly #run: PublishRun;
  readonly #groups: ReadonlyMap<string, readonly NodeId[]>;
  readonly #principals: ReadonlyMap<string, readonly NodeId[]>;

  constructor(run: PublishRun, sudo: SudoSettings, groups: GroupMatches, users: UserMatches) {
    const { settings } = run.input.projector;
    const found = matchesFor('sudo', settings, groups);
    this.#run = run;
    this.#groups = new Map(groupsNamed(settings).sudo.map((name, position) => [name, found[position] ?? []]));
    this.#principals = new Map(principalNames(sudo).map((name, position) => [name, users[position] ?? []]));
  }

  /** The values of `sudoUser`. A name that means nobody, several, or somebody who is not shown gives none. */
  valuesOf(rule: SudoRule): readonly string[] {
    const users = rule.users.flatMap((name) => {
      if (name === sudoAll) return [sudoAll];
      const nodes = usersNamed(this.#run.input, name, this.#principals.get(nameKey(name)) ?? []);
      return this.#value(rule, 'user', name, nodes, sudoUserValue);
    });
    const groups = rule.groups.flatMap((name) =>
      this.#value(rule, 'group', name, this.#groups.get(name) ?? [], sudoGroupValue),
    );
    return [...users, ...groups];
  }

  #value(
    { name: rule }: SudoRule,
    kind: 'user' | 'group',
    name: string,
    nodes: readonly NodeId[],
    valueOf: (subject: SudoSubject) => string,
  ): readonly string[] {
    const subjects = nodes.flatMap((node) => this.#shown(node, kind) ?? []);
    const [subject] = subjects;
    if (subject !== undefined && subjects.length === 1) return [valueOf(subject)];
    this.unknown.push({ rule, kind, name, found: subjects.length });
    return [];
  }

  #shown(node: NodeId, kind: 'user' | 'group'): SudoSubject | undefined {
    const { mirror, ledger } = this.#run.input;
    const record: MirrorRecord | undefined = nodeKind(node) === kind ? mirror.record(node) : undefined;
    const given = record === undefined ? undefined : ledger.entry(record.objectId);
    return given !== undefined && this.#run.writer.entry(node) !== undefined ? given : undefined;
  }
}
