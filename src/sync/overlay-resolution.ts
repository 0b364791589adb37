/** Finds out whom an overlay means in a tenant as it is now. Reads single objects; walks nothing. */
import type { ObjectId } from '../identity/ids.ts';
import type { MirrorRecord } from '../identity/mirror.ts';
import { type NodeId, nodeKind } from '../identity/node.ts';
import type { OverlayFinding, OverlayPart, OverlayPlace, RecordOverlay } from '../identity/overlay.ts';
import type { LocalGroup, LocalUser, Overlay, OverlayReference, Override } from '../projection/overlay.ts';
import { text } from '../projection/values.ts';
import { OverlayNames, type OverlaySource, textOf } from './overlay-names.ts';

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

/** So many references are looked up before others may run: a millisecond or two. */
const stepsAtOnce = 500;

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
  /** What is said of an object of which one place of the overlay speaks. */
  readonly alone: Map<OverlayPart | undefined, RecordOverlay>;
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
      alone: new Map(),
    };
  }

  /** `pause` is called now and then, so that others may run; nothing of the source changes meanwhile. */
  resolve(source: OverlaySource, pause: () => Promise<void>): Promise<Resolution> {
    return new Resolving(this.#overlay, this.#parts, source, pause).run();
  }
}

class Resolving {
  readonly #overlay: Overlay;
  readonly #parts: Parts;
  readonly #source: OverlaySource;
  readonly #pause: () => Promise<void>;
  #steps = 0;
  readonly #locals = new Map<NodeId, MirrorRecord>();
  readonly #facts = new Map<NodeId, MutableFacts>();
  readonly #members = new Map<NodeId, Set<NodeId>>();
  readonly #involved = new Set<NodeId>();
  readonly #findings: OverlayFinding[] = [];
  readonly #names: OverlayNames;

  constructor(overlay: Overlay, parts: Parts, source: OverlaySource, pause: () => Promise<void>) {
    this.#overlay = overlay;
    this.#parts = parts;
    this.#source = source;
    this.#pause = pause;
    this.#names = new OverlayNames(source);
  }

  async run(): Promise<Resolution> {
    const { users, groups, members, overrides, everyone } = this.#overlay;
    for (const user of users) this.#user(user);
    for (const group of groups) this.#group(group);
    for (const { place, group, member } of members) {
      if (this.#isDue) await this.#pause();
      const [to, who] = [this.#one(group, 'group', place), this.#one(member, 'member', place)];
      if (to === undefined || who === undefined) continue;
      const set = this.#members.get(to) ?? new Set();
      this.#members.set(to, set.add(who));
    }
    for (const [at, override] of overrides.entries()) {
      if (this.#isDue) await this.#pause();
      this.#override(override, this.#parts.overrides[at]);
    }
    const all = new Set<NodeId>();
    for (const { place, group } of everyone) {
      const node = this.#one(group, 'group', place);
      if (node !== undefined) all.add(node);
    }
    return { ...this.#result(), everyone: all };
  }

  get #isDue(): boolean {
    return ++this.#steps % stepsAtOnce === 0;
  }

  #result(): Omit<Resolution, 'everyone'> {
    const facts = new Map<NodeId, RecordOverlay>();
    for (const [node, { parts, uid, number, formerly }] of this.#facts) {
      const local = this.#locals.get(node);
      const isPlain = local === undefined && formerly === undefined && parts.length === 1;
      const overlay = (isPlain && this.#parts.alone.get(parts[0])) || {
        isLocal: local !== undefined,
        parts,
        uid,
        number,
        formerly,
      };
      if (isPlain && parts[0] !== undefined) this.#parts.alone.set(parts[0], overlay);
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
    if (same.length > 0)
      this.#findings.push({ place, about: 'user', kind: same.length > 1 ? 'several' : 'merged', name: upn ?? '' });
    // Whom of several it is cannot be told, and it is not a further person either.
    if (same.length > 1) return;
    const node = same[0] ?? own;
    if (same.length === 0) this.#locals.set(own, { node: own, objectId, properties });
    this.#names.addUser(user, node);
    const facts = this.#factsOf(node);
    facts.parts.push(part);
    facts.uid = uid;
    facts.number = number;
    if (same.length > 0) facts.formerly = objectId;
  }

  #group(group: LocalGroup): void {
    const { objectId, properties, number } = group;
    const node = this.#source.nodeOf(objectId);
    const part = this.#parts.groups.get(objectId);
    if (node === undefined || part === undefined) return;
    this.#involved.add(node);
    this.#locals.set(node, { node, objectId, properties });
    this.#names.addGroup(group, node);
    const facts = this.#factsOf(node);
    facts.parts.push(part);
    facts.number = number;
  }

  #override({ place, target, changes, isLocked }: Override, parts: Parts['overrides'][number] | undefined): void {
    const node = this.#one(target, 'override', place);
    if (node === undefined || parts === undefined) return;
    const kind = nodeKind(node) === 'user' ? 'user' : 'group';
    this.#factsOf(node).parts.push(parts[kind]);
    const other = changes[kind === 'user' ? 'group' : 'user'];
    const isLost = other.some(([name]) => !changes[kind].some(([own]) => own === name));
    if (isLost || (isLocked && kind === 'group')) {
      this.#findings.push({ place, about: 'override', kind: 'notForKind', name: textOf(target) });
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
    const nodes = this.#names.find(reference);
    for (const node of nodes) this.#involved.add(node);
    const [node, other] = nodes;
    if (node !== undefined && other === undefined) return node;
    const kind = node === undefined ? 'none' : 'several';
    this.#findings.push({ place, about, kind, name: textOf(reference) });
    return undefined;
  }
}
