import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

import { Histogram } from '../histogram.ts';
import { bind, equality, searches } from '../requests.ts';
import { ResponseScanner } from '../response-scanner.ts';
import { benchAccount } from '../servers/bench-server.ts';
import { baseDn } from '../servers/tenant.ts';

/** How long searches took, in milliseconds, and how many there were. */
export interface Probed {
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** Milliseconds between one search and the next: so many that the server is idle nearly all the time. */
const everyMs = 10;

/**
 * Asks a server for one user after another, each a while after the answer before, as somebody does who is alone with it: on a
 * busy machine a steady rate would measure the queue that it makes. A stall of the server meets one search.
 */
export class SearchProbe implements Disposable {
  readonly #socket: Socket;
  readonly #requests: readonly Buffer[];
  readonly #scanner = new ResponseScanner();
  #answered: ((resultCode: number) => void) | undefined;

  private constructor(socket: Socket, uids: readonly string[]) {
    this.#socket = socket;
    this.#requests = searches(uids.map((uid) => ({ base: baseDn, filter: equality('uid', uid) })));
    socket.on('data', (chunk: Buffer) => {
      this.#scanner.push(chunk, ({ resultCode }) => this.#answered?.(resultCode));
    });
    socket.on('error', () => this.#answered?.(-1));
  }

  /** Connects and binds. */
  static async open(port: number, uids: readonly string[]): Promise<SearchProbe> {
    const socket = connect({ host: '127.0.0.1', port, noDelay: true });
    await once(socket, 'connect');
    const probe = new SearchProbe(socket, uids);
    await probe.#ask(bind(`cn=${benchAccount.name},ou=services,${baseDn}`, benchAccount.password));
    return probe;
  }

  /** Searches until `done` is settled, and at least `least` times. Throws when a search is refused. */
  async until(done: Promise<unknown>, least: number): Promise<Probed> {
    const histogram = new Histogram();
    const progress = { finished: false };
    const end = done.finally(() => {
      progress.finished = true;
    });
    let count = 0;
    for (; !progress.finished || count < least; count++) {
      await new Promise((resolve) => setTimeout(resolve, everyMs));
      const sentMs = performance.now();
      await this.#ask(this.#requests[count % this.#requests.length]);
      histogram.add(performance.now() - sentMs);
    }
    await end;
    return { count, p50: histogram.quantileMs(0.5), p99: histogram.quantileMs(0.99), max: histogram.maxMs };
  }

  async #ask(message: Buffer | undefined): Promise<void> {
    if (message === undefined) throw new Error('there is nobody to search for');
    const answer = new Promise<number>((resolve) => {
      this.#answered = resolve;
    });
    this.#socket.write(message);
    const resultCode = await answer;
    if (resultCode !== 0) throw new Error(`a search was answered with result code ${resultCode}`);
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }
}
