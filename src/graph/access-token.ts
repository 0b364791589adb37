import { asRecord, parseJson } from './json.ts';

/** What an access token says about the application. Read for reports only: Microsoft promises no format (RFC 9068 aside). */
export interface TokenClaims {
  /** The application permissions that were granted; undefined when the token cannot be read. */
  readonly roles: readonly string[] | undefined;
  /** Whether the application has a service principal in the tenant: whether anybody ever consented. */
  readonly hasIdentity: boolean;
}

/** Reads the claims of an access token without checking its signature, which only Microsoft Graph can. */
export function readClaims(token: string): TokenClaims {
  const body = token.split('.')[1];
  const claims = body === undefined ? undefined : asRecord(parseJson(Buffer.from(body, 'base64url').toString('utf8')));
  if (claims === undefined) return { roles: undefined, hasIdentity: true };
  const roles: unknown = claims['roles'] ?? [];
  return {
    roles: Array.isArray(roles) ? roles.filter((role) => typeof role === 'string') : undefined,
    hasIdentity: typeof claims['oid'] === 'string',
  };
}
