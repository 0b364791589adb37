import { ClientCertificateCredential, ClientSecretCredential } from '@azure/identity';
import type { TokenCredential, TokenCredentialOptions } from '@azure/identity';

import { SourceError } from '../identity/source-error.ts';
import { abortable } from '../timing/abortable.ts';
import type { Clock } from '../timing/clock.ts';
import { observedHttpClient } from './azure-http-client.ts';
import type { GraphCredential } from './credential.ts';
import type { Transport } from './transport.ts';

/** Access tokens for Microsoft Graph. */
export interface TokenSource {
  /** A token that is valid for some minutes; asks Entra only when there is none. Throws {@link SourceError}. */
  token(signal: AbortSignal): Promise<string>;
  /** Says that Graph refused this token; the next {@link TokenSource.token} is another one. */
  discard(token: string): void;
}

/** What a {@link TokenSource} is made of. */
export interface TokenSourceOptions {
  readonly tenantId: string;
  readonly clientId: string;
  readonly credential: GraphCredential;
  readonly authorityHost: string;
  /** For instance `https://graph.microsoft.com/.default`. */
  readonly scope: string;
  readonly transport: Transport;
  readonly clock: Clock;
  /** Ends token requests that are under way. */
  readonly closing: AbortSignal;
}

// Entra's own libraries renew this early, so that a token does not expire on the way.
const renewBeforeExpiryMs = 5 * 60 * 1000;

// The authorities that the Microsoft libraries know. For any other they would ask login.microsoftonline.com first.
const knownAuthorities: ReadonlySet<string> = new Set([
  'https://login.microsoftonline.com',
  'https://login.microsoftonline.us',
  'https://login.partner.microsoftonline.cn',
  'https://login.chinacloudapi.cn',
]);

/** A token source over the credentials of @azure/identity. Callers that ask at the same time share one request. */
export function createTokenSource(options: TokenSourceOptions): TokenSource {
  const http = observedHttpClient(options.transport, options.clock, options.closing);
  let credential: TokenCredential | undefined;
  let current: { readonly token: string; readonly expiresAtMs: number } | undefined;
  let pending: Promise<string> | undefined;

  const acquire = async (): Promise<string> => {
    http.takeFailure();
    try {
      credential ??= createCredential(options, { httpClient: http.client });
      const token = await credential.getToken(options.scope);
      if (token === null) throw new Error('no token');
      current = { token: token.token, expiresAtMs: token.expiresOnTimestamp };
      return token.token;
    } catch {
      // MSAL (5.6 in @azure/identity 4.13) answers the next request from its memory of a 429 or 5xx, for a minute and by
      // the machine's clock. When to ask again is decided in one place, `retry.ts`, so it starts without a memory.
      credential = undefined;
      // The error itself is dropped on purpose: it knows less than the observed failure, and may carry the request.
      throw http.takeFailure() ?? new SourceError('credentials', 'The credentials of the application cannot be used');
    }
  };

  return {
    async token(signal) {
      signal.throwIfAborted();
      if (current !== undefined && current.expiresAtMs - renewBeforeExpiryMs > options.clock.now())
        return current.token;
      pending ??= acquire().finally(() => {
        pending = undefined;
      });
      return await abortable(pending, signal);
    },
    discard(token) {
      if (current?.token !== token) return;
      current = undefined;
      // The credential keeps its own copy of the token and would hand it out again.
      credential = undefined;
    },
  };
}

function createCredential(options: TokenSourceOptions, base: TokenCredentialOptions): TokenCredential {
  const { tenantId, clientId, credential, authorityHost } = options;
  const settings = {
    ...base,
    authorityHost,
    disableInstanceDiscovery: !knownAuthorities.has(new URL(authorityHost).origin),
    // Attempts are counted and waited for in one place, `retry.ts`.
    retryOptions: { maxRetries: 0 },
  };
  if (credential.kind === 'secret') {
    return new ClientSecretCredential(tenantId, clientId, credential.secret.reveal(), settings);
  }
  const { pem, sendCertificateChain } = credential;
  return new ClientCertificateCredential(
    tenantId,
    clientId,
    { certificate: pem },
    { ...settings, sendCertificateChain },
  );
}
