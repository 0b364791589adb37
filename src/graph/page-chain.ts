import type { Collection, DeltaPage } from '../identity/change.ts';
import type { FeedStatistics } from '../identity/ports.ts';
import { SourceError } from '../identity/source-error.ts';

/** One page of an enumeration. */
export interface PageRequest {
  readonly collection: Collection;
  /** The link of the page before; undefined for the first page. */
  readonly from: string | undefined;
  readonly signal: AbortSignal;
  readonly statistics: FeedStatistics;
}

// A page may come twice. One that keeps leading to itself would keep a round going for ever (P8).
const linkRepeatsMax = 10;

/**
 * Yields page after page, up to and including the one whose link is a delta link, and asks for the next one while the caller
 * works on this one.
 */
export async function* pageChain(
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
      if (repeats > linkRepeatsMax)
        throw new SourceError('protocol', `The list of ${request.collection} leads in a circle`);
      from = page.link.url;
      coming = fetch(from);
      yield page;
    }
  } finally {
    request.signal.removeEventListener('abort', onAbort);
    stop.abort();
  }
}

/** The only page of a collection that is not read. Its link leads nowhere, and another scope is another query. */
export async function* noPages(): AsyncGenerator<DeltaPage, void, void> {
  yield { changes: [], rejected: [], link: { kind: 'delta', url: '' } };
}
