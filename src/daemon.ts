import type { Config } from './config/config.ts';
import { ConfigWatch } from './config/config-watch.ts';
import { formatProblem } from './config/problem.ts';
import { exportView, inspectionOf } from './daemon/answers.ts';
import { pruneBinds, revokeOnPublish } from './daemon/binds.ts';
import { ConfigHistory } from './daemon/config-history.ts';
import { openGraph } from './daemon/graph.ts';
import { explainingLogins } from './daemon/login-advice.ts';
import { memoryOf } from './daemon/memory.ts';
import type { DaemonOptions } from './daemon/options.ts';
import { OverlayReporter } from './daemon/overlay.ts';
import { openOwnStore } from './daemon/own-store.ts';
import { openTls, watchCertificates } from './daemon/server-tls.ts';
import { ServedSchema } from './daemon/served-schema.ts';
import { startServer } from './daemon/serving.ts';
import { publishedDirectory, stateOf } from './daemon/state.ts';
import { createSync, syncSettings } from './daemon/sync.ts';
import { TenantKnowledge } from './daemon/tenant.ts';
import { PolicyReporter, reportUnknownGroups } from './daemon/unknown-groups.ts';
import { Access } from './directory/access.ts';
import { startControlServer } from './http/control-server.ts';
import { type AdminApi, AdminRefusal, type StatusReport } from './identity/admin.ts';
import type { PlanRequest, PlanResult } from './identity/plan.ts';
import type { SyncService } from './sync/service.ts';

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
  const tenant = new TenantKnowledge({ graph, store, log });
  const sync = createSync(options, store, graph, undefined, tenant, () => current);
  // What an interrupted publish has left on disk is neither the old directory nor the new one.
  await sync.recover(signal);
  const tls = await openTls(config);
  const schema = new ServedSchema(config.projection, store.view);
  const access = new Access(config.access, schema.current);
  using _schema = store.source.onPublished(() => access.useSchema(schema.followPublished()));
  const policy = new PolicyReporter(store, log, () => current.projection);
  using unknownGroups = reportUnknownGroups(access, store.source, log);
  using _policyGroups = store.source.onPublished(() => policy.report());
  policy.report();
  const overlay = new OverlayReporter(() => sync.overlaid, log);
  using _overlay = store.source.onPublished(() => overlay.report());
  const serving = await startServer(options, store, graph, access, schema, tls);
  // Closed after the server, so that the last binds are in the audit trail.
  await using authenticator = serving.authenticator;
  using _pruning = pruneBinds(authenticator, options);
  await using server = serving.server;
  using _revocation = revokeOnPublish(server, store, log);
  await using certificates = watchCertificates(options, server, tls);
  await using configHistory = new ConfigHistory(store, clock, log);
  const onKept = (problem: string): void => configHistory.kept(problem);
  await using configWatch = watchConfig(options, onKept, (next, before, asked) => {
    current = next;
    configHistory.taken(asked);
    serving.use(next, before);
    sync.reconfigure(syncSettings(next, store));
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
    tenant: {
      id: config.tenant.id,
      displayName: config.tenant.displayName ?? null,
      isHybrid: tenant.facts?.isHybrid ?? null,
    },
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
    plan: (request) => planChange(options, store, sync, request),
    exportLdif: (request) => exportView(current, store, request),
    auth: authenticator.admin,
    appPasswords: serving.appPasswords,
    memory: memoryOf({ sync, store, signal, recent: options.recent }),
    inspection: explainingLogins(
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
      authenticator.admin,
    ),
  };
  await using _control = await startControlServer({ dataDirectory: config.store.path, api, log });
  options.onListening?.(server.addresses);
  await sync.run(signal);
  await server.stop(stopGraceMs);
}

async function planChange(
  options: DaemonOptions,
  store: Parameters<typeof syncSettings>[1],
  sync: SyncService,
  request: PlanRequest,
): Promise<PlanResult> {
  const { parseConfig, clock, log, signal } = options;
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
  { configFile, config, log, clock }: DaemonOptions,
  onKept: (problem: string) => void,
  apply: (next: Config, before: Config, asked: boolean) => void,
): ConfigWatch | undefined {
  return configFile && new ConfigWatch({ source: configFile, inUse: config, apply, onKept, log, clock });
}
