import { createSecureContext, rootCertificates } from 'node:tls';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { Agent, ProxyAgent, request as httpRequest } from 'undici';
import type { Dispatcher } from 'undici';

import type { Secret } from '../identity/secret.ts';
import { SourceError } from '../identity/source-error.ts';
import { withTimeout } from '../timing/abortable.ts';
import type { Clock } from '../timing/clock.ts';
import { networkError } from './network-error.ts';

/** One request over HTTPS. */
interface TransportRequest {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Octets are the caller's again when the answer is there. */
  readonly body?: string | Buffer | undefined;
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

/** A proxy to go through (CONNECT, RFC 9110 §9.3.6). */
export interface TransportProxy {
  /** An http or https origin. */
  readonly url: string;
  /** `user:password`. */
  readonly login: Secret | undefined;
  /** Hosts that are reached without it: names, names with a dot in front for all below them, or `*` for all. */
  readonly bypass: readonly string[];
}

/** How a {@link Transport} is set up. */
export interface TransportOptions {
  /** Certificates in PEM to trust beside the well-known authorities. */
  readonly ca: string | undefined;
  readonly proxy: TransportProxy | undefined;
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
export function createTransport({ ca, proxy, timeoutMs, clock }: TransportOptions): Transport {
  // Node replaces its authorities by those it is given, and reads them anew for each connection unless that was done before:
  // 24 ms in which nobody else is answered.
  const authorities = ca === undefined ? {} : { secureContext: createSecureContext({ ca: [...rootCertificates, ca] }) };
  const tls = { timeout: timeoutMs, ...authorities };
  // Our own timeout covers the whole exchange; undici's would cut a configured longer one short.
  const settings = { connections: connectionsPerHostMax, headersTimeout: 0, bodyTimeout: 0 };
  const direct = new Agent({ ...settings, connect: tls });
  const proxied = proxy && new ProxyAgent({ ...settings, ...addressOf(proxy), requestTls: tls, proxyTls: tls });
  let closed = false;
  return {
    async send(request) {
      const url = new URL(request.url);
      const agent = proxied !== undefined && goesThrough(proxy, url) ? proxied : direct;
      try {
        return await withTimeout(clock, timeoutMs, request.signal, (signal) => exchange(agent, request, signal));
      } catch (error) {
        if (error instanceof SourceError) throw error;
        if (closed) throw new SourceError('aborted', 'The connection to Microsoft was closed', {}, { cause: error });
        const by = agent === proxied ? proxy && new URL(proxy.url).host : undefined;
        throw networkError(error, { host: url.host, proxy: by }, request.signal);
      }
    },
    async close() {
      closed = true;
      await Promise.all([direct.destroy(), proxied?.destroy()]);
    },
  };
}

function addressOf({ url, login }: TransportProxy): { readonly uri: string; readonly token?: string } {
  if (login === undefined) return { uri: url };
  return { uri: url, token: `Basic ${Buffer.from(login.reveal()).toString('base64')}` };
}

function goesThrough(proxy: TransportProxy | undefined, { protocol, hostname }: URL): boolean {
  // The service that gives managed identities their tokens is a link-local address of the machine, and speaks http.
  if (proxy === undefined || protocol === 'http:') return false;
  return !proxy.bypass.some((entry) => {
    const name = entry.replace(/^\*?\./, '');
    return entry === '*' || hostname === name || hostname.endsWith(`.${name}`);
  });
}

async function exchange(agent: Dispatcher, request: TransportRequest, signal: AbortSignal): Promise<TransportAnswer> {
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
