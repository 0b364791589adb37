import type { Collection } from '../identity/change.ts';
import type { FilterMatch, FilterTrial } from '../identity/filter-trial.ts';
import { SourceError } from '../identity/source-error.ts';
import { filterQuery } from './admission.ts';
import { filterRefusal } from './filter-refusal.ts';
import type { GraphClient } from './graph-client.ts';
import type { JsonRecord } from './json.ts';
import { listPages } from './listing.ts';

/** A filter to try, and where it stands. */
export interface TriedFilter {
  readonly collection: Collection;
  readonly filter: string;
  /** What the filter is called when it is refused, for instance `users.filter`. */
  readonly where: string;
  /** How many of the objects are to be shown, from 1 to 999. */
  readonly sampleSize: number;
  readonly signal: AbortSignal;
}

/**
 * Asks Microsoft Graph what a filter lets through, as a sync would ask. Throws {@link SourceError}: `badRequest` with Graph's
 * own words when it refuses the filter.
 */
export async function tryFilter(client: GraphClient, origin: string, tried: TriedFilter): Promise<FilterTrial> {
  const { collection, filter, where, sampleSize, signal } = tried;
  const address = collection === 'users' ? 'userPrincipalName' : 'mail';
  const query = filterQuery(collection, filter);
  const options = { ...query.options, $select: `id,displayName,${address}`, $top: String(sampleSize) };
  const statistics = { retries: 0, throttledMs: 0 };
  try {
    for await (const page of listPages(client, origin, { ...query, options, priority: 'normal', signal, statistics })) {
      const { count = page.value.length } = page;
      return { count, sample: page.value.map((element) => match(element, address)) };
    }
  } catch (error) {
    throw filterRefusal(error, where);
  }
  throw new SourceError('protocol', `The list of ${collection} has no page`);
}

function match(element: JsonRecord, address: string): FilterMatch {
  return {
    id: text(element['id']) ?? '',
    displayName: text(element['displayName']),
    address: text(element[address]),
  };
}

function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
