import { SourceError } from '../identity/source-error.ts';
import type { SourceErrorCode, SourceErrorDetails } from '../identity/source-error.ts';
import { parseRetryAfter } from '../timing/retry-after.ts';
import { asRecord, parseJson } from './json.ts';
import type { TransportAnswer } from './transport.ts';

// "Use delta query to track changes" and the list of resync errors spell these in several ways, so they are compared in
// lower case. Directory_ExpiredPageToken is the answer of a directory list whose skip token is too old.
const resyncCodes: ReadonlySet<string> = new Set(['syncstatenotfound', 'resyncrequired', 'directory_expiredpagetoken']);

const sentences: Readonly<Record<SourceErrorCode, string>> = {
  resyncRequired: 'Microsoft Graph no longer knows where this query was',
  throttled: 'Microsoft Graph is throttling this application',
  unavailable: 'Microsoft Graph is not available',
  timeout: 'Microsoft Graph did not answer in time',
  credentials: "Microsoft Graph refuses this application's token",
  forbidden: 'Microsoft Graph does not allow this application to do that',
  notFound: 'Microsoft Graph does not find what was asked for',
  badRequest: 'Microsoft Graph refuses the request as wrong',
  unsupported: 'Microsoft Graph does not offer this here',
  protocol: 'Microsoft Graph sent an answer that its documentation does not foresee',
  aborted: 'The request was given up',
};

// The least application permission of each request (https://learn.microsoft.com/graph/permissions-reference).
const permissions: ReadonlyMap<string, string> = new Map([
  ['users/delta', 'User.Read.All'],
  ['groups/delta', 'GroupMember.Read.All'],
  ['organization', 'Organization.Read.All'],
  ['users', 'User.Read.All'],
  ['groups', 'GroupMember.Read.All'],
  ['groups/members', 'GroupMember.Read.All'],
  ['servicePrincipals', 'Application.Read.All'],
  ['domains', 'Domain.Read.All'],
]);

/** What Graph says to an application that nobody has consented to: it has no identity in the tenant. */
const identityNotFound = 'Authorization_IdentityNotFound';

// Whatever else an answer says as its code could steer the terminal that shows it.
const wellFormedCode = /^[\w.-]{1,100}$/;

/**
 * The error for an answer of Microsoft Graph whose status is not 200, from its error envelope
 * (https://learn.microsoft.com/graph/errors). `operation` names the request for people, for instance `users/delta`. The
 * message of `forbidden` names the permission that the request needs; with `quotes` that of `badRequest` says what Microsoft
 * Graph says.
 */
export function graphError(answer: TransportAnswer, operation: string, nowMs: number, quotes = false): SourceError {
  const details = graphErrorDetails(answer, nowMs);
  const code = sourceErrorCode(answer.status, details.sourceCode);
  const said = quotes && code === 'badRequest' ? quotation(answer) : undefined;
  if (said !== undefined) return new SourceError(code, `Microsoft Graph says: ${said}`, details);
  const facts = [operation, String(answer.status), details.sourceCode].filter((fact) => fact !== undefined);
  return new SourceError(code, `${sentence(code, operation)} (${facts.join(', ')})`, details);
}

/** True for an answer that says that there is no such thing, or may mean it; false for trouble that passes and for permissions. */
export function isRefusal(error: unknown): error is SourceError {
  const codes: readonly string[] = ['unsupported', 'badRequest', 'notFound'] satisfies readonly SourceErrorCode[];
  return error instanceof SourceError && codes.includes(error.code);
}

// Its text goes to terminals and into the log.
const quotationLengthMax = 500;

function quotation(answer: TransportAnswer): string | undefined {
  const message = asRecord(asRecord(parseJson(answer.body))?.['error'])?.['message'];
  if (typeof message !== 'string') return undefined;
  const line = message.replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ').trim();
  return line === '' ? undefined : line.slice(0, quotationLengthMax);
}

function sentence(code: SourceErrorCode, operation: string): string {
  const permission = permissions.get(operation);
  if (code !== 'forbidden' || permission === undefined) return sentences[code];
  return `The application permission ${permission} is missing, or admin consent was not granted to it`;
}

function sourceErrorCode(status: number, sourceCode: string | undefined): SourceErrorCode {
  if (sourceCode === identityNotFound) return 'forbidden';
  if (status === 410 || (status >= 400 && sourceCode !== undefined && resyncCodes.has(sourceCode.toLowerCase()))) {
    return 'resyncRequired';
  }
  if (status === 429) return 'throttled';
  if (status === 501) return 'unsupported';
  if (status === 408 || status >= 500) return 'unavailable';
  if (status === 401) return 'credentials';
  if (status === 403) return 'forbidden';
  if (status === 404) return 'notFound';
  return status >= 400 ? 'badRequest' : 'protocol';
}

function graphErrorDetails(answer: TransportAnswer, nowMs: number): SourceErrorDetails {
  const error = asRecord(asRecord(parseJson(answer.body))?.['error']);
  const code = error?.['code'];
  const sourceCode = typeof code === 'string' && wellFormedCode.test(code) ? code : undefined;
  const requestId = answer.headers.get('request-id');
  const retryAfterMs = parseRetryAfter(answer.headers.get('retry-after'), nowMs);
  return {
    status: answer.status,
    ...(sourceCode === undefined ? {} : { sourceCode }),
    ...(requestId === undefined ? {} : { requestId }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  };
}
