/**
 * The load generator, a process of its own: sends prepared bytes and counts answers. It understands as little of LDAP as it can,
 * so that the server is what is measured.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

import { elements } from '../test/support/ldap-ber.ts';
import { Histogram } from './histogram.ts';
import type { FromGenerator, LoadJob, LoadResult, ToGenerator } from './load-protocol.ts';
import { messageIdAt } from './requests.ts';
import { type Answer, ResponseScanner } from './response-scanner.ts';

const pagedResults = '1.2.840.113556.1.4.319';

/** Counts of one phase: the warm-up or the measurement. */
class Tally {
  readonly histogram = new Histogram();
  readonly #wanted: number;
  readonly #done: () => void;
  started = 0;
  answered = 0;
  failures = 0;
  failureCode: number | null = null;

  constructor(wanted: number, done: () => void) {
    this.#wanted = wanted;
    this.#done = done;
  }

  get mayStart(): boolean {
    return this.started < this.#wanted;
  }

  answer(resultCode: number, sinceMs: number): void {
    this.answered++;
    this.histogram.add(performance.now() - sinceMs);
    if (resultCode !== 0) {
      this.failures++;
      this.failureCode ??= resultCode;
    }
    if (this.answered === this.#wanted) this.#done();
  }
}

/** One connection and the requests that wait on it. */
class Client {
  readonly #job: LoadJob;
  readonly #load: Load;
  readonly #scanner = new ResponseScanner();
  readonly #sinceMs = new Map<number, number>();
  #socket: Socket | undefined;
  #prologue: (() => void) | undefined;
  #walking: Buffer | undefined;

  constructor(job: LoadJob, load: Load) {
    this.#job = job;
    this.#load = load;
  }

  get idle(): number {
    return this.#job.outstanding - this.#sinceMs.size;
  }

  get counted(): { readonly entries: number; readonly bytes: number } {
    return this.#scanner;
  }

  async open(): Promise<void> {
    const { host, port, tlsCa, prologue } = this.#job;
    const socket =
      tlsCa === undefined
        ? connect({ host, port, noDelay: true })
        : connectTls({ host, port, ca: tlsCa, servername: '' });
    this.#socket = socket;
    await once(socket, tlsCa === undefined ? 'connect' : 'secureConnect');
    socket.setNoDelay(true);
    socket.on('error', (error) => this.#load.fail(`the connection failed: ${error.message}`));
    socket.on('close', () => this.#load.lost(this));
    socket.on('data', (chunk: Buffer) => {
      socket.cork();
      this.#scanner.push(chunk, this.#onAnswer);
      socket.uncork();
    });
    for (const message of prologue) {
      const answered = new Promise<void>((resolve) => {
        this.#prologue = resolve;
      });
      socket.write(message);
      await answered;
    }
    this.#prologue = undefined;
  }

  close(): void {
    this.#socket?.removeAllListeners('close');
    this.#socket?.destroy();
  }

  /** Sends one request; `sinceMs` is when it should have been sent. */
  send(index: number, sinceMs: number): void {
    const request = this.#job.requests[index % this.#job.requests.length];
    if (request === undefined) throw new Error('the job has no requests');
    this.#sinceMs.set(messageIdAt(index % this.#job.requests.length), sinceMs);
    this.#walking = request;
    this.#socket?.write(request);
  }

  readonly #onAnswer = ({ messageId, resultCode, message }: Answer): void => {
    if (this.#prologue !== undefined) {
      if (resultCode !== 0) this.#load.fail(`the server refuses the bind with result code ${resultCode}`);
      this.#prologue();
      return;
    }
    if (this.#job.pageSize !== undefined && resultCode === 0) {
      const cookie = pageCookie(message);
      if (cookie.length > 0) {
        this.#socket?.write(nextPage(this.#walking ?? Buffer.alloc(0), cookie));
        return;
      }
    }
    const sinceMs = this.#sinceMs.get(messageId);
    if (sinceMs === undefined) {
      this.#load.fail(`the server answered message ${messageId}, which was not asked`);
      return;
    }
    this.#sinceMs.delete(messageId);
    this.#load.answered(this, resultCode, sinceMs);
  };
}

/** All connections of one job. */
class Load {
  readonly #job: LoadJob;
  readonly #onFailure: (error: Error) => void;
  readonly #clients: Client[];
  #tally: Tally | undefined;
  #next = 0;

  constructor(job: LoadJob, onFailure: (error: Error) => void) {
    this.#job = job;
    this.#onFailure = onFailure;
    this.#clients = Array.from({ length: job.connectEach === true ? 0 : job.connections }, () => new Client(job, this));
  }

  async open(): Promise<void> {
    // Not all at once: a listen queue has an end.
    for (let at = 0; at < this.#clients.length; at += 50) {
      await Promise.all(this.#clients.slice(at, at + 50).map((client) => client.open()));
    }
    await this.#phase(this.#job.warmUp, undefined);
  }

  async measure(): Promise<LoadResult> {
    const before = this.#counted();
    const cpu = process.cpuUsage();
    const startedMs = performance.now();
    const tally = await this.#phase(this.#job.count, this.#job.rate);
    const elapsedMs = performance.now() - startedMs;
    const { user, system } = process.cpuUsage(cpu);
    const after = this.#counted();
    const { histogram } = tally;
    return {
      count: tally.answered,
      elapsedMs,
      entries: after.entries - before.entries,
      bytes: after.bytes - before.bytes,
      failures: tally.failures,
      failureCode: tally.failureCode,
      latencyMs: {
        p50: histogram.quantileMs(0.5),
        p99: histogram.quantileMs(0.99),
        p999: histogram.quantileMs(0.999),
        max: histogram.maxMs,
      },
      generatorCpuMs: (user + system) / 1000,
    };
  }

  close(): void {
    for (const client of this.#clients) client.close();
  }

  fail(message: string): void {
    this.#onFailure(new Error(message));
  }

  lost(_client: Client): void {
    this.fail('the server closed a connection');
  }

  answered(client: Client, resultCode: number, sinceMs: number): void {
    const tally = this.#tally;
    if (tally === undefined) return;
    tally.answer(resultCode, sinceMs);
    if (this.#job.rate === undefined || this.#job.connectEach === true) this.#fill(client, tally);
  }

  async #phase(count: number, rate: number | undefined): Promise<Tally> {
    if (count === 0) return new Tally(0, () => undefined);
    return await new Promise<Tally>((resolve) => {
      const tally = new Tally(count, () => resolve(tally));
      this.#tally = tally;
      if (this.#job.connectEach === true) {
        for (let i = 0; i < this.#job.connections; i++) void this.#connectAndAsk(tally);
      } else if (rate === undefined) {
        for (const client of this.#clients) this.#fill(client, tally);
      } else {
        this.#pace(tally, rate);
      }
    });
  }

  #fill(client: Client, tally: Tally): void {
    while (client.idle > 0 && tally.mayStart) this.#send(client, tally, performance.now());
  }

  #send(client: Client, tally: Tally, sinceMs: number): void {
    tally.started++;
    client.send(this.#next++, sinceMs);
  }

  /**
   * Sends at a steady rate whatever the server does, and counts a request from when it was due: a server that stalls is not
   * spared the requests that it kept from being sent.
   */
  #pace(tally: Tally, rate: number): void {
    const startedMs = performance.now();
    let turn = 0;
    const tick = (): void => {
      const nowMs = performance.now();
      while (tally.mayStart) {
        const dueMs = startedMs + (tally.started * 1000) / rate;
        if (dueMs > nowMs) break;
        const client = this.#idleClient(turn++);
        if (client === undefined) break;
        this.#send(client, tally, dueMs);
      }
      if (tally.mayStart) setImmediate(tick);
    };
    tick();
  }

  #idleClient(turn: number): Client | undefined {
    const count = this.#clients.length;
    for (let i = 0; i < count; i++) {
      const client = this.#clients[(turn + i) % count];
      if (client !== undefined && client.idle > 0) return client;
    }
    return undefined;
  }

  /** One request on a connection of its own, then the next. */
  async #connectAndAsk(tally: Tally): Promise<void> {
    while (tally.mayStart) {
      tally.started++;
      const sinceMs = performance.now();
      const client = new Client(this.#job, this);
      try {
        await client.open();
      } catch (error) {
        this.fail(`a connection could not be made: ${String(error)}`);
        return;
      }
      client.close();
      tally.answer(0, sinceMs);
    }
  }

  #counted(): { entries: number; bytes: number } {
    let entries = 0;
    let bytes = 0;
    for (const { counted } of this.#clients) {
      entries += counted.entries;
      bytes += counted.bytes;
    }
    return { entries, bytes };
  }
}

/** The cookie of the page that ended with this message; empty at the end of the list (RFC 2696 §2). */
function pageCookie(message: Buffer): Buffer {
  const controls = elements(elements(message)[0]?.body ?? Buffer.alloc(0)).find(({ tag }) => tag === 0xa0);
  for (const { body } of elements(controls?.body ?? Buffer.alloc(0))) {
    const parts = elements(body);
    if (parts[0]?.body.toString() !== pagedResults) continue;
    const value = elements(parts.at(-1)?.body ?? Buffer.alloc(0))[0];
    return elements(value?.body ?? Buffer.alloc(0))[1]?.body ?? Buffer.alloc(0);
  }
  return Buffer.alloc(0);
}

/** The request for the page after the one that `first` asked for. */
function nextPage(first: Buffer, cookie: Buffer): Buffer {
  const [id, operation, controls] = elements(elements(first)[0]?.body ?? Buffer.alloc(0));
  const paged = elements(elements(controls?.body ?? Buffer.alloc(0))[0]?.body ?? Buffer.alloc(0));
  const value = elements(elements(paged.at(-1)?.body ?? Buffer.alloc(0))[0]?.body ?? Buffer.alloc(0));
  return encodeNextPage(id?.body, operation, value[0]?.body, cookie);
}

function encodeNextPage(
  id: Buffer | undefined,
  operation: { readonly tag: number; readonly body: Buffer } | undefined,
  size: Buffer | undefined,
  cookie: Buffer,
): Buffer {
  const wrap = (tag: number, ...parts: readonly Buffer[]): Buffer => {
    const body = Buffer.concat(parts);
    const header = Buffer.from([tag, 0x84, 0, 0, 0, 0]);
    header.writeUInt32BE(body.length, 2);
    return Buffer.concat([header, body]);
  };
  const none = Buffer.alloc(0);
  const control = wrap(
    0x30,
    wrap(0x04, Buffer.from(pagedResults)),
    wrap(0x04, wrap(0x30, wrap(0x02, size ?? none), wrap(0x04, cookie))),
  );
  return wrap(
    0x30,
    Buffer.concat([Buffer.of(0x02, id?.length ?? 0), id ?? none]),
    wrap(operation?.tag ?? 0x63, operation?.body ?? none),
    wrap(0xa0, control),
  );
}

function say(message: FromGenerator): void {
  process.send?.(message);
}

let load: Load | undefined;

function failed(error: unknown): void {
  say({ kind: 'failed', message: error instanceof Error ? error.message : String(error) });
  load?.close();
}

process.on('message', (message: ToGenerator) => {
  if (message.kind === 'prepare') {
    load?.close();
    load = new Load(message.job, failed);
    load.open().then(() => say({ kind: 'ready' }), failed);
  } else {
    load?.measure().then((result) => say({ kind: 'result', result }), failed);
  }
});
