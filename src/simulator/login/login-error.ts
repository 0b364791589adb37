import { randomUUID } from 'node:crypto';
import type { Reply } from '../exchange.ts';
import { AADSTS, type AadstsDetail } from './aadsts.ts';

/** An error that the token endpoint answers with; {@link loginErrorReply} gives it its envelope. */
export class LoginError extends Error {
  override readonly name = 'LoginError';
  readonly code: number;
  readonly detail: Partial<AadstsDetail>;
  /** Replaces the OAuth error word of the code's entry, where one code has two of them. */
  readonly oauthError: string | undefined;

  constructor(code: number, detail: Partial<AadstsDetail> = {}, oauthError?: string) {
    super(`AADSTS${code}`);
    this.code = code;
    this.detail = detail;
    this.oauthError = oauthError;
  }
}

/** The headers that every answer of the login service has. `clitelem` is the AADSTS code, 0 for success. */
export function loginHeaders(requestId: string, clitelem: number, atMs: number): Record<string, string | string[]> {
  const expires = new Date(atMs + 30 * 86_400_000).toUTCString();
  return {
    'Cache-Control': 'no-store, no-cache',
    Pragma: 'no-cache',
    'Content-Type': 'application/json; charset=utf-8',
    Expires: '-1',
    'Strict-Transport-Security': 'max-age=31536000; includeSubDomains',
    'X-Content-Type-Options': 'nosniff',
    P3P: 'CP="DSP CUR OTPi IND OTRi ONL FIN"',
    'x-ms-request-id': requestId,
    'x-ms-ests-server': '2.1.24205.5 - WEULR1 ProdSlices',
    'x-ms-clitelem': `1,${clitelem},0,,`,
    'x-ms-srs': '1.P',
    'Set-Cookie': [
      `fpc=${requestId.replaceAll('-', '')}; expires=${expires}; path=/; secure; HttpOnly; SameSite=None`,
      'x-ms-gateway-slice=estsfd; path=/; secure; samesite=none; httponly',
      'stsservicecookie=estsfd; path=/; secure; samesite=none; httponly',
    ],
  };
}

/** Builds the error envelope of the token endpoint, `trace_id`, `correlation_id` and `error_uri` included. */
export function loginErrorReply(
  error: LoginError,
  correlationId: string | undefined,
  origin: string,
  atMs: number,
): Reply {
  const shape = AADSTS.get(error.code);
  if (shape === undefined) throw new RangeError(`AADSTS${error.code} is not in the table`);
  const traceId = randomUUID();
  const correlation = correlationId ?? randomUUID();
  const timestamp = `${new Date(atMs).toISOString().slice(0, 19).replace('T', ' ')}Z`;
  const text = shape.text({ tenant: '', clientId: '', value: '', ...error.detail });
  const body = {
    error: error.oauthError ?? shape.error,
    error_description: `AADSTS${error.code}: ${text} Trace ID: ${traceId} Correlation ID: ${correlation} Timestamp: ${timestamp}`,
    error_codes: [error.code],
    timestamp,
    trace_id: traceId,
    correlation_id: correlation,
    error_uri: `${origin}/error?code=${error.code}`,
    ...(shape.suberror === undefined ? {} : { suberror: shape.suberror }),
    ...(shape.claims === true ? { claims: claimsChallenge() } : {}),
    ...(shape.suberror === 'user_password_expired'
      ? { password_change_url: 'https://portal.microsoftonline.com/ChangePassword.aspx' }
      : {}),
  };
  return { status: shape.status, headers: loginHeaders(traceId, error.code, atMs), body: JSON.stringify(body) };
}

function claimsChallenge(): string {
  return JSON.stringify({ access_token: { capolids: { essential: true, values: [randomUUID()] } } });
}
