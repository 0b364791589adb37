/** A source of numbers from 0 (included) to 1 (excluded). Tests hand in one that repeats. */
export type Random = () => number;

/** The bounds of an exponential backoff. */
export interface Backoff {
  /** The longest wait before the second attempt. */
  readonly baseMs: number;
  /** The longest wait before any attempt. */
  readonly maxMs: number;
}

/**
 * How long to wait after the `failures`-th failure in a row (1 is the first): a number drawn evenly from 0 to
 * `baseMs · 2^(failures−1)`, which `maxMs` bounds. Drawing from the whole interval ("full jitter") keeps clients that
 * failed together from coming back together.
 */
export function backoffMs(failures: number, { baseMs, maxMs }: Backoff, random: Random): number {
  // The exponent is bounded as well: 2^1024 is Infinity, and 0 · Infinity is not a number.
  const ceilingMs = Math.min(maxMs, baseMs * 2 ** Math.min(Math.max(failures, 1) - 1, 52));
  return random() * ceilingMs;
}
