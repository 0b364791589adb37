import type { RoundEvent } from '../identity/admin.ts';
import type { RoundProgress, RoundSummary } from '../identity/round.ts';

/** Tells any number of followers how far a round has come, and how it ended. */
export class RoundFollowers {
  #running: RoundProgress | undefined;
  readonly #watchers = new Set<() => void>();

  /** How far the round that runs has come. */
  get running(): RoundProgress | undefined {
    return this.#running;
  }

  /** Takes note of how far a round has come, or of that none runs any more. */
  note(running: RoundProgress | undefined): void {
    this.#running = running;
    if (running !== undefined) this.notify();
  }

  /** Lets everybody who follows look again. */
  notify(): void {
    for (const watcher of this.#watchers) watcher();
  }

  /** Tells of progress until `ended` gives the report of what is followed, which is told last; or until the signal aborts. */
  async *follow(ended: () => RoundSummary | undefined, signal: AbortSignal): AsyncGenerator<RoundEvent, void, void> {
    let told: RoundProgress | undefined;
    while (!signal.aborted) {
      const summary = ended();
      if (summary !== undefined) {
        yield { kind: 'finished', summary };
        return;
      }
      if (this.#running === undefined || this.#running === told) {
        await this.#changed(signal);
        continue;
      }
      told = this.#running;
      yield { kind: 'progress', progress: told };
    }
  }

  #changed(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        this.#watchers.delete(done);
        signal.removeEventListener('abort', done);
        resolve();
      };
      this.#watchers.add(done);
      signal.addEventListener('abort', done, { once: true });
    });
  }
}
