import type { Config } from '../config/config.ts';
import type { Graph } from '../graph/graph.ts';
import type { RoundProgress } from '../identity/round.ts';
import { directoryPublished } from '../observability/events.ts';
import { projectionFingerprint } from '../projection/fingerprint.ts';
import type { Store } from '../store/store.ts';
import { SyncService } from '../sync/service.ts';
import type { DaemonOptions } from './options.ts';
import { projectorOf } from './projector.ts';
import { resolveProjection, TenantKnowledge } from './tenant.ts';

/** The synchronization of the tenant into the store. Runs nothing yet. */
export function createSync(
  { config, log, clock, onPublished }: Pick<DaemonOptions, 'config' | 'log' | 'clock' | 'onPublished'>,
  store: Store,
  graph: Graph,
  onProgress?: (progress: RoundProgress) => void,
  tenant: TenantKnowledge = new TenantKnowledge({ graph, store, log }),
  current: () => Config = () => config,
): SyncService {
  const sync = new SyncService({
    prepare: async (everything, signal) => {
      if (await tenant.prepare(everything, current(), signal)) sync.reconfigure(syncSettings(current(), store));
    },
    feed: graph.feed,
    admission: graph.admission,
    supplement: graph.supplement,
    mirror: store.mirror,
    ledger: store.ledger,
    view: store.view,
    holds: store.holds,
    history: store.history,
    ...syncSettings(config, store),
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
  return sync;
}

/** What of the configuration the synchronization works by. */
export function syncSettings(config: Config, store: Pick<Store, 'ledger' | 'tenant'>) {
  const { safety, sync } = config;
  const { projection, notReady } = resolveProjection(config, store);
  return {
    notReady,
    projector: projectorOf(config, store).projector,
    fingerprint: projectionFingerprint(projection),
    safety,
    schedule: sync,
    supplementIntervalMs: sync.untrackedIntervalMs,
  };
}
