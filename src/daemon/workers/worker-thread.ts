import { Worker } from 'node:worker_threads';
import type { Authenticator } from '../../auth/bind.ts';
import type { LdapListener } from '../../ldap/server.ts';
import type { LdapStatistics } from '../../ldap/statistics.ts';
import type { Log } from '../../observability/log.ts';
import type { Clock } from '../../timing/clock.ts';
import { BindDesk } from './bind-desk.ts';
import {
  type FromWorker,
  restored,
  type ServeRequest,
  type ToWorker,
  type WorkerRequest,
  type WorkerStart,
} from './messages.ts';

/** What one thread is started with and by. */
export interface WorkerThreadOptions {
  readonly start: WorkerStart;
  readonly authenticator: Authenticator;
  readonly log: Log;
  readonly clock: Clock;
  /** How long it may take to answer what it is asked. */
  readonly answerMs: number;
}

/** How a thread has ended. */
export interface WorkerEnd {
  readonly exitCode: number;
  /** What it died of, if that is known. */
  readonly cause: unknown;
}

interface Asked {
  readonly resolve: (addresses: readonly LdapListener[]) => void;
  readonly reject: (reason: unknown) => void;
}

/** A thread that serves LDAP, as the main thread sees it. */
export class WorkerThread {
  /** Resolves when it can be asked something; rejects when it dies before. */
  readonly ready: Promise<void>;
  /** Rejects when it is gone; never resolves. */
  readonly gone: Promise<never>;
  /** Resolves when it is gone, with all its connections and what it had open of the store. Never rejects. */
  readonly ended: Promise<WorkerEnd>;
  readonly #options: WorkerThreadOptions;
  readonly #worker: Worker;
  readonly #binds: BindDesk;
  readonly #asked = new Map<number, Asked>();
  #statistics: LdapStatistics | undefined;
  #lastId = 0;
  #cause: unknown;
  #onReady: () => void = () => {};
  #isAsked = false;
  #isOver = false;

  constructor(options: WorkerThreadOptions) {
    this.#options = options;
    this.#worker = new Worker(new URL('./ldap-worker.js', import.meta.url), {
      name: `ldap-${options.start.index}`,
      workerData: options.start,
      // The environment may hold secrets that serving does not need.
      env: {},
    });
    this.#binds = new BindDesk(options.authenticator, (verdict) => this.say(verdict));
    this.#worker.on('message', (message: FromWorker) => this.#hear(message));
    this.#worker.on('messageerror', (error) => void this.kill(error));
    this.#worker.on('error', (error) => {
      this.#cause ??= error;
    });
    this.ended = new Promise((resolve) => {
      this.#worker.once('exit', (exitCode) => resolve({ exitCode, cause: this.#cause }));
    });
    this.gone = this.ended.then(({ cause }) => {
      this.#isOver = true;
      this.#binds[Symbol.dispose]();
      throw cause ?? new Error('the thread has ended');
    });
    // Whoever waits hears of it; nobody may.
    this.gone.catch(() => undefined);
    const ready = new Promise<void>((resolve) => {
      this.#onReady = resolve;
    });
    this.ready = Promise.race([ready, this.gone]);
    this.ready.catch(() => undefined);
  }

  /** Whether it serves, or was asked to. */
  get isAsked(): boolean {
    return this.#isAsked && !this.#isOver;
  }

  /** What it has counted, as it told last; undefined before the first time. */
  get statistics(): LdapStatistics | undefined {
    return this.#statistics;
  }

  /** Tells it something. What is told is done in the order in which it was told and asked. */
  say(message: ToWorker): void {
    this.#worker.postMessage(message);
  }

  /**
   * Asks it something, and resolves with the addresses it then listens at. Rejects with what went wrong, or when it ends. It is
   * ended when it does not answer in time.
   */
  async ask(request: WorkerRequest): Promise<readonly LdapListener[]> {
    const id = (this.#lastId += 1);
    const answered = new Promise<readonly LdapListener[]>((resolve, reject) =>
      this.#asked.set(id, { resolve, reject }),
    );
    this.say({ kind: 'request', id, request });
    const settled = new AbortController();
    const { clock, answerMs } = this.#options;
    void clock.sleep(answerMs, settled.signal).then(
      () => this.kill(new Error(`the thread did not answer within ${answerMs} ms`)),
      () => undefined,
    );
    try {
      return await Promise.race([answered, this.gone]);
    } finally {
      this.#asked.delete(id);
      settled.abort();
    }
  }

  /** Asks it to serve; what is said to it from now on is done when it does. */
  serve(request: ServeRequest): Promise<readonly LdapListener[]> {
    this.#isAsked = true;
    return this.ask({ kind: 'serve', request });
  }

  /** Ends it at once; resolves when it is gone. */
  async kill(cause: unknown): Promise<void> {
    this.#cause ??= cause;
    await this.#worker.terminate();
    await this.ended;
  }

  #hear(message: FromWorker): void {
    switch (message.kind) {
      case 'ready':
        this.#onReady();
        break;
      case 'done':
        this.#asked.get(message.id)?.resolve(message.addresses);
        break;
      case 'failed':
        this.#asked.get(message.id)?.reject(restored(message.failure));
        break;
      case 'bind':
        void this.#binds.decide(message);
        break;
      case 'abandon':
        this.#binds.abandon(message.id);
        break;
      case 'statistics':
        this.#statistics = message.statistics;
        break;
      case 'log':
        this.#write(message);
    }
  }

  #write({ level, event, fields, cause }: Extract<FromWorker, { kind: 'log' }>): void {
    const { log } = this.#options;
    if (level === 'error') log.error(event, fields, cause && restored(cause));
    else log[level](event, fields);
  }
}
