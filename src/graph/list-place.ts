import { parseObjectId } from '../identity/ids.ts';
import type { ObjectId } from '../identity/ids.ts';
import { SourceError } from '../identity/source-error.ts';
import { asRecord, parseJson } from './json.ts';
import type { JsonRecord } from './json.ts';

/** A list of members that is read to some page. */
export interface OpenMembers {
  readonly group: ObjectId;
  /** The next page. */
  readonly url: string;
}

/**
 * How far the lists of one collection have been read; all that is left to read, so that it can be gone on with after the
 * process has ended. Of the two lists `null` says that it is read to its end, and `''` that it is not begun.
 */
export interface ListPlace {
  /** The list of what is soft-deleted. */
  readonly deleted: string | null;
  /** The list of what there is. */
  readonly objects: string | null;
  /** Groups that were listed, and whose members were not. */
  readonly groups: readonly ObjectId[];
  readonly open: readonly OpenMembers[];
}

/** Before anything was read. */
export const listStart: ListPlace = { deleted: '', objects: '', groups: [], open: [] };

/** True when nothing is left to read. */
export function isListed({ deleted, objects, groups, open }: ListPlace): boolean {
  return deleted === null && objects === null && groups.length === 0 && open.length === 0;
}

/** Writes a place as what a link is in delta queries: it goes on from there, and nobody else reads it. */
export function encodePlace(place: ListPlace): string {
  return JSON.stringify(place);
}

/** The inverse of {@link encodePlace}. Throws a {@link SourceError} `resyncRequired` for any other text. */
export function decodePlace(text: string): ListPlace {
  const place = asRecord(parseJson(text));
  const { deleted, objects, groups, open } = place ?? {};
  if (!isListUrl(deleted) || !isListUrl(objects) || !Array.isArray(groups) || !Array.isArray(open)) throw unreadable();
  return {
    deleted,
    objects,
    groups: groups.map((id: unknown) => groupId(id)),
    open: open.map((each: unknown) => openMembers(asRecord(each))),
  };
}

function isListUrl(value: unknown): value is string | null {
  return value === null || typeof value === 'string';
}

function openMembers(value: JsonRecord | undefined): OpenMembers {
  if (typeof value?.['url'] !== 'string') throw unreadable();
  return { group: groupId(value['group']), url: value['url'] };
}

function groupId(value: unknown): ObjectId {
  const id = typeof value === 'string' ? parseObjectId(value) : undefined;
  if (id === undefined) throw unreadable();
  return id;
}

function unreadable(): SourceError {
  return new SourceError('resyncRequired', 'The place up to which the lists were read is written in another way');
}
