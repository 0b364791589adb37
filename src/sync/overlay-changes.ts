import type { NodeId } from '../identity/node.ts';
import type { RecordOverlay } from '../identity/overlay.ts';
import type { Resolution } from './overlay-resolution.ts';

/** The objects of which the overlay says something else than before, those included that came or went. */
export function* changedFacts(before: Resolution, after: Resolution): Generator<NodeId, void, void> {
  const factsOf = ({ locals, facts }: Resolution, node: NodeId): RecordOverlay | undefined =>
    locals.get(node)?.overlay ?? facts.get(node);
  for (const node of keysOf([before.locals, before.facts, after.locals, after.facts])) {
    if (!isSame(factsOf(before, node), factsOf(after, node))) yield node;
  }
}

function isSame(a: RecordOverlay | undefined, b: RecordOverlay | undefined): boolean {
  if (a === b) return true;
  if (a === undefined || b === undefined) return false;
  return (
    a.isLocal === b.isLocal &&
    a.uid === b.uid &&
    a.number === b.number &&
    a.formerly === b.formerly &&
    a.parts.length === b.parts.length &&
    a.parts.every((part, i) => part === b.parts[i])
  );
}

/** The memberships that began or ended. */
export function* changedMembers(
  before: Resolution,
  after: Resolution,
): Generator<{ readonly group: NodeId; readonly member: NodeId }, void, void> {
  for (const group of keysOf([before.members, after.members])) {
    const [old, now] = [before.members.get(group), after.members.get(group)];
    for (const member of old ?? []) if (now?.has(member) !== true) yield { group, member };
    for (const member of now ?? []) if (old?.has(member) !== true) yield { group, member };
  }
  for (const group of new Set([...before.everyone, ...after.everyone])) {
    if (before.everyone.has(group) !== after.everyone.has(group)) yield { group, member: group };
  }
}

function keysOf(maps: readonly ReadonlyMap<NodeId, unknown>[]): ReadonlySet<NodeId> {
  return new Set(maps.flatMap((map) => [...map.keys()]));
}
