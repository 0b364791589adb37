import { StoredAdminTokens } from './auth/admin-tokens.ts';
import type { Config } from './config/config.ts';
import { ConfigWatch } from './config/config-watch.ts';
import { formatProblem } from './config/problem.ts';
import { exportView, inspectionOf } from './daemon/answers.ts';
import { backupsOf } from './daemon/backup.ts';
import { authAdminUntil, pruneBinds } from './daemon/binds.ts';
import { ConfigHistory } from './daemon/config-history.ts';
import { openGraph } from './daemon/graph.ts';
import { type HttpService, openHttp } from './daemon/http.ts';
import { explainingLogins, explainingWays, waysToBind } from './daemon/login-advice.ts';
import { memoryOf } from './daemon/memory.ts';
import type { DaemonOptions } from './daemon/options.ts';
import { OverlayReporter } from './daemon/overlay.ts';
import { openOwnStore } from './daemon/own-store.ts';
import { openTls, watchCertificates } from './daemon/server-tls.ts';
import { startServer } from './daemon/serving.ts';
import { publishedDirectory, stateOf } from './daemon/state.ts';
import { createSync, syncSettings } from './daemon/sync.ts';
import { TenantKnowledge } from './daemon/tenant.ts';
import { BindRuleReporter, PolicyReporter, reportUnknownGroups } from './daemon/unknown-groups.ts';
import { openControlSocket } from './http/control-server.ts';
import type { Health } from './http/health.ts';
import { type AdminApi, AdminRefusal, type DaemonState, type StatusReport } from './identity/admin.ts';
import type { PlanRequest, PlanResult } from './identity/plan.ts';
import type { SyncService } from './sync/service.ts';

/** How long operations under way may take when the daemon stops. */
const stopGraceMs = 5_000;

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
  // Commands that come while it starts wait for it: without the socket they would take the store for their own.
  await using control = await openControlSocket(config.store.path);
  await using graph = openGraph(config, clock, log);
  const tenant = new TenantKnowledge({ graph, store, log });
  const sync = createSync(options, store, graph, undefined, tenant, () => current);
  // What an interrupted publish has left on disk is neither the old directory nor the new one.
  await sync.recover(signal);
  const tls = await openTls(config);
  const policy = new PolicyReporter(store, log, () => current.projection);
  using _policyGroups = store.source.onPublished(() => policy.report());
  policy.report();
  const overlay = new OverlayReporter(() => sync.overlaid, log);
  using _overlay = store.source.onPublished(() => overlay.report());
  const serving = await startServer(options, store, graph, tls);
  using directory = serving.directory;
  using unknownGroups = reportUnknownGroups(directory.access, store.source, log);
  // Closed after the server, so that the last binds are in the audit trail.
  await using authenticator = serving.authenticator;
  using _pruning = pruneBinds(authenticator, options);
  const bindRules = new BindRuleReporter(() => authenticator.admin.report().rules, store.source, log);
  using _bindRules = store.source.onPublished(() => bindRules.report());
  bindRules.report();
  await using server = serving.server;
  await using certificates = watchCertificates(options, server, tls);
  await using configHistory = new ConfigHistory(store, clock, log);
  let http: HttpService | undefined;
  const onKept = (problem: string): void => configHistory.kept(problem);
  await using configWatch = watchConfig(options, onKept, (next, before, asked) => {
    current = next;
    configHistory.taken(asked);
    options.onConfig?.(next);
    serving.use(next, before);
    sync.reconfigure(syncSettings(next, store));
    unknownGroups.report();
    bindRules.report();
    policy.report();
    http?.use(next);
  });
  using _readingAgain = options.onReadAgain?.(() => {
    certificates?.readAgain();
    http?.readAgain();
    configWatch?.readAgain();
  });
  const staleAfterMs = (): number => current.sync.staleAfterMs;
  const state = (): DaemonState =>
    stateOf(store, sync, clock.now() - Math.max(startedAtMs, sync.lastSuccessAtMs ?? 0) > staleAfterMs());
  const status = (): StatusReport => ({
    version,
    state: state(),
    startedAtMs,
    tenant: {
      id: config.tenant.id,
      displayName: config.tenant.displayName ?? null,
      isHybrid: tenant.facts?.isHybrid ?? null,
    },
    baseDn: config.directory.baseDn,
    listeners: server.addresses,
    connections: server.statistics().connections,
    threads: server.threads,
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
      reading: {
        mode: current.sync.mode,
        listsEverything: graph.feed.listsEverything === true,
        create: current.projection.create,
      },
    },
    binds: authenticator.admin.report(),
    credentials: graph.credentials(),
    traffic: graph.traffic(),
    config: configWatch?.report() ?? null,
    http: http?.addresses ?? [],
    settingsPending: sync.planIsDue,
    unreadableProperties: graph.supplement?.unreadable ?? [],
    unknownPolicyGroups: policy.unknown,
    sudo: policy.sudo,
    overlay: overlay.current,
  });
  const api: AdminApi = {
    status,
    requestSync: ({ full }) => sync.request(full),
    followRound: (round, following) => sync.follow(round, AbortSignal.any([following, signal])),
    heldItems: () => sync.heldItems(),
    decideHold: (request) => sync.decide(request),
    plan: (request) => planChange(options, current, store, sync, request),
    exportLdif: (request) => exportView(current, store, request),
    auth: authAdminUntil(signal, authenticator.admin),
    appPasswords: serving.appPasswords,
    oneTimeCodes: serving.oneTimeCodes,
    memory: memoryOf({ sync, store, signal, recent: options.recent }),
    inspection: explainingLogins(
      explainingWays(
        inspectionOf(
          () => current,
          store,
          () => sync.overlaid,
          {
            get problem() {
              return tenant.problem;
            },
            refresh: async () => {
              if (await tenant.tryRefresh(signal)) sync.reconfigure(syncSettings(current, store));
            },
          },
        ),
        waysToBind(() => current, store),
      ),
      authenticator.admin,
    ),
  };
  const health = (): Health => ({
    state: signal.aborted ? 'stopping' : state(),
    publishedAtMs: store.view.facts?.publishedAtMs ?? null,
    lastSuccessAtMs: sync.lastSuccessAtMs,
    hold: sync.hold?.hold ?? null,
  });
  const tokens = new StoredAdminTokens({ store: store.adminTokens, clock, log });
  await using opened = await openHttp(options, () => current, {
    api,
    tokens,
    health,
    ldap: () => server.statistics(),
    rounds: () => sync.totals,
    staleAfterMs,
    storeBytes: () => store.sizeBytes(),
  });
  http = opened;
  http.use(current);
  await using _served = await control.serve({
    api,
    tokens,
    health: { health, ready: () => current.http.ready },
    backups: backupsOf({ config, store, version, clock, log }),
    log,
  });
  options.onHttpListening?.(opened.addresses);
  options.onListening?.(server.addresses);
  options.onStarted?.(status);
  await sync.run(signal);
  await server.stop(stopGraceMs);
}

async function planChange(
  options: DaemonOptions,
  inUse: Config,
  store: Parameters<typeof syncSettings>[1],
  sync: SyncService,
  request: PlanRequest,
): Promise<PlanResult> {
  const { parseConfig, clock, log, signal } = options;
  if (request.config === null) {
    return { ...(await sync.plan(syncSettings(inUse, store), request, signal)), readsOtherwise: false };
  }
  const { file, text } = request.config;
  const result = parseConfig?.(file, text);
  if (result === undefined) throw new AdminRefusal('This daemon was started without a configuration file.');
  if (!result.ok) throw new AdminRefusal(result.problems.map(formatProblem).join('\n'));
  await using graph = openGraph(result.config, clock, log);
  const plan = await sync.plan(syncSettings(result.config, store), request, signal);
  graph.feed.resume?.(sync.query);
  return { ...plan, readsOtherwise: sync.query !== graph.feed.query };
}

function watchConfig(
  { configFile, config, log, clock, onRead }: DaemonOptions,
  onKept: (problem: string) => void,
  apply: (next: Config, before: Config, asked: boolean) => void,
): ConfigWatch | undefined {
  return (
    configFile && new ConfigWatch({ source: configFile, inUse: config, apply, onKept, onAsked: onRead, log, clock })
  );
}
