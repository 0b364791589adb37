import type { MembershipReport, MembersReport } from '../identity/inspection.ts';
import { type NodeId, nodeKind } from '../identity/node.ts';
import type { DirectoryReader } from '../directory/reader.ts';
import { text } from '../projection/values.ts';
import { type InspectionContext, listPace, type Published } from './context.ts';

/** So many groups are listed of one object; all are counted on the way. */
export const membershipsMax = 1000;

/** Groups in the order of their distance, and whether there are more than are listed. */
export interface Reach {
  readonly groups: readonly MembershipReport[];
  readonly isShortened: boolean;
}

/** The groups that an object is in, directly and through others, each with the shortest way there. */
export function groupsAround(context: InspectionContext, published: Published, node: NodeId): Promise<Reach> {
  return walk(context, published, node, (from) => context.mirror.groupsOf(from));
}

/** The groups nested in a group, each with the shortest way there. */
export function groupsWithin(context: InspectionContext, published: Published, group: NodeId): Promise<Reach> {
  return walk(context, published, group, (from) => context.mirror.membersOf(from));
}

/** Who is in a group. */
export async function membersReport(
  context: InspectionContext,
  reader: DirectoryReader | undefined,
  group: NodeId,
  nested: readonly MembershipReport[],
): Promise<MembersReport> {
  const direct = { users: 0, groups: 0, others: 0 };
  const pace = listPace();
  for (const member of await context.mirror.membersOf(group)) {
    if (context.mirror.removed(member) !== undefined) continue;
    const kind = nodeKind(member);
    direct[kind === 'user' ? 'users' : kind === 'group' ? 'groups' : 'others']++;
    if (pace.due) await pace.pause();
  }
  return { direct, shown: reader?.linkedIds(group, 'member')?.size ?? 0, nested };
}

async function walk(
  context: InspectionContext,
  published: Published,
  start: NodeId,
  next: (from: NodeId) => Promise<Uint32Array>,
): Promise<Reach> {
  const seen = new Set<NodeId>([start]);
  const groups: MembershipReport[] = [];
  let level: readonly { readonly node: NodeId; readonly through: readonly string[] }[] = [{ node: start, through: [] }];
  for (let distance = 1; level.length > 0; distance++) {
    const reached: { node: NodeId; through: readonly string[] }[] = [];
    for (const { node, through } of level) {
      for (const group of await next(node)) {
        if (nodeKind(group) !== 'group' || seen.has(group)) continue;
        seen.add(group);
        const report = reportOf(context, published, group, distance === 1, through);
        if (report === undefined) continue;
        if (groups.length === membershipsMax) return { groups, isShortened: true };
        groups.push(report);
        reached.push({ node: group, through: [...through, report.name] });
      }
    }
    level = reached;
  }
  return { groups, isShortened: false };
}

function reportOf(
  { mirror, ledger }: InspectionContext,
  published: Published,
  group: NodeId,
  isDirect: boolean,
  through: readonly string[],
): MembershipReport | undefined {
  const record = mirror.record(group);
  if (record === undefined) return undefined;
  const { objectId, properties } = record;
  return {
    name: ledger.entry(objectId)?.name ?? text(properties, 'displayName') ?? objectId,
    objectId,
    isDirect,
    isShown: published.entry(group) !== undefined,
    through,
  };
}
