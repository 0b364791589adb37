/** Finds the objects that an overlay means by its references: those of the tenant, and its own. */
import type { ObjectId } from '../identity/ids.ts';
import type { NodeId } from '../identity/node.ts';
import { nameKey } from '../projection/naming.ts';
import type { LocalGroup, LocalUser, OverlayReference } from '../projection/overlay.ts';
import { text } from '../projection/values.ts';
import type { OverlayIndex } from './overlay-index.ts';

/** What is looked up. */
export interface OverlaySource {
  readonly index: OverlayIndex;
  /** The node of an object, of the tenant or of the overlay, whether it lives or not. */
  nodeOf(objectId: ObjectId): NodeId | undefined;
  /** True for an object that the tenant has. */
  isLive(node: NodeId): boolean;
  /** Who was given a short name. */
  holderOf(uid: string): ObjectId | undefined;
}

/** The names of one resolution. Local objects are made known first, and then references are looked up. */
export class OverlayNames {
  readonly #source: OverlaySource;
  readonly #byUpn = new Map<string, NodeId>();
  readonly #byUid = new Map<string, NodeId>();
  readonly #byGroupName = new Map<string, NodeId>();
  readonly #byObjectId = new Map<ObjectId, NodeId>();

  constructor(source: OverlaySource) {
    this.#source = source;
  }

  /** Makes a local user known, or the user of the tenant who is the same person. */
  addUser({ objectId, uid, properties }: LocalUser, node: NodeId): void {
    const upn = text(properties, 'userPrincipalName');
    if (upn !== undefined) this.#byUpn.set(nameKey(upn), node);
    if (uid !== undefined) this.#byUid.set(nameKey(uid), node);
    this.#byObjectId.set(objectId, node);
  }

  /** Makes a local group known. */
  addGroup({ objectId, properties }: LocalGroup, node: NodeId): void {
    const name = text(properties, 'displayName');
    if (name !== undefined) this.#byGroupName.set(nameKey(name), node);
    this.#byObjectId.set(objectId, node);
  }

  /** Every object that answers to a reference. */
  find(reference: OverlayReference): ReadonlySet<NodeId> {
    switch (reference.by) {
      case 'objectId':
        return some(this.#byObjectId.get(reference.objectId) ?? this.#liveNode(reference.objectId));
      case 'property': {
        const { property, value } = reference;
        const isPrincipalName = property === 'userPrincipalName' && this.#byUpn.size > 0;
        const own = isPrincipalName ? this.#byUpn.get(nameKey(value)) : undefined;
        const found = this.#source.index.usersWith(property, value);
        return own === undefined ? found : new Set([own, ...found]);
      }
      case 'groupName':
        return this.#groupsNamed(reference.name);
      case 'name':
        return new Set([...this.#usersCalled(reference.name), ...this.#groupsNamed(reference.name)]);
    }
  }

  #groupsNamed(name: string): ReadonlySet<NodeId> {
    return new Set([...some(this.#byGroupName.get(nameKey(name))), ...this.#source.index.groupsNamed(name)]);
  }

  /** A short name is whose it was given to; while nobody has it, it is whose it will be. */
  #usersCalled(uid: string): ReadonlySet<NodeId> {
    const own = this.#byUid.get(nameKey(uid));
    if (own !== undefined) return some(own);
    const holder = this.#source.holderOf(uid);
    if (holder === undefined) return this.#source.index.usersWishing(uid);
    return some(this.#byObjectId.get(holder) ?? this.#liveNode(holder));
  }

  #liveNode(objectId: ObjectId): NodeId | undefined {
    const node = this.#source.nodeOf(objectId);
    return node !== undefined && this.#source.isLive(node) ? node : undefined;
  }
}

/** A reference as it stands in the file. */
export function textOf(reference: OverlayReference): string {
  switch (reference.by) {
    case 'objectId':
      return reference.objectId;
    case 'property':
      return reference.value;
    case 'groupName':
    case 'name':
      return reference.name;
  }
}

function some(node: NodeId | undefined): ReadonlySet<NodeId> {
  return new Set(node === undefined ? [] : [node]);
}
