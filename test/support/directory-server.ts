import type { Access } from '../../src/directory/access.ts';
import type { BoundIdentity } from '../../src/directory/identity.ts';
import type { Presentation } from '../../src/directory/presentation.ts';
import { createDirectory } from '../../src/directory/directory.ts';
import { defaultDirectoryLimits, type DirectoryLimits } from '../../src/directory/limits.ts';
import { standardSchema } from '../../src/directory/schema.ts';
import { supportedControls, supportedExtensions } from '../../src/ldap/features.ts';
import { defaultLdapLimits, type LdapLimits } from '../../src/ldap/limits.ts';
import { type LdapServer, startLdapServer } from '../../src/ldap/server.ts';
import { silentLog } from '../../src/observability/log.ts';
import { systemClock } from '../../src/timing/clock.ts';
import { bindRequest } from './ldap-ber.ts';
import { RawClient } from './ldap-raw-client.ts';
import { admin, TestAuthenticator } from './ldap-test-server.ts';
import { type MemoryDirectory, memoryDirectory, type MemoryEntry } from './memory-directory.ts';
import { sampleAccess } from './sample-access.ts';
import { sampleBase } from './sample-directory.ts';

/** The limits that a test may want to change. */
export interface DirectoryServerLimits {
  readonly directory?: Partial<DirectoryLimits>;
  readonly wire?: Partial<LdapLimits>;
  readonly access?: Access;
  readonly authenticator?: TestAuthenticator;
  readonly presentationOf?: (who: BoundIdentity) => Presentation;
}

/** The real directory over entries in memory, behind the real wire. */
export class DirectoryServer implements AsyncDisposable {
  /** Leases still held tell of searches that never gave their snapshot back. */
  readonly source: MemoryDirectory;
  readonly #server: LdapServer;

  private constructor(source: MemoryDirectory, server: LdapServer) {
    this.source = source;
    this.#server = server;
  }

  /** Starts one on a free loopback port. */
  static async start(entries: readonly MemoryEntry[], limits: DirectoryServerLimits = {}): Promise<DirectoryServer> {
    const source = memoryDirectory(entries);
    const directory = createDirectory({
      source,
      schema: standardSchema,
      baseDn: sampleBase,
      access: limits.access ?? sampleAccess(),
      ...(limits.presentationOf && { presentationOf: limits.presentationOf }),
      rootDse: {
        vendorName: 'entra-ldapd',
        vendorVersion: '0',
        supportedControls,
        supportedExtensions: supportedExtensions({ startTls: false }),
        supportedFeatures: [],
        supportedSaslMechanisms: [],
      },
      limits: { ...defaultDirectoryLimits, ...limits.directory },
    });
    const server = await startLdapServer({
      listeners: [{ host: '127.0.0.1', port: 0, tls: false }],
      directory,
      authenticator: limits.authenticator ?? new TestAuthenticator(),
      log: silentLog,
      clock: systemClock,
      limits: { ...defaultLdapLimits, ...limits.wire },
    });
    return new DirectoryServer(source, server);
  }

  get port(): number {
    return this.#server.addresses[0]?.port ?? 0;
  }

  /** A connection bound with message id 1. */
  async connectBound(): Promise<RawClient> {
    const client = await RawClient.connect(this.port);
    const { code } = await client.ask(1, bindRequest(admin.dn, admin.password));
    if (code !== 0) throw new Error(`bind answered ${code}`);
    return client;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#server[Symbol.asyncDispose]();
  }
}
