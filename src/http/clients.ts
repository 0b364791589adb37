import type { FastifyRequest } from 'fastify';
import { networkOf } from '../auth/network.ts';
import { SourceNetworks } from '../auth/source-networks.ts';
import { TokenBuckets } from '../auth/token-buckets.ts';
import type { NetworkBlock } from '../identity/app-password.ts';
import type { Clock } from '../timing/clock.ts';
import { ApiError } from './api-error.ts';

/** What is believed and allowed of whom. */
export interface ClientSettings {
  readonly trustedProxies: readonly NetworkBlock[];
  readonly clearTokensFrom: readonly NetworkBlock[];
  readonly requestsPerMinute: number;
}

/** More addresses than ask at a time; beyond it those make room that were seen least recently. */
const addressesMax = 16_384;

const minuteMs = 60_000;

/** Who asks: tells addresses behind proxies, what protects a request, and how often one may ask. */
export class Clients {
  readonly #clock: Clock;
  readonly #pace: TokenBuckets;
  #proxies: SourceNetworks;
  #clearTokensFrom: SourceNetworks;

  constructor(settings: ClientSettings, clock: Clock) {
    this.#clock = clock;
    this.#pace = new TokenBuckets(paceOf(settings), addressesMax);
    this.#proxies = new SourceNetworks(settings.trustedProxies);
    this.#clearTokensFrom = new SourceNetworks(settings.clearTokensFrom);
  }

  use(settings: ClientSettings): void {
    this.#pace.use(paceOf(settings));
    this.#proxies = new SourceNetworks(settings.trustedProxies);
    this.#clearTokensFrom = new SourceNetworks(settings.clearTokensFrom);
  }

  /** Whether what this address says of whom it asks for is believed. */
  readonly isTrustedProxy = (address: string): boolean => this.#proxies.includes(address);

  /** Whether TLS protects what the client sends. */
  readonly isSecure = (request: FastifyRequest): boolean => request.protocol === 'https';

  /** Whether a token may be taken from a request: never where somebody on the way could have read it. */
  mayShowToken(request: FastifyRequest): boolean {
    return this.isSecure(request) || this.comesFrom(request, this.#clearTokensFrom);
  }

  /** Whether a request comes from one of these networks: never by a proxy that nobody named, which hides from where its clients come. */
  readonly comesFrom = (request: FastifyRequest, networks: SourceNetworks): boolean => {
    const isForwarded = request.headers['x-forwarded-for'] !== undefined || request.headers.forwarded !== undefined;
    const isDirect = !isForwarded || this.isTrustedProxy(request.socket.remoteAddress ?? '');
    return isDirect && networks.includes(request.ip);
  };

  /** Counts a request. Throws {@link ApiError} 429 when there were too many from its address. */
  count(request: FastifyRequest): void {
    const party = networkOf(request.ip);
    const nowMs = this.#clock.monotonicMs();
    if (this.#pace.left(party, nowMs) < 1) {
      throw new ApiError(429, 'tooManyRequests', 'Too many requests came from this address: ask again in a minute.', {
        'retry-after': '60',
      });
    }
    this.#pace.take(party, nowMs);
  }
}

function paceOf({ requestsPerMinute }: ClientSettings): { attempts: number; refillMs: number } {
  return { attempts: requestsPerMinute, refillMs: minuteMs / requestsPerMinute };
}
