import { type LogLevel, logLevelRank, type LogRecord } from './log-record.ts';

/** How much a {@link LogRing} keeps. */
export interface LogRingLimits {
  readonly countMax: number;
  readonly bytesMax: number;
  /** Events that wait for somebody who follows; who is further behind loses the oldest and is told how many. */
  readonly waitingMax: number;
}

/** What the daemon keeps. */
const defaultLogRingLimits: LogRingLimits = { countMax: 5000, bytesMax: 4 * 1024 * 1024, waitingMax: 1000 };

/** Which events are asked for; see `LogRequest`. */
export interface LogRingRequest {
  readonly level: LogLevel;
  readonly event: string | null;
  readonly sinceMs: number | null;
  readonly limit: number;
  readonly follow: boolean;
}

/** Somebody who follows. */
interface Follower {
  readonly wants: (record: LogRecord) => boolean;
  waiting: LogRecord[];
  lost: number;
  wake: () => void;
}

/** The latest events of this process as they were written, bounded in number and bytes. */
export class LogRing {
  readonly #limits: LogRingLimits;
  #records: { readonly record: LogRecord; readonly bytes: number }[] = [];
  /** Where the oldest is; what is before it was let go. */
  #first = 0;
  #bytes = 0;
  readonly #followers = new Set<Follower>();

  constructor(limits: LogRingLimits = defaultLogRingLimits) {
    this.#limits = limits;
  }

  /** Keeps an event; the oldest make room. */
  add(record: LogRecord): void {
    const bytes = sizeOf(record);
    this.#records.push({ record, bytes });
    this.#bytes += bytes;
    const { countMax, bytesMax } = this.#limits;
    while (this.#records.length - this.#first > countMax || this.#bytes > bytesMax) this.#letGo();
    if (this.#first > countMax) {
      this.#records = this.#records.slice(this.#first);
      this.#first = 0;
    }
    for (const follower of this.#followers) this.#tell(follower, record);
  }

  /** The latest events, the oldest first; then those to come, if that is asked for, until the signal aborts. */
  async *read(
    { limit, follow, ...filter }: LogRingRequest,
    signal: AbortSignal,
  ): AsyncGenerator<LogRecord, void, void> {
    const wants = wanted(filter);
    const follower: Follower = { wants, waiting: [], lost: 0, wake: () => {} };
    // From here on nothing that comes is missed, however long the reader takes for what is there.
    if (follow) this.#followers.add(follower);
    try {
      const known = this.#records.slice(this.#first).map(({ record }) => record);
      yield* known.filter(wants).slice(-limit);
      if (!follow) return;
      while (!signal.aborted) yield* await this.#next(follower, signal);
    } finally {
      this.#followers.delete(follower);
    }
  }

  #letGo(): void {
    this.#bytes -= this.#records[this.#first]?.bytes ?? 0;
    this.#first++;
  }

  #tell(follower: Follower, record: LogRecord): void {
    if (!follower.wants(record)) return;
    follower.waiting.push(record);
    if (follower.waiting.length > this.#limits.waitingMax) {
      follower.waiting.shift();
      follower.lost++;
    }
    follower.wake();
  }

  async #next(follower: Follower, signal: AbortSignal): Promise<readonly LogRecord[]> {
    if (follower.waiting.length === 0 && !signal.aborted) await woken(follower, signal);
    const { waiting, lost } = follower;
    follower.waiting = [];
    follower.lost = 0;
    if (lost === 0) return waiting;
    const timeMs = waiting[0]?.timeMs ?? 0;
    return [{ timeMs, level: 'warn', event: 'log.dropped', fields: { count: lost }, cause: undefined }, ...waiting];
  }
}

function woken(follower: Follower, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      signal.removeEventListener('abort', done);
      follower.wake = () => {};
      resolve();
    };
    follower.wake = done;
    signal.addEventListener('abort', done, { once: true });
  });
}

function wanted({ level, event, sinceMs }: Omit<LogRingRequest, 'limit' | 'follow'>): (record: LogRecord) => boolean {
  const least = logLevelRank[level];
  const matches = event === null ? () => true : nameMatcher(event);
  return (record) =>
    logLevelRank[record.level] >= least && (sinceMs === null || record.timeMs >= sinceMs) && matches(record.event);
}

/** Whether a name is what the pattern says, in which `*` stands for anything. Linear in the length of both. */
function nameMatcher(pattern: string): (name: string) => boolean {
  const [head = '', ...rest] = pattern.toLowerCase().split('*');
  const tail = rest.pop();
  return (name) => {
    if (tail === undefined) return name === head;
    if (!name.startsWith(head) || !name.endsWith(tail) || name.length < head.length + tail.length) return false;
    let at = head.length;
    const end = name.length - tail.length;
    for (const part of rest) {
      const found = name.indexOf(part, at);
      if (found < 0 || found + part.length > end) return false;
      at = found + part.length;
    }
    return true;
  };
}

/** About what an event takes in memory. */
function sizeOf({ event, fields, cause }: LogRecord): number {
  const parts = Object.entries(fields).map(([name, value]) => name.length + 32 + lengthOf(value));
  const told = cause === undefined ? 0 : cause.message.length + (cause.stack?.length ?? 0) + 64;
  return 2 * (event.length + told + parts.reduce((sum, length) => sum + length, 0)) + 128;
}

function lengthOf(value: LogRecord['fields'][string]): number {
  if (typeof value === 'string') return value.length;
  if (typeof value === 'object' && value !== null) return value.reduce((sum, text) => sum + text.length + 16, 0);
  return 8;
}
