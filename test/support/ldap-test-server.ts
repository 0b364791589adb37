import type { X509Certificate } from 'node:crypto';

import type { Authenticator, BindContext, BindOutcome } from '../../src/auth/bind.ts';
import type { SourceNetwork } from '../../src/auth/source-networks.ts';
import { createCertificateAuthority, issueServerCertificate } from '../../src/certificates/authority.ts';
import { ldapResult, ResultCode } from '../../src/directory/result.ts';
import type { AccountLimits } from '../../src/ldap/account-limits.ts';
import { defaultLdapLimits, type LdapLimits } from '../../src/ldap/limits.ts';
import { type LdapServer, type LdapServerOptions, startLdapServer } from '../../src/ldap/server.ts';
import type { LdapTls } from '../../src/ldap/tls.ts';
import type { Log, LogFields } from '../../src/observability/log.ts';
import { type Clock, systemClock } from '../../src/timing/clock.ts';
import { bindRequest } from './ldap-ber.ts';
import { RawClient } from './ldap-raw-client.ts';
import { TestDirectory } from './ldap-test-directory.ts';

/** The account that the test authenticator knows. */
export const admin = { dn: 'cn=admin,ou=services,dc=example,dc=com', password: 'secret' };

/** One bind as the authenticator saw it. */
export interface SeenBind {
  readonly name: string;
  /** A copy of the octets at the time of the call. */
  readonly password: Buffer;
  /** The octets themselves: wiped later. */
  readonly view: Buffer;
  readonly context: BindContext;
}

/** Knows one account; can be told to wait. */
export class TestAuthenticator implements Authenticator {
  readonly seen: SeenBind[] = [];
  /** Certificates of the binds by certificate, and in which circumstances they came. */
  readonly external: { readonly certificate: X509Certificate; readonly context: BindContext }[] = [];
  /** Replaces the verdict. */
  onBind: ((name: string, password: Buffer) => Promise<BindOutcome>) | undefined;

  bindSimple(name: string, password: Buffer, context: BindContext): Promise<BindOutcome> {
    this.seen.push({ name, password: Buffer.from(password), view: password, context });
    if (this.onBind !== undefined) return this.onBind(name, password);
    const accepted = name === admin.dn && password.equals(Buffer.from(admin.password));
    return Promise.resolve(accepted ? accept(admin.dn) : refuse());
  }

  bindExternal(certificate: X509Certificate, context: BindContext): Promise<BindOutcome> {
    this.external.push({ certificate, context });
    return Promise.resolve(certificate.subject.endsWith('CN=admin') ? accept(admin.dn) : refuse());
  }
}

/** An accepted bind of a service account. */
export function accept(dn: string): BindOutcome {
  return { kind: 'accepted', identity: { kind: 'service', dn, name: 'admin' } };
}

/** A refused bind. */
export function refuse(): BindOutcome {
  return { kind: 'refused', result: ldapResult(ResultCode.invalidCredentials, 'invalid credentials') };
}

/** One line of the log. */
export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly event: string;
  readonly fields: LogFields;
  readonly cause: unknown;
}

/** A log that remembers. */
export class RecordingLog implements Log {
  readonly lines: LogLine[] = [];

  debug(event: string, fields: LogFields = {}): void {
    this.lines.push({ level: 'debug', event, fields, cause: undefined });
  }

  info(event: string, fields: LogFields = {}): void {
    this.lines.push({ level: 'info', event, fields, cause: undefined });
  }

  warn(event: string, fields: LogFields = {}): void {
    this.lines.push({ level: 'warn', event, fields, cause: undefined });
  }

  error(event: string, fields: LogFields = {}, cause?: unknown): void {
    this.lines.push({ level: 'error', event, fields, cause });
  }

  /** Lines of this event. */
  of(event: string): readonly LogLine[] {
    return this.lines.filter((line) => line.event === event);
  }
}

/** What a test may want to change. */
export interface TestServerOptions {
  readonly limits?: Partial<LdapLimits>;
  readonly directory?: TestDirectory;
  readonly clock?: Clock;
  readonly tls?: LdapTls;
  readonly requireTlsForBind?: boolean;
  readonly clearPasswordsFrom?: readonly SourceNetwork[];
  readonly accountLimits?: ReadonlyMap<string, AccountLimits>;
  readonly directoryOffering?: LdapServerOptions['directoryOffering'];
}

/** A server on free loopback ports with everything that can be watched. */
export class TestServer implements AsyncDisposable {
  readonly server: LdapServer;
  readonly directory: TestDirectory;
  readonly authenticator: TestAuthenticator;
  readonly log: RecordingLog;

  private constructor(
    server: LdapServer,
    directory: TestDirectory,
    authenticator: TestAuthenticator,
    log: RecordingLog,
  ) {
    this.server = server;
    this.directory = directory;
    this.authenticator = authenticator;
    this.log = log;
  }

  /** Starts one: a plain listener, and an LDAPS one when there is a certificate. */
  static async start(options: TestServerOptions = {}): Promise<TestServer> {
    const directory = options.directory ?? new TestDirectory();
    const authenticator = new TestAuthenticator();
    const log = new RecordingLog();
    const plain = { host: '127.0.0.1', port: 0, tls: false };
    const server = await startLdapServer({
      listeners: options.tls === undefined ? [plain] : [plain, { ...plain, tls: true }],
      directory,
      authenticator,
      log,
      clock: options.clock ?? systemClock,
      limits: { ...defaultLdapLimits, ...options.limits },
      requireTlsForBind: options.requireTlsForBind ?? false,
      ...(options.clearPasswordsFrom && { clearPasswordsFrom: options.clearPasswordsFrom }),
      ...(options.accountLimits && { accountLimits: options.accountLimits }),
      ...(options.tls && { tls: options.tls }),
      ...(options.directoryOffering && { directoryOffering: options.directoryOffering }),
    });
    return new TestServer(server, directory, authenticator, log);
  }

  get port(): number {
    return this.server.addresses[0]?.port ?? 0;
  }

  get tlsPort(): number {
    return this.server.addresses[1]?.port ?? 0;
  }

  /** A new connection. */
  connect(): Promise<RawClient> {
    return RawClient.connect(this.port);
  }

  /** A new connection, bound as the administrator with message id 1. */
  async connectBound(): Promise<RawClient> {
    const client = await this.connect();
    const { code } = await client.ask(1, bindRequest(admin.dn, admin.password));
    if (code !== 0) throw new Error(`bind answered ${code}`);
    return client;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.server[Symbol.asyncDispose]();
  }
}

/** A certificate for 127.0.0.1 and the authority that clients have to trust. */
export async function testCertificate(): Promise<LdapTls & { readonly ca: string }> {
  const nowMs = Date.now();
  const authority = await createCertificateAuthority({ commonName: 'Test CA', nowMs, days: 2 });
  const pair = await issueServerCertificate({ authority, hosts: ['127.0.0.1', 'localhost'], nowMs, days: 1 });
  return { ...pair, ca: authority.certPem };
}
