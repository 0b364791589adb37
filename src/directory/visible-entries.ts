/**
 * Which entries of one published directory some rights show. Containers and what is above them belong to the tree and not to
 * anybody: they are visible within the bases of the rights and above these.
 */

import { idSetOf, idSetOfUnsorted, intersectRanges, normalizeRanges, unionOfSets } from './id-sets.ts';
import { indexKey } from './index-key.ts';
import type { DirectoryReader, EntryId, IdRange, IdSet } from './reader.ts';
import type { EntryGrant, GroupReference, Rights, TreeLayout } from './rights.ts';
import type { Schema } from './schema.ts';

/** From this many ids on, a question for each of them is answered from all visible ids at once. */
const bulkMin = 256;

/** What {@link VisibleEntries} is made of. */
interface Parts {
  /** Where every entry is visible; ascending and disjoint. */
  readonly open: readonly IdRange[];
  /** Entries that are visible by themselves. */
  readonly single: IdSet;
  /** Groups whose members are visible where they lie in `memberRanges`. */
  readonly groups: readonly EntryId[];
  readonly memberRanges: readonly IdRange[];
  /** Whether all users and all groups are visible. */
  readonly everybody: boolean;
}

/** A part of one published directory. Throws `DirectoryStorageError` when the store cannot be read. */
export class VisibleEntries {
  readonly open: readonly IdRange[];
  /** Whether every entry that a link can lead to is visible. */
  readonly everybody: boolean;
  readonly #reader: DirectoryReader;
  readonly #parts: Parts;
  readonly #narrower: VisibleEntries | undefined;
  #listed: IdSet | undefined;

  /** `narrower` has the same parts but for fewer single entries. */
  constructor(reader: DirectoryReader, parts: Parts, narrower?: VisibleEntries) {
    this.#reader = reader;
    this.#parts = parts;
    this.#narrower = narrower;
    this.open = parts.open;
    this.everybody = parts.everybody;
  }

  /** The visible entries that are not in `open`. */
  get listed(): IdSet {
    this.#listed ??= this.#list();
    return this.#listed;
  }

  /** All visible entries, when there are but few. */
  get few(): IdSet | undefined {
    const { open, groups, single } = this.#parts;
    return open.length === 0 && groups.length === 0 && single.size < bulkMin ? single : undefined;
  }

  /** Whether an entry is visible. */
  has(id: EntryId): boolean {
    return isInRanges(this.open, id) || this.#parts.single.has(id) || this.#isMember(id);
  }

  /** A test for entries of a set of so many: for many, one that costs no read for each. */
  testFor(size: number): (id: EntryId) => boolean {
    if (size < bulkMin) return (id) => this.has(id);
    const { listed } = this;
    return (id) => isInRanges(this.open, id) || listed.has(id);
  }

  /** The same with some further entries. */
  with(ids: readonly EntryId[]): VisibleEntries {
    const single = unionOf([this.#parts.single, idSetOfUnsorted(ids)]);
    return new VisibleEntries(this.#reader, { ...this.#parts, single }, this);
  }

  // What an entry belongs to is one short record, whereas the members of a group may be very many.
  #isMember(id: EntryId): boolean {
    const { groups, memberRanges } = this.#parts;
    if (groups.length === 0 || !isInRanges(memberRanges, id)) return false;
    const memberships = this.#reader.linkedIds(id, 'memberOf');
    return memberships !== undefined && groups.some((group) => memberships.has(group));
  }

  #list(): IdSet {
    const { single, groups, memberRanges } = this.#parts;
    if (groups.length === 0) return single;
    if (this.#narrower !== undefined) return unionOf([this.#narrower.listed, single]);
    const members: EntryId[] = [];
    for (const group of groups) {
      for (const block of this.#reader.linkedIds(group, 'member')?.blocks() ?? []) {
        for (const id of block) if (isInRanges(memberRanges, id)) members.push(id);
      }
    }
    return unionOf([single, idSetOf(Uint32Array.from(new Set(members)).sort())]);
  }
}

function unionOf(sets: readonly IdSet[]): IdSet {
  return unionOfSets(sets, Number.POSITIVE_INFINITY) ?? idSetOf(new Uint32Array());
}

/** Whether an id lies in one of the ranges. */
export function isInRanges(ranges: readonly IdRange[], id: EntryId): boolean {
  return ranges.some(({ from, to }) => from <= id && id <= to);
}

/** Finds out what rights show in a published directory. */
export function visibleEntries(
  reader: DirectoryReader,
  schema: Schema,
  tree: TreeLayout,
  { bases, users, groups, sudoRules }: Rights,
): VisibleEntries {
  const baseIds = bases?.flatMap((dn) => reader.findDn(dn) ?? []);
  const within = baseIds && normalizeRanges(baseIds.flatMap((id) => reader.subtreeRanges(id)));
  const open: IdRange[] = [];
  const containers = [tree.base, tree.users, tree.groups, tree.services, tree.privateGroups];
  const granted = sudoRules ? [...containers, tree.sudoers] : containers;
  const single = new Set(containersOf(reader, granted, baseIds, within));
  const groupIds = (grant: EntryGrant): EntryId[] =>
    typeof grant === 'string' ? [] : grant.flatMap((name) => findGroup(reader, schema, tree, name) ?? []);
  const userRanges = childrenWithin(reader, tree.users, within);
  const groupRanges = childrenWithin(reader, tree.groups, within);
  for (const [grant, ranges] of [
    [users, userRanges],
    [groups, groupRanges],
    [groups, childrenWithin(reader, tree.privateGroups, within)],
    [sudoRules ? 'all' : 'none', childrenWithin(reader, tree.sudoers, within)],
  ] as const) {
    if (grant !== 'all') continue;
    for (const range of ranges) {
      // An entry that is a base of its own, so that the container around it stays closed.
      if (within !== undefined && range.from === range.to) single.add(range.from);
      else open.push(range);
    }
  }
  for (const id of groupIds(groups)) if (isInRanges(groupRanges, id)) single.add(id);
  return new VisibleEntries(reader, {
    open: normalizeRanges(open),
    single: idSetOfUnsorted(single),
    groups: groupIds(users),
    memberRanges: userRanges,
    everybody: users === 'all' && groups === 'all' && bases === undefined,
  });
}

function childrenWithin(
  reader: DirectoryReader,
  dn: string,
  within: readonly IdRange[] | undefined,
): readonly IdRange[] {
  const id = reader.findDn(dn);
  const children = id === undefined ? [] : normalizeRanges(reader.childRanges(id));
  return within === undefined ? children : intersectRanges(children, within);
}

function containersOf(
  reader: DirectoryReader,
  containers: readonly string[],
  baseIds: readonly EntryId[] | undefined,
  within: readonly IdRange[] | undefined,
): EntryId[] {
  return containers.flatMap((dn) => {
    const id = reader.findDn(dn);
    if (id === undefined) return [];
    if (baseIds === undefined || within === undefined || isInRanges(within, id)) return [id];
    const below = reader.subtreeRanges(id);
    return baseIds.some((base) => isInRanges(below, base)) ? [id] : [];
  });
}

/** The group that rights name; undefined when the directory has none of that name. */
export function findGroup(
  reader: DirectoryReader,
  schema: Schema,
  tree: TreeLayout,
  reference: GroupReference,
): EntryId | undefined {
  if ('dn' in reference) return reader.findDn(reference.dn);
  const key = indexKey(schema, 'entryUUID', reference.entryUuid);
  const found = key === undefined ? undefined : reader.postings('entryuuid', key);
  const groups = childrenWithin(reader, tree.groups, undefined);
  for (const block of found?.blocks() ?? []) for (const id of block) if (isInRanges(groups, id)) return id;
  return undefined;
}
