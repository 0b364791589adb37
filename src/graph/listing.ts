import type { FeedStatistics } from '../identity/ports.ts';
import { parseObjectId } from '../identity/ids.ts';
import type { ObjectId } from '../identity/ids.ts';
import { SourceError } from '../identity/source-error.ts';
import { type BatchAnswer, type BatchRequest, batchRequestsMax } from './batch.ts';
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
    const page: LinkedPage = decodeListPage(await client.get({ ...request, url }), query.operation, origin);
    yield page;
    url = page.next;
  }
}

/** A page with the way to the next one; undefined on the last. */
export interface LinkedPage extends ListPage {
  readonly next: string | undefined;
}

/** Decodes a page of a list. Throws as {@link listPages} does. */
export function decodeListPage(answer: unknown, operation: string, origin: string): LinkedPage {
  const body = asRecord(answer);
  const value: unknown = body?.['value'];
  if (!Array.isArray(value)) throw new SourceError('protocol', `A page of ${operation} has no list of objects`);
  const count: unknown = body?.['@odata.count'];
  const next: unknown = body?.['@odata.nextLink'];
  if (typeof next === 'string') assertOwnLink(next, origin);
  return {
    value: value.map((element: unknown) => record(element, operation)),
    count: typeof count === 'number' ? count : undefined,
    next: typeof next === 'string' ? next : undefined,
  };
}

// A list that has lost its place is read again from the beginning, but not for ever.
const attemptsMax = 4;

/** Every id of a list, complete or not at all. Reads the list anew when it expires on the way. Throws {@link SourceError}. */
export function listIds(client: GraphClient, origin: string, query: ListQuery): Promise<ReadonlySet<ObjectId>> {
  return completeIds(() => listPages(client, origin, query), query.operation);
}

/** Every id of several lists that are asked for in batches, complete or not at all; see {@link listIds}. */
export function listIdsInBatches(
  client: GraphClient,
  origin: string,
  query: BatchedQuery,
): Promise<ReadonlySet<ObjectId>> {
  return completeIds(() => batchedPages(client, origin, query), query.operation);
}

async function completeIds(pages: () => AsyncIterable<ListPage>, operation: string): Promise<ReadonlySet<ObjectId>> {
  for (let attempt = 1; ; attempt++) {
    try {
      const ids = new Set<ObjectId>();
      for await (const { value } of pages()) {
        for (const element of value) ids.add(idOf(element, operation));
      }
      return ids;
    } catch (error) {
      if (!(error instanceof SourceError) || error.code !== 'resyncRequired') throw error;
      if (attempt === attemptsMax) {
        const message = `Microsoft Graph asks again and again for a new start of the list of ${operation}`;
        throw new SourceError('protocol', message, error.details, { cause: error });
      }
    }
  }
}

/** Several lists of one kind, by the addresses of their first pages. */
export interface BatchedQuery extends Omit<ListQuery, 'segments' | 'options'> {
  readonly urls: readonly string[];
}

/**
 * Yields the pages of several lists, in any order, and asks for many at once. Throws {@link SourceError}, as
 * {@link listPages} does, as soon as one of the lists cannot be had.
 */
export async function* batchedPages(
  client: GraphClient,
  origin: string,
  { urls, advanced, ...query }: BatchedQuery,
): AsyncGenerator<ListPage, void, void> {
  let left: readonly string[] = urls;
  for (let pages = 0; left.length > 0; ) {
    const next: string[] = [];
    const requests = left
      .slice(0, batchRequestsMax)
      .map((url) => ({ url, ...(advanced === true ? { advanced } : {}) }));
    for (const answer of await askTogether(client, query, requests)) {
      if ('error' in answer) throw answer.error;
      const page = decodeListPage(answer.body, query.operation, origin);
      yield page;
      if (page.next !== undefined) next.push(page.next);
    }
    pages += next.length;
    if (pages > pagesMax) throw new SourceError('protocol', `The lists of ${query.operation} lead in a circle`);
    left = [...next, ...left.slice(batchRequestsMax)];
  }
}

/** The answers to these requests. A single one needs no batch around it. */
async function askTogether(
  client: GraphClient,
  query: Omit<BatchedQuery, 'urls' | 'advanced'>,
  requests: readonly BatchRequest[],
): Promise<readonly BatchAnswer[]> {
  const [only] = requests;
  if (only === undefined || requests.length > 1) return await client.batch({ ...query, requests });
  const body = asRecord(await client.get({ ...query, ...only }));
  if (body === undefined) throw new SourceError('protocol', `An answer to ${query.operation} is not an object`);
  return [{ body }];
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
