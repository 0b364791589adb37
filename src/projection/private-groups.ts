/**
 * The groups of single users. They are made of what the ledger gave their users and have no place in the ledger themselves:
 * where a group of the tenant has, or had, the name, the private one gives way (P5).
 */
import { escapeRdnValue } from '../directory/dn.ts';
import { nameBasedId, type ObjectId } from '../identity/ids.ts';
import type { Ledger, LedgerEntry } from '../identity/ledger.ts';
import { fixedEntry } from './fixed-entries.ts';
import { nameKey } from './naming.ts';
import { GROUP_CLASSES } from './object-classes.ts';
import type { ProjectedEntry } from './stamps.ts';

/** What a private group is called. */
export interface PrivateGroupName {
  readonly name: string;
  /** Why it is not called like its user: a group of the tenant, or the shared group. */
  readonly holder: ObjectId | 'shared' | undefined;
}

/** `sharedKey` is the folded name of the shared primary group, where that is an entry. */
export function privateGroupName(
  ledger: Pick<Ledger, 'nameHolder'>,
  { name, objectId }: Pick<LedgerEntry, 'name' | 'objectId'>,
  sharedKey: string | undefined,
): PrivateGroupName {
  const holderOf = (key: string): ObjectId | 'shared' | undefined =>
    key === sharedKey ? 'shared' : ledger.nameHolder('group', key);
  const holder = holderOf(nameKey(name));
  if (holder === undefined) return { name, holder };
  const fallbacks = [`${name}-${objectId.slice(0, 8)}`, `${name}-${objectId}`];
  const free = fallbacks.find((candidate) => {
    const key = nameKey(candidate);
    // The group of another user may have this very name.
    return holderOf(key) === undefined && (ledger.nameHolder('user', key) ?? objectId) === objectId;
  });
  return { name: free ?? `${name}-${objectId}`, holder };
}

/**
 * Whether a group has, or is kept, the number of a user, so that the user cannot have a group of that number. What the administrator
 * has kept for a group called as the user is was the user's group in another directory.
 */
export function isTakenByGroup(
  ledger: Pick<Ledger, 'entry' | 'numberHolder' | 'reservedNumber'>,
  { name, number }: Pick<LedgerEntry, 'name' | 'number'>,
): boolean {
  const holder = ledger.numberHolder('group', number);
  if (holder === undefined) return false;
  return ledger.entry(holder) !== undefined || ledger.reservedNumber('group', [nameKey(name)]) !== number;
}

/** The entry of a private group; its only member, the user, is stored beside it. */
export function privateGroupEntry(
  containerDn: string,
  name: string,
  { objectId, name: uid, number }: LedgerEntry,
  createdAtMs: number | undefined,
): ProjectedEntry {
  const entry = fixedEntry(
    `cn=${escapeRdnValue(name)},${containerDn}`,
    GROUP_CLASSES,
    'groupOfMembers',
    [
      ['gidNumber', [String(number)]],
      ['description', [`Primary POSIX group of ${uid} alone`]],
    ],
    nameBasedId(objectId, 'private-group'),
  );
  return { ...entry, createdAtMs };
}
