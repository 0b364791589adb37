import type { BoundIdentity } from '../directory/identity.ts';
import type { LdapResult } from '../directory/result.ts';

/** Circumstances of a bind that the decision may depend on. */
export interface BindContext {
  /** Textual IP address of the peer, or `unix` for a local socket. */
  readonly remoteAddress: string;
  /** True when the connection is protected by TLS. */
  readonly secure: boolean;
  /** Aborts when the connection has gone or the operation was cancelled. */
  readonly signal: AbortSignal;
}

/** The verdict on a bind. */
export type BindOutcome =
  | { readonly kind: 'accepted'; readonly identity: BoundIdentity }
  | { readonly kind: 'refused'; readonly result: LdapResult };

/** Decides simple binds (RFC 4513 §5.1). Default is to refuse. Never throws. */
export interface Authenticator {
  /** `name` is the bind name as the client wrote it (a DN, or one of the login forms); `password` is its exact octets, never empty. */
  bindSimple(name: string, password: Buffer, context: BindContext): Promise<BindOutcome>;
}
