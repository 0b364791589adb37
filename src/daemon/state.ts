import { DirectoryStorageError } from '../directory/reader.ts';
import type { DaemonState, StatusReport } from '../identity/admin.ts';
import { structuralNodes } from '../identity/node.ts';
import type { Store } from '../store/store.ts';
import type { SyncService } from '../sync/service.ts';

/** What is published, or null before anything was. */
export function publishedDirectory({ view }: Store): StatusReport['directory'] {
  if (view.facts === undefined) return null;
  const { publication, publishedAtMs, users, groups, services, privateGroups = 0 } = view.facts;
  return { publication, publishedAtMs, users, groups, services, privateGroups };
}

/** Health in one word, see {@link DaemonState}. */
export function stateOf(store: Store, sync: SyncService, overdue: boolean): DaemonState {
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
