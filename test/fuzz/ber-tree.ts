/** BER as a tree, to be changed without breaking the lengths around the change. Reads whatever comes as well as it can. */

/** An element: contents of its own, or elements. */
export interface BerNode {
  readonly tag: number;
  readonly content: Buffer | BerNode[];
}

const constructedBit = 0x20;
const depthMax = 40;

/** The elements that these octets are, or undefined when they are something else. */
export function parseBer(bytes: Buffer, depth = 0): BerNode[] | undefined {
  const nodes: BerNode[] = [];
  for (let at = 0; at < bytes.length; ) {
    const header = headerOf(bytes, at);
    if (header === undefined || header.end > bytes.length) return undefined;
    const content = bytes.subarray(header.start, header.end);
    const tag = bytes[at] ?? 0;
    const inner = (tag & constructedBit) === 0 || depth === depthMax ? undefined : parseBer(content, depth + 1);
    nodes.push({ tag, content: inner ?? content });
    at = header.end;
  }
  return nodes;
}

function headerOf(bytes: Buffer, at: number): { readonly start: number; readonly end: number } | undefined {
  const first = bytes[at + 1];
  if (first === undefined) return undefined;
  if (first < 0x80) return { start: at + 2, end: at + 2 + first };
  const octets = first & 0x7f;
  if (octets === 0 || octets > 4 || at + 2 + octets > bytes.length) return undefined;
  const start = at + 2 + octets;
  return { start, end: start + bytes.readUIntBE(at + 2, octets) };
}

/** The octets of elements, with right lengths. */
export function encodeBer(nodes: readonly BerNode[]): Buffer {
  return Buffer.concat(nodes.map(encodeNode));
}

function encodeNode({ tag, content }: BerNode): Buffer {
  const body = Buffer.isBuffer(content) ? content : encodeBer(content);
  if (body.length < 0x80) return Buffer.concat([Buffer.of(tag, body.length), body]);
  const header = Buffer.of(tag, 0x84, 0, 0, 0, 0);
  header.writeUInt32BE(body.length, 2);
  return Buffer.concat([header, body]);
}

/** Every list of elements in the tree, outermost first. */
export function listsOf(nodes: BerNode[]): readonly BerNode[][] {
  const lists = [nodes];
  for (const list of lists) for (const { content } of list) if (!Buffer.isBuffer(content)) lists.push(content);
  return lists;
}
