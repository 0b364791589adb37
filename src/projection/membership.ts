import { type NodeId, nodeKind } from '../identity/node.ts';

/** Direct memberships as Entra has them. Arrays are ascending. A graph in memory answers at once. */
export interface MembershipGraph {
  membersOf(group: NodeId): Uint32Array | Promise<Uint32Array>;
  groupsOf(member: NodeId): Uint32Array | Promise<Uint32Array>;
}

/** Who is shown: members and groups that are not are left out of every set, but nested groups are still walked through. */
export type Visible = (node: NodeId) => boolean;

/**
 * The members a group shows, ascending. `transitive`: the users of the group and of all groups nested in it, at any depth,
 * cycles included; `direct`: users and groups as Entra lists them.
 *
 * A nested group that is itself not shown (for want of a mail address, say) still passes its members on, for they are
 * members in Entra; a group that was removed passes nothing on.
 */
export async function effectiveMembers(
  group: NodeId,
  graph: MembershipGraph,
  mode: 'transitive' | 'direct',
  visible: Visible,
  exists: Visible,
): Promise<Uint32Array> {
  const own = await graph.membersOf(group);
  if (mode === 'direct') return own.filter((member) => isPrincipal(member) && visible(member));
  if (!hasGroups(own)) return own.filter((member) => nodeKind(member) === 'user' && visible(member));
  const users = new Set<NodeId>();
  const seen = new Set<NodeId>([group]);
  const open: NodeId[] = [group];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    for (const member of next === group ? own : await graph.membersOf(next)) {
      if (nodeKind(member) === 'user') {
        if (visible(member)) users.add(member);
      } else if (nodeKind(member) === 'group' && !seen.has(member) && exists(member)) {
        seen.add(member);
        open.push(member);
      }
    }
  }
  return Uint32Array.from(users).sort();
}

/** The groups that contain a node, directly or through others, whether shown or not; a group in a cycle may contain itself. */
export async function containingGroups(node: NodeId, graph: MembershipGraph, exists: Visible): Promise<Set<NodeId>> {
  const found = new Set<NodeId>();
  const open: NodeId[] = [node];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    for (const group of await graph.groupsOf(next)) {
      if (found.has(group) || !exists(group)) continue;
      found.add(group);
      open.push(group);
    }
  }
  return found;
}

function isPrincipal(node: NodeId): boolean {
  const kind = nodeKind(node);
  return kind === 'user' || kind === 'group';
}

/** Ids ascend and groups come after users, so the last of them tells. */
function hasGroups(members: Uint32Array): boolean {
  return members.some((member) => nodeKind(member) === 'group');
}
