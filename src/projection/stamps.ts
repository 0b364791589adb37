import { changeCountMax, formatChangeNumber, parseChangeNumber } from '../directory/csn.ts';
import { type EntryContent, encodeEntry, entryAttribute, replaceValue } from '../directory/entry-codec.ts';
import type { Schema } from '../directory/schema.ts';
import { generalizedTime } from './values.ts';

/** What an entry shows, before time stamps. */
export interface ProjectedEntry {
  readonly dn: string;
  readonly locked: boolean;
  readonly createdAtMs: number | undefined;
  readonly content: EntryContent;
  /** Attributes of which a value was left out, because their syntax does not admit it. */
  readonly leftOut?: readonly string[];
  /** True for the base entry, which shows by `contextCSN` which directory is published. */
  readonly isContext?: boolean;
  /** True for an entry that shows times and update sequence numbers as Active Directory does. */
  readonly counted?: boolean;
}

/** When a publish writes, and how it tells its changes apart. */
export interface PublishStamp {
  readonly nowMs: number;
  /** Gives the change its number, for entryCSN. */
  nextNumber(): string;
}

/** The name that stands for this program in creatorsName and modifiersName. */
const AUTHOR = 'cn=entra-ldapd';

/** The context of a directory that nobody has seen. */
const unpublished = formatChangeNumber({ timeMs: 0, count: changeCountMax, modification: 0 });

/**
 * Encodes an entry, with the time stamps of the stored one when nothing else differs: modifyTimestamp moves only when
 * content moved. `forceChange` is for entries whose linked values changed. Undefined: the stored entry is current.
 */
export function encodeIfChanged(
  schema: Schema,
  entry: ProjectedEntry,
  stored: Buffer | undefined,
  stamp: PublishStamp,
  forceChange: boolean,
): Buffer | undefined {
  const createdAt =
    stored === undefined ? generalizedTime(entry.createdAtMs ?? stamp.nowMs) : stampOf(stored, 'createTimestamp');
  if (stored !== undefined && !forceChange) {
    const same = encodeEntry(
      schema,
      withStamps(entry, stored, createdAt, stampOf(stored, 'modifyTimestamp'), stampOf(stored, 'entryCSN')),
    );
    if (same.equals(stored)) return undefined;
    const restamped = withNewStamps(same, entry, stamp);
    if (restamped !== undefined) return restamped;
  }
  return encodeEntry(schema, withStamps(entry, stored, createdAt, generalizedTime(stamp.nowMs), stamp.nextNumber()));
}

/**
 * An entry that was encoded with the stamps of the stored one, with new ones in their places, which costs less than to encode it
 * again; undefined where the new ones are of another length, or there are more than these two.
 */
function withNewStamps(bytes: Buffer, { counted }: ProjectedEntry, stamp: PublishStamp): Buffer | undefined {
  const modified = generalizedTime(stamp.nowMs);
  if (counted === true || stampOf(bytes, 'modifyTimestamp').length !== modified.length) return undefined;
  const number = stamp.nextNumber();
  if (stampOf(bytes, 'entryCSN').length !== number.length) return undefined;
  return replaceValue(replaceValue(bytes, 'modifyTimestamp', modified), 'entryCSN', number);
}

function withStamps(
  { content, isContext, counted }: ProjectedEntry,
  stored: Buffer | undefined,
  created: string,
  modified: string,
  csn: string,
): EntryContent {
  // Who commits the publish puts the number of the published directory in its place.
  const context = (stored === undefined ? '' : stampOf(stored, 'contextCSN')) || unpublished;
  return {
    dn: content.dn,
    links: content.links,
    attributes: [
      ...content.attributes,
      ['createTimestamp', [created]],
      ['modifyTimestamp', [modified]],
      ['creatorsName', [AUTHOR]],
      ['modifiersName', [AUTHOR]],
      ['entryCSN', [csn]],
      ...(isContext === true ? [['contextCSN', [context]] as const] : []),
      ...(counted === true ? countedStamps(stored, created, modified, csn) : []),
    ],
  };
}

/**
 * Times with the fraction that clients of Active Directory expect, and update sequence numbers: the time of the publish that
 * changed the entry, so that they go on growing after the store was made anew.
 */
function countedStamps(
  stored: Buffer | undefined,
  created: string,
  modified: string,
  csn: string,
): EntryContent['attributes'] {
  const changedBy = String(parseChangeNumber(csn)?.timeMs ?? 0);
  const createdBy = (stored === undefined ? '' : stampOf(stored, 'uSNCreated')) || changedBy;
  return [
    ['whenCreated', [created.replace('Z', '.0Z')]],
    ['whenChanged', [modified.replace('Z', '.0Z')]],
    ['uSNCreated', [createdBy]],
    ['uSNChanged', [changedBy]],
  ];
}

function stampOf(stored: Buffer, attribute: string): string {
  return entryAttribute(stored, attribute)[0]?.toString() ?? '';
}
