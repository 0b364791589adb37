import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { AdminIdentity, AdminTokens } from '../../identity/admin-token.ts';
import type { Clock } from '../../timing/clock.ts';
import type { Flash } from './layout.ts';

/** Most people who are signed in at a time; one more ends the session that was idle for longest (P8). */
export const sessionsMax = 256;

/** A session ends when nobody has used it for so long, and in any case after {@link sessionMs}. */
export const sessionIdleMs = 30 * 60_000;

/** The longest session. */
export const sessionMs = 12 * 3_600_000;

/** Somebody who has signed in. */
export interface Session {
  /** Goes into every form of this session. */
  readonly csrf: string;
  /** What the token of the session allows at this moment. */
  readonly identity: AdminIdentity;
  /** Takes the message that waits for the next page. */
  takeFlash(): Flash | undefined;
  /** Leaves a message for the next page. */
  say(flash: Flash): void;
}

interface Kept {
  readonly csrf: string;
  readonly tokenId: string;
  readonly endsAtMs: number;
  seenAtMs: number;
  flash: Flash | undefined;
}

const secretBytes = 32;

/**
 * Who is signed in. Kept in memory alone, so that a restart signs everybody out, and bound to the token: when that is revoked or
 * expires, its sessions end with it. Cookies are kept as digests, so that memory that leaks opens no session.
 */
export class Sessions {
  readonly #clock: Clock;
  readonly #tokens: Pick<AdminTokens, 'current'>;
  /** By digest of the cookie, the one that was used least recently first. */
  readonly #kept = new Map<string, Kept>();

  constructor(clock: Clock, tokens: Pick<AdminTokens, 'current'>) {
    this.#clock = clock;
    this.#tokens = tokens;
  }

  /** Begins a session; returns the value of its cookie, which is not told again. */
  begin(identity: AdminIdentity): string {
    this.#sweep();
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size < sessionsMax) break;
      this.#kept.delete(oldest);
    }
    const cookie = randomBytes(secretBytes).toString('base64url');
    const nowMs = this.#clock.now();
    this.#kept.set(digestOf(cookie), {
      csrf: randomBytes(secretBytes).toString('base64url'),
      tokenId: identity.id,
      endsAtMs: nowMs + sessionMs,
      seenAtMs: nowMs,
      flash: undefined,
    });
    return cookie;
  }

  /** The session of a cookie, or undefined when there is none any more. With `isUse` it stays alive for another idle time. */
  find(cookie: string, isUse: boolean): Session | undefined {
    const digest = digestOf(cookie);
    const kept = this.#kept.get(digest);
    if (kept === undefined) return undefined;
    const identity = this.#isOver(kept) ? undefined : this.#tokens.current(kept.tokenId);
    if (identity === undefined) {
      this.#kept.delete(digest);
      return undefined;
    }
    if (isUse) {
      kept.seenAtMs = this.#clock.now();
      this.#kept.delete(digest);
      this.#kept.set(digest, kept);
    }
    return {
      csrf: kept.csrf,
      identity,
      takeFlash: () => {
        const { flash } = kept;
        kept.flash = undefined;
        return flash;
      },
      say: (flash) => {
        kept.flash = flash;
      },
    };
  }

  /** Ends a session; nothing happens when there is none. */
  end(cookie: string): void {
    this.#kept.delete(digestOf(cookie));
  }

  #isOver({ seenAtMs, endsAtMs }: Kept): boolean {
    const nowMs = this.#clock.now();
    return nowMs >= endsAtMs || nowMs - seenAtMs >= sessionIdleMs;
  }

  #sweep(): void {
    for (const [digest, kept] of this.#kept) if (this.#isOver(kept)) this.#kept.delete(digest);
  }
}

function digestOf(cookie: string): string {
  return createHash('sha256').update(cookie).digest('base64');
}

/** Whether two secrets are the same, in a time that does not tell how much of them is. */
export function isSame(left: string, right: string): boolean {
  return timingSafeEqual(Buffer.from(digestOf(left)), Buffer.from(digestOf(right)));
}
