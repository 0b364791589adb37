import { entryAttribute } from '../directory/entry-codec.ts';
import { indexKey } from '../directory/index-key.ts';
import type { DirectoryReader, DirectorySource, EntryId } from '../directory/reader.ts';
import type { GroupReference } from '../directory/rights.ts';
import type { Schema } from '../directory/schema.ts';
import type { BindUser } from './user-lookup.ts';

/** Tells whether somebody is in a group that the settings name. */
export type IsIn = (group: GroupReference) => boolean;

/**
 * Who is in which group, in what is published at the moment of asking: what LDAP shows as `memberOf`, nested groups as
 * `groups.membership` has them.
 */
export class GroupLookup {
  readonly #source: DirectorySource;
  readonly #schema: Schema;
  // Which group a name means changes with each publication only.
  readonly #found = new WeakMap<DirectoryReader, Map<GroupReference, EntryId | undefined>>();

  constructor(source: DirectorySource, schema: Schema) {
    this.#source = source;
    this.#schema = schema;
  }

  /**
   * Does something with the memberships of a user, all as of one publication; nobody who is not published is in any group. Throws
   * `DirectoryStorageError` when the store cannot be read.
   */
  membershipsOf<T>({ entryId, objectId }: Pick<BindUser, 'entryId' | 'objectId'>, work: (isIn: IsIn) => T): T {
    using lease = this.#source.acquire();
    const reader = lease?.reader;
    // The number of an entry may be another's by now.
    if (reader === undefined || textOf(reader.entry(entryId), 'entryUUID') !== objectId) return work(() => false);
    const groups = reader.linkedIds(entryId, 'memberOf');
    return work((group) => {
      const id = groups && this.#find(reader, group);
      return id !== undefined && groups?.has(id) === true;
    });
  }

  /** Those that the directory does not have; all of them before the first publish. Throws `DirectoryStorageError`. */
  unknown(groups: readonly GroupReference[]): readonly GroupReference[] {
    using lease = this.#source.acquire();
    const reader = lease?.reader;
    return groups.filter((group) => reader === undefined || this.#find(reader, group) === undefined);
  }

  #find(reader: DirectoryReader, group: GroupReference): EntryId | undefined {
    const known = this.#found.get(reader) ?? new Map<GroupReference, EntryId | undefined>();
    this.#found.set(reader, known);
    if (!known.has(group)) known.set(group, findGroup(reader, this.#schema, group));
    return known.get(group);
  }
}

function findGroup(reader: DirectoryReader, schema: Schema, group: GroupReference): EntryId | undefined {
  if ('dn' in group) return reader.findDn(group.dn);
  const key = indexKey(schema, 'entryUUID', group.entryUuid);
  const found = key === undefined ? undefined : reader.postings('entryuuid', key);
  for (const block of found?.blocks() ?? []) for (const id of block) if (isGroup(reader.entry(id))) return id;
  return undefined;
}

/** Users have object ids too, and a uid. */
function isGroup(bytes: Buffer | undefined): boolean {
  return bytes !== undefined && textOf(bytes, 'uid') === undefined;
}

function textOf(bytes: Buffer | undefined, attribute: string): string | undefined {
  return bytes && entryAttribute(bytes, attribute)[0]?.toString('utf8');
}
