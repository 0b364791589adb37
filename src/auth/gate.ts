/** The gate's queue was full. */
export class GateFullError extends Error {
  override readonly name = 'GateFullError';
}

interface Waiting {
  readonly enter: () => void;
}

/** Lets a bounded number of tasks run at a time, and a bounded number wait for their turn in order (P8). */
export class Gate {
  readonly #runningMax: number;
  readonly #waitingMax: number;
  readonly #waiting = new Set<Waiting>();
  #running = 0;

  constructor(runningMax: number, waitingMax: number) {
    this.#runningMax = runningMax;
    this.#waitingMax = waitingMax;
  }

  /**
   * Runs `task` when it is its turn and settles as it does. Throws {@link GateFullError} at once when too many wait, and
   * the signal's reason when it aborts before the task began; its place in the queue is then free.
   */
  async run<T>(signal: AbortSignal, task: () => Promise<T>): Promise<T> {
    signal.throwIfAborted();
    if (this.#running < this.#runningMax) this.#running += 1;
    else await this.#wait(signal);
    try {
      return await task();
    } finally {
      this.#leave();
    }
  }

  #wait(signal: AbortSignal): Promise<void> {
    if (this.#waiting.size >= this.#waitingMax) throw new GateFullError('Too many wait already');
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        this.#waiting.delete(waiting);
        reject(signal.reason as Error);
      };
      const enter = (): void => {
        signal.removeEventListener('abort', onAbort);
        resolve();
      };
      const waiting: Waiting = { enter };
      signal.addEventListener('abort', onAbort, { once: true });
      this.#waiting.add(waiting);
    });
  }

  // The place passes straight to the one who has waited longest; nobody who comes now can take it in between.
  #leave(): void {
    const [next] = this.#waiting;
    if (next === undefined) {
      this.#running -= 1;
      return;
    }
    this.#waiting.delete(next);
    next.enter();
  }
}
