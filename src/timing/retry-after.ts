const SECONDS = /^\d+(?:\.\d+)?$/;

// The three forms of an HTTP-date (RFC 9110 §5.6.7) all begin with the name of a day. Date.parse alone would also take
// "5" or "-1" for a date.
const HTTP_DATE = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? /;

/**
 * Reads a Retry-After header (RFC 9110 §10.2.3) as milliseconds from `nowMs`, never negative; undefined when the header is
 * missing or is neither form. Seconds may have a fraction, against the RFC: Microsoft Graph sends `2.128`.
 */
export function parseRetryAfter(header: string | undefined, nowMs: number): number | undefined {
  const text = header?.trim();
  if (!text) return undefined;
  if (SECONDS.test(text)) return Math.ceil(Number(text) * 1000);
  if (!HTTP_DATE.test(text)) return undefined;
  // asctime-date names no zone, and an HTTP-date is in UTC whatever its form.
  const atMs = Date.parse(text.endsWith('GMT') ? text : `${text} GMT`);
  return Number.isNaN(atMs) ? undefined : Math.max(0, atMs - nowMs);
}
