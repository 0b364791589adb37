/**
 * Several requests to Microsoft Graph in one (https://learn.microsoft.com/graph/json-batching). Written by hand, because the
 * batches of Microsoft's client (3.0.7) spoil the addresses and the bodies and give up on what was throttled.
 *
 * Each request inside is answered, throttled or refused on its own, so that a batch is asked again with what was not answered.
 */
import { SourceError } from '../identity/source-error.ts';
import { graphError } from './graph-error.ts';
import { assertOwnLink } from './graph-url.ts';
import { asRecord } from './json.ts';
import type { JsonRecord } from './json.ts';
import type { TransportAnswer } from './transport.ts';

/** The most requests that a batch can have. */
export const batchRequestsMax = 20;

/** One request of a batch: a GET of an absolute address. */
export interface BatchRequest {
  /** May hold personal data: never logged. */
  readonly url: string;
  /** See `GraphQuery.advanced`. */
  readonly advanced?: true;
}

/** What came of one request of a batch. */
export type BatchAnswer = { readonly body: JsonRecord } | { readonly error: SourceError };

/** What an exchange of a batch needs. */
export interface BatchOptions {
  readonly origin: string;
  /** Names the requests in errors, for instance `groups/members`. */
  readonly operation: string;
  readonly requests: readonly BatchRequest[];
  readonly now: () => number;
}

/** A batch on its way: knows what was answered, and asks for the rest. */
export class BatchExchange {
  readonly #options: BatchOptions;
  readonly #answers = new Map<number, BatchAnswer>();
  #last: readonly InnerAnswer[] = [];

  /** Throws a RangeError for more than {@link batchRequestsMax} requests, and {@link SourceError} for an address elsewhere. */
  constructor(options: BatchOptions) {
    if (options.requests.length > batchRequestsMax) {
      throw new RangeError(`a batch has at most ${batchRequestsMax} requests`);
    }
    for (const { url } of options.requests) relativeUrl(url, options.origin);
    this.#options = options;
  }

  /** How many requests are not answered yet. */
  get pending(): number {
    return this.#options.requests.length - this.#answers.size;
  }

  /** The body of a `POST /$batch` with what is not answered yet. */
  get body(): string {
    const { requests, origin } = this.#options;
    const pending = requests.flatMap(({ url, advanced }, index) => {
      if (this.#answers.has(index)) return [];
      // Headers of the batch itself do not count for what is in it.
      const headers = advanced === true ? { headers: { ConsistencyLevel: 'eventual' } } : {};
      return [{ id: String(index), method: 'GET', url: relativeUrl(url, origin), ...headers }];
    });
    return JSON.stringify({ requests: pending });
  }

  /** What {@link BatchExchange.take} has taken last, refusals included: status and headers. */
  get last(): readonly Pick<TransportAnswer, 'status' | 'headers'>[] {
    return this.#last;
  }

  /**
   * Takes the body of an answer. Throws a {@link SourceError} that is passing when something in it has to be asked again: with
   * the longest of the waits that were asked for, because an earlier request would be refused and make the wait longer.
   */
  take(body: unknown): void {
    const responses = asRecord(body)?.['responses'];
    const { operation } = this.#options;
    this.#last = [];
    if (!Array.isArray(responses))
      throw new SourceError('protocol', `The answer to a batch of ${operation} is no list`);
    this.#last = responses.flatMap((response: unknown) => this.#read(asRecord(response)));
    const failures = this.#last.flatMap((answer) => this.#settle(answer));
    if (this.pending === 0) return;
    throw worst(failures) ?? new SourceError('unavailable', `The answer to a batch of ${operation} is not complete`);
  }

  /** The answers in the order of the requests, once {@link BatchExchange.take} has not thrown. */
  get answers(): readonly BatchAnswer[] {
    return this.#options.requests.map((_, index) => {
      const answer = this.#answers.get(index);
      if (answer === undefined) throw new TypeError('the batch is not answered yet');
      return answer;
    });
  }

  /** An answer to something that was asked and is not answered yet. */
  #read(response: JsonRecord | undefined): readonly InnerAnswer[] {
    const { id, status, headers, body } = response ?? {};
    const index = typeof id === 'string' ? Number(id) : Number.NaN;
    const isAwaited = this.#options.requests[index] !== undefined && !this.#answers.has(index);
    if (!isAwaited || typeof status !== 'number') return [];
    return [{ index, status, headers: headerMap(headers), body: asRecord(body) }];
  }

  /** Keeps an answer that will not become another one; of others the reason. */
  #settle({ index, status, headers, body }: InnerAnswer): readonly SourceError[] {
    if (status === 200 && body !== undefined) {
      this.#answers.set(index, { body });
      return [];
    }
    const { operation, now } = this.#options;
    const error =
      status === 200
        ? new SourceError('unavailable', `An answer to ${operation} is not JSON`, { status })
        : graphError({ status, headers, body: JSON.stringify(body ?? null) }, operation, now());
    if (isPassing(error)) return [error];
    this.#answers.set(index, { error });
    return [];
  }
}

interface InnerAnswer {
  readonly index: number;
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: JsonRecord | undefined;
}

function isPassing({ code }: SourceError): boolean {
  return code === 'throttled' || code === 'unavailable' || code === 'timeout';
}

/** The failure that asks for the longest wait. */
function worst(failures: readonly SourceError[]): SourceError | undefined {
  return failures.reduce<SourceError | undefined>(
    (found, each) => ((found?.details.retryAfterMs ?? -1) >= (each.details.retryAfterMs ?? 0) ? found : each),
    undefined,
  );
}

/** The address as it stands in a batch: behind the version. */
function relativeUrl(url: string, origin: string): string {
  assertOwnLink(url, origin);
  const root = `${origin}/v1.0`;
  if (url.startsWith(`${root}/`)) return url.slice(root.length);
  throw new SourceError('protocol', 'Microsoft Graph sent a link to another version; it was not followed');
}

function headerMap(value: unknown): ReadonlyMap<string, string> {
  const headers = Object.entries(asRecord(value) ?? {}).map(
    ([name, text]) => [name.toLowerCase(), String(text)] as const,
  );
  return new Map(headers);
}
