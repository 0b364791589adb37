import { backoffMs, type Random } from '../timing/backoff.ts';

/** When rounds happen. */
export interface ScheduleSettings {
  readonly intervalMs: number;
  /** Share of the interval by which a round may come earlier or later, 0 to 1, so that many daemons do not ask at once. */
  readonly jitter: number;
  /** How often everything is read anew beside what has changed; undefined: only when there is another reason. */
  readonly fullIntervalMs: number | undefined;
}

const FIRST_RETRY_MS = 30_000;

/** How long to wait after `failures` failed rounds in a row; 0 failures is the ordinary interval. Never longer than that. */
export function nextRoundDelayMs({ intervalMs, jitter }: ScheduleSettings, failures: number, random: Random): number {
  if (failures === 0) return Math.round(intervalMs * (1 + jitter * (2 * random() - 1)));
  const half = Math.min(FIRST_RETRY_MS, intervalMs) / 2;
  return Math.round(half + backoffMs(failures, { baseMs: half, maxMs: intervalMs - half }, random));
}

/** Whether it is time to read everything anew, when that was last done at `lastFullAtMs`. */
export function fullRoundIsDue(
  { fullIntervalMs }: Pick<ScheduleSettings, 'fullIntervalMs'>,
  lastFullAtMs: number | undefined,
  nowMs: number,
): boolean {
  if (fullIntervalMs === undefined) return false;
  return lastFullAtMs === undefined || nowMs - lastFullAtMs >= fullIntervalMs;
}
