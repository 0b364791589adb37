import { parseObjectId } from '../identity/ids.ts';
import type { MirrorReader } from '../identity/mirror.ts';
import { type NodeId, nodeKind } from '../identity/node.ts';

/** What names are worked out from. */
interface UserDnsInput {
  readonly mirror: MirrorReader;
  /** True for a node whose entry may become another one in this publish. */
  readonly mayChange: (node: NodeId) => boolean;
  /** The name under which a user will be shown, whether its entry was put already or not; undefined when it will not be. */
  readonly planned: (node: NodeId) => string | undefined;
  /** The name of the stored entry; undefined when there is none. */
  readonly stored: (node: NodeId) => string | undefined;
}

/** Names are asked for again and again, those of managers by all their reports; so many are remembered. */
const rememberedMax = 65_536;

/** The names (DNs) under which one publish shows users, for the entries that refer to them. */
export class UserDns {
  readonly #input: UserDnsInput;
  readonly #remembered = new Map<string, string | undefined>();

  constructor(input: UserDnsInput) {
    this.#input = input;
  }

  /** The name of a user by its object id; undefined for whoever is not shown, or is no user. */
  dnOf(objectId: string): string | undefined {
    if (this.#remembered.has(objectId)) return this.#remembered.get(objectId);
    if (this.#remembered.size >= rememberedMax) this.#remembered.clear();
    const dn = this.#find(objectId);
    this.#remembered.set(objectId, dn);
    return dn;
  }

  #find(objectId: string): string | undefined {
    const { mirror, mayChange, planned, stored } = this.#input;
    const id = parseObjectId(objectId);
    const node = id && mirror.nodeOf(id);
    if (node === undefined || nodeKind(node) !== 'user') return undefined;
    return mayChange(node) ? planned(node) : stored(node);
  }
}

/** The users whose entries name one of these nodes; none of them twice. */
export async function reportsOfAll(mirror: MirrorReader, nodes: Iterable<NodeId>): Promise<ReadonlySet<NodeId>> {
  const reports = new Set<NodeId>();
  for (const node of nodes) {
    if (nodeKind(node) !== 'user') continue;
    for (const report of await mirror.reportsOf(node)) reports.add(report);
  }
  return reports;
}
