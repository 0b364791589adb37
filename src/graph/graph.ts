import type { PasswordChecker } from '../identity/password-check.ts';
import type { DeltaFeed } from '../identity/ports.ts';
import type { Log } from '../observability/log.ts';
import type { Random } from '../timing/backoff.ts';
import type { Clock } from '../timing/clock.ts';
import { parseCertificateCredential } from './credential.ts';
import type { GraphCredential } from './credential.ts';
import { createDeltaFeed } from './delta-feed.ts';
import { createGraphClient } from './graph-client.ts';
import { fetchOrganization } from './organization.ts';
import type { Organization } from './organization.ts';
import { createPasswordChecker } from './password-grant.ts';
import { createTokenSource } from './token-source.ts';
import { createTransport } from './transport.ts';

/** One tenant, and how to reach it. */
export interface GraphOptions {
  readonly tenantId: string;
  /** The application (client) id of the registration. */
  readonly clientId: string;
  readonly credential: GraphCredential;
  /** Where Entra issues tokens, for instance `https://login.microsoftonline.com`. */
  readonly authorityHost: string;
  /** Where Microsoft Graph is, for instance `https://graph.microsoft.com`; nothing but the origin. */
  readonly graphUrl: string;
  /** Certificates in PEM to trust beside the well-known authorities. */
  readonly ca?: string;
  /** The longest time for one answer of Microsoft Graph or for one token. */
  readonly requestTimeoutMs: number;
  /** The longest time for the answer about one password; {@link requestTimeoutMs} when left out. */
  readonly passwordTimeoutMs?: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** Microsoft Entra ID and Microsoft Graph for one tenant. */
export interface Graph {
  readonly feed: DeltaFeed;
  readonly passwords: PasswordChecker;
  /** The tenant about itself; throws `SourceError`, with `forbidden` where the permission was not granted. */
  organization(signal: AbortSignal): Promise<Organization>;
  /** Ends every request that is under way and all connections. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Sets up the way to a tenant; sends nothing yet. Throws a `SourceError` `credentials` for a certificate that cannot be
 * used, and a `TypeError` for addresses that are not https origins.
 */
export function createGraph(options: GraphOptions): Graph {
  const { tenantId, clientId, credential, clock, random, log, ca, requestTimeoutMs } = options;
  const origin = httpsOrigin(options.graphUrl);
  const authorityHost = httpsOrigin(options.authorityHost);
  const certificate = credential.kind === 'certificate' ? parseCertificateCredential(credential.pem) : undefined;
  const closing = new AbortController();
  const transport = createTransport({ ca, timeoutMs: requestTimeoutMs, clock });
  // Binds have connections of their own: a sync that keeps all of its busy must not make a login wait.
  const passwordTransport = createTransport({ ca, timeoutMs: options.passwordTimeoutMs ?? requestTimeoutMs, clock });
  const tokens = createTokenSource({
    tenantId,
    clientId,
    credential,
    authorityHost,
    transport,
    clock,
    scope: `${origin}/.default`,
    closing: closing.signal,
  });
  const client = createGraphClient({ origin, tokens, transport, clock, random, log });
  const tokenEndpoint = `${authorityHost}/${encodeURIComponent(tenantId)}/oauth2/v2.0/token`;
  const close = async (): Promise<void> => {
    closing.abort(new Error('closed'));
    await Promise.all([transport.close(), passwordTransport.close()]);
  };
  return {
    feed: createDeltaFeed(client, origin),
    passwords: createPasswordChecker({
      tokenEndpoint,
      clientId,
      credential,
      certificate,
      clock,
      transport: passwordTransport,
    }),
    organization: (signal) => fetchOrganization(client, origin, signal),
    close,
    [Symbol.asyncDispose]: close,
  };
}

function httpsOrigin(text: string): string {
  const url = new URL(text);
  if (
    url.protocol !== 'https:' ||
    url.pathname !== '/' ||
    url.search !== '' ||
    url.hash !== '' ||
    url.username !== ''
  ) {
    throw new TypeError('An address of Microsoft must be an https origin');
  }
  return url.origin;
}
