import type { MirrorReader } from '../identity/mirror.ts';
import { nodeKind, type NodeId } from '../identity/node.ts';
import { type GroupMatches, matchesFor, NamedGroups } from '../projection/named-groups.ts';
import type { Projector } from '../projection/projector.ts';
import type { ProjectionSettings } from '../projection/settings.ts';

function namedGroups(projector: Projector): NamedGroups {
  return new NamedGroups(projector.settings, (record) => projector.admitGroup(record).kind === 'admitted');
}

/** The groups that the settings can mean, found among all groups of the mirror. */
export async function findPolicyMatches(
  mirror: Pick<MirrorReader, 'records'>,
  projector: Projector,
): Promise<GroupMatches> {
  const names = namedGroups(projector);
  const matches: NodeId[][] = Array.from({ length: names.size }, () => []);
  if (names.size === 0) return matches;
  for await (const block of mirror.records('groups')) {
    for (const record of block) for (const at of names.matching(record)) matches[at]?.push(record.node);
  }
  return matches;
}

/** The groups that the settings mean now that these nodes have changed, when they meant `before` ahead of it. */
export function updatePolicyMatches(
  mirror: Pick<MirrorReader, 'record'>,
  projector: Projector,
  before: GroupMatches,
  changed: Uint32Array,
): GroupMatches {
  const names = namedGroups(projector);
  const matches = before.map((nodes) => new Set(nodes));
  if (names.size === 0) return before;
  for (const node of changed) {
    if (nodeKind(node) !== 'group') continue;
    for (const nodes of matches) nodes.delete(node);
    const record = mirror.record(node);
    if (record === undefined) continue;
    for (const at of names.matching(record)) matches[at]?.add(node);
  }
  return matches.map((nodes) => [...nodes].toSorted((a, b) => a - b));
}

/** Whether the same groups decide about users in both findings. Those of sudo rules decide about nobody's entry. */
export function sameDeciders(settings: ProjectionSettings, a: GroupMatches, b: GroupMatches): boolean {
  const deciders = (matches: GroupMatches): string =>
    JSON.stringify((['allowed', 'disabled', 'primary'] as const).map((each) => matchesFor(each, settings, matches)));
  return deciders(a) === deciders(b);
}
