import { once } from 'node:events';
import { createServer, type RequestListener, type Server as HttpServer } from 'node:http';
import { createServer as createSecureServer, type Server as HttpsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { Log } from '../observability/log.ts';
import { ConnectionGate, type ConnectionLimits } from './connection-limits.ts';

/** Certificate chain and key as PEM. */
export interface HttpTls {
  readonly certPem: string;
  readonly keyPem: string;
  readonly minVersion: 'TLSv1.2' | 'TLSv1.3';
}

/** One address that is listened at, with the port that was really taken. */
export interface HttpAddress {
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
}

/** What clients may use, and how long they may take. */
export interface ListenerLimits extends ConnectionLimits {
  /** Until a request has come completely. */
  readonly requestMs: number;
  /** Without a byte in either direction. */
  readonly idleMs: number;
}

/** What {@link listen} needs. */
export interface ListenOptions {
  readonly listeners: readonly { readonly host: string; readonly port: number }[];
  /** Left out: HTTP in the clear. */
  readonly tls?: HttpTls | undefined;
  readonly limits: ListenerLimits;
  readonly log: Log;
}

/** Servers that listen. Disposing ends all connections. */
export interface Listening extends AsyncDisposable {
  readonly addresses: readonly HttpAddress[];
  /** Open connections, and those that were refused since the start. */
  readonly connections: number;
  readonly refused: number;
  /** From now on these limits hold, for open connections too but those of time. */
  use(limits: ListenerLimits): void;
  /** From now on handshakes are made with this certificate. Throws when it is unusable; the old one stays in use then. */
  renewCertificate(tls: HttpTls): void;
}

/** Longest header of a request. */
const headerBytesMax = 16 * 1024;
const headersMax = 100;
/** A client that keeps its connection for more requests begins anew after so many. */
const requestsPerConnectionMax = 10_000;
/** How often connections are checked against their time limits. */
const checkMs = 1000;
/** How long nothing may come over a connection until TCP asks whether the other end is still there. */
const peerProbeMs = 60_000;

/**
 * Has an app that is ready serve these addresses. Rejects with the error of `net.Server.listen`, with nothing left open, when one of
 * them cannot be listened at, and with that of OpenSSL when the certificate is unusable.
 */
export async function listen(app: FastifyInstance, options: ListenOptions): Promise<Listening> {
  const listening = new Listeners(options);
  const handler: RequestListener = (request, response) => app.routing(request, response);
  try {
    for (const address of options.listeners) await listening.add(address, handler);
  } catch (error) {
    await listening[Symbol.asyncDispose]();
    throw error;
  }
  return listening;
}

class Listeners implements Listening {
  readonly addresses: HttpAddress[] = [];
  readonly #options: ListenOptions;
  readonly #servers: (HttpServer | HttpsServer)[] = [];
  readonly #gate: ConnectionGate;
  #limits: ListenerLimits;

  constructor(options: ListenOptions) {
    this.#options = options;
    this.#limits = options.limits;
    this.#gate = new ConnectionGate(() => this.#limits);
  }

  get connections(): number {
    return this.#gate.connections;
  }

  get refused(): number {
    return this.#gate.refused;
  }

  async add({ host, port }: { readonly host: string; readonly port: number }, handler: RequestListener): Promise<void> {
    const { tls, log } = this.#options;
    const shared = {
      maxHeaderSize: headerBytesMax,
      connectionsCheckingInterval: checkMs,
      keepAlive: true,
      keepAliveInitialDelay: peerProbeMs,
    };
    const server =
      tls === undefined
        ? createServer(shared, handler)
        : createSecureServer({ ...shared, ...secureOptions(tls), handshakeTimeout: this.#limits.requestMs }, handler);
    server.maxHeadersCount = headersMax;
    server.maxRequestsPerSocket = requestsPerConnectionMax;
    limitTime(server, this.#limits);
    this.#gate.watch(server);
    server.on('clientError', (_error, socket) => answerNonsense(socket as Socket));
    server.listen(port, host);
    await once(server, 'listening');
    // Without file descriptors, accepting fails; the connections that there are go on.
    server.on('error', (error) => log.error('http.accept.failed', {}, error));
    this.#servers.push(server);
    const taken = server.address() as AddressInfo;
    const address = { host: taken.address, port: taken.port, tls: tls !== undefined };
    this.addresses.push(address);
    log.info('http.server.listening', address);
  }

  use(limits: ListenerLimits): void {
    this.#limits = limits;
    for (const server of this.#servers) limitTime(server, limits);
  }

  renewCertificate(tls: HttpTls): void {
    for (const server of this.#servers) if ('setSecureContext' in server) server.setSecureContext(secureOptions(tls));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(
      this.#servers.map(async (server) => {
        const closed = once(server, 'close');
        server.close();
        server.closeAllConnections();
        await closed;
      }),
    );
  }
}

function secureOptions({ certPem, keyPem, minVersion }: HttpTls) {
  return { cert: certPem, key: keyPem, minVersion, honorCipherOrder: true };
}

function limitTime(server: HttpServer | HttpsServer, { requestMs, idleMs }: ListenerLimits): void {
  server.requestTimeout = requestMs;
  server.headersTimeout = requestMs;
  server.keepAliveTimeout = idleMs;
  server.timeout = idleMs;
}

/** What is no HTTP, or more of it than may be, is not worth a line in the log, and a word to who sent it. */
function answerNonsense(socket: Socket): void {
  if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
  else socket.destroy();
}
