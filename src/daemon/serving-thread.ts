import type { Authenticator } from '../auth/bind.ts';
import type { PublishedSource } from '../directory/reader.ts';
import type { AccountLimits } from '../ldap/account-limits.ts';
import { defaultLdapLimits, type LdapLimits } from '../ldap/limits.ts';
import { type LdapListener, type LdapServer, startLdapServer } from '../ldap/server.ts';
import type { ServerSharing } from '../ldap/services.ts';
import type { LdapStatistics } from '../ldap/statistics.ts';
import type { LdapTls } from '../ldap/tls.ts';
import type { ServingThreads } from '../identity/serving-threads.ts';
import type { Log } from '../observability/log.ts';
import type { Clock } from '../timing/clock.ts';
import type { LdapService } from './ldap-service.ts';
import { closingBy, type ClosingOf, revoke, revokeOutdated, type RevocationOrder } from './revocations.ts';
import type { ServedDirectory } from './served-directory.ts';
import type { ServedSettings } from './served-settings.ts';

/** What one thread serves LDAP with. */
export interface ServingThreadOptions {
  readonly settings: ServedSettings;
  readonly listeners: readonly LdapListener[];
  readonly tls: LdapTls | undefined;
  readonly directory: ServedDirectory;
  /** What the directory reads from. */
  readonly source: PublishedSource;
  readonly authenticator: Authenticator;
  readonly log: Log;
  readonly clock: Clock;
  /** How many threads serve at the same addresses; what all connections may take of memory is divided among them. */
  readonly threads: number;
  /** There when several do: what they have in common, with limits that change as the settings do. */
  readonly sharing?: (limits: LdapLimits) => ServerSharing;
}

/** LDAP as this thread serves it. */
export class ServingThread implements LdapService {
  readonly threads: ServingThreads = { wanted: 1, serving: 1, restarts: 0 };
  readonly #options: ServingThreadOptions;
  readonly #limits: LdapLimits;
  readonly #server: LdapServer;
  readonly #sharing: ServerSharing | undefined;
  #closing: ClosingOf;
  #following: Disposable | undefined;

  /** Starts it. Rejects as `startLdapServer` does. */
  static async start(options: ServingThreadOptions): Promise<ServingThread> {
    const { settings, directory, tls, sharing, listeners, authenticator, log, clock } = options;
    const { ldap } = settings;
    const limits = { ...limitsAmong(options.threads), ...ldap.limits };
    const shared = sharing?.(limits);
    const server = await startLdapServer({
      listeners,
      ...(tls && { tls }),
      ...(shared && { sharing: shared }),
      directory: directory.offering([]),
      directoryOffering: (mechanisms) => directory.offering(mechanisms),
      authenticator,
      log,
      clock,
      limits,
      requireTlsForBind: ldap.requireTlsForBind,
      clearPasswordsFrom: ldap.clearPasswordsFrom,
      accountLimits: accountLimits(settings),
    });
    return new ServingThread(options, limits, server, shared);
  }

  /** As {@link ServingThread.start}, for a thread that learns of each publish from its own source. */
  static async alone(options: ServingThreadOptions): Promise<ServingThread> {
    const thread = await ServingThread.start(options);
    thread.#following = options.source.onPublished(() => thread.revokeOutdated());
    return thread;
  }

  private constructor(
    options: ServingThreadOptions,
    limits: LdapLimits,
    server: LdapServer,
    sharing: ServerSharing | undefined,
  ) {
    this.#sharing = sharing;
    this.#options = options;
    this.#limits = limits;
    this.#server = server;
    this.#closing = closingBy(options.settings, options.source);
  }

  get addresses(): readonly LdapListener[] {
    return this.#server.addresses;
  }

  statistics(): LdapStatistics {
    return this.#server.statistics();
  }

  renewCertificate(tls: LdapTls): void {
    this.#server.renewCertificate(tls);
  }

  use(settings: ServedSettings): void {
    Object.assign(this.#limits, settings.ldap.limits);
    this.#server.useAccounts(accountLimits(settings), this.#sharing?.accountMemoryOf);
    this.#closing = closingBy(settings, this.#options.source);
    this.revokeOutdated();
  }

  revoke(order: RevocationOrder): void {
    revoke(this.#server, order, this.#options.log);
  }

  /**
   * Disconnects users who are not any more who they were when they bound, or whose way to log in was closed; to be called after each
   * publish.
   */
  revokeOutdated(): void {
    revokeOutdated(this.#server, this.#options.source, this.#options.log, this.#closing);
  }

  async stop(graceMs: number): Promise<void> {
    await this.#server.stop(graceMs);
    this.#following?.[Symbol.dispose]();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop(0);
  }
}

/** The limits of service accounts, by name. */
export function accountLimits({
  serviceAccounts,
}: Pick<ServedSettings, 'serviceAccounts'>): ReadonlyMap<string, AccountLimits> {
  return new Map(serviceAccounts.map(({ name, limits }) => [name, limits]));
}

/** The limits of one of so many threads: what bounds memory is divided, what bounds clients is counted by all together. */
function limitsAmong(threads: number): LdapLimits {
  const { inputBytesTotalMax, outputBytesTotalMax, pagedPublicationsMax, pagedWalksMax, ...limits } = defaultLdapLimits;
  const share = (max: number): number => Math.ceil(max / threads);
  return {
    ...limits,
    inputBytesTotalMax: share(inputBytesTotalMax),
    outputBytesTotalMax: share(outputBytesTotalMax),
    pagedPublicationsMax: share(pagedPublicationsMax),
    pagedWalksMax: share(pagedWalksMax),
  };
}
