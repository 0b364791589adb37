import type { Collection, DeltaPage, ObjectPage } from '../identity/change.ts';
import type { FeedStatistics } from '../identity/ports.ts';
import type { EngineMemory } from './engine-memory.ts';
import type { RoundScope } from './round-scope.ts';
import { encodeSyncState } from './state-codec.ts';
import { readSupplement, supplementIsDue } from './supplementing.ts';
import { step } from './sync-state.ts';
import { readUnlisted } from './unlisted.ts';

/** See `Mirror.applyPage`. */
export interface Anew {
  readonly keeps: readonly string[];
}

/** The last page of a collection, and what it takes to complete what was read. */
export interface Settling {
  readonly scope: RoundScope | undefined;
  readonly page: DeltaPage;
  readonly generation: number;
  readonly collection: Collection;
  /** What pages of an enumeration of everything replace; undefined in an incremental one. */
  readonly anew: Anew | undefined;
  readonly signal: AbortSignal;
  readonly statistics: FeedStatistics;
}

/** How many objects were read beside the pages, and when what the feed does not report was read, if it was. */
export interface Settled {
  readonly read: number;
  readonly supplementedAtMs: number | undefined;
}

/**
 * Makes the mirror hold what is in scope, with what the pages did not tell, before the state says that the collection was
 * read: after a crash on the way the last page is read again, and with it all this. The page is applied twice for that, which
 * changes nothing. Throws `SourceError`.
 */
export async function settle(memory: EngineMemory, settling: Settling): Promise<Settled> {
  const { scope, page, generation, collection, anew, signal, statistics } = settling;
  const { mirror, supplement, clock, feed } = memory.options;
  const nowMs = clock.now();
  const due = dueSupplement(memory, collection, anew, nowMs) ? supplement : undefined;
  const existing = feed.existing?.bind(feed);
  if (scope === undefined && existing === undefined && due === undefined)
    return { read: 0, supplementedAtMs: undefined };
  memory.become(step(memory.state, { kind: 'settling' }));
  const state = encodeSyncState(memory.state);
  await mirror.applyPage(page, generation, state, anew);
  const narrow = (found: ObjectPage): ObjectPage => scope?.narrow(found) ?? found;
  const enumeration = { mirror, collection, generation, state, narrow, signal, statistics };
  const unlisted = anew && existing ? await readUnlisted({ ...enumeration, anew, existing }) : 0;
  const cameIn = (await scope?.settle(generation, state)) ?? 0;
  if (due !== undefined) await readSupplement(due, mirror, collection, { signal, statistics, state });
  return { read: unlisted + cameIn, supplementedAtMs: due && nowMs };
}

/** True when it is time to read what the feed does not report of the collection. */
function dueSupplement(
  { options, state }: EngineMemory,
  collection: Collection,
  anew: Anew | undefined,
  nowMs: number,
): boolean {
  const { supplement, supplementIntervalMs: intervalMs = 0, feed } = options;
  // Where each round lists everything, a full one is nothing out of the ordinary.
  const waits = anew === undefined || feed.listsEverything === true;
  const lastAtMs = waits ? state.supplementedAtMs?.[collection] : undefined;
  return supplement !== undefined && supplementIsDue(supplement, collection, { lastAtMs, intervalMs, nowMs });
}
