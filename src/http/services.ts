import type { FastifyRequest } from 'fastify';
import type { AdminApi } from '../identity/admin.ts';
import type { AdminIdentity, AdminTokens } from '../identity/admin-token.ts';
import type { Log } from '../observability/log.ts';
import type { Clock } from '../timing/clock.ts';

/** What became of a token that was shown. */
export type TokenVerdict =
  | { readonly kind: 'granted'; readonly identity: AdminIdentity }
  /** Wrong, revoked or expired. */
  | { readonly kind: 'wrong' }
  /** Too many wrong tokens came from there: none was looked at. */
  | { readonly kind: 'tooMany'; readonly waitMs: number }
  /** The connection is in the clear and not from this machine: none was looked at. */
  | { readonly kind: 'inTheClear' };

/** The one place where tokens are checked: counts wrong ones by address, whatever page or path they are shown to. */
export interface TokenGate {
  check(request: FastifyRequest, token: string): Promise<TokenVerdict>;
}

/** What everything behind the HTTP listener works with. */
export interface HttpServices {
  readonly version: string;
  readonly api: AdminApi;
  readonly tokens: AdminTokens;
  readonly gate: TokenGate;
  /** Whether TLS protects what a client sends, on our listener or as a trusted proxy says. */
  readonly isSecure: (request: FastifyRequest) => boolean;
  readonly clock: Clock;
  readonly log: Log;
}
