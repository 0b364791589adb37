import { escapeRdnValue } from '../directory/dn.ts';
import { type EntryContent, encodeEntry, encodeValue, entryAttribute, entryDn } from '../directory/entry-codec.ts';
import type { Schema } from '../directory/schema.ts';
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
import { type Attributes, groupAttributes, userAttributes } from './attributes.ts';
import { baseEntry, fixedEntry } from './fixed-entries.ts';
import { groupNames, type NameCandidates, nameKey, type Reserved, userNames } from './naming.ts';
import { CONTAINER_CLASSES, GROUP_CLASSES, GROUP_LINKS, SERVICE_CLASSES, USER_CLASSES } from './object-classes.ts';
import type { Standing } from './policy.ts';
import { groupRules, judge, userRules } from './rules.ts';
import type { ProjectionSettings } from './settings.ts';
import { type SourceNumber, sourceNumber } from './source-property.ts';
import { encodeIfChanged, type ProjectedEntry, type PublishStamp } from './stamps.ts';
import { instant, text } from './values.ts';

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

/** What an administrator knows an entry by. `shortName` is the uid or the cn; the object id is empty where there is none. */
export interface EntryIdentity {
  readonly dn: string;
  readonly objectId: string;
  readonly shortName: string;
  readonly displayName: string | undefined;
}

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

  /** What an administrator knows a stored user or group by. */
  identityOf(stored: Buffer, kind: 'user' | 'group'): EntryIdentity {
    const value = (attribute: string): string | undefined => entryAttribute(stored, attribute)[0]?.toString();
    return {
      dn: entryDn(stored),
      objectId: value('entryUUID') ?? '',
      shortName: value(kind === 'user' ? 'uid' : 'cn') ?? '',
      displayName: value('displayName'),
    };
  }

  /** An entry that says nothing and has no name. */
  get unnamed(): Buffer {
    return encodeEntry(this.#schema, { dn: '', attributes: [], links: [] });
  }

  /** True when a stored user entry is locked. */
  isLockedEntry(stored: Buffer): boolean {
    return entryAttribute(stored, 'nsAccountLock')[0]?.toString() === 'TRUE';
  }

  /** Whether a user of this standing is shown at all. */
  admitUser(record: MirrorRecord, standing: Standing): Admitted | Skipped {
    const { users } = this.#settings;
    const { skipped } = judge(userRules, { record, standing, settings: this.#settings });
    const names = skipped === undefined ? userNames(record.properties, record.objectId, users) : undefined;
    if (names === undefined) return { kind: 'skipped', reason: skipped ?? 'no name' };
    return { kind: 'admitted', names, number: sourceNumber(record.properties, users.uidNumberFrom) };
  }

  /** Whether a group is shown at all. */
  admitGroup(record: MirrorRecord): Admitted | Skipped {
    const { skipped } = judge(groupRules, { record, standing: 'active', settings: this.#settings });
    const names = skipped === undefined ? groupNames(record.properties, record.objectId) : undefined;
    if (names === undefined) return { kind: 'skipped', reason: skipped ?? 'no name' };
    return { kind: 'admitted', names, number: sourceNumber(record.properties, this.#settings.groups.gidNumberFrom) };
  }

  userDn(uid: string): string {
    return `uid=${escapeRdnValue(uid)},${this.#usersDn}`;
  }

  groupDn(cn: string): string {
    return `cn=${escapeRdnValue(cn)},${this.#groupsDn}`;
  }

  user(record: MirrorRecord, ledger: LedgerEntry, standing: Standing): ProjectedEntry {
    const locked = judge(userRules, { record, standing, settings: this.#settings }).lock !== undefined;
    const attributes = userAttributes(record, ledger, this.#settings.users, locked);
    const entry = this.#entry(this.userDn(ledger.name), record, attributes, [['memberOf', 'memberOf']], locked);
    const { activeDirectory, baseDn } = this.#settings;
    return activeDirectory ? userOfActiveDirectory(entry, record, baseDn) : entry;
  }

  group(record: MirrorRecord, ledger: LedgerEntry): ProjectedEntry {
    const attributes = groupAttributes(record, ledger);
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
