import type { DereferenceLimits } from './dereferencing-cursor.ts';
import type { SearchLimits } from './search-cursor.ts';

/** What the directory may spend on one operation. */
export interface DirectoryLimits extends SearchLimits, DereferenceLimits {
  /** Filters nested deeper are refused with adminLimitExceeded. */
  readonly filterDepthMax: number;
  /** A search that finds more entries is not sorted. */
  readonly sortEntriesMax: number;
  /** Entries that all sorts under way keep together. */
  readonly sortEntriesTotalMax: number;
}

/** Limits that keep one operation to a few milliseconds between two turns of the event loop. */
export const defaultDirectoryLimits: DirectoryLimits = {
  filterDepthMax: 100,
  sortEntriesMax: 100_000,
  sortEntriesTotalMax: 250_000,
  dereferencedMax: 100_000,
  dereferencedBytesMax: 32 * 1024 * 1024,
  dereferencedPerReadMax: 1024,
  dereferencedBytesPerReadMax: 1024 * 1024,
  examinedPerReadMax: 1024,
  examinedMax: 10_000_000,
  scanBatch: 256,
  unionIdsMax: 131_072,
  prefixIdsMax: 16_384,
};
