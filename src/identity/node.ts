/**
 * A number below 2^32 that stands for one directory object inside a store. Its upper three bits are the kind, so that the
 * nodes of one kind lie next to each other. A published node's number is also its entry id.
 */
export type NodeId = number;

/** What a node stands for. `structural`: the base entry and its containers; `other`: devices, service principals, contacts. */
export type NodeKind = 'structural' | 'user' | 'group' | 'service' | 'other';

const KIND_NUMBER: Readonly<Record<NodeKind, number>> = { structural: 0, user: 1, group: 2, service: 3, other: 7 };
const KINDS: readonly (NodeKind | undefined)[] = [
  'structural',
  'user',
  'group',
  'service',
  undefined,
  undefined,
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

/** The entries that exist without any object of the tenant behind them. */
export const structuralNodes = {
  base: nodeId('structural', 1),
  users: nodeId('structural', 2),
  groups: nodeId('structural', 3),
  services: nodeId('structural', 4),
} as const;

/** The synthetic group that is every user's primary POSIX group; mirrored groups begin above it. */
export const primaryGroupNode: NodeId = nodeId('group', 0);
