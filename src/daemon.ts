import { type AuthenticatorSettings, createAuthenticator } from './auth/authenticator.ts';
import { createUserLookup } from './auth/user-lookup.ts';
import type { AccountLimitsConfig, Config } from './config/config.ts';
import { type ConfigFile, ConfigWatch } from './config/config-watch.ts';
import { changedAccounts } from './config/live.ts';
import type { ConfigResult } from './config/load.ts';
import { formatProblem } from './config/problem.ts';
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
import type { TriedFilter } from './graph/try-filter.ts';
import { startControlServer } from './http/control-server.ts';
import {
  type AdminApi,
  AdminRefusal,
  type DaemonState,
  type ExportRequest,
  type HoldRequest,
  type StatusReport,
} from './identity/admin.ts';
import type { FilterTrial } from './identity/filter-trial.ts';
import type { Finding, TrialUser } from './identity/examination.ts';
import type { IdsReport, Inspection } from './identity/inspection.ts';
import { structuralNodes } from './identity/node.ts';
import { adoptNumbers } from './inspection/adopt-numbers.ts';
import { IdFileError, readIdRows, readWishedNumbers } from './inspection/id-rows.ts';
import { importIds } from './inspection/import-ids.ts';
import { createInspection } from './inspection/inspection.ts';
import type { PlanRequest, PlanResult } from './identity/plan.ts';
import type { RoundProgress, RoundSummary } from './identity/round.ts';
import type { HeldItem, HoldReport } from './identity/safety.ts';
import { CertificateError } from './ldap/certificate-files.ts';
import { supportedControls, supportedExtensions } from './ldap/features.ts';
import { defaultLdapLimits } from './ldap/limits.ts';
import { type LdapListener, type LdapServer, startLdapServer } from './ldap/server.ts';
import { ldapTls, type LoadedServerTls, loadServerTls, ServerCertificates } from './ldap/server-certificates.ts';
import { accessGroupUnknown, directoryPublished, policyGroupUnknown, storeOpened } from './observability/events.ts';
import type { Log } from './observability/log.ts';
import { projectionFingerprint } from './projection/fingerprint.ts';
import { presentationOfFlavour } from './projection/flavour.ts';
import { type UnknownPolicyGroup, unknownPolicyGroups } from './projection/policy.ts';
import { Projector } from './projection/projector.ts';
import type { ProjectionSettings } from './projection/settings.ts';
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
  /** Calls the listener, until disposed, whenever the administrator asks to read the configuration and the certificates again. */
  readonly onReadAgain?: (listener: () => void) => Disposable;
  /** Where `config` comes from; changes of it are taken over while the daemon runs. Left out: there are none. */
  readonly configFile?: ConfigFile;
  /** Reads and checks the text of another configuration, to plan what it would change. Left out: none can be planned. */
  readonly parseConfig?: (file: string, text: string) => ConfigResult;
  /** Called with each configuration that was taken over. */
  readonly onConfig?: (config: Config) => void;
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
  let current = config;
  const startedAtMs = clock.now();
  await using store = await openOwnStore(config, log);
  await using graph = openGraph(config, clock, log);
  const sync = createSync(options, store, graph);
  // What an interrupted publish has left on disk is neither the old directory nor the new one.
  await sync.recover(signal);
  const tls = await openTls(config);
  const access = new Access(config.access, standardSchema);
  const policy = new PolicyReporter(store, log, () => current.projection);
  using unknownGroups = reportUnknownGroups(access, store.source, log);
  using _policyGroups = store.source.onPublished(() => policy.report());
  policy.report();
  const serving = await startServer(options, store, graph, access, tls);
  await using server = serving.server;
  await using certificates = watchCertificates(options, server, tls);
  await using configWatch = watchConfig(options, (next, before) => {
    current = next;
    serving.use(next, before);
    sync.reconfigure(syncSettings(next));
    unknownGroups.report();
    policy.report();
    options.onConfig?.(next);
  });
  using _readingAgain = options.onReadAgain?.(() => {
    certificates?.readAgain();
    configWatch?.readAgain();
  });
  const status = (): StatusReport => ({
    version,
    state: stateOf(
      store,
      sync,
      clock.now() - Math.max(startedAtMs, sync.lastSuccessAtMs ?? 0) > OVERDUE_INTERVALS * current.sync.intervalMs,
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
      held: sync.hold,
    },
    credentials: graph.credentials(),
    traffic: graph.traffic(),
    config: configWatch?.report() ?? null,
    settingsPending: sync.planIsDue,
    unknownPolicyGroups: policy.unknown,
  });
  const api: AdminApi = {
    status,
    requestSync: ({ full }) => sync.request(full),
    followRound: (round, following) => sync.follow(round, AbortSignal.any([following, signal])),
    heldItems: () => sync.heldItems(),
    decideHold: (request) => sync.decide(request),
    plan: (request) => planChange(options, sync, request),
    exportLdif: (request) => exportView(current, store, request),
    inspection: inspectionOf(() => current, store),
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

async function planChange(options: DaemonOptions, sync: SyncService, request: PlanRequest): Promise<PlanResult> {
  const { parseConfig, clock, log, signal } = options;
  const { file, text } = request.config;
  const result = parseConfig?.(file, text);
  if (result === undefined) throw new AdminRefusal('This daemon was started without a configuration file.');
  if (!result.ok) throw new AdminRefusal(result.problems.map(formatProblem).join('\n'));
  await using graph = openGraph(result.config, clock, log);
  const plan = await sync.plan(syncSettings(result.config), request, signal);
  return { ...plan, readsOtherwise: sync.query !== graph.feed.query };
}

/**
 * What the next publish would do by this configuration, without a daemon.
 *
 * @throws StartupError when the store cannot be opened, AdminRefusal when it cannot be told
 */
export async function planStored(
  { config, log, clock, signal }: Pick<DaemonOptions, 'config' | 'log' | 'clock' | 'signal'>,
  request: Omit<PlanRequest, 'config'>,
): Promise<PlanResult> {
  await using store = await openOwnStore(config, log);
  await using graph = openGraph(config, clock, log);
  const sync = createSync({ config, log, clock }, store, graph);
  const readsOtherwise = sync.query !== graph.feed.query;
  return { ...(await sync.plan(syncSettings(config), request, signal)), readsOtherwise };
}

/** What is held back, with everybody whom it concerns. */
export interface Held {
  readonly hold: HoldReport | null;
  readonly items: readonly HeldItem[];
}

/**
 * What is held back, read from the store without a daemon.
 *
 * @throws StartupError when the store cannot be opened, for instance because a daemon holds it
 */
export async function readHeld(options: Pick<DaemonOptions, 'config' | 'log' | 'clock'>): Promise<Held> {
  const { config, log, clock } = options;
  await using store = await openOwnStore(config, log);
  await using graph = openGraph(config, clock, log);
  const sync = createSync(options, store, graph);
  return { hold: sync.hold, items: [...sync.heldItems()] };
}

/**
 * Decides about what is held back without a daemon, and publishes what was approved; undefined when it was rejected.
 *
 * @throws StartupError when the store cannot be opened, AdminRefusal when that is not held back any more
 */
export async function decideHeld(
  options: Omit<SyncOnceOptions, 'full'>,
  request: HoldRequest,
): Promise<RoundSummary | undefined> {
  const { config, log, clock, signal, onProgress } = options;
  await using store = await openOwnStore(config, log);
  await using graph = openGraph(config, clock, log);
  const sync = createSync(options, store, graph, onProgress);
  const { round } = await sync.decide(request);
  return round === null ? undefined : await sync.publishStored(signal);
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

/**
 * Answers questions about objects from the store, without a daemon. The store is closed when `work` is done.
 *
 * @throws StartupError when the store cannot be opened or read
 */
export async function inspectStored<T>(
  { config, log }: Pick<DaemonOptions, 'config' | 'log'>,
  work: (inspection: Inspection) => Promise<T>,
): Promise<T> {
  await using store = await openOwnStore(config, log);
  try {
    return await work(inspectionOf(() => config, store));
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    throw new StartupError('store-failed', error.message, { cause: error });
  }
}

/** What is to be taken from a file: all that `ids export` has written, or numbers for those who have none yet. */
export interface IdsRequest {
  readonly mode: 'import' | 'adopt';
  readonly text: string;
  /** Only look what would come of it. */
  readonly isDryRun: boolean;
}

/**
 * Takes names and numbers from a file into the store, all or nothing, without a daemon.
 *
 * @throws StartupError when the store cannot be opened, AdminRefusal when the file cannot be read as what it should be
 */
export async function changeStoredIds(
  { config, log, clock }: Pick<DaemonOptions, 'config' | 'log' | 'clock'>,
  { mode, text, isDryRun }: IdsRequest,
): Promise<IdsReport> {
  await using store = await openOwnStore(config, log);
  const { reservedForGroups } = new Projector(config.projection, standardSchema);
  const target = { ...store, reservedForGroups, nowMs: clock.now() };
  try {
    return mode === 'import'
      ? await importIds(target, readIdRows(text), isDryRun)
      : await adoptNumbers(target, readWishedNumbers(text), isDryRun);
  } catch (error) {
    if (!(error instanceof IdFileError)) throw error;
    throw new AdminRefusal(`The file cannot be used: ${error.message}.`, { cause: error });
  }
}

function inspectionOf(config: () => Config, store: Store): Inspection {
  return createInspection(() => ({
    ...store,
    projector: new Projector(config().projection, standardSchema),
    schema: standardSchema,
    tenantId: config().tenant.id,
    isEntraAsked: config().bind.entra.enabled,
  }));
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
  return createGraph({
    ...graphOptions(config, clock, log),
    extensions: directoryExtensions(config.projection),
    scope: config.scope,
  });
}

/** What is wrong between this machine and the tenant, and what to do about it; see {@link examine}. */
export function examineSource(
  { config, log, clock, signal }: Pick<DaemonOptions, 'config' | 'log' | 'clock' | 'signal'>,
  user: TrialUser | undefined,
): AsyncGenerator<Finding, void, void> {
  return examine({
    ...graphOptions(config, clock, log),
    scope: config.scope,
    signIn: config.bind.entra.enabled,
    user,
    signal,
  });
}

/** What a filter of Microsoft Graph lets through; see {@link tryFilter}. Imports nothing. */
export async function tryFilter(
  { config, log, clock }: Pick<DaemonOptions, 'config' | 'log' | 'clock'>,
  tried: TriedFilter,
): Promise<FilterTrial> {
  await using graph = openGraph(config, clock, log);
  return await graph.tryFilter(tried);
}

/** The id of the tenant that a domain belongs to; see {@link resolveTenant}. */
export const tenantOfDomain = resolveTenant;

function graphOptions({ tenant, bind }: Config, clock: Clock, log: Log): Omit<GraphOptions, 'extensions' | 'scope'> {
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
    admission: graph.admission,
    mirror: store.mirror,
    ledger: store.ledger,
    view: store.view,
    holds: store.holds,
    ...syncSettings(config),
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

/** What of the configuration the synchronization works by. */
function syncSettings({ projection, safety, sync }: Config) {
  return {
    projector: new Projector(projection, standardSchema),
    fingerprint: projectionFingerprint(projection),
    safety,
    schedule: sync,
  };
}

function watchConfig(
  { configFile, config, log, clock }: DaemonOptions,
  apply: (next: Config, before: Config) => void,
): ConfigWatch | undefined {
  return configFile && new ConfigWatch({ source: configFile, inUse: config, apply, log, clock });
}

/** A running server, and how it takes over another configuration. */
interface Serving {
  readonly server: LdapServer;
  use(next: Config, before: Config): void;
}

async function startServer(
  { config, log, clock, version }: DaemonOptions,
  store: Store,
  graph: Graph,
  access: Access,
  tls: LoadedServerTls | undefined,
): Promise<Serving> {
  let presentationOf = presentationsOf(config);
  const limits = { ...defaultLdapLimits, ...config.ldap.limits };
  const directoryOffering = (supportedSaslMechanisms: readonly string[]): Directory =>
    createDirectory({
      source: store.source,
      schema: standardSchema,
      baseDn: config.directory.baseDn,
      access,
      presentationOf: (who) => presentationOf(who),
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
  const users = createUserLookup(store.source, standardSchema);
  const authenticator = createAuthenticator({ ...authenticatorSettings(config, graph), users, clock, log });
  try {
    const server = await startLdapServer({
      listeners: config.ldap.listeners,
      ...(tls && { tls: ldapTls(tls) }),
      directory: directoryOffering([]),
      directoryOffering,
      authenticator,
      log,
      clock,
      limits,
      requireTlsForBind: config.ldap.requireTlsForBind,
      clearPasswordsFrom: config.ldap.clearPasswordsFrom,
      accountLimits: accountLimits(config),
    });
    const use = (next: Config, before: Config): void => {
      access.use(next.access);
      presentationOf = presentationsOf(next);
      Object.assign(limits, next.ldap.limits);
      authenticator.use(authenticatorSettings(next, graph));
      server.useAccounts(accountLimits(next), changedAccounts(before, next));
    };
    return { server, use };
  } catch (error) {
    throw listenError(error);
  }
}

function authenticatorSettings({ serviceAccounts, bind }: Config, graph: Graph): AuthenticatorSettings {
  return {
    serviceAccounts: serviceAccounts.map((account) => ({ ...account, passwordHash: account.passwordHash?.reveal() })),
    passwords: bind.entra.enabled ? graph.passwords : undefined,
  };
}

function accountLimits({ serviceAccounts }: Config): ReadonlyMap<string, AccountLimitsConfig> {
  return new Map(serviceAccounts.map(({ name, limits }) => [name, limits]));
}

/** Tells of groups that decide who may sign in and that cannot be told, once each. */
class PolicyReporter {
  readonly #store: Store;
  readonly #log: Log;
  readonly #settings: () => ProjectionSettings;
  #reported = new Set<string>();

  constructor(store: Store, log: Log, settings: () => ProjectionSettings) {
    this.#store = store;
    this.#log = log;
    this.#settings = settings;
  }

  /** Those that the published directory was made with; none while it was made with other settings. */
  get unknown(): readonly UnknownPolicyGroup[] {
    const { facts } = this.#store.view;
    const settings = this.#settings();
    if (facts?.policyMatches === undefined || facts.fingerprint !== projectionFingerprint(settings)) return [];
    return unknownPolicyGroups(settings.policy, facts.policyMatches);
  }

  report(): void {
    const { unknown } = this;
    for (const each of unknown)
      if (!this.#reported.has(JSON.stringify(each))) policyGroupUnknown(this.#log, { ...each });
    this.#reported = new Set(unknown.map((each) => JSON.stringify(each)));
  }
}

/** Tells of groups that rights name and the directory does not have, now and whenever a publish, or who asks, changes which. */
function reportUnknownGroups(
  access: Access,
  source: PublishedSource,
  log: Log,
): Disposable & { readonly report: () => void } {
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
  const listening = source.onPublished(report);
  return { report, [Symbol.dispose]: () => listening[Symbol.dispose]() };
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
  if (overdue || sync.last?.outcome === 'failed') return 'stale';
  return sync.hold === null ? 'serving' : 'held';
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
