import { parseTenantId } from '../identity/ids.ts';
import type { TenantId } from '../identity/ids.ts';
import { SourceError } from '../identity/source-error.ts';
import type { Clock } from '../timing/clock.ts';
import { asRecord, parseJson } from './json.ts';
import { tokenError } from './token-error.ts';
import { createTransport } from './transport.ts';
import type { TransportProxy } from './transport.ts';

/** Who is asked for the tenant of a domain, and how. */
export interface ResolveOptions {
  /** For instance `https://login.microsoftonline.com`. */
  readonly authorityHost: string;
  readonly ca: string | undefined;
  readonly proxy: TransportProxy | undefined;
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/**
 * The tenant that a domain belongs to, from the issuer in its OpenID configuration, which anybody may read. Throws a
 * {@link SourceError}: `credentials` when no tenant has the domain.
 */
export async function resolveTenant(domain: string, options: ResolveOptions): Promise<TenantId> {
  const { authorityHost, ca, proxy, timeoutMs, clock, signal } = options;
  const transport = createTransport({ ca, proxy, timeoutMs, clock });
  try {
    const url = `${authorityHost}/${encodeURIComponent(domain)}/v2.0/.well-known/openid-configuration`;
    const answer = await transport.send({ method: 'GET', url, headers: { accept: 'application/json' }, signal });
    if (answer.status !== 200) throw tokenError(answer, clock.now());
    const issuer = asRecord(parseJson(answer.body))?.['issuer'];
    const id =
      typeof issuer === 'string' ? parseTenantId(/^https:\/\/[^/]+\/([^/]+)\//.exec(issuer)?.[1] ?? '') : undefined;
    if (id === undefined) throw new SourceError('protocol', `${authorityHost} does not say which tenant that is`);
    return id;
  } finally {
    await transport.close();
  }
}
