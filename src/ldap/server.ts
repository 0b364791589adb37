import { createServer, type AddressInfo, type ListenOptions, type Server, type Socket } from 'node:net';

import type { BoundIdentity } from '../directory/identity.ts';
import { ldapResult, ResultCode } from '../directory/result.ts';
import type { AccountLimits, AccountMemoryOf } from './account-limits.ts';
import { Admission } from './admission.ts';
import { Connection } from './connection.ts';
import { PacedLog } from '../observability/paced-log.ts';
import type { SaslOffer } from './sasl.ts';
import { createServices, type ServerSharing, type ServicesOptions } from './services.ts';
import type { Services } from './session.ts';
import { withSharedInput } from './shared-input.ts';
import type { LdapStatistics } from './statistics.ts';
import { type LdapTls, type ServerTls, serverTls } from './tls.ts';

/** How often connections are checked against their time limits. */
const checkIntervalMs = 1000;

const tooManyConnections = ldapResult(ResultCode.busy, 'too many connections');

/** One address to listen on. Port 0 takes a free one. */
export interface LdapListener {
  readonly host: string;
  readonly port: number;
  /** LDAPS: TLS from the first byte. */
  readonly tls: boolean;
}

/** What {@link startLdapServer} needs. */
export interface LdapServerOptions extends ServicesOptions {
  readonly listeners: readonly LdapListener[];
  /** Needed for LDAPS listeners; with it, plain listeners offer StartTLS. */
  readonly tls?: LdapTls;
}

/** A running server. Disposing of it is `stop(0)`. */
export interface LdapServer extends AsyncDisposable {
  /** Where it listens, in the order of the options, with the ports that were really taken. */
  readonly addresses: readonly LdapListener[];
  statistics(): LdapStatistics;
  /**
   * From now on new handshakes use this certificate; open connections keep theirs. Throws when certificate and key are
   * unusable, and then the old ones stay in use.
   */
  renewCertificate(tls: LdapTls): void;
  /** From now on service accounts have these limits, by name; `memoryOf` finds what is counted with other threads. */
  useAccounts(limits: ReadonlyMap<string, AccountLimits>, memoryOf?: AccountMemoryOf): void;
  /**
   * Ends the connections of whom `isRevoked` is true with a Notice of Disconnection (strongerAuthRequired, RFC 4511 §4.4.1);
   * operations under way end without an answer. Asks once for each connection that is bound.
   */
  revoke(isRevoked: (identity: BoundIdentity) => boolean): void;
  /**
   * Stops listening, lets operations under way finish for at most `graceMs`, tells every client with a Notice of
   * Disconnection (unavailable, RFC 4511 §4.4.1), and resolves when all connections are closed. Never rejects.
   */
  stop(graceMs: number): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Starts an LDAP server (RFC 4511). Rejects, with nothing left open, when an address cannot be listened on (the error of
 * `net.Server.listen`), when the certificate is unusable, or when an LDAPS listener has none.
 */
export async function startLdapServer(options: LdapServerOptions): Promise<LdapServer> {
  const server = new WireServer(options);
  await server.listen(options.listeners);
  return server;
}

class WireServer implements LdapServer {
  readonly addresses: LdapListener[] = [];
  /** For connections in the clear, and for all that concerns no connection. */
  readonly #services: Services;
  readonly #offers: Readonly<Record<SaslOffer, Services>>;
  readonly #log: PacedLog;
  readonly #admission: Admission;
  readonly #servers: Server[] = [];
  readonly #connections = new Set<Connection>();
  readonly #stopped = new AbortController();
  readonly #sharing: ServerSharing | undefined;
  #tls: ServerTls | undefined;
  #lastId = 0;
  #refusedSinceCheck = 0;
  #stopping: Promise<void> | undefined;
  #onEmpty: (() => void) | undefined;

  constructor(options: LdapServerOptions) {
    if (options.tls !== undefined) this.#tls = serverTls(options.tls);
    else if (options.listeners.some((listener) => listener.tls))
      throw new Error('an LDAPS listener needs a certificate');
    this.#sharing = options.sharing;
    this.#admission = options.sharing?.admission ?? new Admission(options.limits);
    this.#log = new PacedLog(options.log, options.clock);
    this.#offers = createServices({ ...options, log: this.#log }, () => this.#tls);
    this.#services = this.#offers.clear;
  }

  async listen(listeners: readonly LdapListener[]): Promise<void> {
    try {
      for (const listener of listeners) await this.#listen(listener);
    } catch (error) {
      for (const server of this.#servers) server.close();
      throw error;
    }
    void this.#watch();
  }

  statistics(): LdapStatistics {
    const connections = [...this.#connections];
    return this.#services.statistics.snapshot({
      connections: connections.length,
      secureConnections: connections.filter(({ secure }) => secure).length,
      boundConnections: connections.filter(({ identity }) => identity.kind !== 'anonymous').length,
    });
  }

  renewCertificate(tls: LdapTls): void {
    this.#tls = serverTls(tls);
  }

  useAccounts(limits: ReadonlyMap<string, AccountLimits>, memoryOf?: AccountMemoryOf): void {
    this.#services.accounts.use(limits, memoryOf);
  }

  revoke(isRevoked: (identity: BoundIdentity) => boolean): void {
    for (const connection of this.#connections) {
      if (connection.identity.kind !== 'anonymous' && isRevoked(connection.identity)) connection.revoke();
    }
  }

  stop(graceMs: number): Promise<void> {
    this.#stopping ??= this.#stop(graceMs);
    return this.#stopping;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop(0);
  }

  async #stop(graceMs: number): Promise<void> {
    const closed = this.#servers.map((server) => new Promise((resolve) => server.close(resolve)));
    const empty = new Promise<void>((resolve) => {
      this.#onEmpty = resolve;
    });
    for (const connection of this.#connections) connection.drain();
    if (graceMs > 0 && this.#connections.size > 0) {
      const settled = new AbortController();
      await Promise.race([empty, this.#services.clock.sleep(graceMs, settled.signal).catch(() => {})]);
      settled.abort();
    }
    for (const connection of this.#connections) connection.terminate();
    if (this.#connections.size > 0) await empty;
    await Promise.all(closed);
    this.#services.walks[Symbol.dispose]();
    this.#stopped.abort();
    this.#log.beginPeriod();
    this.#log.info('ldap.server.stopped');
  }

  /** With `reusePort` (Node.js 22.12 and later) the kernel hands each new connection to one of those who listen. */
  #listenOptions({ host, port }: LdapListener): ListenOptions & { readonly reusePort?: boolean } {
    return { host, port, ...(this.#sharing !== undefined && { reusePort: true }) };
  }

  async #listen(listener: LdapListener): Promise<void> {
    const server = createServer({
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: 60_000,
      pauseOnConnect: true,
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.#listenOptions(listener), () => {
        server.off('error', reject);
        resolve();
      });
    });
    this.#servers.push(server);
    const { address, port } = server.address() as AddressInfo;
    this.addresses.push({ host: address, port, tls: listener.tls });
    // Without file descriptors, accepting fails; the connections that there are go on.
    server.on('error', (error) => this.#services.log.error('ldap.accept.failed', {}, error));
    server.on('connection', (socket) => this.#accept(withSharedInput(socket), listener.tls));
    this.#services.log.info('ldap.server.listening', { host: address, port, tls: listener.tls });
  }

  #accept(socket: Socket, tls: boolean): void {
    const remoteAddress = textualAddress(socket);
    if (remoteAddress === undefined || this.#stopping !== undefined) {
      socket.on('error', () => {}).destroy();
      return;
    }
    if (!this.#admission.admit(remoteAddress)) {
      this.#refuse(socket, tls);
      return;
    }
    const { statistics, log } = this.#services;
    statistics.connectionsAccepted++;
    const id = this.#sharing?.nextNumber() ?? ++this.#lastId;
    log.debug('ldap.connection.opened', { connection: id, peer: remoteAddress, tls });
    const onClosed = (closed: Connection): void => this.#closed(closed);
    this.#connections.add(new Connection({ id, socket, remoteAddress, tls, services: this.#offers, onClosed }));
  }

  #closed(connection: Connection): void {
    this.#connections.delete(connection);
    this.#admission.release(connection.remoteAddress);
    if (this.#connections.size === 0) this.#onEmpty?.();
  }

  /** Says `busy` where it can be said without a handshake, and closes. */
  #refuse(socket: Socket, tls: boolean): void {
    this.#refusedSinceCheck++;
    this.#services.statistics.connectionsRefused++;
    socket.on('error', () => {});
    if (tls) {
      socket.destroy();
      return;
    }
    const { responses } = this.#services;
    responses.noticeOfDisconnection(tooManyConnections);
    socket.resume();
    socket.end(Buffer.concat(responses.take()), () => socket.destroy());
  }

  /** Checks time limits and the memory of slow readers until the server has stopped. */
  async #watch(): Promise<void> {
    const { clock, log } = this.#services;
    const { signal } = this.#stopped;
    while (!signal.aborted) {
      await clock.sleep(checkIntervalMs, signal).catch(() => {});
      if (signal.aborted) return;
      const nowMs = clock.monotonicMs();
      for (const connection of this.#connections) connection.checkTime(nowMs);
      this.#services.walks.expire(nowMs);
      this.#dropSlowReaders();
      if (this.#refusedSinceCheck > 0) log.warn('ldap.connections.refused', { count: this.#refusedSinceCheck });
      this.#refusedSinceCheck = 0;
      this.#log.checkTime();
    }
  }

  /** Keeps what waits for clients that do not read within its limit: who has stood still longest goes first. */
  #dropSlowReaders(): void {
    const { limits, log } = this.#services;
    let pending = 0;
    for (const connection of this.#connections) pending += connection.pendingBytes;
    if (pending <= limits.outputBytesTotalMax) return;
    const slowest = [...this.#connections].sort((a, b) => a.outputMovedAtMs - b.outputMovedAtMs);
    for (const connection of slowest) {
      if (pending <= limits.outputBytesTotalMax) return;
      if (connection.pendingBytes === 0) continue;
      pending -= connection.pendingBytes;
      log.warn('ldap.connection.dropped', { connection: connection.id, peer: connection.remoteAddress });
      connection.destroy();
    }
  }
}

/** The peer's IP address, IPv4 also where it came in through an IPv6 socket; undefined when it has gone already. */
function textualAddress(socket: Socket): string | undefined {
  return socket.remoteAddress?.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, '');
}
