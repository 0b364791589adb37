import type { X509Certificate } from 'node:crypto';

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
  /**
   * Whom a SASL client asks to act as: `dn:` and a DN, `u:` and a user name (RFC 4513 §5.2.1.8), or a bare user name. Only
   * the identity that it proves is granted. Empty or missing: that one.
   */
  readonly authorizationId?: string;
}

/** The verdict on a bind. */
export type BindOutcome =
  | { readonly kind: 'accepted'; readonly identity: BoundIdentity }
  | { readonly kind: 'refused'; readonly result: LdapResult };

/** Decides binds (RFC 4513 §5). Default is to refuse. Never throws. */
export interface Authenticator {
  /** `name` is the bind name as the client wrote it (a DN, or one of the login forms); `password` is its exact octets, never empty. */
  bindSimple(name: string, password: Buffer, context: BindContext): Promise<BindOutcome>;
  /** `certificate` is one that the client proved to own and that an authority for clients has signed. */
  bindExternal(certificate: X509Certificate, context: BindContext): Promise<BindOutcome>;
}
