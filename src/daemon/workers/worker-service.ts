import type { Authenticator } from '../../auth/bind.ts';
import { Keyring } from '../../auth/keyring.ts';
import { NtHashLookup } from '../../auth/nt-hash-lookup.ts';
import { AccountMemory } from '../../ldap/account-memory.ts';
import type { LdapLimits } from '../../ldap/limits.ts';
import type { LdapListener } from '../../ldap/server.ts';
import type { ServerSharing } from '../../ldap/services.ts';
import type { LdapStatistics } from '../../ldap/statistics.ts';
import type { LdapTls } from '../../ldap/tls.ts';
import type { Clock } from '../../timing/clock.ts';
import type { SharedView } from '../../store/shared-view.ts';
import type { RevocationOrder } from '../revocations.ts';
import { ntHashSettings, sambaFor } from '../samba.ts';
import { ServedDirectory } from '../served-directory.ts';
import { ServingThread } from '../serving-thread.ts';
import type { FromWorker, ServeRequest, WorkerSettings, WorkerStart } from './messages.ts';
import { admissionOf, debugWanted, numbersOf, persistentSearchesOf } from './shared-memory.ts';
import { clockOfOrigin } from './worker-clock.ts';
import { workerLog } from './worker-log.ts';

/** LDAP as one thread of several serves it. */
export class WorkerService {
  readonly #thread: ServingThread;
  readonly #directory: ServedDirectory;
  readonly #changing: ChangingSettings;

  /** Starts it. Rejects as `startLdapServer` does. */
  static async start(
    start: WorkerStart,
    { settings, listeners, tls, ...rest }: ServeRequest,
    view: SharedView,
    authenticator: Authenticator,
    post: (message: FromWorker) => void,
  ): Promise<WorkerService> {
    const { index, threads, memory, version } = start;
    const clock = clockOfOrigin(start.clockOriginMs);
    const changing = new ChangingSettings({ settings, ...rest }, index, view, clock);
    const wantsDebug = debugWanted(memory);
    const directory = new ServedDirectory({
      source: view,
      view,
      settings,
      version,
      startTls: tls !== undefined,
      threads,
      additions: (each) => sambaFor(each, changing.ntHashes, view),
    });
    const thread = await ServingThread.start({
      settings,
      listeners,
      tls: tls && withBuffers(tls),
      directory,
      source: view,
      authenticator,
      log: workerLog(index, post, () => Atomics.load(wantsDebug, 0) === 1),
      clock,
      threads,
      sharing: (limits) => sharingOf(start, limits, changing),
    });
    return new WorkerService(thread, directory, changing);
  }

  private constructor(thread: ServingThread, directory: ServedDirectory, changing: ChangingSettings) {
    this.#thread = thread;
    this.#directory = directory;
    this.#changing = changing;
  }

  /** See `LdapServer.addresses`. */
  get addresses(): readonly LdapListener[] {
    return this.#thread.addresses;
  }

  /** Of this thread alone. */
  statistics(): LdapStatistics {
    return this.#thread.statistics();
  }

  /** Takes over other settings. */
  use(changed: WorkerSettings): void {
    this.#changing.use(changed);
    this.#directory.use(changed.settings);
    this.#thread.use(changed.settings);
  }

  /** See `LdapServer.renewCertificate`. */
  renewCertificate(tls: LdapTls): void {
    this.#thread.renewCertificate(withBuffers(tls));
  }

  /** Disconnects whom the order names. */
  revoke(order: RevocationOrder): void {
    this.#thread.revoke(order);
  }

  /** See {@link ServingThread.revokeOutdated}. */
  revokeOutdated(): void {
    this.#thread.revokeOutdated();
  }

  /** See `LdapServer.stop`. */
  async stop(graceMs: number): Promise<void> {
    await this.#thread.stop(graceMs);
    this.#directory[Symbol.dispose]();
  }
}

/** What of the settings is more than settings: counts that all threads keep, and keys. */
class ChangingSettings {
  readonly ntHashes: NtHashLookup;
  readonly #index: number;
  #accounts: WorkerSettings['accounts'];
  #keyring: Keyring | undefined;

  constructor(first: WorkerSettings, index: number, { ntHashes }: SharedView, clock: Clock) {
    this.#index = index;
    this.#accounts = first.accounts;
    this.#keyring = keyringOf(first);
    this.ntHashes = new NtHashLookup({
      store: ntHashes,
      keyring: { open: (purpose, owner, sealed) => this.#open(purpose, owner, sealed) },
      clock,
      terms: ntHashSettings(first.settings),
    });
  }

  use(changed: WorkerSettings): void {
    this.#accounts = changed.accounts;
    this.#keyring = keyringOf(changed);
    this.ntHashes.use(ntHashSettings(changed.settings));
  }

  memoryOf(account: string): AccountMemory | undefined {
    const bytes = this.#accounts.get(account);
    return bytes && new AccountMemory(bytes, this.#index);
  }

  #open(...what: Parameters<Keyring['open']>): Buffer {
    if (this.#keyring === undefined) throw new Error('NT hashes are not to be read');
    return this.#keyring.open(...what);
  }
}

function keyringOf({ secretKeys }: WorkerSettings): Keyring | undefined {
  if (secretKeys.length === 0) return undefined;
  // What crosses threads is no Buffer any more.
  return new Keyring(secretKeys.map(({ id, secret }) => ({ id, secret: Buffer.from(secret) })));
}

function withBuffers(tls: LdapTls): LdapTls {
  return tls.ticketKeys === undefined ? tls : { ...tls, ticketKeys: Buffer.from(tls.ticketKeys) };
}

function sharingOf(
  { memory, index, cookieKey }: WorkerStart,
  limits: LdapLimits,
  changing: ChangingSettings,
): ServerSharing {
  return {
    admission: admissionOf(memory, index, limits),
    persistentSearches: persistentSearchesOf(memory, index),
    cookieKey,
    nextNumber: numbersOf(memory),
    accountMemoryOf: (account) => changing.memoryOf(account),
  };
}
