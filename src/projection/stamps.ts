import { type EntryContent, encodeEntry, entryAttribute } from '../directory/entry-codec.ts';
import type { Schema } from '../directory/schema.ts';
import { generalizedTime } from './values.ts';

/** What an entry shows, before time stamps. */
export interface ProjectedEntry {
  readonly dn: string;
  readonly locked: boolean;
  readonly createdAtMs: number | undefined;
  readonly content: EntryContent;
}

/** When a publish writes, and how it tells its changes apart. */
export interface PublishStamp {
  readonly nowMs: number;
  /** Counts the entries changed by this publish, for entryCSN. */
  readonly change: number;
}

/** The name that stands for this program in creatorsName and modifiersName. */
const AUTHOR = 'cn=entra-ldapd';

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
      withStamps(entry.content, createdAt, stampOf(stored, 'modifyTimestamp'), stampOf(stored, 'entryCSN')),
    );
    if (same.equals(stored)) return undefined;
  }
  return encodeEntry(schema, withStamps(entry.content, createdAt, generalizedTime(stamp.nowMs), changeNumber(stamp)));
}

function withStamps(content: EntryContent, created: string, modified: string, csn: string): EntryContent {
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
    ],
  };
}

function stampOf(stored: Buffer, attribute: string): string {
  return entryAttribute(stored, attribute)[0]?.toString() ?? '';
}

/** A change sequence number as OpenLDAP writes it: time, change count, replica, modification. */
function changeNumber({ nowMs, change }: PublishStamp): string {
  const time = generalizedTime(nowMs).slice(0, -1);
  const micros = String(nowMs % 1000)
    .padStart(3, '0')
    .padEnd(6, '0');
  return `${time}.${micros}Z#${(change % 0x1000000).toString(16).padStart(6, '0')}#000#000000`;
}
