import { SourceError } from '../identity/source-error.ts';
import type { SourceErrorCode, SourceErrorDetails } from '../identity/source-error.ts';
import { parseRetryAfter } from '../timing/retry-after.ts';
import { aadstsMeanings, parseTokenRefusal } from './aadsts.ts';
import type { TransportAnswer } from './transport.ts';

const consentMissing: ReadonlySet<number> = new Set([65001, 650056, 650057]);

/**
 * The error for an answer of Entra (token endpoint or OpenID configuration) that brought no token: `throttled`,
 * `unavailable`, `forbidden` (consent is missing) or `credentials`. Codes that are not in the table count as `credentials`.
 */
export function tokenError(answer: TransportAnswer, nowMs: number): SourceError {
  const refusal = parseTokenRefusal(answer.body);
  const details = tokenErrorDetails(answer, nowMs);
  if (answer.status === 429) return new SourceError('throttled', 'Entra is throttling this application', details);
  if (answer.status >= 500 || refusal === undefined) {
    return new SourceError('unavailable', `Entra answered with status ${answer.status} and no token`, details);
  }
  const { aadsts } = refusal;
  const meaning = aadsts === undefined ? undefined : aadstsMeanings.get(aadsts);
  const code = aadsts === undefined ? 'no code' : `AADSTS${aadsts}`;
  const message = `Entra refuses this application: ${meaning?.text ?? 'see the code'} (${code})`;
  return new SourceError(sourceErrorCode(aadsts), message, details);
}

function sourceErrorCode(aadsts: number | undefined): SourceErrorCode {
  if (aadsts === undefined) return 'credentials';
  if (consentMissing.has(aadsts)) return 'forbidden';
  return aadstsMeanings.get(aadsts)?.verdict === 'unavailable' ? 'unavailable' : 'credentials';
}

function tokenErrorDetails(answer: TransportAnswer, nowMs: number): SourceErrorDetails {
  const refusal = parseTokenRefusal(answer.body);
  const requestId = answer.headers.get('x-ms-request-id') ?? refusal?.requestId;
  const retryAfterMs = parseRetryAfter(answer.headers.get('retry-after'), nowMs);
  return {
    status: answer.status,
    ...(refusal?.aadsts === undefined ? {} : { sourceCode: String(refusal.aadsts) }),
    ...(requestId === undefined ? {} : { requestId }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  };
}
