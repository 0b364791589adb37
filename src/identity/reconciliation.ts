import type { EntryCounts } from './round.ts';

/**
 * What a full reading of the tenant right after an incremental round found: differences that the changes which Microsoft
 * Graph had reported should have brought already.
 */
export interface Reconciliation {
  /** When its round began, in milliseconds since the epoch. */
  readonly atMs: number;
  readonly users: EntryCounts;
  readonly groups: EntryCounts;
}

/** How many entries had drifted. */
export function driftOf({ users, groups }: Pick<Reconciliation, 'users' | 'groups'>): number {
  return [users, groups].reduce((sum, { created, changed, removed }) => sum + created + changed + removed, 0);
}
