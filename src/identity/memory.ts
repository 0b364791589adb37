import type { HistoryEntry, HistoryRequest } from './history.ts';
import type { LoggedEvent, LogRequest } from './logged-event.ts';
import type { ReturnPoints, RollbackOutcome, RollbackPlan, RollbackRequest } from './rollback.ts';

/** What an administrator may ask of what was before, and undo. */
export interface MemoryApi {
  returnPoints(): Promise<ReturnPoints>;
  /** What going back would change. Throws `AdminRefusal` when it cannot be done. */
  planRollback(request: RollbackRequest, itemsMax: number): Promise<RollbackPlan>;
  /** Shows an earlier publication again. Throws `AdminRefusal` when it cannot be done; nothing is changed then. */
  rollBack(request: RollbackRequest): Promise<RollbackOutcome>;
  /** Forgets all that was read of the tenant, and starts the round with this number to read it anew. */
  clear(): Promise<{ readonly started: boolean; readonly round: number }>;
  /** What has happened, the newest first. */
  history(request: HistoryRequest): AsyncIterable<HistoryEntry>;
  /** The latest events of the log. Throws `AdminRefusal` when they are not kept. */
  logs(request: LogRequest, signal: AbortSignal): AsyncIterable<LoggedEvent>;
}
