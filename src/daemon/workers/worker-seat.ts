import type { LdapListener } from '../../ldap/server.ts';
import { addStatistics, type LdapStatistics, Statistics } from '../../ldap/statistics.ts';
import { workerDied, workerRestarted } from '../../observability/events.ts';
import type { Log } from '../../observability/log.ts';
import type { Clock } from '../../timing/clock.ts';
import type { ServeRequest, ToWorker } from './messages.ts';
import { RestartPace } from './restart-pace.ts';
import type { WorkerPublications } from './worker-publications.ts';
import type { WorkerThread } from './worker-thread.ts';

const nothingOpen = { connections: 0, secureConnections: 0, boundConnections: 0 };

/** What {@link WorkerSeat} needs. */
export interface WorkerSeatOptions {
  readonly index: number;
  readonly publications: WorkerPublications;
  readonly log: Log;
  readonly clock: Clock;
  /** Starts a thread. */
  readonly open: () => WorkerThread;
  /** What it is to serve with. */
  readonly request: () => ServeRequest;
  /** A thread is no more. */
  readonly onEnded: () => void;
}

/** The place of one thread among those that serve: who dies there is replaced. */
export class WorkerSeat {
  readonly #options: WorkerSeatOptions;
  readonly #stopping = new AbortController();
  readonly #pace = new RestartPace();
  #thread: WorkerThread | undefined;
  #isServing = false;
  #restarts = 0;
  /** Of threads that are no more. */
  #counted: LdapStatistics = new Statistics().snapshot(nothingOpen);
  #keeping: Promise<void> = Promise.resolve();

  constructor(options: WorkerSeatOptions) {
    this.#options = options;
  }

  get isServing(): boolean {
    return this.#isServing;
  }

  get restarts(): number {
    return this.#restarts;
  }

  /** Of all threads that have had the place. */
  statistics(): LdapStatistics {
    const now = this.#thread?.statistics;
    return now === undefined ? this.#counted : addStatistics(this.#counted, now);
  }

  /** Starts the first thread; resolves with the addresses it listens at, and rejects when it cannot serve. */
  async start(): Promise<readonly LdapListener[]> {
    const { thread, addresses } = await this.#seat();
    this.#keeping = this.#keep(thread);
    return addresses;
  }

  /** Tells the thread something, if it serves or is about to; else it is to be in the next {@link WorkerSeatOptions.request}. */
  say(message: ToWorker): void {
    if (this.#thread?.isAsked === true) this.#thread.say(message);
  }

  /** Ends the thread and the place. It has `graceMs` for its clients, and `endMs` for the rest. Never rejects. */
  async stop(graceMs: number, endMs: number): Promise<void> {
    this.#stopping.abort();
    const thread = this.#thread;
    if (thread !== undefined) {
      thread.say({ kind: 'stop', graceMs });
      const ended = new AbortController();
      const late = this.#options.clock.sleep(graceMs + endMs, ended.signal).then(
        () => thread.kill(new Error('the thread did not end in time')),
        () => undefined,
      );
      await thread.ended;
      ended.abort();
      await late;
      this.#over(thread);
    }
    await this.#keeping;
  }

  async #seat(): Promise<{ readonly thread: WorkerThread; readonly addresses: readonly LdapListener[] }> {
    const { open, publications, request } = this.#options;
    const thread = open();
    this.#thread = thread;
    try {
      await thread.ready;
      await publications.join(thread);
      const addresses = await thread.serve(request());
      this.#isServing = true;
      return { thread, addresses };
    } catch (error) {
      await thread.kill(error);
      this.#over(thread);
      throw error;
    }
  }

  /** Replaces the thread whenever it dies, until the place ends. Never rejects. */
  async #keep(first: WorkerThread): Promise<void> {
    const { clock, log, index } = this.#options;
    let thread: WorkerThread | undefined = first;
    let startedAtMs = clock.monotonicMs();
    while (!this.#stopping.signal.aborted) {
      if (thread !== undefined) {
        const { exitCode, cause } = await thread.ended;
        if (this.#stopping.signal.aborted) return;
        this.#over(thread);
        const restartInMs = this.#pace.pauseAfterMs(clock.monotonicMs() - startedAtMs);
        workerDied(log, { worker: index, exitCode, restartInMs }, cause);
        await clock.sleep(restartInMs, this.#stopping.signal).catch(() => undefined);
      }
      if (this.#stopping.signal.aborted) return;
      startedAtMs = clock.monotonicMs();
      thread = await this.#replace();
    }
  }

  /** Starts another thread; undefined when it cannot serve. */
  async #replace(): Promise<WorkerThread | undefined> {
    const { clock, log, index } = this.#options;
    const startedAtMs = clock.monotonicMs();
    try {
      const { thread } = await this.#seat();
      this.#restarts += 1;
      workerRestarted(log, { worker: index });
      return thread;
    } catch (error) {
      if (this.#stopping.signal.aborted) return undefined;
      const restartInMs = this.#pace.pauseAfterMs(clock.monotonicMs() - startedAtMs);
      workerDied(log, { worker: index, exitCode: 1, restartInMs }, error);
      await clock.sleep(restartInMs, this.#stopping.signal).catch(() => undefined);
      return undefined;
    }
  }

  #over(thread: WorkerThread): void {
    if (this.#thread !== thread) return;
    this.#isServing = false;
    this.#options.publications.leave(thread);
    if (thread.statistics !== undefined) {
      this.#counted = addStatistics(this.#counted, { ...thread.statistics, ...nothingOpen });
    }
    this.#thread = undefined;
    this.#options.onEnded();
  }
}
