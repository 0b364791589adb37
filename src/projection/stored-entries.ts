/** What is done with entries as they were stored, whatever settings they were made by. */
import { encodeValue, entryAttribute, entryObjectName, replaceValue } from '../directory/entry-codec.ts';
import type { MemberValues } from '../identity/view.ts';
import type { PublishStamp } from './stamps.ts';
import { generalizedTime } from './values.ts';

/** What a membership set shows of a stored entry: its DN, and of a user the uid too. */
export function storedMemberValues(entry: Buffer, kind: 'user' | 'group'): MemberValues {
  const dn = entryObjectName(entry);
  if (kind === 'group') return [dn];
  return [dn, encodeValue(entryAttribute(entry, 'uid')[0] ?? '')];
}

/** True when two stored entries go by the same name and, as users, by the same uid. */
export function sameMemberValues(a: Buffer, b: Buffer, kind: 'user' | 'group'): boolean {
  const other = storedMemberValues(b, kind);
  return storedMemberValues(a, kind).every((value, i) => other[i]?.equals(value) === true);
}

/** An entry of earlier as if it was changed now: it tells who follows changes that it is another one than the last. */
export function restamped(entry: Buffer, stamp: PublishStamp): Buffer {
  const modified = generalizedTime(stamp.nowMs);
  const number = stamp.nextNumber();
  const stamps: readonly (readonly [string, string])[] = [
    ['modifyTimestamp', modified],
    ['entryCSN', number],
    ['whenChanged', modified.replace('Z', '.0Z')],
    ['uSNChanged', String(stamp.nowMs)],
  ];
  return stamps.reduce((bytes, [name, value]) => withStamp(bytes, name, value), entry);
}

/** True when two stored entries differ in nothing but when they were changed. */
export function sameContent(a: Buffer, b: Buffer): boolean {
  if (a.length !== b.length) return false;
  const stampNames = ['modifyTimestamp', 'entryCSN', 'contextCSN', 'whenChanged', 'uSNChanged'];
  const stampsOfB = stampNames.reduce(
    (bytes, name) => withStamp(bytes, name, entryAttribute(b, name)[0]?.toString() ?? ''),
    a,
  );
  return stampsOfB.equals(b);
}

/** An entry without the stamp stays without; one of another length is only what was published under a clock that stood before 2001. */
function withStamp(entry: Buffer, name: string, value: string): Buffer {
  return entryAttribute(entry, name)[0]?.length === value.length ? replaceValue(entry, name, value) : entry;
}
