/** Changes of inputs: of octets anywhere, and of BER elements with the lengths around them kept right. */
import type { Choose } from '../support/model-tenant.ts';
import { type BerNode, encodeBer, listsOf, parseBer } from './ber-tree.ts';

/** What mutations are made of. */
export interface Material {
  readonly choose: Choose;
  readonly words: readonly Buffer[];
  /** Another input, to take parts from. */
  readonly other: Buffer;
  readonly bytesMax: number;
}

type Mutation = (input: Buffer, material: Material) => Buffer;

const telling = [0, 1, 0x1f, 0x20, 0x7f, 0x80, 0x81, 0x84, 0x88, 0xff, 0x30, 0x04, 0xa0, 0xa2, 0x2c, 0x3d, 0x5c];
const tags = [
  0x01, 0x02, 0x04, 0x0a, 0x30, 0x31, 0x80, 0x81, 0x82, 0x83, 0x84, 0x87, 0xa0, 0xa1, 0xa2, 0xa3, 0xa4, 0xa9,
];
const changesMax = 5;
const shortMax = 32;

/** A part of `input` of at most `max` octets: where it begins and ends. */
function part(input: Buffer, choose: Choose, max = input.length): readonly [start: number, end: number] {
  const start = choose(input.length + 1);
  return [start, Math.min(input.length, start + choose(Math.min(max, input.length - start) + 1))];
}

function replace(input: Buffer, start: number, end: number, by: Buffer): Buffer {
  return Buffer.concat([input.subarray(0, start), by, input.subarray(end)]);
}

function withOctet(input: Buffer, { choose }: Material, change: (octet: number) => number): Buffer {
  if (input.length === 0) return input;
  const changed = Buffer.from(input);
  const at = choose(changed.length);
  changed[at] = change(changed[at] ?? 0) & 0xff;
  return changed;
}

const pick = <T>(choose: Choose, from: readonly T[]): T | undefined => from[choose(Math.max(1, from.length))];

const octetMutations: readonly Mutation[] = [
  (input, material) => withOctet(input, material, (octet) => octet ^ (1 << material.choose(8))),
  (input, material) => withOctet(input, material, () => material.choose(256)),
  (input, material) => withOctet(input, material, () => pick(material.choose, telling) ?? 0),
  (input, material) => withOctet(input, material, (octet) => octet + material.choose(9) - 4),
  (input, { choose }) => replace(input, ...part(input, choose), Buffer.alloc(0)),
  (input, { choose }) => replace(input, ...part(input, choose, shortMax), Buffer.alloc(0)),
  (input, { choose }) => {
    const [start, end] = part(input, choose);
    const times = 1 + choose(choose(8) === 0 ? 200 : 3);
    return replace(input, end, end, Buffer.concat(Array.from({ length: times }, () => input.subarray(start, end))));
  },
  (input, { choose }) => {
    const at = choose(input.length + 1);
    return replace(input, at, at, Buffer.from(Array.from({ length: 1 + choose(8) }, () => choose(256))));
  },
  (input, { choose, words }) => {
    const at = choose(input.length + 1);
    return replace(input, at, at, pick(choose, words) ?? Buffer.alloc(0));
  },
  (input, { choose, words }) =>
    replace(input, ...part(input, choose, shortMax), pick(choose, words) ?? Buffer.alloc(0)),
  (input, { choose, other }) => replace(input, ...part(input, choose), other.subarray(...part(other, choose))),
  (input, { choose, other }) =>
    Buffer.concat([input.subarray(0, choose(input.length + 1)), other.subarray(choose(other.length + 1))]),
];

type TreeMutation = (list: BerNode[], at: number, material: Material) => void;

const treeMutations: readonly TreeMutation[] = [
  (list, at) => void list.splice(at, 1),
  (list, at) => void list.splice(at, 0, ...list.slice(at, at + 1)),
  (list, at, { choose }) => {
    const times = 1 + choose(200);
    list.push(...Array.from({ length: times }, () => list.slice(at, at + 1)).flat());
  },
  (list, at, { choose }) => {
    const node = list[at];
    if (node !== undefined) list[at] = { ...node, tag: pick(choose, tags) ?? 0 };
  },
  (list, at, { choose }) => {
    const node = list[at];
    if (node !== undefined) list[at] = { tag: pick(choose, tags) ?? 0, content: [node] };
  },
  (list, at, material) => {
    const node = list[at];
    if (node === undefined) return;
    const content = Buffer.isBuffer(node.content) ? node.content : encodeBer(node.content);
    list[at] = { ...node, content: pick(material.choose, octetMutations)?.(content, material) ?? content };
  },
  (list, at, { choose, words }) => {
    const node = list[at];
    if (node !== undefined) list[at] = { ...node, content: pick(choose, words) ?? Buffer.alloc(0) };
  },
  (list, at, { choose, other }) => {
    const lists = listsOf(parseBer(other) ?? []);
    const foreign = pick(choose, pick(choose, lists) ?? []);
    if (foreign !== undefined) list.splice(at, choose(2), foreign);
  },
];

function mutateTree(input: Buffer, material: Material): Buffer | undefined {
  const tree = parseBer(input);
  if (tree === undefined) return undefined;
  const list = pick(material.choose, listsOf(tree)) ?? tree;
  pick(material.choose, treeMutations)?.(list, material.choose(list.length + 1), material);
  return encodeBer(tree);
}

/** An input that differs from this one in one or a few places, and is no longer than it may be. */
export function mutate(input: Buffer, material: Material): Buffer {
  const { choose } = material;
  let changed = input;
  for (let left = 1 + choose(1 + choose(changesMax)); left > 0; left--) {
    const byTree = choose(2) === 0 ? mutateTree(changed, material) : undefined;
    const next = byTree ?? pick(choose, octetMutations)?.(changed, material) ?? changed;
    if (next.length <= material.bytesMax) changed = next;
  }
  return changed;
}
