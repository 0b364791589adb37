/**
 * How far a change may reach (P4). Pure: is told what a publish would do and what it may do, and says what goes too far and
 * whether that was allowed.
 */
import type { Danger } from '../identity/hold.ts';
import { type NodeId, nodeKind } from '../identity/node.ts';
import type { DangerKind, SafetyLimit, SafetyLimits } from '../identity/safety.ts';
import type { PublicationFacts, SetChange } from '../identity/view.ts';
import type { Projector } from '../projection/projector.ts';
import type { PreviewObserver } from './preview.ts';
import { without } from './sorted-nodes.ts';

/** So many of `total` may be changed. */
export function allowed({ count, share, few }: SafetyLimit, total: number): number {
  return Math.min(count, Math.max(few, Math.floor(share * total)));
}

/**
 * No change of so few users, and of no group, goes beyond a limit: each of them is removed, locked or renamed once, and taken
 * from a group once.
 */
export function harmlessUsers({ removals, locks, renames, groupShrink }: SafetyLimits, users: number): number {
  return Math.min(
    ...[removals, locks, renames].map((limit) => allowed(limit, users)),
    Math.min(groupShrink.count, groupShrink.few),
  );
}

/** Collects who would be removed, locked, renamed, emptied, or moved to another primary group, to which new files belong. */
export class BlastRadius implements PreviewObserver {
  readonly #limits: SafetyLimits;
  readonly #projector: Projector;
  readonly #facts: Pick<PublicationFacts, 'users' | 'groups'>;
  readonly #removed = { user: new Set<NodeId>(), group: new Set<NodeId>() };
  readonly #renamed = { user: new Map<NodeId, string>(), group: new Map<NodeId, string>() };
  readonly #locked = new Set<NodeId>();
  readonly #regrouped = new Map<NodeId, string>();
  readonly #lost = new Map<NodeId, Uint32Array>();

  /** `facts` are those of the directory that is shown. */
  constructor(limits: SafetyLimits, projector: Projector, facts: Pick<PublicationFacts, 'users' | 'groups'>) {
    this.#limits = limits;
    this.#projector = projector;
    this.#facts = facts;
  }

  entry(node: NodeId, before: Buffer | undefined, after: Buffer | undefined): void {
    const kind = nodeKind(node);
    if (before === undefined || (kind !== 'user' && kind !== 'group')) return;
    if (after === undefined) {
      this.#removed[kind].add(node);
      return;
    }
    const { shortName } = this.#projector.identityOf(after, kind);
    if (shortName !== this.#projector.identityOf(before, kind).shortName) this.#renamed[kind].set(node, shortName);
    if (kind !== 'user') return;
    const gidNumber = this.#projector.gidNumberOf(after);
    if (gidNumber !== this.#projector.gidNumberOf(before)) this.#regrouped.set(node, gidNumber);
    if (this.#projector.isLockedEntry(after) && !this.#projector.isLockedEntry(before)) {
      this.#locked.add(node);
    }
  }

  members(group: NodeId, before: Uint32Array, { removed }: SetChange): void {
    // Of most groups nothing is kept, so that this stays small whatever the tenant.
    if (removed.length > allowed(this.#limits.groupShrink, before.length)) this.#lost.set(group, removed);
  }

  /** What goes beyond the limits, in the order of the kinds. */
  dangers(): readonly Danger[] {
    const { removals, locks, renames } = this.#limits;
    const { users, groups } = this.#facts;
    return [
      ...many('usersRemoved', this.#removed.user, removals, users),
      ...many('usersLocked', this.#locked, locks, users),
      ...manyNamed('usersRenamed', this.#renamed.user, renames, users),
      ...manyNamed('usersRegrouped', this.#regrouped, renames, users),
      ...many('groupsRemoved', this.#removed.group, removals, groups),
      ...manyNamed('groupsRenamed', this.#renamed.group, renames, groups),
      ...this.#shrinking(),
    ];
  }

  #shrinking(): readonly Danger[] {
    if (this.#lost.size === 0) return [];
    const nodes = ascending(this.#lost.keys());
    const lost = Array.from(nodes, (node) => this.#lost.get(node) ?? new Uint32Array());
    return [{ kind: 'groupsShrunk', total: this.#facts.groups, limit: 0, nodes, lost }];
  }
}

function many(kind: DangerKind, nodes: ReadonlySet<NodeId>, limits: SafetyLimit, total: number): readonly Danger[] {
  const limit = allowed(limits, total);
  return nodes.size > limit ? [{ kind, total, limit, nodes: ascending(nodes) }] : [];
}

function manyNamed(
  kind: DangerKind,
  renamed: ReadonlyMap<NodeId, string>,
  limits: SafetyLimit,
  total: number,
): readonly Danger[] {
  return many(kind, new Set(renamed.keys()), limits, total).map((danger) => ({
    ...danger,
    names: Array.from(danger.nodes, (node) => renamed.get(node) ?? ''),
  }));
}

function ascending(nodes: Iterable<NodeId>): Uint32Array {
  return Uint32Array.from(nodes).sort();
}

/** True when `dangers` reach nobody whom `known` do not reach in the same way. */
export function isWithin(dangers: readonly Danger[], known: readonly Danger[]): boolean {
  return dangers.every((danger) => {
    const match = known.find(({ kind }) => kind === danger.kind);
    return match !== undefined && concernsNoMore(danger, match);
  });
}

function concernsNoMore(danger: Danger, known: Danger): boolean {
  if (without(danger.nodes, known.nodes).length > 0) return false;
  const position = new Map(Array.from(known.nodes, (node, at) => [node, at]));
  return danger.nodes.every((node, at) => {
    const there = position.get(node) ?? -1;
    if (danger.names !== undefined && danger.names[at] !== known.names?.[there]) return false;
    const lost = danger.lost?.[at];
    return lost === undefined || without(lost, known.lost?.[there] ?? new Uint32Array()).length === 0;
  });
}
