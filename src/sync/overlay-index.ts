import type { MirrorRecord } from '../identity/mirror.ts';
import { type NodeId, nodeKind } from '../identity/node.ts';
import { type NameCandidates, nameKey } from '../projection/naming.ts';
import type { Overlay, OverlayMatchProperty, OverlayReference } from '../projection/overlay.ts';
import { text } from '../projection/values.ts';

/** The short names that a user asks for. */
export type NamesOf = (record: MirrorRecord) => NameCandidates | undefined;

const noNodes: ReadonlySet<NodeId> = new Set();

/**
 * Which objects of the tenant have the names and values by which an overlay speaks of objects. It holds what the overlay asks
 * for and nothing else, so that its size follows the overlay and not the tenant.
 */
export class OverlayIndex {
  readonly #wanted = new Set<string>();
  readonly #properties = new Set<OverlayMatchProperty>();
  readonly #namesOf: NamesOf;
  readonly #nodes = new Map<string, Set<NodeId>>();
  readonly #keys = new Map<NodeId, readonly string[]>();
  #wantsNames = false;
  readonly #listsUsers: boolean;
  readonly #users = new Set<NodeId>();

  constructor(overlay: Overlay, namesOf: NamesOf) {
    this.#namesOf = namesOf;
    this.#listsUsers = overlay.everyone.length > 0;
    for (const { properties } of overlay.users) {
      const name = text(properties, 'userPrincipalName');
      if (name !== undefined) this.#want({ by: 'property', property: 'userPrincipalName', value: name });
    }
    for (const { target } of overlay.overrides) this.#want(target);
    for (const { group } of overlay.everyone) this.#want(group);
    for (const { group, member } of overlay.members) {
      this.#want(group);
      this.#want(member);
    }
  }

  /** True when no object has to be looked at: the overlay names all by their ids. */
  get isIdle(): boolean {
    return this.#wanted.size === 0 && !this.#listsUsers;
  }

  /** Every user of the tenant that is in scope, where the overlay speaks of all. */
  get users(): ReadonlySet<NodeId> {
    return this.#users;
  }

  clear(): void {
    this.#nodes.clear();
    this.#keys.clear();
    this.#users.clear();
  }

  /** Takes note of an object as it is now; undefined: it is gone. */
  set(node: NodeId, record: MirrorRecord | undefined): void {
    for (const key of this.#keys.get(node) ?? []) this.#nodes.get(key)?.delete(node);
    this.#keys.delete(node);
    const isUser = nodeKind(node) === 'user';
    if (this.#listsUsers && isUser) {
      if (record === undefined || record.outOfScope === true) this.#users.delete(node);
      else this.#users.add(node);
    }
    if (record === undefined) return;
    const keys = (isUser ? this.#userKeys(record) : groupKeys(record)).filter((key) => this.#wanted.has(key));
    if (keys.length === 0) return;
    this.#keys.set(node, keys);
    for (const key of keys) {
      const nodes = this.#nodes.get(key) ?? new Set();
      this.#nodes.set(key, nodes.add(node));
    }
  }

  /** The users with this value. */
  usersWith(property: OverlayMatchProperty, value: string): ReadonlySet<NodeId> {
    return this.#nodes.get(propertyKey(property, value)) ?? noNodes;
  }

  /** The users who ask for this short name. */
  usersWishing(name: string): ReadonlySet<NodeId> {
    return this.#nodes.get(uidKey(name)) ?? noNodes;
  }

  /** The groups with this display name. */
  groupsNamed(name: string): ReadonlySet<NodeId> {
    return this.#nodes.get(groupKey(name)) ?? noNodes;
  }

  #want(reference: OverlayReference): void {
    switch (reference.by) {
      case 'objectId':
        return;
      case 'property':
        this.#properties.add(reference.property);
        this.#wanted.add(propertyKey(reference.property, reference.value));
        return;
      case 'name':
        this.#wantsNames = true;
        this.#wanted.add(uidKey(reference.name));
        this.#wanted.add(groupKey(reference.name));
        return;
      case 'groupName':
        this.#wanted.add(groupKey(reference.name));
    }
  }

  #userKeys(record: MirrorRecord): readonly string[] {
    const keys: string[] = [];
    for (const property of this.#properties) {
      const value = text(record.properties, property);
      if (value !== undefined) keys.push(propertyKey(property, value));
    }
    const wish = this.#wantsNames ? this.#namesOf(record)?.[0] : undefined;
    return wish === undefined ? keys : [...keys, uidKey(wish)];
  }
}

function groupKeys({ properties }: MirrorRecord): readonly string[] {
  const name = text(properties, 'displayName');
  return name === undefined ? [] : [groupKey(name)];
}

function propertyKey(property: OverlayMatchProperty, value: string): string {
  return `${property}:${nameKey(value)}`;
}

function uidKey(name: string): string {
  return `uid:${nameKey(name)}`;
}

function groupKey(name: string): string {
  return `group:${nameKey(name)}`;
}
