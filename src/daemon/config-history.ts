import { historyNotWritten } from '../observability/events.ts';
import type { Log } from '../observability/log.ts';
import type { Store } from '../store/store.ts';
import { configurationEvent } from '../sync/round-history.ts';
import type { Clock } from '../timing/clock.ts';

/** Tells the history of the configuration file. What is in the way of that is logged. */
export class ConfigHistory {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #log: Log;
  #written: Promise<void> = Promise.resolve();

  constructor(store: Store, clock: Clock, log: Log) {
    this.#store = store;
    this.#clock = clock;
    this.#log = log;
  }

  /** A changed file was taken over; `asked` when that was asked for, by SIGHUP. */
  taken(asked: boolean): void {
    this.#add(asked ? 'signal' : 'configuration', null);
  }

  /** A changed file cannot be used. */
  kept(problem: string): void {
    this.#add('configuration', problem);
  }

  /** Resolves when everything was written. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#written;
  }

  #add(by: 'signal' | 'configuration', problem: string | null): void {
    const { history, view } = this.#store;
    const event = configurationEvent(by, this.#clock.now(), view.facts?.publication ?? null, problem);
    this.#written = this.#written
      .then(() => history.add(event))
      .catch((error: unknown) => historyNotWritten(this.#log, error));
  }
}
