import { createHash } from 'node:crypto';
import type { Collection, DeltaPage } from '../identity/change.ts';
import type { DeltaFeed, FeedStatistics } from '../identity/ports.ts';
import { isWholeTenant, type Scope, wholeTenant } from '../identity/scope.ts';
import { SourceError } from '../identity/source-error.ts';
import { decodePage } from './decode-page.ts';
import type { GraphClient } from './graph-client.ts';
import { graphUrl } from './graph-url.ts';
import { groupProperties, userProperties } from './properties.ts';

/** Directory extensions (`extension_<app id>_<name>`) to select beside the properties that every configuration needs. */
export type SelectedExtensions = Readonly<Record<Collection, readonly string[]>>;

/** The properties that are selected of each collection, beside `id` and the members of groups. */
export function selectionsWith(extensions: SelectedExtensions): Readonly<Record<Collection, string>> {
  return {
    users: [...Object.keys(userProperties), ...extensions.users].join(','),
    groups: [...Object.keys(groupProperties), ...extensions.groups].join(','),
  };
}

// A page may come twice. One that keeps leading to itself would keep a round going for ever (P8).
const linkRepeatsMax = 10;

/**
 * Delta queries on users and groups (https://learn.microsoft.com/graph/delta-query-overview).
 *
 * The whole state of a query is in the link: the selection goes out once, with the first request, and links are sent as
 * they came. `Prefer: return=minimal` is not asked for. With it an object would carry only what changed, and whatever we
 * once missed would stay wrong; without it every changed object repeats all its properties and so mends itself. Quiet
 * rounds are empty either way. No `$top`: delta queries on directory objects do not know it.
 */
export function createDeltaFeed(
  client: GraphClient,
  origin: string,
  extensions: SelectedExtensions,
  scope: Scope = wholeTenant,
): DeltaFeed {
  const { users, groups } = selectionsWith(extensions);
  const selections = { users, groups: `${groups},members` };
  const fetchPage = async (request: PageRequest): Promise<DeltaPage> => {
    const { collection, from, signal, statistics } = request;
    const operation = `${collection}/delta`;
    const url = from ?? graphUrl(origin, [collection, 'delta'], { $select: selections[collection] });
    try {
      return decodePage(collection, await client.get({ url, operation, signal, statistics }), origin);
    } catch (error) {
      throw from === undefined ? resyncAtTheStart(error, operation) : linkRefused(error, operation);
    }
  };
  return {
    query: createHash('sha256')
      .update(JSON.stringify([origin, selections, ...(isWholeTenant(scope) ? [] : [scope])]))
      .digest('hex')
      .slice(0, 32),
    delta: (collection, from, signal, statistics) =>
      scope[collection].enabled ? pages(fetchPage, { collection, from, signal, statistics }) : nothing(),
  };
}

interface PageRequest {
  readonly collection: Collection;
  readonly from: string | undefined;
  readonly signal: AbortSignal;
  readonly statistics: FeedStatistics;
}

/** The only page of a collection that is not read. Its link leads nowhere, and another scope is another query. */
async function* nothing(): AsyncGenerator<DeltaPage, void, void> {
  yield { changes: [], rejected: [], link: { kind: 'delta', url: '' } };
}

/** Yields page after page, and asks for the next one while the caller works on this one. */
async function* pages(
  fetchPage: (request: PageRequest) => Promise<DeltaPage>,
  request: PageRequest,
): AsyncGenerator<DeltaPage, void, void> {
  const stop = new AbortController();
  const onAbort = (): void => stop.abort(request.signal.reason);
  request.signal.addEventListener('abort', onAbort, { once: true });
  if (request.signal.aborted) onAbort();
  const fetch = (from: string | undefined): Promise<DeltaPage> => {
    const promise = fetchPage({ ...request, from, signal: stop.signal });
    // Its error is for the turn that awaits it; a caller that leaves before has no use for it.
    promise.catch(() => undefined);
    return promise;
  };
  try {
    let coming = fetch(request.from);
    let from = request.from;
    let repeats = 0;
    for (;;) {
      const page = await coming;
      if (page.link.kind === 'delta') {
        yield page;
        return;
      }
      repeats = page.link.url === from ? repeats + 1 : 0;
      if (repeats > linkRepeatsMax) throw new SourceError('protocol', `${request.collection}/delta leads in a circle`);
      from = page.link.url;
      coming = fetch(from);
      yield page;
    }
  } finally {
    request.signal.removeEventListener('abort', onAbort);
    stop.abort();
  }
}

// A query that has only begun has nothing to lose. Starting it anew would go on for ever.
function resyncAtTheStart(error: unknown, operation: string): unknown {
  if (!(error instanceof SourceError) || error.code !== 'resyncRequired') return error;
  const message = `Microsoft Graph asks for a new start of ${operation} at its start`;
  return new SourceError('protocol', message, error.details, { cause: error });
}

// Links go out as they came. One that Graph calls wrong will not become right, and only a new start leads on.
function linkRefused(error: unknown, operation: string): unknown {
  if (!(error instanceof SourceError) || error.code !== 'badRequest') return error;
  const message = `Microsoft Graph refuses its own link of ${operation}`;
  return new SourceError('resyncRequired', message, error.details, { cause: error });
}
