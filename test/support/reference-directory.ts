/**
 * The directory that a tenant must lead to, worked out from the tenant's true state in the plainest and slowest way. It shares no
 * code with the program: what it knows is what README.md and docs/ promise to administrators.
 */
import type { GraphProperties } from '../../src/identity/change.ts';
import type { SnapshotGroup, SnapshotUser } from '../../src/simulator/control/snapshot.ts';

/** A filter as an administrator writes it, and what it means. */
export interface ReferenceFilter {
  readonly text: string;
  admits(properties: GraphProperties): boolean;
}

/** What of the configuration decides who is shown, and how. */
export interface ReferenceSettings {
  readonly uidFrom: 'userPrincipalNameLocalPart' | 'userPrincipalName' | 'mailNickname';
  readonly guests: boolean;
  readonly whenLocked: 'lock' | 'hide';
  readonly domains: readonly string[] | undefined;
  readonly usersFilter: ReferenceFilter | undefined;
  readonly memberOf: readonly string[] | undefined;
  readonly withoutEmail: boolean;
  readonly groupTypes: readonly string[];
  readonly namePrefixes: readonly string[] | undefined;
  readonly groupsFilter: ReferenceFilter | undefined;
  readonly membership: 'transitive' | 'direct';
  readonly allowedGroups: readonly string[] | undefined;
  readonly disabledGroups: readonly string[];
  readonly nested: boolean;
}

/** The settings of a configuration that says nothing. */
export const usualSettings: ReferenceSettings = {
  uidFrom: 'userPrincipalNameLocalPart',
  guests: false,
  whenLocked: 'lock',
  domains: undefined,
  usersFilter: undefined,
  memberOf: undefined,
  withoutEmail: true,
  groupTypes: ['security', 'mailEnabledSecurity', 'microsoft365', 'distribution'],
  namePrefixes: undefined,
  groupsFilter: undefined,
  membership: 'transitive',
  allowedGroups: undefined,
  disabledGroups: [],
  nested: true,
};

/** The sections of a configuration file that mean these settings. */
export function sectionsOf(settings: ReferenceSettings): Readonly<Record<'users' | 'groups' | 'policy', object>> {
  return {
    users: withoutUndefined({
      uidFrom: settings.uidFrom,
      guests: settings.guests,
      whenLocked: settings.whenLocked,
      domains: settings.domains,
      filter: settings.usersFilter?.text,
      memberOf: settings.memberOf,
    }),
    groups: withoutUndefined({
      withoutEmail: settings.withoutEmail,
      types: settings.groupTypes,
      namePrefixes: settings.namePrefixes,
      filter: settings.groupsFilter?.text,
      membership: settings.membership,
    }),
    policy: withoutUndefined({
      allowedGroups: settings.allowedGroups,
      disabledGroups: settings.disabledGroups,
      nested: settings.nested,
    }),
  };
}

/** The tenant as it was at one moment. */
export interface ReferenceTenant {
  readonly users: readonly SnapshotUser[];
  readonly groups: readonly SnapshotGroup[];
}

/** Attribute values, sorted. */
export type ReferenceValues = Readonly<Record<string, readonly string[]>>;

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

/** The attributes that {@link referenceDirectory} speaks of, of each kind. */
export const referenceAttributes = {
  user: [
    ...['entryUUID', 'uid', 'cn', 'sn', 'displayName', 'givenName', 'title', 'department', 'departmentNumber', 'mail'],
    ...['mailNickname', 'userPrincipalName', 'employeeNumber', 'physicalDeliveryOfficeName', 'l', 'userType'],
    ...['accountEnabled', 'gidNumber', 'homeDirectory', 'loginShell', 'nsAccountLock', 'shadowExpire', 'memberOf'],
  ],
  group: [
    ...['entryUUID', 'cn', 'displayName', 'description', 'mail', 'mailNickname', 'groupTypes'],
    ...['securityEnabled', 'mailEnabled', 'member', 'uniqueMember', 'memberUid', 'memberOf'],
  ],
} as const;

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
      directory.set(id, {
        kind: 'user',
        dn: dns.get(id) ?? '',
        name: uids.get(id) ?? '',
        locked,
        values: userValues(id, properties, uids.get(id) ?? '', locked, memberOf),
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

function userValues(
  id: string,
  properties: GraphProperties,
  uid: string,
  locked: boolean,
  memberOf: readonly string[],
): ReferenceValues {
  const cn = textOf(properties, 'displayName') ?? uid;
  return present({
    entryUUID: [id],
    uid: [uid],
    cn: [cn],
    sn: [textOf(properties, 'surname') ?? cn],
    displayName: valuesOf(properties, 'displayName'),
    givenName: valuesOf(properties, 'givenName'),
    title: valuesOf(properties, 'jobTitle'),
    department: valuesOf(properties, 'department'),
    departmentNumber: valuesOf(properties, 'department'),
    mail: valuesOf(properties, 'mail').filter(isAscii),
    mailNickname: valuesOf(properties, 'mailNickname'),
    userPrincipalName: valuesOf(properties, 'userPrincipalName'),
    employeeNumber: valuesOf(properties, 'employeeId'),
    physicalDeliveryOfficeName: valuesOf(properties, 'officeLocation'),
    l: valuesOf(properties, 'city'),
    userType: valuesOf(properties, 'userType'),
    accountEnabled: valuesOf(properties, 'accountEnabled'),
    gidNumber: ['1000000000'],
    // A name in another script is no IA5 string; then the number stands there.
    homeDirectory: [isAscii(uid) ? `/home/${uid}` : '/home/{uidNumber}'],
    loginShell: ['/bin/bash'],
    nsAccountLock: locked ? ['TRUE'] : [],
    shadowExpire: locked ? ['1'] : [],
    memberOf,
  });
}

function groupValues(
  id: string,
  properties: GraphProperties,
  cn: string,
  members: Readonly<Record<'member' | 'uniqueMember' | 'memberUid' | 'memberOf', readonly string[]>>,
): ReferenceValues {
  return present({
    entryUUID: [id],
    cn: [cn],
    displayName: valuesOf(properties, 'displayName'),
    description: valuesOf(properties, 'description'),
    mail: valuesOf(properties, 'mail').filter(isAscii),
    mailNickname: valuesOf(properties, 'mailNickname'),
    groupTypes: valuesOf(properties, 'groupTypes'),
    securityEnabled: valuesOf(properties, 'securityEnabled'),
    mailEnabled: valuesOf(properties, 'mailEnabled'),
    ...members,
  });
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
  return name.normalize('NFC').toLowerCase().trim().replaceAll(/[\p{Cc}:/]/gu, '_');
}

/** Names that differ only in letter case, spacing or compatibility forms are one. */
function nameKey(name: string): string {
  return name.normalize('NFKC').toLowerCase().replaceAll(/\s+/gu, ' ').trim();
}

function isAscii(value: string): boolean {
  return /^[ -~]+$/.test(value);
}

function textOf(properties: GraphProperties, name: string): string | undefined {
  const value = properties[name];
  return typeof value === 'string' && value.trim() !== '' ? value : undefined;
}

function valuesOf(properties: GraphProperties, name: string): readonly string[] {
  const value = properties[name];
  if (typeof value === 'boolean') return [value ? 'TRUE' : 'FALSE'];
  return (Array.isArray(value) ? value : [value]).filter(
    (each): each is string => typeof each === 'string' && each.trim() !== '',
  );
}

/** Without the attributes that have no value; values sorted. */
function present(values: ReferenceValues): ReferenceValues {
  const kept = Object.entries(values).filter(([, each]) => each.length > 0);
  return Object.fromEntries(kept.map(([name, each]) => [name, each.toSorted()]));
}

function withoutUndefined(object: Readonly<Record<string, unknown>>): object {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));
}

/** RFC 4514 §2.4. */
function escape(value: string): string {
  const inside = value.replaceAll(/[,+"\\<>;]/g, String.raw`\$&`);
  return inside.replace(/^[ #]/, String.raw`\$&`).replace(/(?<=.) $/, String.raw`\ `);
}
