import { Client, ResponseType } from '@microsoft/microsoft-graph-client';
import type { Context, Middleware } from '@microsoft/microsoft-graph-client';

import type { FeedStatistics } from '../identity/ports.ts';
import { SourceError } from '../identity/source-error.ts';
import type { Log } from '../observability/log.ts';
import type { Random } from '../timing/backoff.ts';
import type { Clock } from '../timing/clock.ts';
import { graphError } from './graph-error.ts';
import { assertOwnLink } from './graph-url.ts';
import { parseJson } from './json.ts';
import type { Pace } from './pace.ts';
import { withRetries } from './retry.ts';
import type { TokenSource } from './token-source.ts';
import type { Transport, TransportAnswer } from './transport.ts';

/** One question to Microsoft Graph. */
interface GraphQuery {
  /** Absolute; sent exactly as it is. May hold personal data: never logged. */
  readonly url: string;
  /** Names the request in errors and in the log, for instance `users/delta`. */
  readonly operation: string;
  readonly signal: AbortSignal;
  readonly statistics: FeedStatistics;
  /** Who comes first when Microsoft Graph has to refuse somebody; `low` unless somebody waits for the answer. */
  readonly priority?: 'low' | 'normal';
  /** The request is an advanced query (https://learn.microsoft.com/graph/aad-advanced-queries); it holds for each page. */
  readonly advanced?: true;
  /** The request says only what the administrator wrote, so that what Microsoft Graph objects to it is told in its words. */
  readonly quotesRefusal?: true;
}

/** Microsoft Graph as the rest of this folder sees it. */
export interface GraphClient {
  /** The parsed body of the answer. Retries what is passing; throws {@link SourceError}. */
  get(query: GraphQuery): Promise<unknown>;
}

/** What a {@link GraphClient} is made of. */
export interface GraphClientOptions {
  /** The only origin that requests, and with them tokens, are sent to. */
  readonly origin: string;
  readonly tokens: TokenSource;
  readonly transport: Transport;
  readonly pace: Pace;
  /** See {@link RetryContext.attemptsMax}. */
  readonly attemptsMax?: number | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** A query on its way through the library, and what became of it. */
class Exchange {
  readonly query: GraphQuery;
  outcome: { readonly body: unknown } | { readonly error: unknown } | undefined;

  constructor(query: GraphQuery) {
    this.query = query;
  }
}

/**
 * Microsoft's client with a middleware chain of one link: ours. It decides on tokens, attempts, time and transport,
 * because the chain that comes with the library (3.0.7) has no timeout, gives up on network errors and truncated bodies,
 * and drops the reason of every error. The library takes URLs apart and throws errors of its own, so the URL and the
 * outcome travel beside its request, in the middleware options.
 */
export function createGraphClient(options: GraphClientOptions): GraphClient {
  const middleware: Middleware = {
    async execute(context: Context): Promise<void> {
      const exchange: unknown = context.middlewareControl?.getMiddlewareOptions(Exchange);
      if (!(exchange instanceof Exchange)) throw new TypeError('The request has no exchange');
      try {
        exchange.outcome = { body: await perform(options, exchange.query) };
      } catch (error) {
        exchange.outcome = { error };
      }
    },
  };
  const client = Client.initWithMiddleware({ middleware, baseUrl: options.origin, defaultVersion: 'v1.0' });
  return {
    async get(query) {
      const exchange = new Exchange(query);
      await client.api(query.url).middlewareOptions([exchange]).responseType(ResponseType.RAW).get();
      const { outcome } = exchange;
      if (outcome === undefined) throw new TypeError('The client did not send the request');
      if ('error' in outcome) throw outcome.error;
      return outcome.body;
    },
  };
}

async function perform(options: GraphClientOptions, query: GraphQuery): Promise<unknown> {
  assertOwnLink(query.url, options.origin);
  const { operation, signal, statistics } = query;
  const { clock, random, log, attemptsMax } = options;
  return await withRetries({ operation, signal, statistics, clock, random, log, attemptsMax }, async () => {
    const answer = await sendAuthorized(options, query);
    if (answer.status !== 200) throw graphError(answer, operation, clock.now(), query.quotesRefusal);
    const body = parseJson(answer.body);
    // The envelope says 200 and the content is not JSON: cut off on the way, or the page of something in between.
    if (body === undefined)
      throw new SourceError('unavailable', `The answer to ${operation} is not JSON`, { status: 200 });
    return body;
  });
}

// A token may end early: revoked, or a clock runs wrong. A second refusal with a new token is final.
async function sendAuthorized(options: GraphClientOptions, query: GraphQuery): Promise<TransportAnswer> {
  const token = await options.tokens.token(query.signal);
  const answer = await sendWithToken(options, query, token);
  // Permissions are written into the token. Without this one granted now would count only when the token has expired.
  if (answer.status === 401 || answer.status === 403) options.tokens.discard(token);
  if (answer.status !== 401) return answer;
  return await sendWithToken(options, query, await options.tokens.token(query.signal));
}

async function sendWithToken(options: GraphClientOptions, query: GraphQuery, token: string): Promise<TransportAnswer> {
  const { url, signal, priority = 'low', advanced } = query;
  const headers = {
    authorization: `Bearer ${token}`,
    accept: 'application/json',
    'user-agent': 'entra-ldapd',
    // https://learn.microsoft.com/graph/throttling: what runs in the background gives way to what people wait for.
    'x-ms-throttle-priority': priority,
    ...(advanced === true ? { consistencylevel: 'eventual' } : {}),
  };
  await options.pace.turn(signal);
  const answer = await options.transport.send({ method: 'GET', url, headers, signal });
  options.pace.observe(answer);
  return answer;
}
