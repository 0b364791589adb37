/** The attributes of the entries of users and groups, by the map that the settings make. */
import type { AttributeType } from '../directory/schema-elements.ts';
import type { Schema } from '../directory/schema.ts';
import type { GraphProperties } from '../identity/change.ts';
import type { LedgerEntry } from '../identity/ledger.ts';
import type { MirrorRecord } from '../identity/mirror.ts';
import { attributeMap } from './attribute-map.ts';
import { fitOf } from './attribute-values.ts';
import { type Column, column, columnValues, type Surroundings } from './mapped-values.ts';
import { entryClasses, schemaAdditions } from './schema-additions.ts';
import type { ProjectionSettings } from './settings.ts';
import { compilePath, compileSource, type Source, type SourceFacts, sourceValues } from './source.ts';
import { passwdPath, sshPublicKeys } from './source-property.ts';
import type { EntryOwner } from './source-setting.ts';
import { generalizedTime, ia5, instant, text } from './values.ts';

/** Attributes of an entry with their values, in the order in which they are shown. */
export type Attributes = (readonly [string, readonly string[]])[];

/** Operational attributes with the times by which remembered passwords end, and the properties that hold them. */
const credentialTimes = [
  ['pwdChangedTime', 'lastPasswordChangeDateTime'],
  ['entraSessionsValidFrom', 'signInSessionsValidFromDateTime'],
] as const;

/** What is known of a user beside the record. */
export interface UserFacts {
  readonly ledger: LedgerEntry;
  readonly isLocked: boolean;
  readonly gidNumber: number;
}

/** Makes what the entries of users show of their records, under the name and number that the ledger has given. */
export class UserAttributes {
  readonly #classes: readonly string[];
  readonly #commonName: Column;
  readonly #surname: Column;
  readonly #homeDirectory: Column;
  readonly #loginShell: Column;
  readonly #others: readonly Column[];
  readonly #keys: readonly Source[];

  constructor(settings: ProjectionSettings, schema: Schema) {
    const { users } = settings;
    this.#classes = entryClasses('users', schemaAdditions(settings));
    const columns = mappedColumns('users', settings, schema);
    const [commonName, surname] = ['cn', 'sn'].map((key) => columns.find(({ type }) => type.key === key));
    if (commonName === undefined || surname === undefined) throw new RangeError('every user has a cn and an sn');
    this.#commonName = commonName;
    this.#surname = surname;
    this.#others = columns.filter((each) => each !== commonName && each !== surname);
    const path = (name: string, source: Source): Column => column(name, needType(schema, name), source, passwdPath);
    this.#homeDirectory = path('homeDirectory', [
      ...compilePath(users.homeDirectoryFrom, users.homeDirectory),
      // `posixAccount` demands one (RFC 2307 §3), whatever the template makes of a user.
      ...compilePath(undefined, '/home/{uid}'),
    ]);
    this.#loginShell = path('loginShell', compilePath(users.loginShellFrom, users.loginShell));
    this.#keys = users.sshPublicKeyFrom.map((each) => compileSource('users', each));
  }

  /** Whether an attribute names another entry. */
  get hasReferences(): boolean {
    return this.#others.some(({ alternatives }) => alternatives.some(([, isReference]) => isReference));
  }

  of({ objectId, properties }: MirrorRecord, user: UserFacts, surroundings: Surroundings): Attributes {
    const { name: uid, number } = user.ledger;
    const own = { uid, uidNumber: String(number) };
    const facts = { objectId, properties, own };
    const commonNames = columnValues(this.#commonName, facts, surroundings);
    const named = { ...facts, own: { ...own, cn: commonNames[0] ?? uid } };
    // The path is an IA5 string (RFC 2307 §3); a name in another script gives way to the number.
    const inPaths = { ...facts, own: { ...own, uid: ia5(uid) ?? String(number) } };
    const attributes: Attributes = [
      ['objectClass', this.#classes],
      ['structuralObjectClass', ['inetOrgPerson']],
      ['entryUUID', [objectId]],
      ['uid', [uid]],
      ['cn', commonNames],
      ['sn', columnValues(this.#surname, named, surroundings)],
      ['uidNumber', [String(number)]],
      ['gidNumber', [String(user.gidNumber)]],
      ['homeDirectory', columnValues(this.#homeDirectory, inPaths, surroundings)],
    ];
    addColumns(attributes, [this.#loginShell], inPaths, surroundings);
    const principalName = text(properties, 'userPrincipalName');
    if (principalName !== undefined) attributes.push(['userPrincipalName', [principalName]]);
    addColumns(attributes, this.#others, named, surroundings);
    const keys = this.#keys.flatMap((source) => sshPublicKeys(sourceValues(source, facts)));
    if (keys.length > 0) attributes.push(['sshPublicKey', [...new Set(keys)]]);
    addCredentialTimes(attributes, properties);
    if (user.isLocked) addLock(attributes);
    return attributes;
  }
}

/** Makes what the entries of groups show of their records, their members apart. */
export class GroupAttributes {
  readonly #classes: readonly string[];
  readonly #columns: readonly Column[];

  constructor(settings: ProjectionSettings, schema: Schema) {
    this.#classes = entryClasses('groups', schemaAdditions(settings));
    this.#columns = mappedColumns('groups', settings, schema);
  }

  of({ objectId, properties }: MirrorRecord, { name, number }: LedgerEntry, surroundings: Surroundings): Attributes {
    const own = { cn: name, gidNumber: String(number) };
    const attributes: Attributes = [
      ['objectClass', this.#classes],
      ['structuralObjectClass', ['groupOfMembers']],
      ['entryUUID', [objectId]],
      ['cn', [name]],
      ['gidNumber', [String(number)]],
    ];
    addColumns(attributes, this.#columns, { objectId, properties, own }, surroundings);
    return attributes;
  }
}

function mappedColumns(owner: EntryOwner, settings: ProjectionSettings, schema: Schema): readonly Column[] {
  return attributeMap(owner, settings[owner].attributes).attributes.map(({ name, source }) => {
    const type = needType(schema, name);
    const fit = fitOf(type);
    if (fit === undefined) throw new RangeError(`${name} cannot be mapped`);
    return column(name, type, source, fit);
  });
}

function needType(schema: Schema, name: string): AttributeType {
  const type = schema.attribute(name);
  if (type === undefined) throw new RangeError(`the schema has no attribute ${name}`);
  return type;
}

function addColumns(
  attributes: Attributes,
  columns: readonly Column[],
  facts: SourceFacts,
  surroundings: Surroundings,
): void {
  for (const each of columns) {
    const values = columnValues(each, facts, surroundings);
    if (values.length > 0) attributes.push([each.name, values]);
  }
}

/** Since when the password, and sessions, are good: what was proven before is not any more. */
function addCredentialTimes(attributes: Attributes, properties: GraphProperties): void {
  for (const [attribute, property] of credentialTimes) {
    const atMs = instant(text(properties, property));
    if (atMs !== undefined) attributes.push([attribute, [generalizedTime(atMs)]]);
  }
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
