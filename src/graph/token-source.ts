import type { TokenCredential } from '@azure/identity';

import { SourceError } from '../identity/source-error.ts';
import { abortable } from '../timing/abortable.ts';
import type { Clock } from '../timing/clock.ts';
import { createAzureCredential } from './azure-credential.ts';
import type { AzureApplication } from './azure-credential.ts';
import { observedHttpClient } from './azure-http-client.ts';
import type { ObservedHttpClient } from './azure-http-client.ts';
import type { ChainMember, CredentialChain } from './credential-chain.ts';
import type { GraphCredential } from './credential.ts';
import { readFederatedToken } from './federated-token.ts';
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
  readonly application: AzureApplication;
  readonly credentials: CredentialChain;
  /** For instance `https://graph.microsoft.com/.default`. */
  readonly scope: string;
  readonly transport: Transport;
  readonly clock: Clock;
  /** Ends token requests that are under way. */
  readonly closing: AbortSignal;
}

/** A token and the end of its life, in milliseconds since the epoch. */
interface IssuedToken {
  readonly token: string;
  readonly expiresAtMs: number;
}

// Entra's own libraries renew this early, so that a token does not expire on the way.
const renewBeforeExpiryMs = 5 * 60 * 1000;

/**
 * A token source over the credentials of @azure/identity: the first that Entra accepts gives the token. Callers that ask
 * at the same time share one request.
 */
export function createTokenSource(options: TokenSourceOptions): TokenSource {
  const issuers = new Map<ChainMember, TokenIssuer>();
  let current: IssuedToken | undefined;
  let pending: Promise<string> | undefined;

  const issuerOf = (member: ChainMember): TokenIssuer => {
    const issuer = issuers.get(member) ?? new TokenIssuer(options, member.credential);
    issuers.set(member, issuer);
    return issuer;
  };
  const acquire = async (): Promise<string> => {
    const { credentials } = options;
    let first: SourceError | undefined;
    for (const member of credentials.candidates()) {
      try {
        current = await issuerOf(member).issue();
        credentials.accepted(member);
        return current.token;
      } catch (error) {
        if (!(error instanceof SourceError)) throw error;
        first ??= error;
        if (!credentials.refused(member, error)) throw error;
      }
    }
    throw first ?? new TypeError('The application has no credential');
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
      // The credentials keep their own copies of the token and would hand them out again.
      issuers.clear();
    },
  };
}

/** Gets tokens by one credential. */
export class TokenIssuer {
  readonly #options: Pick<TokenSourceOptions, 'application' | 'scope'>;
  readonly #credential: GraphCredential;
  readonly #http: ObservedHttpClient;
  #azure: TokenCredential | undefined;
  /** Why no token of another identity provider could be shown; the library drops the reason. */
  #unreadable: SourceError | undefined;

  constructor(options: Omit<TokenSourceOptions, 'credentials'>, credential: GraphCredential) {
    this.#options = options;
    this.#credential = credential;
    this.#http = observedHttpClient(options.transport, options.clock, options.closing);
  }

  /** A token, from the library's memory while it has one. Throws {@link SourceError} with the reason that was seen on the wire. */
  async issue(): Promise<IssuedToken> {
    this.#http.takeFailure();
    this.#unreadable = undefined;
    try {
      this.#azure ??= createAzureCredential(this.#options.application, this.#credential, {
        httpClient: this.#http.client,
        readToken: (path) => this.#readToken(path),
      });
      const token = await this.#azure.getToken(this.#options.scope);
      if (token === null) throw new Error('no token');
      return { token: token.token, expiresAtMs: token.expiresOnTimestamp };
    } catch {
      // MSAL (5.6 in @azure/identity 4.13) answers the next request from its memory of a 429 or 5xx, for a minute and by
      // the machine's clock. When to ask again is decided in one place, `retry.ts`, so it starts without a memory.
      this.#azure = undefined;
      // The error itself is dropped on purpose: it knows less than what was observed, and may carry the request.
      const failure = this.#unreadable ?? this.#http.takeFailure();
      throw this.#explain(failure ?? new SourceError('credentials', 'The credential cannot be used'));
    }
  }

  async #readToken(path: string): Promise<string> {
    try {
      return await readFederatedToken(path);
    } catch (error) {
      if (error instanceof SourceError) this.#unreadable = error;
      throw error;
    }
  }

  #explain(failure: SourceError): SourceError {
    if (this.#credential.kind !== 'managedIdentity' || failure.code === 'aborted') return failure;
    const { code, message, details } = failure;
    const reason = details.status === 400 ? 'this machine has no such identity, or none at all' : lowerFirst(message);
    return new SourceError(code, `The managed identity gives no token: ${reason}`, details, { cause: failure });
  }
}

function lowerFirst(text: string): string {
  return text.slice(0, 1).toLowerCase() + text.slice(1);
}
