import { createHash } from 'node:crypto';
import { escapeRdnValue, normalizeDn, parseDn } from '../directory/dn.ts';
import { type EntryContent, encodeValue, entryAttribute, entryDn } from '../directory/entry-codec.ts';
import type { Schema } from '../directory/schema.ts';
import type { GraphProperties } from '../identity/change.ts';
import { objectIdFromBytes } from '../identity/ids.ts';
import type { LedgerEntry } from '../identity/ledger.ts';
import type { MirrorRecord } from '../identity/mirror.ts';
import { type NodeId, nodeId, primaryGroupNode, structuralNodes } from '../identity/node.ts';
import type { EntryKind, MemberValues } from '../identity/view.ts';
import {
  activeDirectoryClasses,
  fixedOfActiveDirectory,
  groupOfActiveDirectory,
  userOfActiveDirectory,
} from './active-directory.ts';
import { groupNames, type NameCandidates, nameKey, type Reserved, userNames } from './naming.ts';
import type { PrimaryGroup, ProjectionSettings } from './settings.ts';
import { type SourceNumber, sourceKeys, sourceNumber, sourcePath } from './source-property.ts';
import { encodeIfChanged, type ProjectedEntry, type PublishStamp } from './stamps.ts';
import { flag, ia5, instant, telephone, text, texts } from './values.ts';

/** An object that is not shown, and why in a few words that can be counted. */
export interface Skipped {
  readonly kind: 'skipped';
  readonly reason: string;
}

/** An object that is shown as soon as the ledger has given it a name and a number. */
export interface Admitted {
  readonly kind: 'admitted';
  readonly names: NameCandidates;
  /** The number that its property asks for. */
  readonly number: SourceNumber;
}

type Attributes = (readonly [string, readonly string[]])[];

const USER_CLASSES = [
  'top',
  'person',
  'organizationalPerson',
  'inetOrgPerson',
  'posixAccount',
  'shadowAccount',
  'ldapPublicKey',
  'entraUser',
];
const GROUP_CLASSES = ['top', 'groupOfMembers', 'posixGroup', 'entraGroup'];
const CONTAINER_CLASSES = ['top', 'organizationalUnit'];
const SERVICE_CLASSES = ['top', 'applicationProcess'];
const MS_PER_DAY = 86_400_000;
/** The name space for X.500 names (RFC 9562 §6.6). */
const NAME_SPACE_X500 = Buffer.from('6ba7b8149dad11d180b400c04fd430c8', 'hex');

/** Turns records of the mirror into what LDAP shows. Pure: the same record, settings and ledger entry give the same entry. */
export class Projector {
  readonly #settings: ProjectionSettings;
  readonly #schema: Schema;
  readonly #usersDn: string;
  readonly #groupsDn: string;
  readonly #servicesDn: string;

  constructor(settings: ProjectionSettings, schema: Schema) {
    this.#settings = settings;
    this.#schema = schema;
    this.#usersDn = `${settings.users.container},${settings.baseDn}`;
    this.#groupsDn = `${settings.groups.container},${settings.baseDn}`;
    this.#servicesDn = `${settings.services.container},${settings.baseDn}`;
  }

  get settings(): ProjectionSettings {
    return this.#settings;
  }

  /** What the ledger must not give to any group. */
  get reservedForGroups(): Reserved {
    const { name, gidNumber, shown } = this.#settings.users.primaryGroup;
    return { nameKey: shown ? nameKey(name) : undefined, number: gidNumber };
  }

  /** The bytes to store for an entry; undefined when those that are stored say the same. See {@link encodeIfChanged}. */
  encode(
    entry: ProjectedEntry,
    stored: Buffer | undefined,
    stamp: PublishStamp,
    forceChange: boolean,
  ): Buffer | undefined {
    return encodeIfChanged(this.#schema, entry, stored, stamp, forceChange);
  }

  /** What a membership set shows of a user. */
  userMember(uid: string): MemberValues {
    return [encodeValue(this.userDn(uid)), encodeValue(uid)];
  }

  /** What a membership set shows of a nested group. */
  groupMember(cn: string): MemberValues {
    return [encodeValue(this.groupDn(cn))];
  }

  /** The name under which a stored entry is shown. */
  nameOf(stored: Buffer): string {
    return entryDn(stored);
  }

  /** True when a stored user entry is locked. */
  isLockedEntry(stored: Buffer): boolean {
    return entryAttribute(stored, 'nsAccountLock')[0]?.toString() === 'TRUE';
  }

  /** Whether a user is shown at all. */
  admitUser({ properties, objectId }: MirrorRecord): Admitted | Skipped {
    const { users } = this.#settings;
    if (!users.includeGuests && isGuest(properties)) return { kind: 'skipped', reason: 'guest' };
    if (users.whenLocked === 'hide' && isLocked(properties)) return { kind: 'skipped', reason: 'disabled' };
    const names = userNames(properties, objectId, users);
    if (names === undefined) return { kind: 'skipped', reason: 'no user principal name' };
    return { kind: 'admitted', names, number: sourceNumber(properties, users.uidNumberFrom) };
  }

  /** Whether a group is shown at all. */
  admitGroup({ properties, objectId }: MirrorRecord): Admitted | Skipped {
    if (!this.#settings.groups.withoutEmail && text(properties, 'mail') === undefined) {
      return { kind: 'skipped', reason: 'no mail address' };
    }
    const names = groupNames(properties, objectId);
    if (names === undefined) return { kind: 'skipped', reason: 'no display name' };
    return { kind: 'admitted', names, number: sourceNumber(properties, this.#settings.groups.gidNumberFrom) };
  }

  userDn(uid: string): string {
    return `uid=${escapeRdnValue(uid)},${this.#usersDn}`;
  }

  groupDn(cn: string): string {
    return `cn=${escapeRdnValue(cn)},${this.#groupsDn}`;
  }

  user(record: MirrorRecord, ledger: LedgerEntry): ProjectedEntry {
    const { properties } = record;
    const { users } = this.#settings;
    const uid = ledger.name;
    const upn = text(properties, 'userPrincipalName');
    const displayName = text(properties, 'displayName');
    const commonName = displayName ?? uid;
    const locked = isLocked(properties);
    const attributes: Attributes = [
      ['objectClass', USER_CLASSES],
      ['structuralObjectClass', ['inetOrgPerson']],
      ['entryUUID', [record.objectId]],
      ['uid', [uid]],
      ['cn', [commonName]],
      // `person` demands a surname (RFC 4519 §3.12) that accounts for rooms and services do not have.
      ['sn', [text(properties, 'surname') ?? commonName]],
      ['uidNumber', [String(ledger.number)]],
      ['gidNumber', [String(primaryGidNumber(properties, users.primaryGroup))]],
      ['homeDirectory', [sourcePath(properties, users.homeDirectoryFrom) ?? this.#homeDirectory(uid, ledger.number)]],
      ['loginShell', [sourcePath(properties, users.loginShellFrom) ?? users.loginShell]],
    ];
    addTexts(attributes, properties, USER_TEXTS);
    add(attributes, 'userPrincipalName', upn);
    add(attributes, 'mail', ia5(text(properties, 'mail')));
    add(attributes, 'gecos', gecos(commonName));
    addAll(
      attributes,
      'telephoneNumber',
      texts(properties, 'businessPhones').flatMap((phone) => telephone(phone) ?? []),
    );
    add(attributes, 'mobile', telephone(text(properties, 'mobilePhone') ?? ''));
    add(attributes, 'facsimileTelephoneNumber', telephone(text(properties, 'faxNumber') ?? ''));
    addAll(attributes, 'sshPublicKey', sourceKeys(properties, users.sshPublicKeyFrom));
    addAll(attributes, 'otherMailbox', texts(properties, 'otherMails'));
    addAll(attributes, 'proxyAddresses', texts(properties, 'proxyAddresses'));
    addExtensionAttributes(attributes, properties);
    add(attributes, 'accountEnabled', flag(properties, 'accountEnabled'));
    add(attributes, 'onPremisesSyncEnabled', flag(properties, 'onPremisesSyncEnabled'));
    const passwordChangedAtMs = instant(text(properties, 'lastPasswordChangeDateTime'));
    if (passwordChangedAtMs !== undefined) {
      attributes.push(['shadowLastChange', [String(Math.floor(passwordChangedAtMs / MS_PER_DAY))]]);
    }
    if (locked) addLock(attributes);
    const entry = this.#entry(this.userDn(uid), record, attributes, [['memberOf', 'memberOf']], locked);
    const { activeDirectory, baseDn } = this.#settings;
    return activeDirectory ? userOfActiveDirectory(entry, record, baseDn) : entry;
  }

  group(record: MirrorRecord, ledger: LedgerEntry): ProjectedEntry {
    const { properties } = record;
    const attributes: Attributes = [
      ['objectClass', GROUP_CLASSES],
      ['structuralObjectClass', ['groupOfMembers']],
      ['entryUUID', [record.objectId]],
      ['cn', [ledger.name]],
      ['gidNumber', [String(ledger.number)]],
    ];
    addTexts(attributes, properties, GROUP_TEXTS);
    add(attributes, 'mail', ia5(text(properties, 'mail')));
    addAll(attributes, 'proxyAddresses', texts(properties, 'proxyAddresses'));
    addAll(attributes, 'groupTypes', texts(properties, 'groupTypes'));
    add(attributes, 'securityEnabled', flag(properties, 'securityEnabled'));
    add(attributes, 'mailEnabled', flag(properties, 'mailEnabled'));
    add(attributes, 'onPremisesSyncEnabled', flag(properties, 'onPremisesSyncEnabled'));
    const entry = this.#entry(this.groupDn(ledger.name), record, attributes, GROUP_LINKS, false);
    const { activeDirectory, baseDn } = this.#settings;
    return activeDirectory ? groupOfActiveDirectory(entry, record, baseDn) : entry;
  }

  /** The entries without an object of the tenant: base, containers, service accounts, primary group. */
  fixedEntries(): readonly (readonly [NodeId, ProjectedEntry])[] {
    const { baseDn, activeDirectory } = this.#settings;
    const entries = this.#plainFixedEntries();
    if (!activeDirectory) return entries;
    return entries.map(([node, entry]) => [node, fixedOfActiveDirectory(entry, baseDn)]);
  }

  #plainFixedEntries(): readonly (readonly [NodeId, ProjectedEntry])[] {
    const { baseDn, users, groups, services } = this.#settings;
    const container = (rdn: string): ProjectedEntry =>
      fixedEntry(`${rdn},${baseDn}`, CONTAINER_CLASSES, 'organizationalUnit', []);
    return [
      [structuralNodes.base, { ...baseEntry(baseDn), isContext: true }],
      [structuralNodes.users, container(users.container)],
      [structuralNodes.groups, container(groups.container)],
      [structuralNodes.services, container(services.container)],
      ...this.#primaryGroup(),
      ...services.accounts.map(({ name, description }, i): readonly [NodeId, ProjectedEntry] => [
        nodeId('service', i + 1),
        fixedEntry(
          `cn=${escapeRdnValue(name)},${this.#servicesDn}`,
          SERVICE_CLASSES,
          'applicationProcess',
          description === undefined ? [] : [['description', [description]]],
        ),
      ]),
    ];
  }

  #primaryGroup(): readonly (readonly [NodeId, ProjectedEntry])[] {
    const { name, gidNumber, shown } = this.#settings.users.primaryGroup;
    if (!shown) return [];
    const entry = fixedEntry(this.groupDn(name), GROUP_CLASSES, 'groupOfMembers', [
      ['gidNumber', [String(gidNumber)]],
      ['description', ['Primary POSIX group of all users']],
    ]);
    return [[primaryGroupNode, entry]];
  }

  #homeDirectory(uid: string, uidNumber: number): string {
    const { homeDirectory } = this.#settings.users;
    // The attribute is an IA5 string (RFC 2307 §3); a name in another script gives way to the number.
    return homeDirectory.replaceAll('{uid}', ia5(uid) ?? String(uidNumber));
  }

  #entry(
    dn: string,
    record: MirrorRecord,
    attributes: Attributes,
    links: EntryContent['links'],
    locked: boolean,
  ): ProjectedEntry {
    const createdAtMs = instant(text(record.properties, 'createdDateTime'));
    return { dn, locked, createdAtMs, content: { dn, attributes, links } };
  }
}

const GROUP_LINKS: EntryContent['links'] = [
  ['member', 'member'],
  ['uniqueMember', 'member'],
  ['memberUid', 'memberUid'],
  ['memberOf', 'memberOf'],
];

/** Text properties that are shown as they are: LDAP attribute, Graph property. */
const USER_TEXTS: readonly (readonly [string, string])[] = [
  ['displayName', 'displayName'],
  ['givenName', 'givenName'],
  ['title', 'jobTitle'],
  ['department', 'department'],
  ['departmentNumber', 'department'],
  ['o', 'companyName'],
  ['company', 'companyName'],
  ['physicalDeliveryOfficeName', 'officeLocation'],
  ['street', 'streetAddress'],
  ['l', 'city'],
  ['st', 'state'],
  ['postalCode', 'postalCode'],
  ['co', 'country'],
  ['usageLocation', 'usageLocation'],
  ['preferredLanguage', 'preferredLanguage'],
  ['employeeNumber', 'employeeId'],
  ['employeeType', 'employeeType'],
  ['mailNickname', 'mailNickname'],
  ['userType', 'userType'],
  ['creationType', 'creationType'],
  ['externalUserState', 'externalUserState'],
  ['onPremisesSamAccountName', 'onPremisesSamAccountName'],
  ['onPremisesImmutableId', 'onPremisesImmutableId'],
];

const GROUP_TEXTS: readonly (readonly [string, string])[] = [
  ['displayName', 'displayName'],
  ['description', 'description'],
  ['mailNickname', 'mailNickname'],
  ['membershipRule', 'membershipRule'],
  ['onPremisesSamAccountName', 'onPremisesSamAccountName'],
];

/** The lower-case object classes of each kind of entry, as an index by class needs them. */
export function objectClassesOf(settings: ProjectionSettings): Readonly<Record<EntryKind, readonly string[]>> {
  const base =
    baseEntry(settings.baseDn).content.attributes.find(
      ([name]: readonly [string, unknown]) => name === 'objectClass',
    )?.[1] ?? [];
  const lower = (names: readonly (string | Buffer)[]): string[] => [
    ...new Set(names.map((name: string | Buffer) => String(name).toLowerCase())),
  ];
  return {
    structural: lower([...CONTAINER_CLASSES, ...base]),
    user: [...lower(USER_CLASSES), ...(settings.activeDirectory ? [activeDirectoryClasses.user] : [])],
    group: [...lower(GROUP_CLASSES), ...(settings.activeDirectory ? [activeDirectoryClasses.group] : [])],
    service: lower(SERVICE_CLASSES),
  };
}

function primaryGidNumber(properties: GraphProperties, { gidNumber, gidNumberFrom }: PrimaryGroup): number {
  const own = sourceNumber(properties, gidNumberFrom);
  return typeof own === 'number' ? own : gidNumber;
}

/** True for guests (facts: `#EXT#` in the name is no proof, the user type is). */
function isGuest(properties: GraphProperties): boolean {
  return text(properties, 'userType')?.toLowerCase() === 'guest';
}

function isLocked(properties: GraphProperties): boolean {
  return properties['accountEnabled'] === false;
}

/** Every lock that a client may look at, so that keys and cron stop as well as binds. */
function addLock(attributes: Attributes): void {
  attributes.push(
    ['nsAccountLock', ['TRUE']],
    ['shadowExpire', ['1']],
    // The value that means locked until an administrator acts (draft-behera-ldap-password-policy §5.3.3).
    ['pwdAccountLockedTime', ['000001010000Z']],
  );
}

function addExtensionAttributes(attributes: Attributes, properties: GraphProperties): void {
  const extensions = properties['onPremisesExtensionAttributes'];
  if (typeof extensions !== 'object' || extensions === null || Array.isArray(extensions)) return;
  for (let i = 1; i <= 15; i++) {
    const name = `extensionAttribute${i}`;
    add(attributes, name, text(extensions as GraphProperties, name));
  }
}

function addTexts(
  attributes: Attributes,
  properties: GraphProperties,
  map: readonly (readonly [string, string])[],
): void {
  for (const [attribute, property] of map) add(attributes, attribute, text(properties, property));
}

function add(attributes: Attributes, name: string, value: string | undefined): void {
  if (value !== undefined) attributes.push([name, [value]]);
}

function addAll(attributes: Attributes, name: string, values: readonly string[]): void {
  if (values.length > 0) attributes.push([name, [...new Set(values)]]);
}

/** The full name without the characters that end a field of a passwd line. */
function gecos(name: string): string | undefined {
  const clean = name.replaceAll(/[:\n\r]/g, ' ').trim();
  return clean === '' ? undefined : clean;
}

function baseEntry(baseDn: string): ProjectedEntry {
  const rdn = parseDn(baseDn)?.[0]?.[0];
  switch (rdn?.type.toLowerCase()) {
    case 'dc':
      return fixedEntry(baseDn, ['top', 'dcObject', 'organization'], 'organization', [['o', [rdn?.value ?? '']]]);
    case 'o':
      return fixedEntry(baseDn, ['top', 'organization'], 'organization', []);
    case 'ou':
      return fixedEntry(baseDn, CONTAINER_CLASSES, 'organizationalUnit', []);
    default:
      throw new RangeError(`a base DN begins with dc=, o= or ou=: ${baseDn}`);
  }
}

/** An entry that only the settings make; its name comes from its RDN. */
function fixedEntry(dn: string, classes: readonly string[], structural: string, more: Attributes): ProjectedEntry {
  const rdn = parseDn(dn)?.[0] ?? [];
  const attributes: Attributes = [
    ['objectClass', classes],
    ['structuralObjectClass', [structural]],
    ['entryUUID', [nameUuid(dn)]],
    ...rdn.map(({ type, value }): readonly [string, readonly string[]] => [type, [value]]),
    ...more,
  ];
  const links: EntryContent['links'] = classes === GROUP_CLASSES ? GROUP_LINKS : [];
  return { dn, locked: false, createdAtMs: undefined, content: { dn, attributes, links } };
}

/** A UUID that a name always gives (RFC 9562 §5.5), for entries that no object of the tenant stands behind. */
function nameUuid(dn: string): string {
  const digest = createHash('sha1')
    .update(NAME_SPACE_X500)
    .update(normalizeDn(dn) ?? dn)
    .digest()
    .subarray(0, 16);
  digest.writeUInt8(((digest[6] ?? 0) & 0x0f) | 0x50, 6);
  digest.writeUInt8(((digest[8] ?? 0) & 0x3f) | 0x80, 8);
  return objectIdFromBytes(digest);
}
