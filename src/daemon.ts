import { createAuthenticator } from './auth/authenticator.ts';
import { createUserLookup } from './auth/user-lookup.ts';
import type { Config } from './config/config.ts';
import { Access } from './directory/access.ts';
import { createDirectory } from './directory/directory.ts';
import type { Directory } from './directory/directory-port.ts';
import { anonymous, type BoundIdentity } from './directory/identity.ts';
import { defaultDirectoryLimits } from './directory/limits.ts';
import type { Presentation } from './directory/presentation.ts';
import { presentedSource } from './directory/presented-entry.ts';
import { DirectoryStorageError, type PublishedSource } from './directory/reader.ts';
import { exportLdif, LdifExportError } from './directory/ldif-export.ts';
import { formatOpenLdapSchema } from './directory/openldap-schema.ts';
import { standardSchema } from './directory/schema.ts';
import { examine } from './graph/examination.ts';
import { createGraph, type Graph, type GraphOptions } from './graph/graph.ts';
import { resolveTenant } from './graph/resolve-tenant.ts';
import { startControlServer } from './http/control-server.ts';
import {
  type AdminApi,
  AdminRefusal,
  type DaemonState,
  type ExportRequest,
  type StatusReport,
} from './identity/admin.ts';
import type { Finding, TrialUser } from './identity/examination.ts';
import { structuralNodes } from './identity/node.ts';
import type { RoundProgress, RoundSummary } from './identity/round.ts';
import { CertificateError } from './ldap/certificate-files.ts';
import { supportedControls, supportedExtensions } from './ldap/features.ts';
import { defaultLdapLimits } from './ldap/limits.ts';
import { type LdapListener, type LdapServer, startLdapServer } from './ldap/server.ts';
import { ldapTls, type LoadedServerTls, loadServerTls, ServerCertificates } from './ldap/server-certificates.ts';
import { accessGroupUnknown, directoryPublished, storeOpened } from './observability/events.ts';
import type { Log } from './observability/log.ts';
import { projectionFingerprint } from './projection/fingerprint.ts';
import { presentationOfFlavour } from './projection/flavour.ts';
import { Projector } from './projection/projector.ts';
import { directoryExtensions } from './projection/source-property.ts';
import { openStore, type Store } from './store/store.ts';
import { StoreError, type StoreErrorCode } from './store/store-error.ts';
import { SyncService } from './sync/service.ts';
import type { Clock } from './timing/clock.ts';

/** What the daemon is run with. */
export interface DaemonOptions {
  readonly config: Config;
  readonly log: Log;
  readonly clock: Clock;
  readonly version: string;
  /** Aborts when the daemon is to stop. */
  readonly signal: AbortSignal;
  readonly onListening?: (addresses: readonly LdapListener[]) => void;
  /** Calls the listener, until disposed, whenever the administrator asks to read the certificate of the LDAP server again. */
  readonly onReadAgain?: (listener: () => void) => Disposable;
  /** Called after each round that changed the directory. */
  readonly onPublished?: (summary: RoundSummary) => void;
}

/** What a single round is run with. */
export interface SyncOnceOptions extends Pick<DaemonOptions, 'config' | 'log' | 'clock' | 'version' | 'signal'> {
  /** Read everything anew. */
  readonly full: boolean;
  readonly onProgress: (progress: RoundProgress) => void;
}

/** The daemon cannot start. `message` is a sentence that says what to do. */
export class StartupError extends Error {
  override readonly name = 'StartupError';
  readonly code: `store-${StoreErrorCode}` | 'listen' | 'certificate';

  constructor(code: StartupError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** How long operations under way may take when the daemon stops. */
const stopGraceMs = 5_000;

/** Without a successful round for so many intervals, what is served counts as stale. */
const OVERDUE_INTERVALS = 2;

/**
 * Runs the daemon until the signal aborts: synchronizes on schedule and serves what is published. Everything it opened is
 * closed when it returns, whatever the reason.
 *
 * @throws StartupError, ControlError when it cannot start; nothing was served then
 */
export async function runDaemon(options: DaemonOptions): Promise<void> {
  const { config, log, clock, version, signal } = options;
  const startedAtMs = clock.now();
  await using store = await openOwnStore(config, log);
  await using graph = openGraph(config, clock, log);
  const sync = createSync(options, store, graph);
  // What an interrupted publish has left on disk is neither the old directory nor the new one.
  await sync.recover(signal);
  const tls = await openTls(config);
  const access = new Access(config.access, standardSchema);
  using _reporting = reportUnknownGroups(access, store.source, log);
  await using server = await startServer(options, store, graph, access, tls);
  await using certificates = watchCertificates(options, server, tls);
  using _readingAgain = options.onReadAgain?.(() => certificates?.readAgain());
  const status = (): StatusReport => ({
    version,
    state: stateOf(
      store,
      sync,
      clock.now() - Math.max(startedAtMs, sync.lastSuccessAtMs ?? 0) > OVERDUE_INTERVALS * config.sync.intervalMs,
    ),
    startedAtMs,
    tenant: { id: config.tenant.id, displayName: config.tenant.displayName ?? null },
    baseDn: config.directory.baseDn,
    listeners: server.addresses,
    connections: server.statistics().connections,
    certificates: certificates?.report() ?? [],
    directory: publishedDirectory(store),
    sync: {
      running: sync.running,
      last: sync.last,
      lastSuccessAtMs: sync.lastSuccessAtMs,
      nextAtMs: sync.nextAtMs,
      lastFullAtMs: sync.lastFullAtMs,
      reconciliation: sync.reconciliation,
    },
    credentials: graph.credentials(),
    traffic: graph.traffic(),
  });
  const api: AdminApi = {
    status,
    requestSync: ({ full }) => sync.request(full),
    followRound: (round, following) => sync.follow(round, AbortSignal.any([following, signal])),
    exportLdif: (request) => exportView(config, store, request),
  };
  await using _control = await startControlServer({ dataDirectory: config.store.path, api, log });
  options.onListening?.(server.addresses);
  await sync.run(signal);
  await server.stop(stopGraceMs);
}

/**
 * Runs one round without serving anyone, for schedulers and for the first sync.
 *
 * @throws StartupError when the store cannot be opened, for instance because a daemon holds it
 */
export async function runSyncOnce(options: SyncOnceOptions): Promise<RoundSummary> {
  const { config, log, clock, signal, full, onProgress } = options;
  await using store = await openOwnStore(config, log);
  await using graph = openGraph(config, clock, log);
  return await createSync(options, store, graph, onProgress).runRound(full, signal);
}

/**
 * The published directory as LDIF, read from the store without a daemon.
 *
 * @throws StartupError when the store cannot be opened, AdminRefusal when there is nothing to export
 */
export async function* exportStored(
  { config, log }: Pick<DaemonOptions, 'config' | 'log'>,
  request: ExportRequest,
): AsyncGenerator<string, void, void> {
  await using store = await openOwnStore(config, log);
  try {
    yield* exportView(config, store, request);
  } catch (error) {
    if (!(error instanceof DirectoryStorageError)) throw error;
    throw new StartupError('store-failed', `The store cannot be read: ${error.message}.`, { cause: error });
  }
}

/** The schema that the daemon serves, as a file that OpenLDAP's slapd.conf(5) includes. */
export function openLdapSchema(): string {
  return formatOpenLdapSchema(standardSchema);
}

async function* exportView(
  config: Config,
  store: Store,
  { baseDn = config.directory.baseDn, operational, version }: ExportRequest,
): AsyncGenerator<string, void, void> {
  try {
    const source = presentedSource(store.source, presentationsOf(config)(anonymous));
    yield* exportLdif(source, standardSchema, { baseDn, operational, version });
  } catch (error) {
    if (!(error instanceof LdifExportError)) throw error;
    throw new AdminRefusal(exportRefusal(error.code, baseDn), { cause: error });
  }
}

function exportRefusal(code: LdifExportError['code'], baseDn: string): string {
  switch (code) {
    case 'notPublished':
      return 'There is no complete directory to export yet: run entra-ldapd sync first.';
    case 'invalidDn':
      return `"${baseDn}" is not a distinguished name.`;
    case 'noSuchObject':
      return `The directory has no entry ${baseDn}.`;
  }
}

async function openOwnStore(config: Config, log: Log): Promise<Store> {
  try {
    const store = await openStore({ directory: config.store.path, tenantId: config.tenant.id, schema: standardSchema });
    storeOpened(log, { path: config.store.path, publication: store.view.facts?.publication });
    return store;
  } catch (error) {
    if (error instanceof StoreError) throw new StartupError(`store-${error.code}`, error.message, { cause: error });
    throw error;
  }
}

function openGraph(config: Config, clock: Clock, log: Log): Graph {
  return createGraph({ ...graphOptions(config, clock, log), extensions: directoryExtensions(config.projection) });
}

/** What is wrong between this machine and the tenant, and what to do about it; see {@link examine}. */
export function examineSource(
  { config, log, clock, signal }: Pick<DaemonOptions, 'config' | 'log' | 'clock' | 'signal'>,
  user: TrialUser | undefined,
): AsyncGenerator<Finding, void, void> {
  return examine({ ...graphOptions(config, clock, log), signIn: config.bind.entra.enabled, user, signal });
}

/** The id of the tenant that a domain belongs to; see {@link resolveTenant}. */
export const tenantOfDomain = resolveTenant;

function graphOptions({ tenant, bind }: Config, clock: Clock, log: Log): Omit<GraphOptions, 'extensions'> {
  return {
    tenantId: tenant.id,
    clientId: tenant.clientId,
    credentials: tenant.credentials.map((each) =>
      each.kind === 'certificate' ? { ...each, pem: each.pem.reveal() } : each,
    ),
    authorityHost: tenant.authorityHost,
    graphUrl: tenant.graphUrl,
    ...(tenant.ca === undefined ? {} : { ca: tenant.ca }),
    ...(tenant.proxy === undefined ? {} : { proxy: tenant.proxy }),
    requestTimeoutMs: tenant.requestTimeoutMs,
    passwordTimeoutMs: bind.entra.timeoutMs,
    clock,
    random: Math.random,
    log,
  };
}

function createSync(
  { config, log, clock, onPublished }: Pick<DaemonOptions, 'config' | 'log' | 'clock' | 'onPublished'>,
  store: Store,
  graph: Graph,
  onProgress?: (progress: RoundProgress) => void,
): SyncService {
  return new SyncService({
    feed: graph.feed,
    mirror: store.mirror,
    ledger: store.ledger,
    view: store.view,
    projector: new Projector(config.projection, standardSchema),
    fingerprint: projectionFingerprint(config.projection),
    schedule: config.sync,
    clock,
    random: Math.random,
    log,
    onProgress: onProgress ?? (() => {}),
    onPublished: (summary) => {
      const { facts } = store.view;
      if (facts !== undefined) {
        const { publication, users, groups, services } = facts;
        directoryPublished(log, { publication, users, groups, services });
      }
      onPublished?.(summary);
    },
  });
}

async function startServer(
  { config, log, clock, version }: DaemonOptions,
  store: Store,
  graph: Graph,
  access: Access,
  tls: LoadedServerTls | undefined,
): Promise<LdapServer> {
  const presentationOf = presentationsOf(config);
  const directoryOffering = (supportedSaslMechanisms: readonly string[]): Directory =>
    createDirectory({
      source: store.source,
      schema: standardSchema,
      baseDn: config.directory.baseDn,
      access,
      presentationOf,
      limits: { ...defaultDirectoryLimits, examinedMax: config.ldap.lookthroughLimit },
      rootDse: {
        vendorName: 'entra-ldapd',
        vendorVersion: version,
        supportedControls,
        supportedExtensions: supportedExtensions({ startTls: tls !== undefined }),
        supportedFeatures: [],
        supportedSaslMechanisms,
      },
    });
  const authenticator = createAuthenticator({
    serviceAccounts: config.serviceAccounts.map((account) => ({
      ...account,
      passwordHash: account.passwordHash?.reveal(),
    })),
    users: createUserLookup(store.source, standardSchema),
    passwords: config.bind.entra.enabled ? graph.passwords : undefined,
    clock,
    log,
  });
  try {
    return await startLdapServer({
      listeners: config.ldap.listeners,
      ...(tls && { tls: ldapTls(tls) }),
      directory: directoryOffering([]),
      directoryOffering,
      authenticator,
      log,
      clock,
      limits: { ...defaultLdapLimits, ...config.ldap.limits },
      requireTlsForBind: config.ldap.requireTlsForBind,
      clearPasswordsFrom: config.ldap.clearPasswordsFrom,
      accountLimits: new Map(config.serviceAccounts.map(({ name, limits }) => [name, limits])),
    });
  } catch (error) {
    throw listenError(error);
  }
}

/** Tells of groups that rights name and the directory does not have, now and whenever a publish changes which. */
function reportUnknownGroups(access: Access, source: PublishedSource, log: Log): Disposable {
  let reported = new Set<string>();
  const report = (): void => {
    try {
      using lease = source.acquire();
      const unknown = lease === undefined ? [] : access.unknownGroups(lease.reader);
      for (const facts of unknown) if (!reported.has(JSON.stringify(facts))) accessGroupUnknown(log, facts);
      reported = new Set(unknown.map((facts) => JSON.stringify(facts)));
    } catch (error) {
      // Whoever asks the directory for more than this report is told, and so is the administrator.
      if (!(error instanceof DirectoryStorageError)) throw error;
    }
  };
  report();
  return source.onPublished(report);
}

/** How the directory appears to each identity: as the tree does, unless a service account has it otherwise. */
function presentationsOf({ directory, projection, serviceAccounts }: Config): (who: BoundIdentity) => Presentation {
  const { memberOf } = directory;
  const plain = presentationOfFlavour({ activeDirectory: false, memberOf }, projection, standardSchema);
  const activeDirectory = presentationOfFlavour({ activeDirectory: true, memberOf }, projection, standardSchema);
  const accounts = new Map(
    serviceAccounts.map((account) => [account.name, account.activeDirectory ? activeDirectory : plain]),
  );
  const tree = directory.activeDirectory ? activeDirectory : plain;
  return (who) => (who.kind === 'service' ? accounts.get(who.name) : undefined) ?? tree;
}

async function openTls({ ldap }: Config): Promise<LoadedServerTls | undefined> {
  try {
    return ldap.tls && (await loadServerTls(ldap.tls));
  } catch (error) {
    if (!(error instanceof CertificateError)) throw error;
    throw new StartupError('certificate', error.message, { cause: error });
  }
}

function watchCertificates(
  { config, log, clock }: DaemonOptions,
  server: LdapServer,
  inUse: LoadedServerTls | undefined,
): ServerCertificates | undefined {
  const files = config.ldap.tls;
  if (files === undefined || inUse === undefined) return undefined;
  return new ServerCertificates({ files, inUse, apply: (tls) => server.renewCertificate(tls), log, clock });
}

function listenError(error: unknown): StartupError {
  const { code, address, port } = error as NodeJS.ErrnoException & { address?: string; port?: number };
  const where = address === undefined ? 'the configured address' : `${address}:${port ?? ''}`;
  switch (code) {
    case 'EADDRINUSE':
      return new StartupError(
        'listen',
        `Another program is listening on ${where}. Stop it, or choose another address in ldap.listen.`,
        { cause: error },
      );
    case 'EACCES':
      return new StartupError(
        'listen',
        `Listening on ${where} is not allowed: ports below 1024 need root or the capability CAP_NET_BIND_SERVICE.`,
        { cause: error },
      );
    case 'EADDRNOTAVAIL':
      return new StartupError(
        'listen',
        `This machine has no address ${where}. Correct ldap.listen or ldap.tlsListen.`,
        { cause: error },
      );
    default:
      return new StartupError(
        code === undefined ? 'certificate' : 'listen',
        `The LDAP server cannot start: ${messageOf(error)}.`,
        { cause: error },
      );
  }
}

function publishedDirectory({ view }: Store): StatusReport['directory'] {
  if (view.facts === undefined) return null;
  const { publication, publishedAtMs, users, groups, services } = view.facts;
  return { publication, publishedAtMs, users, groups, services };
}

/** Health in one word, see {@link DaemonState}. */
function stateOf(store: Store, sync: SyncService, overdue: boolean): DaemonState {
  if (store.view.facts === undefined) return 'starting';
  try {
    using lease = store.source.acquire();
    if (lease?.reader.entry(structuralNodes.base) === undefined) return 'broken';
  } catch (error) {
    if (error instanceof DirectoryStorageError) return 'broken';
    throw error;
  }
  return overdue || sync.last?.outcome === 'failed' ? 'stale' : 'serving';
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
