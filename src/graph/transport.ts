import { rootCertificates } from 'node:tls';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { Agent, request as httpRequest } from 'undici';
import type { Dispatcher } from 'undici';

import { SourceError } from '../identity/source-error.ts';
import { withTimeout } from '../timing/abortable.ts';
import type { Clock } from '../timing/clock.ts';
import { networkError } from './network-error.ts';

/** One request over HTTPS. */
interface TransportRequest {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  readonly signal: AbortSignal;
}

/** One whole answer, whatever its status. Header names are lower-case. */
export interface TransportAnswer {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

/** Sends requests. Follows no redirect, keeps connections open, retries nothing. */
export interface Transport {
  /** Resolves with the whole answer or throws a {@link SourceError} `aborted`, `timeout`, `unavailable` or `protocol`. */
  send(request: TransportRequest): Promise<TransportAnswer>;
  /** Ends all connections and the requests on them. */
  close(): Promise<void>;
}

/** How a {@link Transport} is set up. */
export interface TransportOptions {
  /** Certificates in PEM to trust beside the well-known authorities. */
  readonly ca: string | undefined;
  /** From the start of a request to the last byte of its answer. */
  readonly timeoutMs: number;
  readonly clock: Clock;
}

/**
 * The longest answer that is read, after decompression. The largest documented page has 999 users with every property,
 * about 4 MiB.
 */
const answerBytesMax = 64 * 1024 * 1024;

// Above what a sync, a lookup and some binds need at a time; more wait in the agent's queue.
const connectionsPerHostMax = 16;

const gunzipBounded = promisify(gunzip);

/** Opens a transport on connections of its own. */
export function createTransport({ ca, timeoutMs, clock }: TransportOptions): Transport {
  const agent = new Agent({
    connections: connectionsPerHostMax,
    // Our own timeout covers the whole exchange; undici's would cut a configured longer one short.
    headersTimeout: 0,
    bodyTimeout: 0,
    // Node replaces its authorities by those it is given.
    connect: { timeout: timeoutMs, ...(ca === undefined ? {} : { ca: [...rootCertificates, ca] }) },
  });
  let closed = false;
  return {
    async send(request) {
      try {
        return await withTimeout(clock, timeoutMs, request.signal, (signal) => exchange(agent, request, signal));
      } catch (error) {
        if (error instanceof SourceError) throw error;
        if (closed) throw new SourceError('aborted', 'The connection to Microsoft was closed', {}, { cause: error });
        throw networkError(error, new URL(request.url).host, request.signal);
      }
    },
    async close() {
      closed = true;
      await agent.destroy();
    },
  };
}

async function exchange(agent: Agent, request: TransportRequest, signal: AbortSignal): Promise<TransportAnswer> {
  const answer = await httpRequest(request.url, {
    dispatcher: agent,
    method: request.method,
    headers: { 'accept-encoding': 'gzip', ...request.headers },
    body: request.body ?? null,
    signal,
  });
  const headers = headerMap(answer.headers);
  const bytes = await readBounded(answer.body);
  const body = headers.get('content-encoding') === 'gzip' ? await decompress(bytes) : bytes;
  return { status: answer.statusCode, headers, body: body.toString('utf8') };
}

async function readBounded(body: Dispatcher.ResponseData['body']): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > answerBytesMax) throw tooLong();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, length);
}

async function decompress(bytes: Buffer): Promise<Buffer> {
  try {
    return await gunzipBounded(bytes, { maxOutputLength: answerBytesMax });
  } catch (error) {
    throw error instanceof RangeError ? tooLong() : error;
  }
}

function tooLong(): SourceError {
  return new SourceError('protocol', `An answer is longer than ${answerBytesMax} bytes`);
}

function headerMap(headers: Readonly<Record<string, string | string[] | undefined>>): Map<string, string> {
  const map = new Map<string, string>();
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) map.set(name.toLowerCase(), Array.isArray(value) ? value.join(', ') : value);
  }
  return map;
}
