import { Client, ResponseType } from '@microsoft/microsoft-graph-client';
import type { Context, Middleware } from '@microsoft/microsoft-graph-client';

import type { FeedStatistics } from '../identity/ports.ts';
import { SourceError } from '../identity/source-error.ts';
import type { Log } from '../observability/log.ts';
import type { Random } from '../timing/backoff.ts';
import type { Clock } from '../timing/clock.ts';
import { type BatchAnswer, BatchExchange, type BatchRequest } from './batch.ts';
import { graphError } from './graph-error.ts';
import { assertOwnLink } from './graph-url.ts';
import { type JsonRecord, parseJson } from './json.ts';
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
  /** What an action of Microsoft Graph that changes nothing is given: the request is a POST then. */
  readonly action?: JsonRecord;
}

/** Several questions at once, at most `batchRequestsMax`. */
export interface BatchQuery extends Pick<GraphQuery, 'operation' | 'signal' | 'statistics' | 'priority'> {
  readonly requests: readonly BatchRequest[];
}

/** Microsoft Graph as the rest of this folder sees it. */
export interface GraphClient {
  /** The parsed body of the answer. Retries what is passing; throws {@link SourceError}. */
  get(query: GraphQuery): Promise<unknown>;
  /**
   * An answer to each request, in their order: its body, or why it was refused. Retries what is passing, and of the requests
   * only those that it holds up; throws {@link SourceError} when one of them stays unanswered.
   */
  batch(query: BatchQuery): Promise<readonly BatchAnswer[]>;
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
  readonly batch: BatchExchange | undefined;
  outcome: { readonly body: unknown } | { readonly error: unknown } | undefined;

  constructor(query: GraphQuery, batch?: BatchExchange) {
    this.query = query;
    this.batch = batch;
  }

  /** What was answered; throws what went wrong. */
  get result(): unknown {
    const { outcome } = this;
    if (outcome === undefined) throw new TypeError('The client did not send the request');
    if ('error' in outcome) throw outcome.error;
    return outcome.body;
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
        exchange.outcome = { body: await perform(options, exchange) };
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
      return exchange.result;
    },
    async batch({ requests, ...query }) {
      if (requests.length === 0) return [];
      const { origin, clock } = options;
      const { operation } = query;
      const batch = new BatchExchange({ origin, operation, requests, now: () => clock.now() });
      const url = `${origin}/v1.0/$batch`;
      const exchange = new Exchange({ ...query, url }, batch);
      await client.api(url).middlewareOptions([exchange]).responseType(ResponseType.RAW).post('');
      void exchange.result;
      return batch.answers;
    },
  };
}

async function perform(options: GraphClientOptions, { query, batch }: Exchange): Promise<unknown> {
  assertOwnLink(query.url, options.origin);
  const { operation, signal, statistics } = query;
  const { clock, random, log, attemptsMax } = options;
  return await withRetries({ operation, signal, statistics, clock, random, log, attemptsMax }, async () => {
    const answer = await sendAuthorized(options, query, batch);
    if (answer.status !== 200) throw graphError(answer, operation, clock.now(), query.quotesRefusal);
    const body = parseJson(answer.body);
    // The envelope says 200 and the content is not JSON: cut off on the way, or the page of something in between.
    if (body === undefined)
      throw new SourceError('unavailable', `The answer to ${operation} is not JSON`, { status: 200 });
    if (batch !== undefined) take(options, batch, answer, body);
    return body;
  });
}

function take({ pace }: GraphClientOptions, batch: BatchExchange, answer: TransportAnswer, body: unknown): void {
  try {
    batch.take(body);
  } finally {
    pace.observe(answer, batch.last);
  }
}

// A token may end early: revoked, or a clock runs wrong. A second refusal with a new token is final.
async function sendAuthorized(
  options: GraphClientOptions,
  query: GraphQuery,
  batch: BatchExchange | undefined,
): Promise<TransportAnswer> {
  const token = await options.tokens.token(query.signal);
  const answer = await sendWithToken(options, query, batch, token);
  // Permissions are written into the token. Without this one granted now would count only when the token has expired.
  if (answer.status === 401 || answer.status === 403) options.tokens.discard(token);
  if (answer.status !== 401) return answer;
  return await sendWithToken(options, query, batch, await options.tokens.token(query.signal));
}

const jsonContent = { 'content-type': 'application/json' } as const;

async function sendWithToken(
  { pace, transport }: GraphClientOptions,
  { url, signal, priority = 'low', advanced, action }: GraphQuery,
  batch: BatchExchange | undefined,
  token: string,
): Promise<TransportAnswer> {
  const headers = {
    authorization: `Bearer ${token}`,
    accept: 'application/json',
    'user-agent': 'entra-ldapd',
    // https://learn.microsoft.com/graph/throttling: what runs in the background gives way to what people wait for.
    'x-ms-throttle-priority': priority,
    ...(advanced === true ? { consistencylevel: 'eventual' } : {}),
  };
  if (batch === undefined) {
    await pace.turn(signal);
    const answer = await transport.send(
      action === undefined
        ? { method: 'GET', url, headers, signal }
        : { method: 'POST', url, headers: { ...headers, ...jsonContent }, body: JSON.stringify(action), signal },
    );
    pace.observe(answer);
    return answer;
  }
  // What is in a batch is counted and refused one by one, as if it had come alone.
  await pace.turn(signal, batch.pending);
  const content = { ...headers, ...jsonContent };
  const answer = await transport.send({ method: 'POST', url, headers: content, body: batch.body, signal });
  if (answer.status !== 200) pace.observe(answer);
  return answer;
}
