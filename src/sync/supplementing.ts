import type { Collection } from '../identity/change.ts';
import type { Mirror } from '../identity/mirror.ts';
import type { FeedStatistics, Supplement } from '../identity/ports.ts';

/**
 * Whether it is time to read what the feed does not report of a collection, when that was last done to the end at `lastAtMs` and
 * is to be done every `intervalMs`.
 */
export function supplementIsDue(
  supplement: Supplement,
  collection: Collection,
  {
    lastAtMs,
    intervalMs,
    nowMs,
  }: { readonly lastAtMs: number | undefined; readonly intervalMs: number; readonly nowMs: number },
): boolean {
  if (supplement.properties[collection].length === 0) return false;
  return lastAtMs === undefined || nowMs - lastAtMs >= intervalMs;
}

/** Reads it to the end into the mirror. Can be interrupted and repeated; throws `SourceError`. */
export async function readSupplement(
  supplement: Supplement,
  mirror: Mirror,
  collection: Collection,
  asking: { readonly signal: AbortSignal; readonly statistics: FeedStatistics; readonly state: string },
): Promise<void> {
  for await (const objects of supplement.read(collection, asking.signal, asking.statistics)) {
    await mirror.amend(objects, asking.state);
    asking.signal.throwIfAborted();
  }
}
