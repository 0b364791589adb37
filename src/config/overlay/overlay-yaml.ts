import type { AttributeChanges, OverlayPlace } from '../../identity/overlay.ts';
import type { GraphProperties } from '../../identity/change.ts';
import { type ExtraMember, type LocalGroup, type LocalUser, type Override } from '../../projection/overlay.ts';
import { localObjectId } from '../../projection/local-ids.ts';
import type { EntryOwner } from '../../projection/source-setting.ts';
import { fillSections, findingsOf, placed, valueAt } from '../document.ts';
import type { KeyPath } from '../problem.ts';
import { type Readable, readableParts } from '../readable.ts';
import { substituteAll, type Substitutions } from '../substitute.ts';
import { readYaml } from '../yaml-document.ts';
import { type Changeable, ChangesByKind, changeable, fittingValues } from './changes.ts';
import { type OverlayDocument, overlaySchema } from './overlay-schema.ts';
import type { KnownSchema, OverlayPieces } from './pieces.ts';
import { FileProblems, type ReportAt, reporter } from './problems.ts';
import {
  groupExpected,
  groupReference,
  isName,
  memberReference,
  targetExpected,
  targetReference,
} from './references.ts';

/** What an overlay file in YAML says, or all that is wrong with it. */
export function readOverlayYaml(
  file: string,
  text: string,
  from: Substitutions,
  schema: KnownSchema,
  problems: FileProblems,
): OverlayPieces | undefined {
  const document = readYaml(text);
  for (const problem of document.problems) problems.add({ key: '', ...problem });
  if (!document.understood) return undefined;
  const [value, missing] = substituteAll(fillSections(overlaySchema, document.value ?? {}), from);
  const parsed = overlaySchema.safeParse(value);
  const issues = (parsed.error?.issues ?? []).flatMap((issue) => findingsOf(overlaySchema, issue, value));
  for (const finding of [...missing, ...issues]) problems.add(placed(file, document, finding));
  const placeOf = (path: KeyPath): OverlayPlace => ({ file, line: document.locate(path, 'key').line });
  const isPresent = (path: KeyPath): boolean => valueAt(value, path) !== undefined;
  // What is right in itself is looked at although other parts are wrong, so that every problem is found at once.
  return new YamlPieces({ report: reporter(problems, document), placeOf, isPresent, schema }).read(
    readableParts(overlaySchema, value),
  );
}

/** What of a file is right in itself. */
type Parts = Readable<OverlayDocument>;
type PartOf<T extends readonly unknown[] | undefined> = NonNullable<NonNullable<T>[number]>;
type UserPart = PartOf<NonNullable<Parts>['users']>;
type GroupPart = PartOf<NonNullable<Parts>['groups']>;
type Members = readonly (string | undefined)[] | undefined;

interface YamlContext {
  readonly report: ReportAt;
  readonly placeOf: (path: KeyPath) => OverlayPlace;
  /** True when the file has something, right or wrong, at a path. */
  readonly isPresent: (path: KeyPath) => boolean;
  readonly schema: KnownSchema;
}

type Written = Readonly<Record<string, unknown>>;

class YamlPieces {
  readonly #report: ReportAt;
  readonly #placeOf: (path: KeyPath) => OverlayPlace;
  readonly #isPresent: (path: KeyPath) => boolean;
  readonly #schema: KnownSchema;

  constructor({ report, placeOf, isPresent, schema }: YamlContext) {
    this.#report = report;
    this.#placeOf = placeOf;
    this.#isPresent = isPresent;
    this.#schema = schema;
  }

  read(parts: Parts): OverlayPieces {
    const { users = [], groups = [], members = {}, overrides = {}, everyone = [] } = parts ?? {};
    const locals = users.map((user, index) => user && this.#user(user, ['users', index]));
    return {
      users: locals.flatMap((each) => each?.user ?? []),
      accounts: locals.flatMap((each) => each?.account ?? []),
      groups: groups.flatMap((group, index) => (group && this.#group(group, ['groups', index])) ?? []),
      members: [
        ...groups.flatMap((group, index) => this.#members(group?.name, group?.members, ['groups', index, 'members'])),
        ...Object.entries(members).flatMap(([name, own]) => this.#named(name, own, ['members', name])),
      ],
      overrides: Object.entries(overrides).flatMap(([name, written]) =>
        written === undefined ? [] : this.#override(name, written, ['overrides', name]),
      ),
      everyone: everyone.flatMap((name, index) =>
        name === undefined ? [] : [{ place: this.#placeOf(['everyone', index]), group: groupReference(name) }],
      ),
    };
  }

  #user(
    written: UserPart,
    path: KeyPath,
  ): { readonly user: LocalUser; readonly account: OverlayPieces['accounts'][number] } | undefined {
    const { userPrincipalName, uid, uidNumber, passwordHash, enabled = true, attributes = {} } = written;
    const { users: changes } = this.#changes(attributes, [...path, 'attributes'], ['users']);
    const name = uid ?? userPrincipalName;
    if (name === undefined) {
      const isNamed = this.#isPresent([...path, 'uid']) || this.#isPresent([...path, 'userPrincipalName']);
      if (!isNamed) this.#report(path, 'needs uid or userPrincipalName, by which the user is known', 'key');
      return undefined;
    }
    const { displayName, givenName, surname, mail } = written;
    const objectId = localObjectId('user', name);
    const user: LocalUser = {
      objectId,
      place: this.#placeOf(path),
      properties: present({ userPrincipalName, displayName, givenName, surname, mail }),
      uid,
      number: uidNumber,
      isLocked: !enabled,
      changes,
    };
    return { user, account: { objectId, passwordHash, isLocked: !enabled } };
  }

  #group(written: GroupPart, path: KeyPath): LocalGroup | undefined {
    const { name, description, mail, gidNumber, attributes = {} } = written;
    const { groups: changes } = this.#changes(attributes, [...path, 'attributes'], ['groups']);
    if (name === undefined) return undefined;
    return {
      objectId: localObjectId('group', name),
      place: this.#placeOf(path),
      properties: { ...present({ displayName: name, description, mail }), securityEnabled: true },
      number: gidNumber,
      changes,
    };
  }

  #named(name: string, members: Members, path: KeyPath): readonly ExtraMember[] {
    if (isName(name)) return this.#members(name, members, path);
    this.#report(path, groupExpected, 'key');
    return [];
  }

  #members(name: string | undefined, members: Members, path: KeyPath): readonly ExtraMember[] {
    if (name === undefined || members === undefined) return [];
    const group = groupReference(name);
    return members.flatMap((member, index) =>
      member === undefined ? [] : [{ place: this.#placeOf([...path, index]), group, member: memberReference(member) }],
    );
  }

  #override(name: string, written: Written, path: KeyPath): readonly Override[] {
    if (!isName(name)) {
      this.#report(path, targetExpected, 'key');
      return [];
    }
    const { enabled = true, ...attributes } = written;
    const target = targetReference(name);
    const owners: readonly EntryOwner[] =
      target.by === 'objectId' ? ['users', 'groups'] : target.by === 'property' ? ['users'] : ['groups'];
    if (typeof enabled !== 'boolean') this.#report([...path, 'enabled'], 'must be true or false');
    else if (!enabled && !owners.includes('users')) {
      this.#report([...path, 'enabled'], 'has no meaning for a group; groups are not locked', 'key');
    }
    const { users, groups } = this.#changes(attributes, path, owners);
    const isLocked = enabled === false;
    return [{ place: this.#placeOf(path), target, changes: { user: users, group: groups }, isLocked }];
  }

  #changes(
    written: Written,
    path: KeyPath,
    owners: readonly EntryOwner[],
  ): { readonly users: AttributeChanges; readonly groups: AttributeChanges } {
    const changes = new ChangesByKind();
    const seen = new Map<string, string>();
    for (const [name, value] of Object.entries(written)) {
      const at = [...path, name];
      const found = changeable(name, owners, this.#schema.schema);
      if ('problem' in found) {
        if (!found.isUnknown || this.#schema.isComplete) this.#report(at, found.problem, 'key');
        continue;
      }
      const other = seen.get(found.name);
      if (other !== undefined) this.#report(at, `is the same attribute as ${other}; remove one of them`, 'key');
      seen.set(found.name, name);
      const values = this.#values(found.attribute, value, at);
      if (values !== undefined) changes.add(found.name, found.attribute, values);
    }
    return changes;
  }

  #values(attribute: Changeable, value: unknown, path: KeyPath): readonly string[] | undefined {
    const written = value === null ? [] : Array.isArray(value) ? value : [value];
    const texts = written.map(textOf);
    const wrong = texts.indexOf(undefined);
    const itemPath = (index: number): KeyPath => (Array.isArray(value) ? [...path, index] : path);
    if (wrong >= 0) {
      this.#report(itemPath(wrong), 'must be a text, a list of texts, or null to remove the attribute');
      return undefined;
    }
    if (Array.isArray(value) && value.length === 0) {
      this.#report(path, 'is an empty list; write null to remove the attribute');
      return undefined;
    }
    const fitting = fittingValues(
      attribute,
      texts.flatMap((text) => text ?? []),
    );
    if ('values' in fitting) return fitting.values;
    this.#report(fitting.at === undefined ? path : itemPath(fitting.at), fitting.problem);
    return undefined;
  }
}

/** The text of a plain value; a number or a flag that stands without quotes is one too. */
function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' && Number.isSafeInteger(value)) return String(value);
  return typeof value === 'boolean' ? (value ? 'TRUE' : 'FALSE') : undefined;
}

function present(properties: Readonly<Record<string, string | undefined>>): GraphProperties {
  return Object.fromEntries(
    Object.entries(properties).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}
