import type { Ledger } from '../identity/ledger.ts';
import type { MirrorReader } from '../identity/mirror.ts';
import { type NodeId, nodeKind } from '../identity/node.ts';
import type { MemberValues } from '../identity/view.ts';
import type { Projector } from '../projection/projector.ts';
import { NodeNames } from './node-names.ts';

/** Encoded values that are kept at hand; about 250 bytes each. */
const VALUES_MAX = 50_000;

/** What sets of members show of each node, from the names that this publish gave, or else from the ledger. */
export class MemberNames {
  readonly #source: { readonly mirror: MirrorReader; readonly ledger: Ledger; readonly projector: Projector };
  readonly #names = new NodeNames();
  readonly #values = new Map<NodeId, MemberValues>();

  constructor(source: { readonly mirror: MirrorReader; readonly ledger: Ledger; readonly projector: Projector }) {
    this.#source = source;
  }

  set(node: NodeId, name: string): void {
    this.#names.set(node, name);
    this.#values.delete(node);
  }

  /** The values of a node that is shown. */
  readonly values = (node: NodeId): MemberValues => {
    const known = this.#values.get(node);
    if (known !== undefined) return known;
    const { projector } = this.#source;
    const name = this.#names.get(node) ?? this.#given(node);
    const values = nodeKind(node) === 'user' ? projector.userMember(name) : projector.groupMember(name);
    if (this.#values.size >= VALUES_MAX) this.#values.clear();
    this.#values.set(node, values);
    return values;
  };

  #given(node: NodeId): string {
    const { mirror, ledger } = this.#source;
    const objectId = mirror.objectIdOf(node);
    const given = objectId === undefined ? undefined : ledger.entry(objectId);
    if (given === undefined) throw new Error(`node ${node} is shown as a member but has no name`);
    return given.name;
  }
}
