import type { LdapLimits } from './limits.ts';

/** Where a connection stands; see `connection.ts`. */
export type ConnectionState = 'handshake' | 'open' | 'closing' | 'closed';

/** What is overdue: the limit that was passed. */
export type Overdue = 'handshake' | 'output' | 'partialMessage' | 'idle' | 'close';

/** What a connection is at, as far as time limits depend on it. */
export interface Progress {
  readonly state: ConnectionState;
  /** Bytes that wait for the peer, and bytes that it has taken so far. */
  readonly pendingBytes: number;
  readonly takenBytes: number;
  /** True while an operation is under way. */
  readonly busy: boolean;
  readonly anonymous: boolean;
}

/** The times of one connection, in milliseconds of the monotonic clock. It decides nothing but what is overdue. */
export class Deadlines {
  readonly #limits: LdapLimits;
  #stateSinceMs: number;
  #activeAtMs: number;
  #partialSinceMs: number | undefined;
  #outputMovedAtMs: number;
  #takenBytes = 0;

  constructor(limits: LdapLimits, nowMs: number) {
    this.#limits = limits;
    this.#stateSinceMs = nowMs;
    this.#activeAtMs = nowMs;
    this.#outputMovedAtMs = nowMs;
  }

  /** When the peer last took something of what waits for it. */
  get outputMovedAtMs(): number {
    return this.#outputMovedAtMs;
  }

  /** A new state begins. */
  entered(nowMs: number): void {
    this.#stateSinceMs = nowMs;
    this.#activeAtMs = nowMs;
    this.#partialSinceMs = undefined;
  }

  /** The peer sent something. */
  received(nowMs: number): void {
    this.#activeAtMs = nowMs;
  }

  /** A message is incomplete, and it is the peer who keeps us waiting. */
  partial(): void {
    this.#partialSinceMs ??= this.#activeAtMs;
  }

  /** No message is incomplete. */
  whole(): void {
    this.#partialSinceMs = undefined;
  }

  /** The limit that has been passed, if any. To be called about once a second, since it also watches the output move. */
  overdue(nowMs: number, progress: Progress): Overdue | undefined {
    if (progress.pendingBytes === 0 || progress.takenBytes !== this.#takenBytes) this.#outputMovedAtMs = nowMs;
    this.#takenBytes = progress.takenBytes;
    const limits = this.#limits;
    const inState = nowMs - this.#stateSinceMs;
    if (progress.state === 'handshake') return inState >= limits.handshakeMs ? 'handshake' : undefined;
    if (progress.state === 'closing') return inState >= limits.closeMs ? 'close' : undefined;
    if (nowMs - this.#outputMovedAtMs >= limits.outputStallMs) return 'output';
    if (this.#partialSinceMs !== undefined && nowMs - this.#partialSinceMs >= limits.partialMessageMs) {
      return 'partialMessage';
    }
    if (progress.busy) return undefined;
    return nowMs - this.#activeAtMs >= (progress.anonymous ? limits.anonymousIdleMs : limits.idleMs)
      ? 'idle'
      : undefined;
  }
}
