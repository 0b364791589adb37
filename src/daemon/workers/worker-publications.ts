import type { NodeId } from '../../identity/node.ts';
import type { PublicationFacts } from '../../identity/view.ts';
import type { PublicationFollower, PublicationLeader } from '../../store/publication-follower.ts';
import type { WorkerThread } from './worker-thread.ts';

/** A thread that shows what is published. */
export type ShowingThread = Pick<WorkerThread, 'ask' | 'say' | 'kill' | 'gone'>;

/**
 * Keeps the threads that serve at one publication. Before it counts, each has taken a snapshot of it; that it counts is one write
 * to memory that all read, so that after it nobody is answered from an earlier one.
 */
export class WorkerPublications implements PublicationFollower, Disposable {
  readonly #leader: PublicationLeader;
  readonly #current: Int32Array;
  readonly #following = new Set<ShowingThread>();
  readonly #subscription: Disposable;
  #waiting: (() => void)[] = [];
  #prepared = 0;

  /** `current` has the number of the publication that counts as its only element. */
  constructor(leader: PublicationLeader, current: Int32Array) {
    this.#leader = leader;
    this.#current = current;
    this.#subscription = leader.follow(this);
  }

  /**
   * Lets a thread follow; from when this resolves it shows what counts. While a publish is under way, or one has failed half-way,
   * what lies on disk is no publication, and it waits for the end. Rejects when the thread ends or cannot read the store.
   */
  async join(thread: ShowingThread): Promise<void> {
    for (;;) {
      const { stillness, shown } = this.#leader;
      if (stillness === undefined) {
        await Promise.race([this.#settlement(), thread.gone]);
        continue;
      }
      const number = Atomics.load(this.#current, 0);
      await thread.ask({ kind: 'snapshot', publication: { number, facts: shown, changedIds: undefined } });
      if (this.#leader.stillness !== stillness) continue;
      this.#following.add(thread);
      return;
    }
  }

  /** Ends what {@link WorkerPublications.join} began. */
  leave(thread: ShowingThread): void {
    this.#following.delete(thread);
  }

  async prepare(facts: PublicationFacts, changedIds: ReadonlySet<NodeId> | undefined): Promise<void> {
    this.#prepared = (Atomics.load(this.#current, 0) + 1) | 0;
    const publication = {
      number: this.#prepared,
      facts,
      changedIds: changedIds && Uint32Array.from(changedIds),
    };
    const ready = [...this.#following].map(async (thread) => {
      try {
        await thread.ask({ kind: 'snapshot', publication });
      } catch (error) {
        // It would go on showing what counts no more.
        await thread.kill(error);
      }
    });
    await Promise.all(ready);
  }

  commit(): void {
    Atomics.store(this.#current, 0, this.#prepared);
    for (const thread of this.#following) thread.say({ kind: 'published' });
  }

  settled(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake();
  }

  [Symbol.dispose](): void {
    this.#subscription[Symbol.dispose]();
    this.settled();
  }

  #settlement(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}
