import { type Clock, systemClock } from '../../timing/clock.ts';

/**
 * What this thread's monotonic clock read when that of the process read 0, in milliseconds. Each thread's begins with the thread,
 * and what several count by time has to be counted by the same.
 */
export function clockOriginMs(): number {
  return systemClock.monotonicMs() - Number(process.hrtime.bigint()) / 1e6;
}

/** The machine's clock, with the monotonic time of the thread whose origin that is. */
export function clockOfOrigin(originMs: number): Clock {
  const aheadMs = originMs - clockOriginMs();
  return { ...systemClock, monotonicMs: () => performance.now() + aheadMs };
}
