import { hash } from 'node:crypto';
import type { GraphProperties } from '../identity/change.ts';
import { guidBytes, type ObjectId } from '../identity/ids.ts';
import type { Ledger, LedgerEntry, LedgerSpace } from '../identity/ledger.ts';
import type { NumberRange, ProjectionSettings } from './settings.ts';
import { text } from './values.ts';

/**
 * Names and numbers. An object gets the name that its properties ask for; when another object was given that
 * name before, it gets the next of its fallbacks. Nothing that was given once is given to another object (P5, PAIN-08).
 */

/** The names an object may get, best first. The last one is unique because it carries the object id. */
export type NameCandidates = readonly [string, ...string[]];

/** What {@link nameKey} would give back as it is; nearly every short name of a user is such. */
const PLAIN_NAME = /^[a-z0-9._@-]+$/;

/** How names are compared: two that differ only in letter case or spacing are one. */
export function nameKey(name: string): string {
  if (PLAIN_NAME.test(name)) return name;
  return name.normalize('NFKC').toLowerCase().replaceAll(/\s+/gu, ' ').trim();
}

/** The short names a user may get; undefined when the user has no name to take one from. */
export function userNames(
  properties: GraphProperties,
  objectId: ObjectId,
  settings: ProjectionSettings['users'],
): NameCandidates | undefined {
  const upn = text(properties, 'userPrincipalName');
  if (upn === undefined) return undefined;
  const wanted = sourceName(properties, upn, settings) ?? localPart(upn);
  const short = cleanName(wanted);
  const full = cleanName(upn);
  return [short, full, `${short}-${objectId.slice(0, 8)}`, `${short}-${objectId}`];
}

function sourceName(
  properties: GraphProperties,
  upn: string,
  settings: ProjectionSettings['users'],
): string | undefined {
  switch (settings.uidFrom) {
    case 'userPrincipalName':
      return upn;
    case 'userPrincipalNameLocalPart':
      return localPart(upn);
    case 'mailNickname':
    case 'onPremisesSamAccountName':
      return text(properties, settings.uidFrom);
  }
}

/** The part of a user principal name that reads well; for a guest (`joe_x.com#EXT#@…`) that is what stands before the mark. */
function localPart(upn: string): string {
  const at = upn.lastIndexOf('@');
  const local = at > 0 ? upn.slice(0, at) : upn;
  const mark = local.toUpperCase().lastIndexOf('#EXT#');
  return mark > 0 ? local.slice(0, mark) : local;
}

/** Lower case, as POSIX systems expect, and without the colon, the slash and control characters that would break their files. */
function cleanName(name: string): string {
  return name
    .normalize('NFC')
    .toLowerCase()
    .trim()
    .replaceAll(/[\p{Cc}:/]/gu, '_');
}

/** The names a group may get; undefined when the group has none. */
export function groupNames(properties: GraphProperties, objectId: ObjectId): NameCandidates | undefined {
  const wanted = text(properties, 'displayName') ?? text(properties, 'mailNickname');
  if (wanted === undefined) return undefined;
  const name = wanted.replaceAll(/\p{Cc}/gu, ' ').trim();
  return [name, `${name}-${objectId.slice(0, 8)}`, `${name}-${objectId}`];
}

/** What nobody is given: the name and number of the primary group, as far as there are any. */
export interface Reserved {
  readonly nameKey: string | undefined;
  readonly number: number | undefined;
}

/** Where new names and numbers of one kind come from. */
export interface Supply {
  readonly space: LedgerSpace;
  readonly range: NumberRange;
  readonly reserved: Reserved;
  /** True for a number that some object asks for by its properties: nobody else gets it by chance. */
  isClaimed(number: number): boolean;
}

/**
 * Gives an object its name and number, and remembers what was new in the ledger. `adopted` is the number that its
 * properties ask for, which the caller knows to be free; an object that has a number keeps it.
 */
export function assign(
  ledger: Ledger,
  supply: Supply,
  objectId: ObjectId,
  candidates: NameCandidates,
  adopted?: number,
): LedgerEntry {
  const known = ledger.entry(objectId);
  const name =
    candidates.find((candidate) => isFree(ledger, supply, candidate, objectId)) ??
    candidates[candidates.length - 1] ??
    objectId;
  if (known !== undefined && known.name === name) return known;
  const number = known?.number ?? adopted ?? freeNumber(ledger, supply, objectId);
  const entry = { objectId, space: supply.space, name, number };
  ledger.record(entry, nameKey(name));
  return entry;
}

function isFree(ledger: Ledger, { space, reserved }: Supply, name: string, objectId: ObjectId): boolean {
  const key = nameKey(name);
  if (key === reserved.nameKey) return false;
  const holder = ledger.nameHolder(space, key);
  return holder === undefined || holder === objectId;
}

/** The number that the object id stands for, or the next free one after it. */
function freeNumber(ledger: Ledger, supply: Supply, objectId: ObjectId): number {
  const { space, range, reserved } = supply;
  const size = range.to - range.from + 1;
  // 48 bits of a digest spread ids of any make evenly over the range; the rest of the ids would do, but need not be random.
  const start = hash('sha256', guidBytes(objectId), 'buffer').readUIntBE(0, 6) % size;
  for (let step = 0; step < size; step++) {
    const number = range.from + ((start + step) % size);
    if (number === reserved.number || supply.isClaimed(number)) continue;
    if (ledger.numberHolder(space, number) === undefined) return number;
  }
  throw new RangeError(`all numbers of the range ${range.from}..${range.to} are given; widen it in the configuration`);
}
