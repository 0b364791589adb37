import type { GraphProperties, GraphValue } from '../identity/change.ts';
import type { ProjectionSettings } from './settings.ts';
import { isOneSshPublicKey } from './ssh-public-key.ts';
import { ia5 } from './values.ts';

/**
 * Properties that the administrator names as the source of an attribute: one of Graph's own text properties, one of the
 * fifteen extension attributes, or a directory extension (`extension_<app id>_<name>`).
 */

/** Text properties of each kind that may be named beside extensions; all of them are read anyway. */
export const namedSources = {
  users: [
    'department',
    'employeeId',
    'employeeType',
    'faxNumber',
    'mailNickname',
    'officeLocation',
    'onPremisesImmutableId',
    'onPremisesSamAccountName',
    'postalCode',
    'streetAddress',
  ],
  groups: ['description', 'mailNickname', 'onPremisesSamAccountName'],
} as const satisfies Readonly<Record<'users' | 'groups', readonly string[]>>;

const EXTENSION_ATTRIBUTE = /^extensionAttribute(?:[1-9]|1[0-5])$/;
const DIRECTORY_EXTENSION = /^extension_[0-9a-f]{32}_\w{1,256}$/i;

/** True for the name of a property that can be a source. Graph gives extension attributes to users only. */
export function isSourceProperty(kind: keyof typeof namedSources, name: string): boolean {
  const named: readonly string[] = namedSources[kind];
  return named.includes(name) || isDirectoryExtension(name) || (kind === 'users' && EXTENSION_ATTRIBUTE.test(name));
}

function isDirectoryExtension(name: string): boolean {
  return DIRECTORY_EXTENSION.test(name);
}

/** The directory extensions that the settings name, of each kind: beside what is read anyway they must be asked for. */
export function directoryExtensions({
  users,
  groups,
}: ProjectionSettings): Readonly<Record<keyof typeof namedSources, readonly string[]>> {
  const named = (names: readonly (string | undefined)[]): readonly string[] =>
    [...new Set(names.filter((name) => name !== undefined).filter(isDirectoryExtension))].sort();
  return {
    users: named([
      users.uidNumberFrom,
      users.homeDirectoryFrom,
      users.loginShellFrom,
      users.primaryGroup.gidNumberFrom,
      ...users.sshPublicKeyFrom,
    ]),
    groups: named([groups.gidNumberFrom]),
  };
}

function valueOf(properties: GraphProperties, name: string): GraphValue | undefined {
  if (!EXTENSION_ATTRIBUTE.test(name)) return properties[name];
  const extensions = properties['onPremisesExtensionAttributes'];
  return typeof extensions === 'object' && extensions !== null && !Array.isArray(extensions)
    ? (extensions as GraphProperties)[name]
    : undefined;
}

/** A POSIX number as a property holds it; `unusable` when there is something that must not become one. */
export type SourceNumber = number | 'unusable' | undefined;

/** What system accounts keep below (Debian policy §9.2.2, `UID_MIN` of login.defs): nobody is to become root by a property. */
const ADOPTED_MIN = 1000;
const ADOPTED_MAX = 2_147_483_647;
/** `nobody`, and the 16-bit form of -1 that system calls take for "no number". */
const NEVER_ADOPTED: ReadonlySet<number> = new Set([65_534, 65_535]);

/** The POSIX number in a property: an integer, or decimal digits. */
export function sourceNumber(properties: GraphProperties, name: string | undefined): SourceNumber {
  const value = name === undefined ? undefined : valueOf(properties, name);
  if (value === undefined || value === null || value === '') return undefined;
  const number = typeof value === 'string' && /^\s*\d{1,10}\s*$/.test(value) ? Number(value) : value;
  return typeof number === 'number' && isPersonalNumber(number) ? number : 'unusable';
}

/** True for a number that a person or a group of people may have: none of those that systems keep for themselves. */
export function isPersonalNumber(number: number): boolean {
  return Number.isInteger(number) && number >= ADOPTED_MIN && number <= ADOPTED_MAX && !NEVER_ADOPTED.has(number);
}

/** An absolute path that a line of passwd(5) can hold; undefined when the property has none. */
export function sourcePath(properties: GraphProperties, name: string | undefined): string | undefined {
  const value = name === undefined ? undefined : valueOf(properties, name);
  const path = typeof value === 'string' ? ia5(value.trim()) : undefined;
  return path !== undefined && path.startsWith('/') && !path.includes(':') ? path : undefined;
}

/** The SSH public keys of several properties, each of which may hold a list or several lines; what is no key is left out. */
export function sourceKeys(properties: GraphProperties, names: readonly string[]): readonly string[] {
  return names
    .flatMap((name) => [valueOf(properties, name) ?? []].flat())
    .flatMap((value) => (typeof value === 'string' ? value.split(/[\r\n]+/) : []))
    .map((line) => line.trim())
    .filter(isOneSshPublicKey);
}
