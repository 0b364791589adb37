/**
 * LDAP as several threads serve it. They listen at the same addresses, and the kernel hands each new connection to one of them.
 * Each reads the store by itself; who somebody is, what is published and what is configured is decided in the main thread.
 */
import { randomBytes } from 'node:crypto';
import type { Authenticator } from '../../auth/bind.ts';
import type { SecretKey } from '../../auth/keyring.ts';
import type { TenantId } from '../../identity/ids.ts';
import type { ServingThreads } from '../../identity/serving-threads.ts';
import type { LdapListener } from '../../ldap/server.ts';
import { addStatistics, type LdapStatistics } from '../../ldap/statistics.ts';
import { totalOf } from '../../ldap/thread-count.ts';
import { type LdapTls, serverTls } from '../../ldap/tls.ts';
import { workersServing } from '../../observability/events.ts';
import type { Log } from '../../observability/log.ts';
import type { PublicationLeader } from '../../store/publication-follower.ts';
import type { Clock } from '../../timing/clock.ts';
import type { LdapService } from '../ldap-service.ts';
import type { RevocationOrder } from '../revocations.ts';
import type { ServedSettings } from '../served-settings.ts';
import { accountLimits } from '../serving-thread.ts';
import { requireFree } from './free-addresses.ts';
import type { ServeRequest, ToWorker, WorkerSettings, WorkerStart } from './messages.ts';
import { entryCacheShare } from './serving-threads.ts';
import { SharedAccounts } from './shared-accounts.ts';
import { createSharedMemory, currentPublication, debugWanted, forgetWorker } from './shared-memory.ts';
import { clockOriginMs } from './worker-clock.ts';
import { WorkerPublications } from './worker-publications.ts';
import { WorkerSeat } from './worker-seat.ts';
import { WorkerThread } from './worker-thread.ts';

/** How long a thread may take to answer, or to end beyond what its clients are granted. */
const answerMs = 30_000;
const endMs = 5_000;

/** Octets by which sessions of TLS are resumed. */
const ticketKeyBytes = 48;

/** What {@link startWorkers} needs. */
export interface WorkerPoolOptions {
  /** How many are to serve. */
  readonly threads: number;
  readonly settings: ServedSettings;
  readonly tls: LdapTls | undefined;
  /** The folder of the store, which is open to be shared, and whose it is. */
  readonly store: { readonly directory: string; readonly tenantId: TenantId };
  readonly publications: PublicationLeader;
  readonly authenticator: Authenticator;
  /** The keys of NT hashes; threads have them only while somebody may read these. */
  readonly secretKeys: readonly SecretKey[];
  readonly version: string;
  readonly log: Log;
  readonly clock: Clock;
  /** Whether lines of level debug are written; asked anew with each change of the settings. */
  readonly isDebugging: () => boolean;
}

/**
 * Serves LDAP by several threads. Rejects, with nothing left open, when an address cannot be listened on (the error of
 * `net.Server.listen`), when the certificate is unusable, or when a thread cannot be started.
 */
export async function startWorkers(options: WorkerPoolOptions): Promise<LdapService> {
  const pool = new WorkerPool(options);
  try {
    await pool.start();
  } catch (error) {
    await pool.stop(0);
    throw error;
  }
  return pool;
}

class WorkerPool implements LdapService {
  addresses: readonly LdapListener[];
  readonly #options: WorkerPoolOptions;
  readonly #memory;
  readonly #accounts: SharedAccounts;
  readonly #publications: WorkerPublications;
  readonly #seats: readonly WorkerSeat[];
  readonly #cookieKey = randomBytes(32);
  #settings: ServedSettings;
  #tls: LdapTls | undefined;
  #stopping: Promise<void> | undefined;

  constructor(options: WorkerPoolOptions) {
    const { threads, settings, publications } = options;
    this.#options = options;
    this.#settings = settings;
    this.#tls = withTickets(options.tls);
    this.addresses = settings.ldap.listeners;
    this.#memory = createSharedMemory(threads);
    this.#accounts = new SharedAccounts(threads);
    this.#accounts.use(accountLimits(settings));
    this.#publications = new WorkerPublications(publications, currentPublication(this.#memory));
    this.#seats = Array.from({ length: threads }, (_, index) => this.#seat(index));
  }

  async start(): Promise<void> {
    const { threads, log } = this.#options;
    if (this.#tls !== undefined) serverTls(this.#tls);
    await requireFree(this.addresses);
    this.#noteLevel();
    // The first finds the ports where any may be taken.
    const [first, ...others] = this.#seats;
    this.addresses = (await first?.start()) ?? [];
    await Promise.all(others.map((seat) => seat.start()));
    for (const { host, port, tls } of this.addresses) log.info('ldap.server.listening', { host, port, tls });
    workersServing(log, { threads });
  }

  get threads(): ServingThreads {
    return {
      wanted: this.#seats.length,
      serving: this.#seats.filter(({ isServing }) => isServing).length,
      restarts: this.#seats.reduce((sum, { restarts }) => sum + restarts, 0),
    };
  }

  statistics(): LdapStatistics {
    const all = this.#seats.map((seat) => seat.statistics()).reduce(addStatistics);
    // What threads tell is up to a second old.
    return { ...all, connections: totalOf(new Int32Array(this.#memory.connections)) };
  }

  renewCertificate(tls: LdapTls): void {
    const renewed = withTickets(tls);
    serverTls(renewed);
    this.#tls = renewed;
    this.#tell({ kind: 'tls', tls: renewed });
  }

  use(settings: ServedSettings): void {
    this.#settings = settings;
    this.#accounts.use(accountLimits(settings));
    this.#noteLevel();
    this.#tell({ kind: 'use', settings: this.#changing() });
  }

  revoke(order: RevocationOrder): void {
    this.#tell({ kind: 'revoke', order });
  }

  stop(graceMs: number): Promise<void> {
    this.#stopping ??= this.#stop(graceMs);
    return this.#stopping;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop(0);
  }

  async #stop(graceMs: number): Promise<void> {
    const stopped = Promise.all(this.#seats.map((seat) => seat.stop(graceMs, endMs)));
    // Whoever waits for a publish to end waits no longer.
    this.#publications[Symbol.dispose]();
    await stopped;
    this.#options.log.info('ldap.server.stopped');
  }

  #tell(message: ToWorker): void {
    for (const seat of this.#seats) seat.say(message);
  }

  #noteLevel(): void {
    Atomics.store(debugWanted(this.#memory), 0, this.#options.isDebugging() ? 1 : 0);
  }

  #seat(index: number): WorkerSeat {
    const { log, clock, authenticator } = this.#options;
    return new WorkerSeat({
      index,
      publications: this.#publications,
      log,
      clock,
      open: () => new WorkerThread({ start: this.#start(index), authenticator, log, clock, answerMs }),
      request: () => this.#request(),
      onEnded: () => {
        forgetWorker(this.#memory, index);
        this.#accounts.forget(index);
      },
    });
  }

  #start(index: number): WorkerStart {
    const { threads, store, version } = this.#options;
    return {
      index,
      threads,
      store: { ...store, entryCacheBytes: entryCacheShare(threads) },
      memory: this.#memory,
      cookieKey: this.#cookieKey,
      clockOriginMs: clockOriginMs(),
      version,
    };
  }

  #request(): ServeRequest {
    return { ...this.#changing(), listeners: this.addresses, tls: this.#tls };
  }

  #changing(): WorkerSettings {
    const isReading = this.#settings.bind.ntHash !== undefined;
    return {
      settings: this.#settings,
      secretKeys: isReading ? this.#options.secretKeys : [],
      accounts: this.#accounts.memories,
    };
  }
}

function withTickets(tls: LdapTls): LdapTls;
function withTickets(tls: LdapTls | undefined): LdapTls | undefined;
function withTickets(tls: LdapTls | undefined): LdapTls | undefined {
  return tls && { ...tls, ticketKeys: randomBytes(ticketKeyBytes) };
}
