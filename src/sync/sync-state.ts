import type { Collection, DeltaLink } from '../identity/change.ts';
import type { RoundMode } from '../identity/round.ts';

/**
 * The state of the synchronization with one tenant, and what may follow what. Pure: time and links come with the events,
 * effects are performed by the engine. The state is stored in one batch with every page, so that the process can end at
 * any instant and the next one goes on where this one stopped.
 *
 * Invariants (each held by a test of sync-state.test.ts):
 * 1. A round ends only after both collections were read up to a delta link.
 * 2. A full enumeration is swept only after the page with its delta link, never after a failure.
 * 3. A delta link is kept until the round that replaces it has been published, held back or left to the
 *    next round: then what it brought is in the mirror, marked as not published.
 * 4. Links are followed only under the query that they were made under.
 * 5. The mirror counts as untouched by a round only until the first batch that may change it; the state stored in that
 *    batch says so.
 * 6. A resync starts the collection anew under a new generation, so that nothing seen before it counts as seen.
 */
export type SyncState =
  | ({ readonly kind: 'idle' } & Common)
  | ({
      readonly kind: 'pulling';
      readonly round: OpenRound;
      readonly from: string | null;
      readonly resyncs: number;
      /** There while nothing of the round is in the mirror, which then is as of the complete reading before it. */
      readonly untouched?: true;
    } & Common)
  | ({ readonly kind: 'sweeping'; readonly round: OpenRound } & Common)
  | ({ readonly kind: 'publishing'; readonly round: OpenRound } & Common);

interface Common {
  /** Where each collection goes on in the next round; null: it was never read completely. */
  readonly links: Readonly<Record<Collection, string | null>>;
  /** The query that the links were made under, see `DeltaFeed.query`. */
  readonly query: string | null;
  /** Full enumerations started so far; marks what the newest one saw. */
  readonly generation: number;
  readonly lastRound: number;
  /** When the last round began that read everything anew to its end; left out before the first. */
  readonly lastFullAtMs?: number;
  /** When the properties of each collection that the feed does not report were last read to their end. */
  readonly supplementedAtMs?: Partial<Readonly<Record<Collection, number>>>;
}

/** A round that has begun and is not published. */
export interface OpenRound {
  readonly number: number;
  readonly startedAtMs: number;
  readonly collection: Collection;
  readonly modes: Readonly<Record<Collection, RoundMode>>;
  readonly pages: Readonly<Record<Collection, number>>;
  readonly read: Readonly<Record<Collection, number>>;
  /** Objects that could not be decoded, by reason. */
  readonly rejected: Readonly<Record<Collection, Readonly<Record<string, number>>>>;
  /** The delta links that this round has found; they count once it is published. */
  readonly found: Readonly<Record<Collection, string | null>>;
}

/** What happens to the state. */
export type SyncEvent =
  /**
   * Begin a round, or go on with an open one; `full`, or another query than before, reads everything anew. With
   * `listsEverything` every round does that, and an open one is gone on with nevertheless.
   */
  | {
      readonly kind: 'start';
      readonly full: boolean;
      readonly listsEverything?: boolean;
      readonly query: string;
      readonly nowMs: number;
    }
  | {
      readonly kind: 'page';
      readonly link: DeltaLink;
      readonly read: number;
      readonly rejected: Readonly<Record<string, number>>;
      /** True when the page says nothing that the mirror could be changed by. */
      readonly isEmpty?: boolean;
      /** There on the last page, when the properties that the feed does not report were read before it. */
      readonly supplementedAtMs?: number | undefined;
    }
  /** Something of the last page is about to be in the mirror although the page does not count as read yet. */
  | { readonly kind: 'settling' }
  /** Graph no longer knows the link that the collection goes on from. */
  | { readonly kind: 'resyncRequired' }
  | { readonly kind: 'swept' }
  /** What the round implies was published, is held back, or is left to the next round. */
  | { readonly kind: 'published' }
  /** All that was read is forgotten: read everything anew, whatever was going on. */
  | { readonly kind: 'cleared'; readonly query: string; readonly nowMs: number }
  /** The settings changed: publish from what is stored, without asking Graph. Only between rounds. */
  | { readonly kind: 'replan'; readonly nowMs: number };

/** What the engine has to do in a state. */
export type SyncStep =
  | { readonly do: 'wait' }
  | {
      readonly do: 'pull';
      readonly collection: Collection;
      readonly from: string | undefined;
      readonly generation: number;
    }
  | { readonly do: 'sweep'; readonly collection: Collection; readonly generation: number }
  | { readonly do: 'publish' };

/** An event that cannot happen in a state: a mistake in the engine, never in the data. */
export class SyncStateError extends Error {
  override readonly name = 'SyncStateError';
}

/** More resyncs than this of one collection, without a new start between, mean that the service keeps refusing its own links. */
export const resyncsMax = 3;

/** The state of a store that was never synchronized. */
export const initialSyncState: SyncState = {
  kind: 'idle',
  links: { users: null, groups: null },
  query: null,
  generation: 0,
  lastRound: 0,
};

/** What to do next. */
export function nextStep(state: SyncState): SyncStep {
  switch (state.kind) {
    case 'idle':
      return { do: 'wait' };
    case 'pulling':
      return {
        do: 'pull',
        collection: state.round.collection,
        from: state.from ?? undefined,
        generation: state.generation,
      };
    case 'sweeping':
      return { do: 'sweep', collection: state.round.collection, generation: state.generation };
    case 'publishing':
      return { do: 'publish' };
  }
}

/** The state after an event. */
export function step(state: SyncState, event: SyncEvent): SyncState {
  switch (event.kind) {
    case 'start':
      return start(state, event);
    case 'replan':
      return state.kind === 'idle'
        ? { ...state, kind: 'publishing', round: openRound(state, event.nowMs, false) }
        : state;
    case 'cleared':
      return cleared(state, event);
    case 'page':
      return state.kind === 'pulling' ? page(state, event) : impossible(state, event);
    case 'settling':
      return state.kind === 'pulling' ? touched(state) : impossible(state, event);
    case 'resyncRequired':
      return state.kind === 'pulling' ? resync(state) : impossible(state, event);
    case 'swept':
      return state.kind === 'sweeping' ? nextCollection(state, state.round) : impossible(state, event);
    case 'published':
      return state.kind === 'publishing' ? published(state) : impossible(state, event);
  }
}

function impossible(state: SyncState, event: SyncEvent): never {
  throw new SyncStateError(`the event ${event.kind} cannot happen while ${state.kind}`);
}

function start(state: SyncState, event: Extract<SyncEvent, { kind: 'start' }>): SyncState {
  const { full, listsEverything = false, query, nowMs } = event;
  const sameQuery = state.query === query;
  // An interrupted round goes on where it stopped. A demand for a full one replaces it, unless everything was just read.
  if (state.kind !== 'idle' && sameQuery && !(full && !hasReadEverything(state))) {
    return state.kind === 'pulling' && state.resyncs > 0 ? { ...state, resyncs: 0 } : state;
  }
  // What the feed does not report is read anew too, whenever it was read last.
  const { supplementedAtMs, ...rest } = commonOf(state);
  const keeps = sameQuery && !full && supplementedAtMs !== undefined;
  const common: Common = { ...rest, ...(keeps ? { supplementedAtMs } : {}), query };
  const next = pull(common, openRound(common, nowMs, full || listsEverything || !sameQuery), 'users', 0);
  return isUntouched(state) ? { ...next, untouched: true } : next;
}

/** Whether the mirror is as of one complete reading: between rounds, once there was one, and until a round changes it. */
export function isUntouched(state: SyncState): boolean {
  return state.kind === 'idle' ? state.lastRound > 0 : state.kind === 'pulling' && state.untouched === true;
}

function commonOf({ links, query, generation, lastRound, lastFullAtMs, supplementedAtMs }: Common): Common {
  return {
    links,
    query,
    generation,
    lastRound,
    ...(lastFullAtMs === undefined ? {} : { lastFullAtMs }),
    ...(supplementedAtMs === undefined ? {} : { supplementedAtMs }),
  };
}

function cleared(state: SyncState, { query, nowMs }: Extract<SyncEvent, { kind: 'cleared' }>): SyncState {
  const { generation, lastRound } = state;
  const common: Common = { links: { users: null, groups: null }, query, generation, lastRound };
  return pull(common, openRound(common, nowMs, true), 'users', 0);
}

function hasReadEverything(state: SyncState): boolean {
  return state.kind === 'publishing' && isFull(state.round);
}

function isFull({ modes }: OpenRound): boolean {
  return modes.users === 'full' && modes.groups === 'full';
}

function openRound(common: Common, nowMs: number, full: boolean): OpenRound {
  const mode = (collection: Collection): RoundMode =>
    full || common.links[collection] === null ? 'full' : 'incremental';
  return {
    number: common.lastRound + 1,
    startedAtMs: nowMs,
    collection: 'users',
    modes: { users: mode('users'), groups: mode('groups') },
    pages: { users: 0, groups: 0 },
    read: { users: 0, groups: 0 },
    rejected: { users: {}, groups: {} },
    found: { users: null, groups: null },
  };
}

/** Begins to read a collection. */
function pull(common: Common, round: OpenRound, collection: Collection, resyncs: number): Pulling {
  const full = round.modes[collection] === 'full';
  return {
    kind: 'pulling',
    ...commonOf(common),
    generation: full ? common.generation + 1 : common.generation,
    round: { ...round, collection },
    from: full ? null : common.links[collection],
    resyncs,
  };
}

type Pulling = Extract<SyncState, { kind: 'pulling' }>;

function touched({ untouched: _former, ...state }: Pulling): Pulling {
  return state;
}

function page(before: Pulling, event: Extract<SyncEvent, { kind: 'page' }>): SyncState {
  const { collection } = before.round;
  const state = event.isEmpty === true ? before : touched(before);
  const round: OpenRound = {
    ...state.round,
    pages: { ...state.round.pages, [collection]: state.round.pages[collection] + 1 },
    read: { ...state.round.read, [collection]: state.round.read[collection] + event.read },
    rejected: { ...state.round.rejected, [collection]: sum(state.round.rejected[collection], event.rejected) },
  };
  if (event.link.kind === 'next') return { ...state, round, from: event.link.url };
  const found: OpenRound = { ...round, found: { ...round.found, [collection]: event.link.url } };
  const common = supplemented(state, event.supplementedAtMs);
  if (round.modes[collection] === 'full') return { kind: 'sweeping', ...common, round: found };
  const next = nextCollection(common, found);
  return next.kind === 'pulling' && isUntouched(state) ? { ...next, untouched: true } : next;
}

function supplemented(state: Pulling, atMs: number | undefined): Common {
  if (atMs === undefined) return commonOf(state);
  return { ...commonOf(state), supplementedAtMs: { ...state.supplementedAtMs, [state.round.collection]: atMs } };
}

function resync(state: Pulling): SyncState {
  if (state.resyncs >= resyncsMax) {
    throw new SyncStateError(
      `Microsoft Graph asked ${resyncsMax + 1} times in one round to read ${state.round.collection} anew`,
    );
  }
  const { collection } = state.round;
  const round: OpenRound = {
    ...state.round,
    modes: { ...state.round.modes, [collection]: 'full' },
    pages: { ...state.round.pages, [collection]: 0 },
    read: { ...state.round.read, [collection]: 0 },
    rejected: { ...state.round.rejected, [collection]: {} },
  };
  const next = pull(state, round, collection, state.resyncs + 1);
  return isUntouched(state) ? { ...next, untouched: true } : next;
}

function nextCollection(common: Common, round: OpenRound): SyncState {
  if (round.collection === 'users') return pull(common, round, 'groups', 0);
  return { kind: 'publishing', ...commonOf(common), round };
}

function published(state: Extract<SyncState, { kind: 'publishing' }>): SyncState {
  const { found, number, startedAtMs } = state.round;
  const readEverything = isFull(state.round) && found.users !== null && found.groups !== null;
  return {
    kind: 'idle',
    ...commonOf(state),
    ...(readEverything ? { lastFullAtMs: startedAtMs } : {}),
    links: { users: found.users ?? state.links.users, groups: found.groups ?? state.links.groups },
    lastRound: number,
  };
}

function sum(
  a: Readonly<Record<string, number>>,
  b: Readonly<Record<string, number>>,
): Readonly<Record<string, number>> {
  const total: Record<string, number> = { ...a };
  for (const [reason, count] of Object.entries(b)) total[reason] = (total[reason] ?? 0) + count;
  return total;
}
