/**
 * Why the source of identities (Entra or Microsoft Graph) did not do what was asked.
 *
 * - `resyncRequired`: the delta or skip token is no longer valid; start the collection anew
 * - `throttled`, `unavailable`, `timeout`: passing; try again later
 * - `credentials`: the client id, secret, certificate or tenant was refused
 * - `forbidden`: a permission or its admin consent is missing
 * - `notFound`: the object or tenant does not exist
 * - `badRequest`: the request was refused as wrong (a filter, a property)
 * - `unsupported`: this tenant or cloud does not have what was asked for
 * - `protocol`: the answer was not what Microsoft's documentation promises
 * - `aborted`: our own signal ended the request
 */
export type SourceErrorCode =
  | 'resyncRequired'
  | 'throttled'
  | 'unavailable'
  | 'timeout'
  | 'credentials'
  | 'forbidden'
  | 'notFound'
  | 'badRequest'
  | 'unsupported'
  | 'protocol'
  | 'aborted';

/** Facts about the failed exchange, safe to log: no bodies, links or names of people. */
export interface SourceErrorDetails {
  readonly status?: number;
  /** Graph's `error.code` or the number of an AADSTS error. */
  readonly sourceCode?: string;
  readonly requestId?: string;
  readonly retryAfterMs?: number;
  readonly attempts?: number;
}

/** The only error that the identity source throws. `message` is a sentence for the administrator. */
export class SourceError extends Error {
  override readonly name = 'SourceError';
  readonly code: SourceErrorCode;
  readonly details: SourceErrorDetails;

  constructor(code: SourceErrorCode, message: string, details: SourceErrorDetails = {}, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.details = details;
  }
}
