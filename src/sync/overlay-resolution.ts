/** Finds out whom an overlay means in a tenant as it is now. Reads single objects; walks nothing. */
import type { ObjectId } from '../identity/ids.ts';
import type { MirrorRecord } from '../identity/mirror.ts';
import { type NodeId, nodeKind } from '../identity/node.ts';
import type { OverlayFinding, OverlayPart, OverlayPlace, RecordOverlay } from '../identity/overlay.ts';
import { nameKey } from '../projection/naming.ts';
import type { LocalGroup, LocalUser, Overlay, OverlayReference, Override } from '../projection/overlay.ts';
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

/** What an overlay means. */
export interface Resolution {
  /** The users and groups that only the overlay has. */
  readonly locals: ReadonlyMap<NodeId, MirrorRecord>;
  /** What it says of objects of the tenant. */
  readonly facts: ReadonlyMap<NodeId, RecordOverlay>;
  /** The members that it adds to groups. */
  readonly members: ReadonlyMap<NodeId, ReadonlySet<NodeId>>;
  /** The groups that every user is in. */
  readonly everyone: ReadonlySet<NodeId>;
  /** Every object that the overlay has or may mean, those included that something keeps it from. */
  readonly involved: ReadonlySet<NodeId>;
  readonly findings: readonly OverlayFinding[];
}

/** An overlay that means nobody. */
export const noResolution: Resolution = {
  locals: new Map(),
  facts: new Map(),
  members: new Map(),
  everyone: new Set(),
  involved: new Set(),
  findings: [],
};

type About = OverlayFinding['about'];

interface MutableFacts {
  parts: OverlayPart[];
  uid: string | undefined;
  number: number | undefined;
  formerly: ObjectId | undefined;
}

/** What each place of an overlay says, made once, so that what has not changed is the same object each time it is resolved. */
interface Parts {
  readonly users: ReadonlyMap<ObjectId, OverlayPart>;
  readonly groups: ReadonlyMap<ObjectId, OverlayPart>;
  readonly overrides: readonly Readonly<Record<'user' | 'group', OverlayPart>>[];
}

/** Resolves one overlay again and again. */
export class OverlayResolver {
  readonly #overlay: Overlay;
  readonly #parts: Parts;

  constructor(overlay: Overlay) {
    this.#overlay = overlay;
    this.#parts = {
      users: new Map(
        overlay.users.map(({ objectId, place, changes, isLocked }) => [objectId, { place, changes, isLocked }]),
      ),
      groups: new Map(
        overlay.groups.map(({ objectId, place, changes }) => [objectId, { place, changes, isLocked: false }]),
      ),
      overrides: overlay.overrides.map(({ place, changes, isLocked }) => ({
        user: { place, changes: changes.user, isLocked },
        group: { place, changes: changes.group, isLocked: false },
      })),
    };
  }

  resolve(source: OverlaySource): Resolution {
    return new Resolving(this.#overlay, this.#parts, source).run();
  }
}

class Resolving {
  readonly #overlay: Overlay;
  readonly #parts: Parts;
  readonly #source: OverlaySource;
  readonly #locals = new Map<NodeId, MirrorRecord>();
  readonly #facts = new Map<NodeId, MutableFacts>();
  readonly #members = new Map<NodeId, Set<NodeId>>();
  readonly #involved = new Set<NodeId>();
  readonly #findings: OverlayFinding[] = [];
  /** The nodes that stand for local objects, by what the overlay calls these. */
  readonly #byUpn = new Map<string, NodeId>();
  readonly #byUid = new Map<string, NodeId>();
  readonly #byGroupName = new Map<string, NodeId>();
  readonly #byObjectId = new Map<ObjectId, NodeId>();

  constructor(overlay: Overlay, parts: Parts, source: OverlaySource) {
    this.#overlay = overlay;
    this.#parts = parts;
    this.#source = source;
  }

  run(): Resolution {
    const { users, groups, members, overrides, everyone } = this.#overlay;
    for (const user of users) this.#user(user);
    for (const group of groups) this.#group(group);
    for (const { place, group, member } of members) {
      const [to, who] = [this.#one(group, 'group', place), this.#one(member, 'member', place)];
      if (to === undefined || who === undefined) continue;
      const set = this.#members.get(to) ?? new Set();
      this.#members.set(to, set.add(who));
    }
    for (const [at, override] of overrides.entries()) this.#override(override, this.#parts.overrides[at]);
    const all = new Set<NodeId>();
    for (const { place, group } of everyone) {
      const node = this.#one(group, 'group', place);
      if (node !== undefined) all.add(node);
    }
    return { ...this.#result(), everyone: all };
  }

  #result(): Omit<Resolution, 'everyone'> {
    const facts = new Map<NodeId, RecordOverlay>();
    for (const [node, { parts, uid, number, formerly }] of this.#facts) {
      const local = this.#locals.get(node);
      const overlay = { isLocal: local !== undefined, parts, uid, number, formerly };
      if (local === undefined) facts.set(node, overlay);
      else this.#locals.set(node, { ...local, overlay });
    }
    return {
      locals: this.#locals,
      facts,
      members: this.#members,
      involved: this.#involved,
      findings: this.#findings,
    };
  }

  /** A local user is a user of the tenant that has the name, where there is one (SNP-07). */
  #user(user: LocalUser): void {
    const { objectId, place, properties, uid, number } = user;
    const own = this.#source.nodeOf(objectId);
    const part = this.#parts.users.get(objectId);
    if (own === undefined || part === undefined) return;
    this.#involved.add(own);
    const upn = text(properties, 'userPrincipalName');
    const same = upn === undefined ? [] : [...this.#source.index.usersWith('userPrincipalName', upn)];
    for (const node of same) this.#involved.add(node);
    if (same.length > 0) this.#findings.push({ place, about: 'user', kind: same.length > 1 ? 'several' : 'merged' });
    // Whom of several it is cannot be told, and it is not a further person either.
    if (same.length > 1) return;
    const node = same[0] ?? own;
    if (same.length === 0) this.#locals.set(own, { node: own, objectId, properties });
    if (upn !== undefined) this.#byUpn.set(nameKey(upn), node);
    if (uid !== undefined) this.#byUid.set(nameKey(uid), node);
    this.#byObjectId.set(objectId, node);
    const facts = this.#factsOf(node);
    facts.parts.push(part);
    facts.uid = uid;
    facts.number = number;
    if (same.length > 0) facts.formerly = objectId;
  }

  #group({ objectId, properties, number }: LocalGroup): void {
    const node = this.#source.nodeOf(objectId);
    const part = this.#parts.groups.get(objectId);
    if (node === undefined || part === undefined) return;
    this.#involved.add(node);
    this.#locals.set(node, { node, objectId, properties });
    this.#byObjectId.set(objectId, node);
    const name = text(properties, 'displayName');
    if (name !== undefined) this.#byGroupName.set(nameKey(name), node);
    const facts = this.#factsOf(node);
    facts.parts.push(part);
    facts.number = number;
  }

  #override({ place, target, changes }: Override, parts: Parts['overrides'][number] | undefined): void {
    const node = this.#one(target, 'override', place);
    if (node === undefined || parts === undefined) return;
    const kind = nodeKind(node) === 'user' ? 'user' : 'group';
    this.#factsOf(node).parts.push(parts[kind]);
    const other = changes[kind === 'user' ? 'group' : 'user'];
    if (other.some(([name]) => !changes[kind].some(([own]) => own === name))) {
      this.#findings.push({ place, about: 'override', kind: 'notForKind' });
    }
  }

  #factsOf(node: NodeId): MutableFacts {
    const known = this.#facts.get(node);
    if (known !== undefined) return known;
    const facts = { parts: [], uid: undefined, number: undefined, formerly: undefined };
    this.#facts.set(node, facts);
    return facts;
  }

  /** The one object that is meant; reports when there is none, or more than one. */
  #one(reference: OverlayReference, about: About, place: OverlayPlace): NodeId | undefined {
    const nodes = this.#find(reference);
    for (const node of nodes) this.#involved.add(node);
    const [node, other] = nodes;
    if (node !== undefined && other === undefined) return node;
    this.#findings.push({ place, about, kind: node === undefined ? 'none' : 'several' });
    return undefined;
  }

  #find(reference: OverlayReference): ReadonlySet<NodeId> {
    const { index } = this.#source;
    switch (reference.by) {
      case 'objectId':
        return some(this.#byObjectId.get(reference.objectId) ?? this.#liveNode(reference.objectId));
      case 'property': {
        const own = reference.property === 'userPrincipalName' ? this.#byUpn.get(nameKey(reference.value)) : undefined;
        return new Set([...some(own), ...index.usersWith(reference.property, reference.value)]);
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

function some(node: NodeId | undefined): ReadonlySet<NodeId> {
  return new Set(node === undefined ? [] : [node]);
}
