/** Rounds, plans and decisions of a process that serves nobody. The store is closed when each is done. */
import type { HoldRequest } from '../identity/admin.ts';
import type { PlanRequest, PlanResult } from '../identity/plan.ts';
import type { RoundSummary } from '../identity/round.ts';
import type { HeldItem, HoldReport } from '../identity/safety.ts';
import type { DomainsReport } from '../identity/tenant-facts.ts';
import { inspectionOf } from './answers.ts';
import { openGraph } from './graph.ts';
import type { DaemonOptions, SyncOnceOptions } from './options.ts';
import { openOverlaid } from './overlay.ts';
import { openOwnStore } from './own-store.ts';
import { projectorOf } from './projector.ts';
import { createSync, syncSettings } from './sync.ts';
import { TenantKnowledge } from './tenant.ts';

/**
 * Runs one round without serving anyone, for schedulers and for the first sync.
 *
 * @throws StartupError when the store cannot be opened, for instance because a daemon holds it; AdminRefusal when it cannot be
 *   cleared as things are
 */
export async function runSyncOnce(options: SyncOnceOptions): Promise<RoundSummary> {
  const { config, log, clock, signal, full, clear = false, onProgress } = options;
  await using store = await openOwnStore(config, log);
  await using graph = openGraph(config, clock, log);
  const sync = createSync(options, store, graph, onProgress);
  if (clear) await sync.clear();
  return await sync.runRound(full, signal);
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
  return { ...(await sync.plan(syncSettings(config, store), request, signal)), readsOtherwise };
}

/**
 * Reads the domains of the tenant anew without a daemon; `problem` says why the tenant did not tell.
 *
 * @throws StartupError when the store cannot be opened, for instance because a daemon holds it
 */
export async function refreshStoredDomains({
  config,
  log,
  clock,
  signal,
}: Pick<DaemonOptions, 'config' | 'log' | 'clock' | 'signal'>): Promise<DomainsReport> {
  await using store = await openOwnStore(config, log);
  await using graph = openGraph(config, clock, log);
  const tenant = new TenantKnowledge({ graph, store, log });
  await tenant.tryRefresh(signal);
  const { problem } = tenant;
  const mirror = await openOverlaid(store, projectorOf(config, store).projector);
  const inspection = inspectionOf(
    () => config,
    store,
    () => mirror,
    { problem, refresh: () => Promise.resolve() },
  );
  return await inspection.domains({ refresh: false });
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
  options: Omit<SyncOnceOptions, 'full' | 'clear'>,
  request: HoldRequest,
): Promise<RoundSummary | undefined> {
  const { config, log, clock, signal, onProgress } = options;
  await using store = await openOwnStore(config, log);
  await using graph = openGraph(config, clock, log);
  const sync = createSync(options, store, graph, onProgress);
  const { round } = await sync.decide(request);
  return round === null ? undefined : await sync.publishStored(signal);
}
