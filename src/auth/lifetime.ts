import { AdminRefusal } from '../identity/admin.ts';

/** The longest that what is made for somebody may live, but for what never ends: a hundred years. */
export const lifetimeMsMax = 36_525 * 86_400_000;

/**
 * When what is made now ends, in milliseconds since the epoch; null when it never does.
 *
 * @throws AdminRefusal when that is further away than {@link lifetimeMsMax}, and so may be no date at all
 */
export function endOfLife(nowMs: number, lifetimeMs: number | null): number | null {
  if (lifetimeMs === null) return null;
  if (lifetimeMs <= lifetimeMsMax) return nowMs + lifetimeMs;
  throw new AdminRefusal('It may live for 36525 days at most: choose a shorter time, or that it never ends.');
}
