import { createDirectory } from '../../src/directory/directory.ts';
import type { PublishedSource } from '../../src/directory/reader.ts';
import { standardSchema } from '../../src/directory/schema.ts';
import { defaultLdapLimits, type LdapLimits } from '../../src/ldap/limits.ts';
import { type LdapServer, startLdapServer } from '../../src/ldap/server.ts';
import { silentLog } from '../../src/observability/log.ts';
import type { Store } from '../../src/store/store.ts';
import type { SyncEngine } from '../../src/sync/engine.ts';
import { bindRequest } from './ldap-ber.ts';
import { RawClient } from './ldap-raw-client.ts';
import { admin, TestAuthenticator } from './ldap-test-server.ts';
import { ManualClock } from './manual-clock.ts';
import type { ModelTenant } from './model-tenant.ts';
import { sampleAccess, type SampleRights } from './sample-access.ts';
import { openTestStore, testEngine } from './sync-bench.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** What a test may want to be otherwise. */
export interface PublishedServerOptions {
  /** Changes that the store keeps. */
  readonly changeRecordsMax?: number;
  readonly rights?: SampleRights;
}

/** The real wire, directory, store and publishing, over a tenant that a test changes. */
export class PublishedServer implements AsyncDisposable {
  readonly clock = new ManualClock();
  readonly authenticator = new TestAuthenticator();
  /** Published directories that somebody holds, by publication. */
  readonly held = new Map<number, number>();
  /** Who waits to be told of a publish. */
  listeners = 0;
  readonly #tenant: ModelTenant;
  readonly #limits: Partial<LdapLimits>;
  readonly #options: PublishedServerOptions;
  readonly #folder = temporaryFolder();
  #store: Store | undefined;
  #engine: SyncEngine | undefined;
  #server: LdapServer | undefined;
  #rights: SampleRights | undefined;

  private constructor(tenant: ModelTenant, limits: Partial<LdapLimits>, options: PublishedServerOptions) {
    this.#tenant = tenant;
    this.#limits = limits;
    this.#options = options;
    this.#rights = options.rights;
  }

  /** Publishes the tenant and serves it on a free loopback port. */
  static async start(
    tenant: ModelTenant,
    limits: Partial<LdapLimits> = {},
    options: PublishedServerOptions = {},
  ): Promise<PublishedServer> {
    const server = new PublishedServer(tenant, limits, options);
    const store = await server.#open();
    await server.publish();
    await server.#listen(store);
    return server;
  }

  /** Closes the server and its store, and starts both again as a new process would, with other rights if they are given. */
  async restart(rights = this.#rights): Promise<void> {
    await this.stop(0);
    this.#rights = rights;
    await this.#listen(await this.#open());
  }

  /** Stops the server and closes the store. */
  async stop(graceMs: number): Promise<void> {
    await this.#server?.stop(graceMs);
    await this.#store?.[Symbol.asyncDispose]();
  }

  async #open(): Promise<Store> {
    this.#store = await openTestStore(this.#folder.path, undefined, this.#options.changeRecordsMax);
    this.#engine = testEngine(this.#store, this.#tenant, this.clock);
    return this.#store;
  }

  /** Takes over what has changed in the tenant, and publishes it. */
  async publish(): Promise<void> {
    const round = await this.#engine?.runRound(false, new AbortController().signal);
    if (round?.summary.outcome !== 'published') throw new Error(`the round ended as ${round?.summary.outcome}`);
  }

  /** Shows again what was shown before. */
  async rollBack(): Promise<void> {
    await this.#engine?.rollBack(null, 'command', new AbortController().signal);
  }

  /** The number of the newest publication. */
  get publication(): number {
    using lease = this.#store?.source.acquire();
    return lease?.reader.publication ?? 0;
  }

  get port(): number {
    return this.#server?.addresses[0]?.port ?? 0;
  }

  /** Connections that are open. */
  get connections(): number {
    return this.#server?.statistics().connections ?? 0;
  }

  /** The id of the entry with this DN. */
  entryId(dn: string): number {
    using lease = this.#store?.source.acquire();
    return lease?.reader.findDn(dn) ?? 0;
  }

  /** A new connection. */
  connect(): Promise<RawClient> {
    return RawClient.connect(this.port);
  }

  /** A connection bound with message id 1. */
  async connectBound(): Promise<RawClient> {
    const client = await this.connect();
    const { code } = await client.ask(1, bindRequest(admin.dn, admin.password));
    if (code !== 0) throw new Error(`bind answered ${code}`);
    return client;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server?.[Symbol.asyncDispose]();
    await this.#store?.[Symbol.asyncDispose]();
    this.#folder[Symbol.dispose]();
  }

  async #listen(store: Store): Promise<void> {
    const directory = createDirectory({
      source: this.#counted(store.source),
      schema: standardSchema,
      baseDn: 'dc=example,dc=com',
      access: sampleAccess(this.#rights),
      rootDse: {
        vendorName: 'entra-ldapd',
        vendorVersion: '0',
        supportedControls: [],
        supportedExtensions: [],
        supportedFeatures: [],
        supportedSaslMechanisms: [],
      },
    });
    this.#server = await startLdapServer({
      listeners: [{ host: '127.0.0.1', port: 0, tls: false }],
      directory,
      authenticator: this.authenticator,
      log: silentLog,
      clock: this.clock,
      limits: { ...defaultLdapLimits, ...this.#limits },
    });
  }

  #counted(source: Store['source']): PublishedSource {
    const count = (publication: number, change: number): void => {
      const leases = (this.held.get(publication) ?? 0) + change;
      if (leases === 0) this.held.delete(publication);
      else this.held.set(publication, leases);
    };
    return {
      onPublished: (listener) => {
        const subscription = source.onPublished(listener);
        this.listeners++;
        return {
          [Symbol.dispose]: () => {
            this.listeners--;
            subscription[Symbol.dispose]();
          },
        };
      },
      acquire: () => {
        const lease = source.acquire();
        if (lease === undefined) return undefined;
        const { publication } = lease.reader;
        count(publication, 1);
        let open = true;
        return {
          ...lease,
          [Symbol.dispose]: () => {
            if (open) count(publication, -1);
            open = false;
            lease[Symbol.dispose]();
          },
        };
      },
    };
  }
}
