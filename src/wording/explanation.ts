/** How an object came by what it has, as clauses for an administrator. */
import type { MembershipReport, NameReport, NumberReport, PrimaryGroupReport } from '../identity/inspection.ts';
import { printable } from './printable.ts';
import { moment } from './quantities.ts';

/** How an object came by its name, and why not by another. */
export function nameText({ wanted, given, sinceMs, clash }: NameReport): string {
  if (given === null) return wanted === null ? 'none' : `none yet; it asks for "${printable(wanted)}"`;
  const since = sinceMs === null ? '' : `, since ${moment(sinceMs)}`;
  if (clash === null) return `${printable(given)}${since}`;
  const holder = clash.holderUserPrincipalName ?? clash.holderName ?? clash.holder ?? '';
  return `${printable(given)}${since}; not "${printable(clash.wanted)}", which is kept by ${printable(holder)}: ${clash.decidedBy}`;
}

const origins: Readonly<Record<NonNullable<NumberReport['origin']>, string>> = {
  derived: 'worked out from the object id',
  nextFree: 'the next free one after the one of its object id',
  adopted: 'adopted',
  imported: 'imported',
};

/** How an object came by its number. */
export function numberText({ number, origin, sinceMs, notAdopted }: NumberReport): string {
  const how = origin === null ? '' : `, ${origins[origin]}`;
  const since = sinceMs === null ? '' : `, since ${moment(sinceMs)}`;
  return `${number}${how}${since}${notAdopted === null ? '' : `; not the one of its property: ${notAdopted}`}`;
}

/** How a user came by the primary POSIX group. */
export function primaryGroupText({ gidNumber, by, group, nameHolder }: PrimaryGroupReport): string {
  const name = printable(group ?? '');
  switch (by) {
    case 'property':
      return `${gidNumber}, the number in a property (users.primaryGroup.gidNumberFrom)`;
    case 'group':
      return `${name} (${gidNumber}), the first of users.primaryGroup.groups that the user is in`;
    case 'shared':
      return `${name} (${gidNumber}), the shared one`;
    case 'numberTaken':
      return `${name} (${gidNumber}), the shared one, because a group has the number of the user`;
    case 'private': {
      const why =
        nameHolder === null
          ? ''
          : `; not called like the user, because the group ${printable(nameHolder)} has, or had, the name`;
      return `${name} (${gidNumber}), of the user alone${why}`;
    }
  }
}

/** A group that an object is in, or that is nested in one, and by which way. */
export function membershipText({ name, isShown, through }: MembershipReport): string {
  const way = through.length === 0 ? '' : `, through ${through.map(printable).join(' > ')}`;
  return `${printable(name)}${way}${isShown ? '' : ' (not shown)'}`;
}

/** A value of a property as Graph gave it; JSON where it is no text. */
export function propertyText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value, withoutNulls);
}

// Of the fifteen extension attributes, for one, Entra lists those that have no value too.
function withoutNulls(_key: string, value: unknown): unknown {
  return value === null ? undefined : value;
}
