import type { TokenCredentialOptions } from '@azure/identity';

import { SourceError } from '../identity/source-error.ts';
import type { Clock } from '../timing/clock.ts';
import { parseJson } from './json.ts';
import { tokenError } from './token-error.ts';
import type { Transport, TransportAnswer } from './transport.ts';

type HttpClient = NonNullable<TokenCredentialOptions['httpClient']>;
type PipelineRequest = Parameters<HttpClient['sendRequest']>[0];
type PipelineResponse = Awaited<ReturnType<HttpClient['sendRequest']>>;
type HttpHeaders = PipelineResponse['headers'];

/** The way of @azure/identity to the network: over our transport, and under our eyes. */
export interface ObservedHttpClient {
  readonly client: HttpClient;
  /** What went wrong since the last call: the first failed exchange, as a {@link SourceError}. */
  takeFailure(): SourceError | undefined;
}

/**
 * An HTTP client for @azure/identity that remembers why an exchange failed. The credentials turn a wrong secret, an
 * unknown tenant, an unreachable host and an untrusted certificate into the same two errors without a cause
 * (@azure/identity 4.13.1), and by here the reason is still known.
 */
export function observedHttpClient(transport: Transport, clock: Clock, signal: AbortSignal): ObservedHttpClient {
  let failure: SourceError | undefined;
  const sendRequest = async (request: PipelineRequest): Promise<PipelineResponse> => {
    try {
      const answer = await transport.send({
        method: request.method === 'POST' ? 'POST' : 'GET',
        url: request.url,
        headers: request.headers.toJSON(),
        body: typeof request.body === 'string' ? request.body : undefined,
        signal,
      });
      failure ??= answerFailure(answer, clock);
      return { request, status: answer.status, headers: new AnswerHeaders(answer.headers), bodyAsText: answer.body };
    } catch (error) {
      if (error instanceof SourceError) failure ??= error;
      throw error;
    }
  };
  return {
    client: { sendRequest },
    takeFailure: () => {
      const taken = failure;
      failure = undefined;
      return taken;
    },
  };
}

function answerFailure(answer: TransportAnswer, clock: Clock): SourceError | undefined {
  if (answer.status === 200 && parseJson(answer.body) !== undefined) return undefined;
  return tokenError(answer, clock.now());
}

/** The headers of an answer in the form that the Azure pipeline wants. */
class AnswerHeaders implements HttpHeaders {
  readonly #values: Map<string, string>;

  constructor(values: ReadonlyMap<string, string>) {
    this.#values = new Map(values);
  }

  get(name: string): string | undefined {
    return this.#values.get(name.toLowerCase());
  }

  has(name: string): boolean {
    return this.#values.has(name.toLowerCase());
  }

  set(name: string, value: string | number | boolean): void {
    this.#values.set(name.toLowerCase(), String(value));
  }

  delete(name: string): void {
    this.#values.delete(name.toLowerCase());
  }

  toJSON(): Record<string, string> {
    return Object.fromEntries(this.#values);
  }

  [Symbol.iterator](): Iterator<[string, string]> {
    return this.#values.entries();
  }
}
