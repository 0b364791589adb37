import { TimeoutError } from '../timing/abortable.ts';
import { SourceError } from '../identity/source-error.ts';

// Codes of Node's sockets and resolver, of OpenSSL as Node names them, and of undici 6. What they say about where to look
// is all that an administrator gets, because the libraries above drop the cause.
const explanations: Readonly<Record<string, string>> = {
  ENOTFOUND: 'the name cannot be resolved; check the host name and the DNS server',
  EAI_AGAIN: 'the DNS server does not answer',
  ECONNREFUSED: 'nothing listens at that address and port',
  ECONNRESET: 'the other side reset the connection',
  EPIPE: 'the other side closed the connection',
  ETIMEDOUT: 'the address does not answer; check the firewall',
  EHOSTUNREACH: 'there is no route to the address',
  ENETUNREACH: 'there is no route to the network',
  UND_ERR_CONNECT_TIMEOUT: 'the address does not answer; check the firewall',
  UND_ERR_SOCKET: 'the other side closed the connection before the answer was complete',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'the answer was cut off',
  HPE_INVALID_CONSTANT: 'the other side does not speak HTTP',
  Z_BUF_ERROR: 'the compressed answer was cut off',
  Z_DATA_ERROR: 'the compressed answer is damaged',
  EPROTO: 'the other side does not speak TLS',
  ERR_SSL_WRONG_VERSION_NUMBER: 'the other side does not speak TLS',
};

const certificateExplanations: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'its certificate has expired',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet; check the clock of this machine',
  CERT_SIGNATURE_FAILURE: 'its certificate is not signed by the authority it names',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is self-signed; name the authority to trust',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another host name',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate comes from an authority that is not trusted; name the authority to trust',
  UNABLE_TO_GET_ISSUER_CERT: 'its certificate comes from an unknown authority; name the authority to trust',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its certificate comes from an unknown authority; name the authority to trust',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate comes from an unknown authority; name the authority to trust',
};

/** Between whom an exchange was. */
export interface ExchangeParties {
  /** The host and port that was asked. */
  readonly host: string;
  /** The host and port of the proxy in between, if there is one. */
  readonly proxy: string | undefined;
}

/**
 * The error for an exchange with `host` that brought no whole answer: `aborted` when the caller's signal ended it,
 * `timeout`, or `unavailable` with the system's code, or `PROXY_` and the status of a proxy that refuses, as `sourceCode`.
 * The message says what to check.
 */
export function networkError(error: unknown, { host, proxy }: ExchangeParties, signal: AbortSignal): SourceError {
  if (signal.aborted) return new SourceError('aborted', `The request to ${host} was given up`, {}, { cause: error });
  if (error instanceof TimeoutError) {
    return new SourceError('timeout', `${host} did not answer within ${error.timeoutMs} ms`, {}, { cause: error });
  }
  const refusal = proxy === undefined ? undefined : proxyRefusal(error);
  if (proxy !== undefined && refusal !== undefined) {
    const message = `The proxy ${proxy} does not lead to ${host}: ${refusalExplanation(refusal)} (status ${refusal})`;
    return new SourceError('unavailable', message, { sourceCode: `${proxyCode}${refusal}` }, { cause: error });
  }
  const code = errorCode(error);
  const explanation = explanations[code] ?? certificateExplanations[code] ?? 'the exchange failed';
  const way = proxy === undefined ? host : `${host} through the proxy ${proxy}`;
  const message = `Cannot reach ${way}: ${explanation} (${code})`;
  return new SourceError('unavailable', message, { sourceCode: code }, { cause: error });
}

const proxyCode = 'PROXY_';

// undici 6.29 tells the status of a proxy that does not connect only in its message; transport.test.ts pins it.
function proxyRefusal(error: unknown): number | undefined {
  for (let at = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth += 1) {
    const status = /^Proxy response \((\d{3})\) !== 200/.exec(at.message)?.[1];
    if (status !== undefined) return Number(status);
  }
  return undefined;
}

function refusalExplanation(status: number): string {
  if (status === 407) return 'it demands a user and a password, or refuses those that it got; check tenant.proxy';
  if (status === 403) return 'it does not allow this host; allow it in the rules of the proxy';
  return 'it could not connect; check its rules and its own way to the internet';
}

/** Whether an error of {@link networkError} comes from a proxy that refuses, which no second attempt will change. */
export function isProxyRefusal({ details }: SourceError): boolean {
  return details.sourceCode === `${proxyCode}407` || details.sourceCode === `${proxyCode}403`;
}

/** Whether an error of {@link networkError} is about the host's certificate, which no second attempt will change. */
export function isCertificateError(error: SourceError): boolean {
  return error.details.sourceCode !== undefined && error.details.sourceCode in certificateExplanations;
}

// The code sits on the error or on one of its causes; connecting to several addresses fails with an AggregateError.
function errorCode(error: unknown): string {
  for (let at = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth += 1) {
    if ('code' in at && typeof at.code === 'string') return at.code;
    if (at instanceof AggregateError) return errorCode(at.errors[0]);
  }
  return error instanceof Error ? error.name : 'unknown';
}
