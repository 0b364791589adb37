/**
 * A number below 2^32 that stands for one directory object inside a store. Its upper three bits are the kind, so that the
 * nodes of one kind lie next to each other. A published node's number is also its entry id.
 */
export type NodeId = number;

/**
 * What a node stands for. `structural`: the base entry and its containers; `privateGroup`: the primary group of one user alone;
 * `sudo`: a sudo rule; `other`: devices, service principals, contacts.
 */
export type NodeKind = 'structural' | 'user' | 'group' | 'service' | 'privateGroup' | 'sudo' | 'other';

const KIND_NUMBER: Readonly<Record<NodeKind, number>> = {
  structural: 0,
  user: 1,
  group: 2,
  service: 3,
  privateGroup: 4,
  sudo: 5,
  other: 7,
};
const KINDS: readonly (NodeKind | undefined)[] = [
  'structural',
  'user',
  'group',
  'service',
  'privateGroup',
  'sudo',
  undefined,
  'other',
];

const ORDINAL_BITS = 29;

/** The largest ordinal that a kind can have. */
const nodeOrdinalMax = 2 ** ORDINAL_BITS - 1;

/** The node with this ordinal among its kind. */
export function nodeId(kind: NodeKind, ordinal: number): NodeId {
  if (!Number.isInteger(ordinal) || ordinal < 0 || ordinal > nodeOrdinalMax) {
    throw new RangeError(`node ordinal ${ordinal} is outside 0..${nodeOrdinalMax}`);
  }
  return KIND_NUMBER[kind] * 2 ** ORDINAL_BITS + ordinal;
}

/** The kind of a node. */
export function nodeKind(node: NodeId): NodeKind {
  return KINDS[node >>> ORDINAL_BITS] ?? 'other';
}

/** The first and last node that a kind can have. */
export function nodeRange(kind: NodeKind): { readonly from: NodeId; readonly to: NodeId } {
  return { from: nodeId(kind, 0), to: nodeId(kind, nodeOrdinalMax) };
}

/** The entries that exist without any object of the tenant behind them; the last two only where the settings ask for them. */
export const structuralNodes = {
  base: nodeId('structural', 1),
  users: nodeId('structural', 2),
  groups: nodeId('structural', 3),
  services: nodeId('structural', 4),
  privateGroups: nodeId('structural', 5),
  sudoers: nodeId('structural', 6),
} as const;

/** The synthetic group that is every user's primary POSIX group; mirrored groups begin above it. */
export const primaryGroupNode: NodeId = nodeId('group', 0);

/** The entry with the options that hold for all sudo rules; the rules are above it. */
export const sudoDefaultsNode: NodeId = nodeId('sudo', 0);

/** The node of a user's private group. */
export function privateGroupNode(user: NodeId): NodeId {
  return user - nodeRange('user').from + nodeRange('privateGroup').from;
}

/** The user whose private group has this node. */
export function privateGroupOwner(group: NodeId): NodeId {
  return group - nodeRange('privateGroup').from + nodeRange('user').from;
}
