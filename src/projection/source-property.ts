/** What POSIX systems want of a user or group, as a property may hold it: numbers, paths and keys. */
import { isOneSshPublicKey } from './ssh-public-key.ts';
import { ia5 } from './values.ts';

/** A POSIX number as a property holds it; `unusable` when there is something that must not become one. */
export type SourceNumber = number | 'unusable' | undefined;

/** What system accounts keep below (Debian policy §9.2.2, `UID_MIN` of login.defs): nobody is to become root by a property. */
const ADOPTED_MIN = 1000;
const ADOPTED_MAX = 2_147_483_647;
/** `nobody`, and the 16-bit form of -1 that system calls take for "no number". */
const NEVER_ADOPTED: ReadonlySet<number> = new Set([65_534, 65_535]);

/** The POSIX number that the values of a source are: one, in decimal digits. */
export function sourceNumber([value, other]: readonly string[]): SourceNumber {
  if (value === undefined) return undefined;
  if (other !== undefined) return 'unusable';
  const number = /^\s*\d{1,10}\s*$/.test(value) ? Number(value) : Number.NaN;
  return isPersonalNumber(number) ? number : 'unusable';
}

/** True for a number that a person or a group of people may have: none of those that systems keep for themselves. */
export function isPersonalNumber(number: number): boolean {
  return Number.isInteger(number) && number >= ADOPTED_MIN && number <= ADOPTED_MAX && !NEVER_ADOPTED.has(number);
}

/** An absolute path that a line of passwd(5) can hold; undefined for anything else. */
export function passwdPath(text: string): string | undefined {
  const path = ia5(text.trim());
  return path !== undefined && path.startsWith('/') && !path.includes(':') ? path : undefined;
}

/** The SSH public keys in texts, each of which may hold several lines; what is no key is left out. */
export function sshPublicKeys(values: readonly string[]): readonly string[] {
  return values
    .flatMap((value) => value.split(/[\r\n]+/))
    .map((line) => line.trim())
    .filter(isOneSshPublicKey);
}
