import type { FastifyRequest } from 'fastify';
import { networkOf } from '../auth/network.ts';
import { TokenBuckets } from '../auth/token-buckets.ts';
import type { AdminTokens } from '../identity/admin-token.ts';
import type { Clock } from '../timing/clock.ts';
import type { Clients } from './clients.ts';
import type { TokenGate, TokenVerdict } from './services.ts';

/** Wrong tokens that may come from one address at once, and how long until one more may. */
const wrongTokens = { attempts: 10, refillMs: 30_000 };
const addressesMax = 16_384;
/** Wrong tokens are told so no sooner. */
const wrongMs = 500;

/** Checks tokens where nobody else can have read them, slowly when they are wrong, and not at all after too many wrong ones. */
export function createTokenGate(tokens: AdminTokens, clients: Clients, clock: Clock): TokenGate {
  const wrong = new TokenBuckets(wrongTokens, addressesMax);
  return {
    async check(request: FastifyRequest, token: string): Promise<TokenVerdict> {
      if (!clients.mayShowToken(request)) return { kind: 'inTheClear' };
      const party = networkOf(request.ip);
      const nowMs = clock.monotonicMs();
      if (wrong.left(party, nowMs) < 1) return { kind: 'tooMany', waitMs: wrongTokens.refillMs };
      const identity = await tokens.verify(token, request.ip);
      if (identity !== undefined) return { kind: 'granted', identity };
      wrong.take(party, nowMs);
      await clock.sleep(wrongMs);
      return { kind: 'wrong' };
    },
  };
}
