/** The gate's queue was full. */
export class GateFullError extends Error {
  override readonly name = 'GateFullError';
}

interface Waiting {
  readonly enter: () => void;
}

/** How much a {@link Gate} lets in. */
export interface GateLimits {
  /** Tasks at a time. */
  readonly runningMax: number;
  /** Tasks that wait, of all parties together. */
  readonly waitingMax: number;
  /** Tasks of one party that wait; without it, as many as of all. */
  readonly partyWaitingMax?: number;
}

/**
 * Lets a bounded number of tasks run at a time, and a bounded number wait (P8). Parties that wait take turns, so that one
 * with many tasks does not slow down one with a few; within a party it is first come, first served.
 */
export class Gate {
  readonly #limits: GateLimits;
  // The party whose turn is next comes first; one without tasks is not in the map.
  readonly #parties = new Map<string, Set<Waiting>>();
  #running = 0;
  #waitingCount = 0;

  constructor(limits: GateLimits) {
    this.#limits = limits;
  }

  /**
   * Runs `task` when it is its turn and settles as it does. Throws {@link GateFullError} at once when too many wait, and
   * the signal's reason when it aborts before the task began; its place in the queue is then free.
   */
  async run<T>(signal: AbortSignal, task: () => Promise<T>, party = ''): Promise<T> {
    signal.throwIfAborted();
    if (this.#running < this.#limits.runningMax) this.#running += 1;
    else await this.#wait(signal, party);
    try {
      return await task();
    } finally {
      this.#leave();
    }
  }

  #wait(signal: AbortSignal, party: string): Promise<void> {
    const { waitingMax, partyWaitingMax = waitingMax } = this.#limits;
    const queue = this.#parties.get(party) ?? new Set<Waiting>();
    if (this.#waitingCount >= waitingMax || queue.size >= partyWaitingMax)
      throw new GateFullError('Too many wait already');
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        this.#remove(party, waiting);
        reject(signal.reason as Error);
      };
      const enter = (): void => {
        signal.removeEventListener('abort', onAbort);
        resolve();
      };
      const waiting: Waiting = { enter };
      signal.addEventListener('abort', onAbort, { once: true });
      this.#parties.set(party, queue.add(waiting));
      this.#waitingCount += 1;
    });
  }

  #remove(party: string, waiting: Waiting): void {
    const queue = this.#parties.get(party);
    if (queue?.delete(waiting) !== true) return;
    this.#waitingCount -= 1;
    if (queue.size === 0) this.#parties.delete(party);
  }

  // The place passes straight to who is next; nobody who comes now can take it in between.
  #leave(): void {
    const [next] = this.#parties;
    const [party, queue] = next ?? [];
    const [waiting] = queue ?? [];
    if (party === undefined || queue === undefined || waiting === undefined) {
      this.#running -= 1;
      return;
    }
    this.#remove(party, waiting);
    // Behind all others, until it is its turn again.
    if (this.#parties.delete(party)) this.#parties.set(party, queue);
    waiting.enter();
  }
}
