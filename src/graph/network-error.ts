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

/**
 * The error for an exchange with `host` that brought no whole answer: `aborted` when the caller's signal ended it,
 * `timeout`, or `unavailable` with the system's code as `sourceCode`. The message says what to check.
 */
export function networkError(error: unknown, host: string, signal: AbortSignal): SourceError {
  if (signal.aborted) return new SourceError('aborted', `The request to ${host} was given up`, {}, { cause: error });
  if (error instanceof TimeoutError) {
    return new SourceError('timeout', `${host} did not answer within ${error.timeoutMs} ms`, {}, { cause: error });
  }
  const code = errorCode(error);
  const explanation = explanations[code] ?? certificateExplanations[code] ?? 'the exchange failed';
  const message = `Cannot reach ${host}: ${explanation} (${code})`;
  return new SourceError('unavailable', message, { sourceCode: code }, { cause: error });
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
