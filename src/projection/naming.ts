import { hash } from 'node:crypto';
import type { GraphProperties } from '../identity/change.ts';
import { guidBytes, type ObjectId } from '../identity/ids.ts';
import type { Ledger, LedgerEntry, LedgerSpace, NumberOrigin } from '../identity/ledger.ts';
import type { NumberRange } from './settings.ts';
import { localPart, text } from './values.ts';

/**
 * Names and numbers. An object gets the name that its properties ask for; when another object was given that
 * name before, it gets the next of its fallbacks. Nothing that was given once is given to another object (P5, PAIN-08).
 */

/** The names an object may get, best first. The last one is unique because it carries the object id. */
export type NameCandidates = readonly [string, ...string[]];

/** What {@link nameKey} and {@link cleanName} would give back as it is; nearly every short name of a user is such. */
const PLAIN_NAME = /^[a-z0-9._@-]+$/;

/** How names are compared: two that differ only in letter case or spacing are one. */
export function nameKey(name: string): string {
  if (PLAIN_NAME.test(name)) return name;
  return name.normalize('NFKC').toLowerCase().replaceAll(/\s+/gu, ' ').trim();
}

/** What every short name of a user comes from; undefined when the user can have none. */
export function userNameSource(properties: GraphProperties): string | undefined {
  return text(properties, 'userPrincipalName');
}

/**
 * The short names a user may get, best first; undefined when the user has no user principal name. `wanted`: what the settings
 * make of the properties; without it, the local part of the user principal name.
 */
export function userNames(
  properties: GraphProperties,
  objectId: ObjectId,
  wanted: string | undefined,
): NameCandidates | undefined {
  const upn = userNameSource(properties);
  if (upn === undefined) return undefined;
  const short = cleanName(wanted ?? localPart(upn));
  const full = cleanName(upn);
  return [short, full, `${short}-${objectId.slice(0, 8)}`, `${short}-${objectId}`];
}

/** Lower case, as POSIX systems expect, and without the colon, the slash and control characters that would break their files. */
export function cleanName(name: string): string {
  if (PLAIN_NAME.test(name)) return name;
  return name
    .normalize('NFC')
    .toLowerCase()
    .trim()
    .replaceAll(/[\p{Cc}:/]/gu, '_');
}

/** What the names of a group come from; undefined when the group can have none. */
export function groupNameSource(properties: GraphProperties): string | undefined {
  return text(properties, 'displayName') ?? text(properties, 'mailNickname');
}

/** The names a group may get, best first; undefined when the group has none. `wanted`: what the settings make of the properties. */
export function groupNames(
  properties: GraphProperties,
  objectId: ObjectId,
  wanted: string | undefined = groupNameSource(properties),
): NameCandidates | undefined {
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
  /** The time that is noted with what is given, in milliseconds since the epoch. */
  readonly nowMs: number;
  /** True for a number that some object asks for by its properties: nobody else gets it by chance. */
  isClaimed(number: number): boolean;
  /** True for a number that is not to be given though the administrator has kept it: it is that of a private group already. */
  isPrivate?(number: number): boolean;
}

/**
 * Gives an object its name and number, and remembers what was new in the ledger. An object that has a number keeps it. Else
 * it gets the number that the administrator has kept for its user principal name or its name, then `adopted`, the number that its
 * properties ask for and that the caller knows to be free, then one of the range. What `formerly` has is the object's too: it
 * is the same person, or group, under the id that it had before. `otherKeys` are further ones by which a number may be kept for it.
 */
export function assign(
  ledger: Ledger,
  supply: Supply,
  objectId: ObjectId,
  candidates: NameCandidates,
  adopted?: number,
  formerly?: ObjectId,
  otherKeys: readonly string[] = [],
): LedgerEntry {
  const known = ledger.entry(objectId);
  const name =
    candidates.find((candidate) => isFree(ledger, supply, candidate, [objectId, formerly])) ??
    candidates[candidates.length - 1] ??
    objectId;
  if (known !== undefined && known.name === name) return known;
  const { nowMs: nameAtMs, space } = supply;
  // Another name also means that another may have taken over the number, see `formerly`.
  if (known !== undefined && ledger.numberHolder(space, known.number) === objectId) {
    const entry = { ...known, name };
    const origin = ledger.origin(objectId);
    ledger.record(entry, nameKey(name), origin && { ...origin, nameAtMs });
    return entry;
  }
  const { number, origin } = newNumber(ledger, supply, objectId, keysFor(candidates, name, otherKeys), {
    adopted,
    inherited: heldNumber(ledger, space, formerly),
  });
  const entry = { objectId, space, name, number };
  ledger.record(entry, nameKey(name), { origin, numberAtMs: nameAtMs, nameAtMs });
  return entry;
}

/** By what a number may be kept for an object: what is its alone, and then the name that it was given; made when asked for. */
function* keysFor([, ...own]: NameCandidates, name: string, others: readonly string[]): Generator<string, void, void> {
  for (const each of own) yield nameKey(each);
  yield* others;
  yield nameKey(name);
}

interface NewNumber {
  readonly number: number;
  readonly origin: NumberOrigin;
}

function newNumber(
  ledger: Ledger,
  supply: Supply,
  objectId: ObjectId,
  keys: Iterable<string>,
  { adopted, inherited }: { readonly adopted: number | undefined; readonly inherited: number | undefined },
): NewNumber {
  const kept = ledger.reservedNumber(supply.space, keys);
  const isKept = kept !== undefined && supply.isPrivate?.(kept) !== true;
  const wished = inherited ?? (isKept ? kept : adopted);
  return wished === undefined ? freeNumber(ledger, supply, objectId) : { number: wished, origin: 'adopted' };
}

/** The number of an object that has not passed it on. */
function heldNumber(ledger: Ledger, space: LedgerSpace, objectId: ObjectId | undefined): number | undefined {
  const number = objectId && ledger.entry(objectId)?.number;
  return number !== undefined && ledger.numberHolder(space, number) === objectId ? number : undefined;
}

function isFree(
  ledger: Ledger,
  { space, reserved }: Supply,
  name: string,
  whose: readonly (ObjectId | undefined)[],
): boolean {
  const key = nameKey(name);
  if (key === reserved.nameKey) return false;
  const holder = ledger.nameHolder(space, key);
  return holder === undefined || whose.includes(holder);
}

/** The number that the object id stands for, or the next free one after it. */
function freeNumber(ledger: Ledger, supply: Supply, objectId: ObjectId): NewNumber {
  const { space, range, reserved } = supply;
  const size = range.to - range.from + 1;
  // 48 bits of a digest spread ids of any make evenly over the range; the rest of the ids would do, but need not be random.
  const start = hash('sha256', guidBytes(objectId), 'buffer').readUIntBE(0, 6) % size;
  for (let step = 0; step < size; step++) {
    const number = range.from + ((start + step) % size);
    if (number === reserved.number || supply.isClaimed(number)) continue;
    if (ledger.numberHolder(space, number) !== undefined) continue;
    return { number, origin: step === 0 ? 'derived' : 'nextFree' };
  }
  throw new RangeError(`all numbers of the range ${range.from}..${range.to} are given; widen it in the configuration`);
}
