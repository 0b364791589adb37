import { AdminRefusal } from '../identity/admin.ts';
import type { RecentEvents } from '../identity/logged-event.ts';
import type { MemoryApi } from '../identity/memory.ts';
import type { Store } from '../store/store.ts';
import type { SyncService } from '../sync/service.ts';

/** What {@link memoryOf} answers from. */
export interface MemoryOptions {
  readonly sync: SyncService;
  readonly store: Store;
  /** Aborts when the process is to stop. */
  readonly signal: AbortSignal;
  readonly recent: RecentEvents | undefined;
}

/** What was before, and undoing it; of a running daemon, or of a process with the store alone. */
export function memoryOf({ sync, store, signal, recent }: MemoryOptions): MemoryApi {
  return {
    returnPoints: () => sync.returnPoints(),
    planRollback: (request, itemsMax) => sync.planRollback(request, itemsMax, signal),
    rollBack: (request) => sync.rollBack(request, signal),
    clear: () => sync.clear(),
    history: (request) => store.history.entries(request),
    logs: (request, following) => {
      if (recent === undefined) throw new AdminRefusal('This process keeps no events of its log.');
      return recent.read(request, AbortSignal.any([following, signal]));
    },
  };
}
