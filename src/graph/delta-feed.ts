import { createHash } from 'node:crypto';
import type { Collection, DeltaPage } from '../identity/change.ts';
import type { DeltaFeed } from '../identity/ports.ts';
import { isWholeTenant, type Scope, wholeTenant } from '../identity/scope.ts';
import { SourceError } from '../identity/source-error.ts';
import { decodePage } from './decode-page.ts';
import type { GraphClient } from './graph-client.ts';
import { isRefusal } from './graph-error.ts';
import { graphUrl } from './graph-url.ts';
import { noPages, pageChain, type PageRequest } from './page-chain.ts';
import { selectionRefusal } from './selection-refusal.ts';
import { deltaSelect, type Selection } from './selection.ts';

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
  selections: Readonly<Record<Collection, Selection>>,
  scope: Scope = wholeTenant,
): DeltaFeed {
  const fetchPage = async (request: PageRequest): Promise<DeltaPage> => {
    const { collection, from, signal, statistics } = request;
    const operation = `${collection}/delta`;
    const url = from ?? graphUrl(origin, [collection, 'delta'], { $select: deltaSelect(selections[collection]) });
    try {
      const query = {
        url,
        operation,
        signal,
        statistics,
        ...(from === undefined ? ({ quotesRefusal: true } as const) : {}),
      };
      return decodePage(selections[collection], await client.get(query), origin);
    } catch (error) {
      if (from !== undefined) throw linkRefused(error, operation);
      throw selectionRefusal(resyncAtTheStart(error, operation), selections[collection]);
    }
  };
  return {
    query: createHash('sha256')
      .update(JSON.stringify([origin, selections, ...(isWholeTenant(scope) ? [] : [scope])]))
      .digest('hex')
      .slice(0, 32),
    delta: (collection, from, signal, statistics) =>
      scope[collection].enabled ? pageChain(fetchPage, { collection, from, signal, statistics }) : noPages(),
  };
}

// A query that has only begun has nothing to lose. Starting it anew would go on for ever.
function resyncAtTheStart(error: unknown, operation: string): unknown {
  if (!(error instanceof SourceError) || error.code !== 'resyncRequired') return error;
  const message = `Microsoft Graph asks for a new start of ${operation} at its start`;
  return new SourceError('protocol', message, error.details, { cause: error });
}

// Links go out as they came. One that Graph calls wrong will not become right, and only a new start leads on.
function linkRefused(error: unknown, operation: string): unknown {
  if (!isRefusal(error) || error.code === 'notFound') return error;
  const message = `Microsoft Graph refuses its own link of ${operation}`;
  return new SourceError('resyncRequired', message, error.details, { cause: error });
}
