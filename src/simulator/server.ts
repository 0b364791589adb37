/** The HTTPS server of the simulator: reads requests with limits, applies faults, writes answers. */
import { type IncomingMessage, type ServerResponse } from 'node:http';
import { type Server, createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Fault } from './control/faults.ts';
import type { Exchange, Reply } from './exchange.ts';

/** What the server asks for each request. `fault` is how the connection itself is to suffer. */
interface Handled {
  readonly reply: Reply;
  readonly fault: Fault | undefined;
}

/** Settings of {@link startServer}. */
export interface ServerOptions {
  readonly host: string;
  readonly port: number;
  readonly certificate: { readonly certPem: string; readonly keyPem: string };
  /** `closed` aborts when the connection has: nobody waits for the answer any more. */
  readonly handle: (exchange: Exchange, closed: AbortSignal) => Promise<Handled>;
  /** Told of a request that failed inside the simulator; the client gets a 500. */
  readonly onError: (error: unknown) => void;
}

/** A server that listens. */
export interface RunningServer {
  readonly port: number;
  close(): Promise<void>;
}

const BODY_BYTES_MAX = 1_048_576;
const HEADER_BYTES_MAX = 65_536;
const KEEP_ALIVE_MS = 120_000;
const CONNECTIONS_MAX = 4096;

/** Listens; rejects when the address is taken or the certificate is unusable. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const server = createServer(
    {
      key: options.certificate.keyPem,
      cert: options.certificate.certPem,
      maxHeaderSize: HEADER_BYTES_MAX,
      keepAliveTimeout: KEEP_ALIVE_MS,
      noDelay: true,
    },
    (request, response) => {
      void serve(options, request, response);
    },
  );
  server.maxConnections = CONNECTIONS_MAX;
  // A client that speaks something else than TLS or HTTP loses its connection; nobody else notices.
  server.on('tlsClientError', (_error, socket) => socket.destroy());
  server.on('clientError', (_error, socket) => socket.destroy());
  await listen(server, options.port, options.host);
  return { port: (server.address() as AddressInfo).port, close: () => stop(server) };
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function stop(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

async function serve(options: ServerOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  response.on('error', () => request.destroy());
  const closed = new AbortController();
  response.once('close', () => closed.abort());
  try {
    const body = await readBody(request);
    if (body === undefined) {
      write(response, { status: 413, headers: { connection: 'close' }, body: '' });
      return;
    }
    const { reply, fault } = await options.handle(exchangeOf(request, body), closed.signal);
    if (fault?.kind === 'connectionReset') request.socket.destroy();
    else if (fault?.kind === 'truncatedBody') truncate(response, reply);
    else write(response, reply);
  } catch (error) {
    // A client that went away while we read is no error of ours.
    if (request.destroyed && !request.complete) return;
    options.onError(error);
    if (response.headersSent) response.destroy();
    else write(response, { status: 500, headers: {}, body: '' });
  }
}

async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > BODY_BYTES_MAX) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function exchangeOf(request: IncomingMessage, body: string): Exchange {
  const url = request.url ?? '/';
  const at = url.indexOf('?');
  const host = request.headers.host ?? '';
  const local = `${request.socket.localAddress ?? '127.0.0.1'}:${request.socket.localPort ?? 0}`;
  return {
    method: request.method ?? 'GET',
    path: at === -1 ? url : url.slice(0, at),
    query: at === -1 ? '' : url.slice(at + 1),
    headers: request.headers,
    body,
    // The host goes into links: only what can be one is taken over.
    origin: `https://${/^(\[[0-9a-f:.]+\]|[\w.-]+)(:\d{1,5})?$/i.test(host) ? host.toLowerCase() : local}`,
  };
}

function write(response: ServerResponse, reply: Reply): void {
  const body = typeof reply.body === 'string' ? Buffer.from(reply.body) : reply.body;
  const sized = body.length === 0 ? { 'content-length': '0' } : { 'transfer-encoding': 'chunked' };
  response.writeHead(reply.status, { ...reply.headers, ...sized });
  response.end(body);
}

/** Sends the first half of the body and then cuts the connection. */
function truncate(response: ServerResponse, reply: Reply): void {
  const body = typeof reply.body === 'string' ? Buffer.from(reply.body) : reply.body;
  response.writeHead(reply.status, { ...reply.headers, 'transfer-encoding': 'chunked' });
  response.write(body.subarray(0, Math.ceil(body.length / 2)), () => response.destroy());
}
