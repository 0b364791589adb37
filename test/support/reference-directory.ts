/**
 * The directory that a tenant must lead to, worked out from the tenant's true state in the plainest and slowest way. It shares no
 * code with the program: what it knows is what README.md and docs/ promise to administrators.
 */
import type { GraphProperties } from '../../src/identity/change.ts';
import type { SnapshotGroup, SnapshotUser } from '../../src/simulator/control/snapshot.ts';
import type { ReferenceSettings } from './reference-settings.ts';
import { groupValues, type ReferenceValues, textOf, userValues, valuesOf } from './reference-values.ts';

/** The tenant as it was at one moment. */
export interface ReferenceTenant {
  readonly users: readonly SnapshotUser[];
  readonly groups: readonly SnapshotGroup[];
}

/** A user or group as it must be shown. */
export interface ReferenceEntry {
  readonly kind: 'user' | 'group';
  readonly dn: string;
  readonly name: string;
  readonly locked: boolean;
  readonly values: ReferenceValues;
}

/** Everybody who must be shown, by object id. */
export type ReferenceDirectory = ReadonlyMap<string, ReferenceEntry>;

/**
 * Who was given which short name. A name that was once given is never given to anybody else, whatever becomes of its holder
 * (P5); `key` is how names are compared.
 */
export class ReferenceLedger {
  readonly #holders = { user: new Map<string, string>(), group: new Map<string, string>([['domain-users', '']]) };

  /** Who has, or once had, this name. */
  holder(kind: 'user' | 'group', name: string): string | undefined {
    return this.#holders[kind].get(nameKey(name));
  }

  /** Notes that a name is shown; returns the other object that it belongs to, if there is one. */
  note(kind: 'user' | 'group', name: string, id: string): string | undefined {
    const holder = this.holder(kind, name);
    if (holder !== undefined && holder !== id) return holder;
    this.#holders[kind].set(nameKey(name), id);
    return undefined;
  }

  copy(): ReferenceLedger {
    const copy = new ReferenceLedger();
    for (const kind of ['user', 'group'] as const)
      for (const [key, id] of this.#holders[kind]) copy.#holders[kind].set(key, id);
    return copy;
  }
}

/** The directory that must be shown. The ledger is only read. */
export function referenceDirectory(
  tenant: ReferenceTenant,
  settings: ReferenceSettings,
  ledger: ReferenceLedger,
  base: string,
): ReferenceDirectory {
  return new Reference(tenant, settings, ledger.copy(), base).directory();
}

class Reference {
  readonly #users: readonly SnapshotUser[];
  readonly #groups: readonly SnapshotGroup[];
  readonly #settings: ReferenceSettings;
  readonly #ledger: ReferenceLedger;
  readonly #base: string;

  constructor(tenant: ReferenceTenant, settings: ReferenceSettings, ledger: ReferenceLedger, base: string) {
    this.#users = tenant.users.filter(({ state }) => state === 'live');
    this.#groups = tenant.groups.filter(({ state }) => state === 'live');
    this.#settings = settings;
    this.#ledger = ledger;
    this.#base = base;
  }

  directory(): ReferenceDirectory {
    const users = this.#users.filter((user) => this.#showsUser(user));
    const groups = this.#groups.filter((group) => this.#showsGroup(group));
    const uids = this.#names('user', users, (user) => this.#uidsOf(user));
    const cns = this.#names('group', groups, groupNamesOf);
    const dns = new Map<string, string>([
      ...[...uids].map(([id, uid]) => [id, `uid=${escape(uid)},ou=users,${this.#base}`] as const),
      ...[...cns].map(([id, cn]) => [id, `cn=${escape(cn)},ou=groups,${this.#base}`] as const),
    ]);
    const shownIn = new Map(groups.map((group) => [group.id, this.#shownMembers(group).filter((id) => dns.has(id))]));
    const directory = new Map<string, ReferenceEntry>();
    for (const { id, properties } of groups) {
      const members = shownIn.get(id) ?? [];
      directory.set(id, {
        kind: 'group',
        dn: dns.get(id) ?? '',
        name: cns.get(id) ?? '',
        locked: false,
        values: groupValues(id, properties, cns.get(id) ?? '', {
          member: members.map((member) => dns.get(member) ?? ''),
          uniqueMember: members.map((member) => dns.get(member) ?? ''),
          memberUid: members.flatMap((member) => uids.get(member) ?? []),
          memberOf: this.#groupsShowing(id, shownIn).map((group) => dns.get(group) ?? ''),
        }),
      });
    }
    for (const user of users) {
      const { id, properties } = user;
      const memberOf = this.#groupsShowing(id, shownIn).map((group) => dns.get(group) ?? '');
      const locked = this.#isLocked(user);
      const manager = [dns.get(textOf(properties, 'manager') ?? '') ?? []].flat();
      directory.set(id, {
        kind: 'user',
        dn: dns.get(id) ?? '',
        name: uids.get(id) ?? '',
        locked,
        values: userValues(id, properties, uids.get(id) ?? '', locked, { manager, memberOf }),
      });
    }
    return directory;
  }

  #groupsShowing(member: string, shownIn: ReadonlyMap<string, readonly string[]>): readonly string[] {
    return [...shownIn].filter(([, members]) => members.includes(member)).map(([group]) => group);
  }

  #showsUser(user: SnapshotUser): boolean {
    const { guests, domains, whenLocked, usersFilter, memberOf } = this.#settings;
    const upn = textOf(user.properties, 'userPrincipalName');
    if (upn === undefined) return false;
    if (usersFilter !== undefined && !usersFilter.admits(user.properties)) return false;
    if (memberOf !== undefined && !memberOf.some((id) => this.#everybodyIn(id).has(user.id))) return false;
    if (!guests && user.properties['userType'] === 'Guest') return false;
    if (domains !== undefined && !domains.includes(upn.toLowerCase().split('@').at(-1) ?? '')) return false;
    return whenLocked === 'lock' || !this.#isLocked(user);
  }

  #isLocked({ id, properties }: SnapshotUser): boolean {
    const { allowedGroups, disabledGroups, nested } = this.#settings;
    const isIn = (name: string): boolean => {
      const group = this.#groupMeant(name);
      if (group === undefined) return false;
      return nested ? this.#everybodyIn(group.id).has(id) : group.members.some((member) => member.id === id);
    };
    if (properties['accountEnabled'] === false || disabledGroups.some(isIn)) return true;
    return allowedGroups !== undefined && !allowedGroups.some(isIn);
  }

  /** The group that a name or an object id means; none when several have the name. A name means a group in scope. */
  #groupMeant(name: string): SnapshotGroup | undefined {
    const byId = this.#groups.find(({ id }) => id === name);
    if (byId !== undefined) return byId;
    const named = this.#groups.filter(
      ({ properties }) => this.#isInScope(properties) && nameKey(groupTitle(properties) ?? '') === nameKey(name),
    );
    return named.length === 1 ? named[0] : undefined;
  }

  #isInScope(properties: GraphProperties): boolean {
    return this.#settings.groupsFilter?.admits(properties) !== false;
  }

  #showsGroup({ properties }: SnapshotGroup): boolean {
    const { withoutEmail, groupTypes, namePrefixes } = this.#settings;
    const title = groupTitle(properties);
    if (title === undefined || !this.#isInScope(properties)) return false;
    if (!withoutEmail && textOf(properties, 'mail') === undefined) return false;
    if (!groupTypes.includes(kindOfGroup(properties))) return false;
    const name = (textOf(properties, 'displayName') ?? '').toLowerCase();
    return namePrefixes === undefined || namePrefixes.some((prefix) => name.startsWith(prefix.toLowerCase()));
  }

  /** Every live user and group in a live group, directly or through other live groups, shown or not. */
  #everybodyIn(group: string): ReadonlySet<string> {
    const found = new Set<string>();
    const visit = (id: string): void => {
      for (const member of this.#groups.find((each) => each.id === id)?.members ?? []) {
        if (!member.live || found.has(member.id)) continue;
        found.add(member.id);
        visit(member.id);
      }
    };
    visit(group);
    return found;
  }

  #shownMembers(group: SnapshotGroup): readonly string[] {
    if (this.#settings.membership === 'direct')
      return group.members.filter(({ live }) => live).map(({ id }) => String(id));
    const users = new Set(this.#users.map(({ id }) => String(id)));
    return [...this.#everybodyIn(group.id)].filter((id) => users.has(id));
  }

  #uidsOf({ id, properties }: SnapshotUser): readonly string[] {
    const upn = textOf(properties, 'userPrincipalName') ?? '';
    const local = upn.slice(0, upn.lastIndexOf('@')).replace(/#EXT#.*$/i, '');
    const wanted = { userPrincipalNameLocalPart: local, userPrincipalName: upn, mailNickname: nicknameOf(properties) };
    const short = posixName(wanted[this.#settings.uidFrom] ?? local);
    return [short, posixName(upn), `${short}-${id.slice(0, 8)}`, `${short}-${id}`];
  }

  /** The oldest comes first; who asks for a name that somebody else has, or once had, gets the next. */
  #names<T extends SnapshotUser>(
    kind: 'user' | 'group',
    objects: readonly T[],
    candidates: (object: T) => readonly string[],
  ): ReadonlyMap<string, string> {
    const age = ({ properties }: T): number => Date.parse(textOf(properties, 'createdDateTime') ?? '') || 0;
    const names = new Map<string, string>();
    for (const object of objects.toSorted((a, b) => age(a) - age(b) || (a.id < b.id ? -1 : 1))) {
      const free = candidates(object).find((name) => this.#ledger.note(kind, name, object.id) === undefined);
      names.set(object.id, free ?? '');
    }
    return names;
  }
}

function groupNamesOf({ id, properties }: SnapshotGroup): readonly string[] {
  const name = (groupTitle(properties) ?? '').trim();
  return [name, `${name}-${id.slice(0, 8)}`, `${name}-${id}`];
}

function groupTitle(properties: GraphProperties): string | undefined {
  return textOf(properties, 'displayName') ?? textOf(properties, 'mailNickname');
}

function kindOfGroup(properties: GraphProperties): string {
  if (valuesOf(properties, 'groupTypes').includes('Unified')) return 'microsoft365';
  if (properties['securityEnabled'] !== true) return 'distribution';
  return properties['mailEnabled'] === true ? 'mailEnabledSecurity' : 'security';
}

function nicknameOf(properties: GraphProperties): string | undefined {
  return textOf(properties, 'mailNickname');
}

/** A short name as POSIX systems can bear it. */
function posixName(name: string): string {
  return name
    .normalize('NFC')
    .toLowerCase()
    .trim()
    .replaceAll(/[\p{Cc}:/]/gu, '_');
}

/** Names that differ only in letter case, spacing or compatibility forms are one. */
function nameKey(name: string): string {
  return name.normalize('NFKC').toLowerCase().replaceAll(/\s+/gu, ' ').trim();
}

/** RFC 4514 §2.4. */
function escape(value: string): string {
  const inside = value.replaceAll(/[,+"\\<>;]/g, String.raw`\$&`);
  return inside.replace(/^[ #]/, String.raw`\$&`).replace(/(?<=.) $/, String.raw`\ `);
}
