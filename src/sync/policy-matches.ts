import type { Mirror } from '../identity/mirror.ts';
import { type NodeId, nodeKind } from '../identity/node.ts';
import { type PolicyMatches, PolicyNames } from '../projection/policy.ts';
import type { PolicySettings } from '../projection/settings.ts';

/** The groups that the settings can mean, found among all groups of the mirror. */
export async function findPolicyMatches(mirror: Mirror, settings: PolicySettings): Promise<PolicyMatches> {
  const names = new PolicyNames(settings);
  const matches: NodeId[][] = Array.from({ length: names.size }, () => []);
  if (names.size === 0) return matches;
  for await (const block of mirror.records('groups')) {
    for (const record of block) for (const at of names.matching(record)) matches[at]?.push(record.node);
  }
  return matches;
}

/** The groups that the settings mean now that these nodes have changed, when they meant `before` ahead of it. */
export function updatePolicyMatches(
  mirror: Mirror,
  settings: PolicySettings,
  before: PolicyMatches,
  changed: Uint32Array,
): PolicyMatches {
  const names = new PolicyNames(settings);
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

/** Whether two findings name the same groups. */
export function sameMatches(a: PolicyMatches, b: PolicyMatches): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
