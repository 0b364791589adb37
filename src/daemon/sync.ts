import type { Config } from '../config/config.ts';
import { standardSchema } from '../directory/schema.ts';
import type { Graph } from '../graph/graph.ts';
import type { RoundProgress } from '../identity/round.ts';
import { directoryPublished } from '../observability/events.ts';
import { projectionFingerprint } from '../projection/fingerprint.ts';
import { Projector } from '../projection/projector.ts';
import type { Store } from '../store/store.ts';
import { SyncService } from '../sync/service.ts';
import type { DaemonOptions } from './options.ts';

/** The synchronization of the tenant into the store. Runs nothing yet. */
export function createSync(
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
export function syncSettings({ projection, safety, sync }: Config) {
  return {
    projector: new Projector(projection, standardSchema),
    fingerprint: projectionFingerprint(projection),
    safety,
    schedule: sync,
  };
}
