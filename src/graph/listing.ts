import type { FeedStatistics } from '../identity/ports.ts';
import { parseObjectId } from '../identity/ids.ts';
import type { ObjectId } from '../identity/ids.ts';
import { SourceError } from '../identity/source-error.ts';
import type { GraphClient } from './graph-client.ts';
import { assertOwnLink, graphUrl } from './graph-url.ts';
import type { QueryOptions } from './graph-url.ts';
import { asRecord } from './json.ts';
import type { JsonRecord } from './json.ts';

/** A list of Microsoft Graph and how it is asked for. */
export interface ListQuery {
  readonly segments: readonly string[];
  readonly options: QueryOptions;
  /** See `GraphQuery.operation`. */
  readonly operation: string;
  readonly advanced?: true;
  readonly quotesRefusal?: true;
  readonly priority?: 'low' | 'normal';
  readonly signal: AbortSignal;
  readonly statistics: FeedStatistics;
}

/** The most objects that a page of a list can have (https://learn.microsoft.com/graph/paging). */
export const pageObjectsMax = 999;

// 20 million objects, far more than a tenant can have: whoever sends more pages than this leads us in a circle (P8).
const pagesMax = 20_000;

/** One page of a list. */
export interface ListPage {
  readonly value: readonly JsonRecord[];
  /** How many objects the whole list has, on its first page and only when the query asks for it. */
  readonly count: number | undefined;
}

/**
 * Yields the pages of a list. Throws {@link SourceError}: `protocol` for an answer that is no list, whose link leads away from
 * `origin` or in a circle, `resyncRequired` when the list has expired on the way and must be read from its beginning.
 */
export async function* listPages(
  client: GraphClient,
  origin: string,
  query: ListQuery,
): AsyncGenerator<ListPage, void, void> {
  const { segments, options, ...request } = query;
  let url: string | undefined = graphUrl(origin, segments, options);
  for (let pages = 0; url !== undefined; pages++) {
    if (pages === pagesMax) throw new SourceError('protocol', `The list of ${query.operation} leads in a circle`);
    const body: JsonRecord | undefined = asRecord(await client.get({ ...request, url }));
    const value: unknown = body?.['value'];
    if (!Array.isArray(value)) throw new SourceError('protocol', `A page of ${query.operation} has no list of objects`);
    const count: unknown = body?.['@odata.count'];
    yield {
      value: value.map((element: unknown) => record(element, query.operation)),
      count: typeof count === 'number' ? count : undefined,
    };
    const next: unknown = body?.['@odata.nextLink'];
    url = typeof next === 'string' ? next : undefined;
    if (url !== undefined) assertOwnLink(url, origin);
  }
}

// A list that has lost its place is read again from the beginning, but not for ever.
const attemptsMax = 4;

/** Every id of a list, complete or not at all. Reads the list anew when it expires on the way. Throws {@link SourceError}. */
export async function listIds(client: GraphClient, origin: string, query: ListQuery): Promise<ReadonlySet<ObjectId>> {
  for (let attempt = 1; ; attempt++) {
    try {
      const ids = new Set<ObjectId>();
      for await (const { value } of listPages(client, origin, query)) {
        for (const element of value) ids.add(idOf(element, query.operation));
      }
      return ids;
    } catch (error) {
      if (!(error instanceof SourceError) || error.code !== 'resyncRequired') throw error;
      if (attempt === attemptsMax) {
        const message = `Microsoft Graph asks again and again for a new start of the list of ${query.operation}`;
        throw new SourceError('protocol', message, error.details, { cause: error });
      }
    }
  }
}

function record(element: unknown, operation: string): JsonRecord {
  const found = asRecord(element);
  if (found === undefined) throw new SourceError('protocol', `An element of ${operation} is not an object`);
  return found;
}

// One that cannot be read would be taken for one that is not in the list.
function idOf({ id }: JsonRecord, operation: string): ObjectId {
  const found = typeof id === 'string' ? parseObjectId(id) : undefined;
  if (found === undefined) throw new SourceError('protocol', `An object of ${operation} has no id that is a GUID`);
  return found;
}
