import { escapeRdnValue } from '../directory/dn.ts';
import { type EntryContent, encodeEntry, encodeValue, entryAttribute, entryDn } from '../directory/entry-codec.ts';
import type { Schema } from '../directory/schema.ts';
import type { ObjectId } from '../identity/ids.ts';
import type { LedgerEntry } from '../identity/ledger.ts';
import type { MirrorRecord } from '../identity/mirror.ts';
import { type NodeId, nodeId, primaryGroupNode, structuralNodes, sudoDefaultsNode } from '../identity/node.ts';
import type { EntryKind, MemberValues } from '../identity/view.ts';
import {
  activeDirectoryClasses,
  fixedOfActiveDirectory,
  groupOfActiveDirectory,
  userOfActiveDirectory,
} from './active-directory.ts';
import { type Attributes, GroupAttributes, UserAttributes } from './attributes.ts';
import { baseEntry, fixedEntry } from './fixed-entries.ts';
import { groupNames, type NameCandidates, nameKey, type Reserved, userNames } from './naming.ts';
import { CONTAINER_CLASSES, GROUP_CLASSES, GROUP_LINKS, SERVICE_CLASSES, SUDO_CLASSES } from './object-classes.ts';
import { overlaidAttributes, overlaidNames } from './overlaid-entry.ts';
import type { Standing } from './policy.ts';
import { choosePrimaryGroup, type PrimaryChoice, type PrimaryFacts } from './primary-group.ts';
import { privateGroupEntry } from './private-groups.ts';
import type { DnOf, Surroundings } from './mapped-values.ts';
import { groupRules, judge, type RuleFacts, userRules } from './rules.ts';
import type { ProjectionSettings } from './settings.ts';
import { entryClasses, schemaAdditions } from './schema-additions.ts';
import { compileSource, type Source, type SourceFacts, sourceValues } from './source.ts';
import { type SourceNumber, sourceNumber } from './source-property.ts';
import type { SourceSetting } from './source-setting.ts';
import { encodeIfChanged, type ProjectedEntry, type PublishStamp } from './stamps.ts';
import { sudoDefaultsEntry, sudoRuleEntry } from './sudo-entries.ts';
import type { SudoRule } from './sudo-settings.ts';
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
  readonly #isKnown: (objectId: ObjectId) => boolean;
  readonly #userAttributes: UserAttributes;
  readonly #groupAttributes: GroupAttributes;
  readonly #sources: NamingSources;
  readonly #usersDn: string;
  readonly #groupsDn: string;
  readonly #servicesDn: string;

  /** `isKnown` tells who was given a name here before; without it everybody counts as known. */
  constructor(settings: ProjectionSettings, schema: Schema, isKnown: (objectId: ObjectId) => boolean = () => true) {
    this.#settings = settings;
    this.#isKnown = isKnown;
    this.#schema = schema;
    this.#userAttributes = new UserAttributes(settings, schema);
    this.#groupAttributes = new GroupAttributes(settings, schema);
    this.#sources = namingSources(settings);
    this.#usersDn = `${settings.users.container},${settings.baseDn}`;
    this.#groupsDn = `${settings.groups.container},${settings.baseDn}`;
    this.#servicesDn = `${settings.services.container},${settings.baseDn}`;
  }

  /** Whether entries of users name other users, so that a change of one may be a change of another. */
  get namesManagers(): boolean {
    return this.#userAttributes.hasReferences;
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

  /** The number of the primary group that a stored user entry shows. */
  gidNumberOf(stored: Buffer): string {
    return entryAttribute(stored, 'gidNumber')[0]?.toString() ?? '';
  }

  /** True when a stored user entry is locked. */
  isLockedEntry(stored: Buffer): boolean {
    return entryAttribute(stored, 'nsAccountLock')[0]?.toString() === 'TRUE';
  }

  /** What the rules are asked about an object. */
  factsOf(record: MirrorRecord, standing: Standing): RuleFacts {
    const settings = this.#settings;
    const isKnown = settings.create || record.overlay?.isLocal === true || this.#isKnown(record.objectId);
    return { record, standing, settings, isKnown };
  }

  /** Whether a user of this standing is shown at all. */
  admitUser(record: MirrorRecord, standing: Standing): Admitted | Skipped {
    const { skipped } = judge(userRules, this.factsOf(record, standing));
    const facts = namingFacts(record);
    const wanted = sourceValues(this.#sources.uid, facts)[0];
    const mapped = userNames(record.properties, record.objectId, wanted);
    const names = skipped === undefined ? overlaidNames(record, mapped) : undefined;
    if (names === undefined) return { kind: 'skipped', reason: skipped ?? 'no name' };
    const number = record.overlay?.number ?? sourceNumber(sourceValues(this.#sources.uidNumber, facts));
    return { kind: 'admitted', names, number };
  }

  /** Whether a group is shown at all. */
  admitGroup(record: MirrorRecord): Admitted | Skipped {
    const { skipped } = judge(groupRules, this.factsOf(record, 'active'));
    const facts = namingFacts(record);
    const wanted = sourceValues(this.#sources.groupName, facts)[0];
    const names = skipped === undefined ? groupNames(record.properties, record.objectId, wanted) : undefined;
    if (names === undefined) return { kind: 'skipped', reason: skipped ?? 'no name' };
    const number = record.overlay?.number ?? sourceNumber(sourceValues(this.#sources.gidNumber, facts));
    return { kind: 'admitted', names, number };
  }

  userDn(uid: string): string {
    return `uid=${escapeRdnValue(uid)},${this.#usersDn}`;
  }

  groupDn(cn: string): string {
    return `cn=${escapeRdnValue(cn)},${this.#groupsDn}`;
  }

  /** What decides about a user's primary POSIX group; see {@link choosePrimaryGroup}. */
  primaryGroup(
    record: MirrorRecord,
    { number }: LedgerEntry,
    facts: Omit<PrimaryFacts, 'own' | 'uidNumber'>,
  ): PrimaryChoice {
    const { primaryGroup } = this.#settings.users;
    const own = sourceNumber(sourceValues(this.#sources.primaryGid, namingFacts(record)));
    return choosePrimaryGroup(primaryGroup, {
      ...facts,
      own: typeof own === 'number' ? own : undefined,
      uidNumber: number,
    });
  }

  /** `gidNumber` is that of the {@link Projector.primaryGroup}; `dnOf` tells under which name another user is shown. */
  user(
    record: MirrorRecord,
    ledger: LedgerEntry,
    standing: Standing,
    gidNumber: number,
    dnOf: DnOf = noDns,
  ): ProjectedEntry {
    const isLocked = judge(userRules, this.factsOf(record, standing)).lock !== undefined;
    const around = surroundings(dnOf);
    const attributes = this.#userAttributes.of(record, { ledger, isLocked, gidNumber }, around);
    const entry = this.#entry(
      this.userDn(ledger.name),
      record,
      attributes,
      [['memberOf', 'memberOf']],
      isLocked,
      around,
    );
    const { activeDirectory, baseDn } = this.#settings;
    return activeDirectory ? userOfActiveDirectory(entry, record, baseDn) : entry;
  }

  /** The private group of a user, under the name that {@link privateGroupName} has found. */
  privateGroup(record: MirrorRecord, ledger: LedgerEntry, name: string): ProjectedEntry {
    const { baseDn, users } = this.#settings;
    const createdAtMs = instant(text(record.properties, 'createdDateTime'));
    return this.#flavoured(privateGroupEntry(`${users.primaryGroup.container},${baseDn}`, name, ledger, createdAtMs));
  }

  /** A sudo rule for whom `sudoUsers` means, in the syntax of sudoers.ldap(5). */
  sudoRule(rule: SudoRule, sudoUsers: readonly string[]): ProjectedEntry {
    return this.#flavoured(sudoRuleEntry(this.#sudoersDn, rule, sudoUsers));
  }

  group(record: MirrorRecord, ledger: LedgerEntry): ProjectedEntry {
    const around = surroundings(noDns);
    const attributes = this.#groupAttributes.of(record, ledger, around);
    const entry = this.#entry(this.groupDn(ledger.name), record, attributes, GROUP_LINKS, false, around);
    const { activeDirectory, baseDn } = this.#settings;
    return activeDirectory ? groupOfActiveDirectory(entry, record, baseDn) : entry;
  }

  /** The entries without an object of the tenant: base, containers, service accounts, primary group. */
  fixedEntries(): readonly (readonly [NodeId, ProjectedEntry])[] {
    return this.#plainFixedEntries().map(([node, entry]) => [node, this.#flavoured(entry)]);
  }

  #flavoured(entry: ProjectedEntry): ProjectedEntry {
    const { baseDn, activeDirectory } = this.#settings;
    return activeDirectory ? fixedOfActiveDirectory(entry, baseDn) : entry;
  }

  get #sudoersDn(): string {
    return `${this.#settings.sudo?.container ?? ''},${this.#settings.baseDn}`;
  }

  #plainFixedEntries(): readonly (readonly [NodeId, ProjectedEntry])[] {
    const { baseDn, users, groups, services, sudo } = this.#settings;
    const { kind, shown, container: privateContainer } = users.primaryGroup;
    const container = (rdn: string): ProjectedEntry =>
      fixedEntry(`${rdn},${baseDn}`, CONTAINER_CLASSES, 'organizationalUnit', []);
    return [
      [structuralNodes.base, { ...baseEntry(baseDn), isContext: true }],
      [structuralNodes.users, container(users.container)],
      [structuralNodes.groups, container(groups.container)],
      [structuralNodes.services, container(services.container)],
      ...(kind === 'private' && shown ? [[structuralNodes.privateGroups, container(privateContainer)] as const] : []),
      ...(sudo === undefined ? [] : [[structuralNodes.sudoers, container(sudo.container)] as const]),
      ...(sudo === undefined || sudo.defaults.length === 0
        ? []
        : [[sudoDefaultsNode, sudoDefaultsEntry(this.#sudoersDn, sudo.defaults)] as const]),
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
    { leftOut }: EntrySurroundings,
  ): ProjectedEntry {
    const createdAtMs = instant(text(record.properties, 'createdDateTime'));
    const shown = overlaidAttributes(attributes, record.overlay);
    return { dn, locked, createdAtMs, content: { dn, attributes: shown, links }, leftOut: [...leftOut] };
  }
}

/** What names and numbers are taken from; nothing where there is no such setting. */
interface NamingSources {
  readonly uid: Source;
  readonly uidNumber: Source;
  readonly primaryGid: Source;
  readonly groupName: Source;
  readonly gidNumber: Source;
}

function namingSources({ users, groups }: ProjectionSettings): NamingSources {
  const source = (owner: 'users' | 'groups', setting: SourceSetting | undefined): Source =>
    setting === undefined ? [] : compileSource(owner, setting);
  return {
    uid: source('users', users.uidFrom),
    uidNumber: source('users', users.uidNumberFrom),
    primaryGid: source('users', users.primaryGroup.gidNumberFrom),
    groupName: source('groups', groups.nameFrom),
    gidNumber: source('groups', groups.gidNumberFrom),
  };
}

/** An object that has no name and number yet. */
function namingFacts({ objectId, properties }: MirrorRecord): SourceFacts {
  return { objectId, properties, own: {} };
}

/** Nobody's name. */
const noDns: DnOf = () => undefined;

interface EntrySurroundings extends Surroundings {
  readonly leftOut: ReadonlySet<string>;
}

function surroundings(dnOf: DnOf): EntrySurroundings {
  const leftOut = new Set<string>();
  return { dnOf, leftOut, onLeftOut: (attribute) => leftOut.add(attribute) };
}

/** The lower-case object classes of each kind of entry, as an index by class needs them. */
export function objectClassesOf(settings: ProjectionSettings): Readonly<Record<EntryKind, readonly string[]>> {
  const additions = schemaAdditions(settings);
  const base =
    baseEntry(settings.baseDn).content.attributes.find(
      ([name]: readonly [string, unknown]) => name === 'objectClass',
    )?.[1] ?? [];
  const lower = (names: readonly (string | Buffer)[]): string[] => [
    ...new Set(names.map((name: string | Buffer) => String(name).toLowerCase())),
  ];
  return {
    structural: lower([...CONTAINER_CLASSES, ...base]),
    user: [
      ...lower(entryClasses('users', additions)),
      ...(settings.activeDirectory ? [activeDirectoryClasses.user] : []),
    ],
    group: [
      ...lower(entryClasses('groups', additions)),
      ...(settings.activeDirectory ? [activeDirectoryClasses.group] : []),
    ],
    service: lower(SERVICE_CLASSES),
    privateGroup: [...lower(GROUP_CLASSES), ...(settings.activeDirectory ? [activeDirectoryClasses.group] : [])],
    sudo: lower(SUDO_CLASSES),
  };
}
