/** What single service accounts may take, on all their connections together. */
import type { BoundIdentity } from '../directory/identity.ts';
import { AccountMemory } from './account-memory.ts';
import type { LdapLimits } from './limits.ts';

type SearchLimits = Pick<LdapLimits, 'sizeLimit' | 'timeLimitMs'>;

/** The limits of one account; undefined: none beyond those of all clients. */
export interface AccountLimits {
  /** Entries of one search, or of one page of it. */
  readonly sizeLimit?: number | undefined;
  /** Duration of one search in milliseconds. */
  readonly timeLimitMs?: number | undefined;
  /** Operations in a second, in the long run. */
  readonly operationsPerSecond?: number | undefined;
  /** Operations that may come at once before that rate counts; undefined: one. */
  readonly burst?: number | undefined;
  /** Connections bound as the account at the same time. */
  readonly connectionsMax?: number | undefined;
}

/**
 * An account's operations wait for their turn, because clients take an error for the end of the matter and seldom try again
 * (some take it for an empty answer). Past this wait an operation is answered with `busy`.
 */
export const paceWaitMaxMs = 5_000;

/** The pace of one account: the generic cell rate algorithm (ITU-T I.371). */
class Pace {
  readonly #intervalUs: number;
  readonly #burstUs: number;
  readonly #memory: AccountMemory;

  constructor(perSecond: number, burst: number, memory: AccountMemory) {
    this.#intervalUs = Math.round(1_000_000 / perSecond);
    this.#burstUs = this.#intervalUs * (burst - 1);
    this.#memory = memory;
  }

  /** Takes one operation. False: too many others have been taken in advance, and this one was not. */
  take(nowMs: number): boolean {
    return this.#memory.pay(nowMs * 1000, this.#intervalUs, this.#burstUs + paceWaitMaxMs * 1000);
  }

  /** How long the next operation should wait. */
  waitMs(nowMs: number): number {
    return Math.max(0, (this.#memory.paidAtUs - this.#burstUs) / 1000 - nowMs);
  }
}

/** One account, or all who have none. */
export class Account {
  readonly limits: AccountLimits;
  readonly #pace: Pace | undefined;
  readonly #memory: AccountMemory;

  /** What the account has used may be counted with other threads. */
  constructor(limits: AccountLimits, memory = new AccountMemory()) {
    this.limits = limits;
    this.#memory = memory;
    const { operationsPerSecond, burst = 1 } = limits;
    this.#pace = operationsPerSecond === undefined ? undefined : new Pace(operationsPerSecond, burst, memory);
  }

  /** Whether it matters how many operations there are. */
  get isPaced(): boolean {
    return this.#pace !== undefined;
  }

  /** Counts one more connection; false, and not counted, when there are too many already. */
  enter(): boolean {
    return this.#memory.connections.take(this.limits.connectionsMax ?? Number.POSITIVE_INFINITY);
  }

  /** Ends the count of a connection. */
  leave(): void {
    this.#memory.connections.give();
  }

  /** Counts one operation; false, and not counted, when those of other connections have used up the next seconds. */
  take(nowMs: number): boolean {
    return this.#pace?.take(nowMs) ?? true;
  }

  /** Milliseconds until the next operation should begin. */
  waitMs(nowMs: number): number {
    return this.#pace?.waitMs(nowMs) ?? 0;
  }
}

/** Finds what is counted of the account with this name; undefined: nothing yet, by this thread alone. */
export type AccountMemoryOf = (name: string) => AccountMemory | undefined;

const ownMemory: AccountMemoryOf = () => undefined;

/** Whether what is counted by the one goes on counting by the other. */
export function sameLimits(a: AccountLimits, b: AccountLimits): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** Finds the account of an identity. */
export class Accounts {
  #services: ReadonlyMap<string, Account>;
  readonly #others = new Account({});

  /** `limits` are those of service accounts, by name; `memoryOf` finds what is counted with other threads. */
  constructor(limits: ReadonlyMap<string, AccountLimits>, memoryOf = ownMemory) {
    this.#services = new Map([...limits].map(([name, own]) => [name, new Account(own, memoryOf(name))]));
  }

  /** From now on these limits count. An account whose limits stay is counted on; who is bound as another keeps the old ones. */
  use(limits: ReadonlyMap<string, AccountLimits>, memoryOf = ownMemory): void {
    const known = this.#services;
    const account = (name: string, own: AccountLimits): Account => {
      const old = known.get(name);
      return old !== undefined && sameLimits(old.limits, own) ? old : new Account(own, memoryOf(name));
    };
    this.#services = new Map([...limits].map(([name, own]) => [name, account(name, own)]));
  }

  /** The account whose limits count for an identity. */
  of(who: BoundIdentity): Account {
    return (who.kind === 'service' ? this.#services.get(who.name) : undefined) ?? this.#others;
  }
}

/** What one search may take: the smaller of the server's limits and those of the account. */
export function searchLimits(server: SearchLimits, { limits }: Account): SearchLimits {
  if (limits.sizeLimit === undefined && limits.timeLimitMs === undefined) return server;
  return {
    sizeLimit: Math.min(server.sizeLimit, limits.sizeLimit ?? server.sizeLimit),
    timeLimitMs: Math.min(server.timeLimitMs, limits.timeLimitMs ?? server.timeLimitMs),
  };
}
