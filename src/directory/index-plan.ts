/**
 * From what a filter knows about where its entries lie to what a search walks over: a set of ids, ranges of ids, or both.
 * Every step may keep entries that do not match, and none may lose one that does.
 */

import type { Candidates } from './filter-node.ts';
import { idSetOf, intersectRanges, normalizeRanges, noIds, unionOfSets } from './id-sets.ts';
import type { DirectoryReader, IdRange, IdSet } from './reader.ts';

/** Where to look. Undefined parts do not narrow. */
export interface IndexPlan {
  readonly ids: IdSet | undefined;
  /** Further sets of which every candidate is a member. */
  readonly within: readonly IdSet[];
  /** Ascending and disjoint. */
  readonly ranges: readonly IdRange[] | undefined;
}

/** What planning may cost. */
export interface PlanLimits {
  /** A union of more ids than this is not made; the scope is scanned instead. */
  readonly unionIdsMax: number;
  /** A lookup by prefix that finds more ids than this is given up for a scan. */
  readonly prefixIdsMax: number;
}

/** A set of at most this many ids is verified entry by entry rather than narrowed further. */
const fewIds = 16;

const everything: IndexPlan = { ids: undefined, within: [], ranges: undefined };
const nothing: IndexPlan = { ids: noIds, within: [], ranges: [] };

function isNothing(plan: IndexPlan): boolean {
  return plan.ids?.size === 0 || plan.ranges?.length === 0;
}

function planAnd(parts: readonly IndexPlan[]): IndexPlan {
  if (parts.some(isNothing)) return nothing;
  let ranges: readonly IdRange[] | undefined;
  for (const part of parts) {
    if (part.ranges !== undefined) ranges = ranges === undefined ? part.ranges : intersectRanges(ranges, part.ranges);
  }
  const sets = parts.flatMap((part) => (part.ids === undefined ? [] : [part.ids, ...part.within]));
  const [smallest, ...within] = sets.sort((a, b) => a.size - b.size);
  if (smallest === undefined) return { ...everything, ranges };
  return { ids: smallest, within: smallest.size > fewIds ? within : [], ranges };
}

/** Ids as ranges of one, so that they can stand beside the ranges of an object class. */
function* pointRanges(ids: IdSet): Generator<IdRange> {
  for (const block of ids.blocks()) for (const id of block) yield { from: id, to: id };
}

function planOr(parts: readonly IndexPlan[], limits: PlanLimits): IndexPlan {
  const some = parts.filter((part) => !isNothing(part));
  if (some.length === 0) return nothing;
  const sets = some.flatMap((part) => part.ids ?? []);
  const total = sets.reduce((sum, ids) => sum + ids.size, 0);
  if (sets.length === some.length) {
    const ids = unionOfSets(sets, limits.unionIdsMax);
    return ids === undefined ? everything : { ...everything, ids };
  }
  const ranges = some.flatMap((part) => {
    if (part.ids === undefined) return part.ranges ?? [{ from: 0, to: Number.MAX_SAFE_INTEGER }];
    return total <= limits.unionIdsMax ? [...pointRanges(part.ids)] : [{ from: 0, to: Number.MAX_SAFE_INTEGER }];
  });
  return { ...everything, ranges: normalizeRanges(ranges) };
}

/** Plans without waiting. Lookups by prefix that are left count as not narrowing. */
export function planNow(candidates: Candidates, limits: PlanLimits): IndexPlan {
  switch (candidates.kind) {
    case 'all':
    case 'prefix':
      return everything;
    case 'ids':
      return { ...everything, ids: candidates.ids };
    case 'ranges':
      return { ...everything, ranges: normalizeRanges(candidates.ranges) };
    case 'and':
      return planAnd(candidates.parts.map((part) => planNow(part, limits)));
    case 'or':
      return planOr(
        candidates.parts.map((part) => planNow(part, limits)),
        limits,
      );
  }
}

/**
 * Whether looking up prefixes would narrow the plan: there is one, and nothing beside it leaves few candidates already. An OR
 * with a part that is everywhere is not narrowed by the others.
 */
export function wantsLookup(candidates: Candidates, limits: PlanLimits): boolean {
  switch (candidates.kind) {
    case 'prefix':
      return true;
    case 'and': {
      const { ids, ranges } = planNow(candidates, limits);
      const few = (ids !== undefined && ids.size <= fewIds) || ranges?.length === 0;
      return !few && candidates.parts.some((part) => wantsLookup(part, limits));
    }
    case 'or':
      return (
        candidates.parts.some((part) => wantsLookup(part, limits)) &&
        candidates.parts.every((part) => part.kind !== 'all')
      );
    default:
      return false;
  }
}

/** Replaces lookups by prefix with what they find. */
export async function lookUpPrefixes(
  candidates: Candidates,
  reader: Pick<DirectoryReader, 'postingsByPrefix'>,
  limits: PlanLimits,
): Promise<Candidates> {
  switch (candidates.kind) {
    case 'prefix': {
      const found = await reader.postingsByPrefix(candidates.attribute, candidates.prefix, limits.prefixIdsMax);
      return found === undefined ? { kind: 'all' } : { kind: 'ids', ids: idSetOf(found) };
    }
    case 'and':
    case 'or': {
      if (!wantsLookup(candidates, limits)) return candidates;
      const parts: Candidates[] = [];
      for (const part of candidates.parts) parts.push(await lookUpPrefixes(part, reader, limits));
      return { kind: candidates.kind, parts };
    }
    default:
      return candidates;
  }
}
