import { driftOf, type Reconciliation } from '../identity/reconciliation.ts';
import type { RoundSummary } from '../identity/round.ts';
import { syncDriftFound, syncReconciled } from '../observability/events.ts';
import type { Log } from '../observability/log.ts';

/** What the readings of everything by schedule find that the rounds before should have told. */
export class Reconciling {
  readonly #log: Log;
  /** True from the moment when everything is to be read anew by schedule until that is done. */
  #isUnderWay = false;
  #found: Reconciliation | undefined;

  constructor(log: Log) {
    this.#log = log;
  }

  /** What the last one since the start has found. */
  get found(): Reconciliation | undefined {
    return this.#found;
  }

  /** Everything is read anew from now on. */
  begin(): void {
    this.#isUnderWay = true;
  }

  /** What was found cannot be told apart from what is held back. */
  giveUp(): void {
    this.#isUnderWay = false;
  }

  /** Takes note of the round that has read everything. */
  end({ startedAtMs: atMs, collections: { users, groups } }: RoundSummary): void {
    if (!this.#isUnderWay) return;
    this.#isUnderWay = false;
    this.#found = { atMs, users: users.entries, groups: groups.entries };
    const drift = driftOf(this.#found);
    if (drift === 0) syncReconciled(this.#log);
    else syncDriftFound(this.#log, { entries: drift, users: users.entries, groups: groups.entries });
  }
}
