import { parseDuration } from '../config/units.ts';
import { usageFailure } from './failure.ts';
import type { Option } from './options.ts';

/** The option that says from when on. */
export const sinceOption = {
  kind: 'text',
  description: 'Only since then: a time (2026-11-21T10:00Z) or a span (2h, 7d)',
} as const satisfies Option;

// With a time of the day, or a day, at the beginning of it in UTC; a time without a zone would be that of the machine.
const timePattern = /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?(?:Z|[+-]\d{2}:\d{2}))?$/;

/** The time that {@link sinceOption} means, in milliseconds since the epoch; throws a usage failure for anything else. */
export function readSince(text: string, nowMs: number): number {
  const span = parseDuration(text);
  if ('value' in span) return Math.max(0, nowMs - span.value);
  const atMs = timePattern.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(atMs)) return Math.max(0, atMs);
  throw usageFailure(
    `--since must be a span such as 2h or 7d, or a time with its zone such as 2026-11-21T10:00Z, not "${text}".`,
  );
}
