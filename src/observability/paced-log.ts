/**
 * Keeps clients from filling the log: of each event so many lines about one address are written in a minute, and so many about
 * all addresses together; then it is said once a minute how many were left out. Lines of level debug pass, for they are written
 * for who asked for everything.
 */
import type { Log, LogFields } from './log.ts';
import type { Clock } from '../timing/clock.ts';

/** What may be written in one period. */
export interface LogPace {
  readonly periodMs: number;
  /** Lines of one event about one address. */
  readonly linesPerAddressMax: number;
  /** Lines of one event about all addresses. */
  readonly linesPerEventMax: number;
}

/** Enough to see what happens, and little enough for a week of it to fit on a disk. */
const defaultLogPace: LogPace = { periodMs: 60_000, linesPerAddressMax: 10, linesPerEventMax: 200 };

interface EventCount {
  lines: number;
  leftOut: number;
  /** Of those addresses that lines were written about, so never more than `linesPerEventMax`. */
  readonly byAddress: Map<string, number>;
}

/** A log for whatever clients can set off. */
export class PacedLog implements Log {
  readonly #log: Log;
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  readonly #pace: LogPace;
  readonly #events = new Map<string, EventCount>();
  #periodStartMs: number;

  constructor(log: Log, clock: Pick<Clock, 'monotonicMs'>, pace: LogPace = defaultLogPace) {
    this.#log = log;
    this.#clock = clock;
    this.#pace = pace;
    this.#periodStartMs = clock.monotonicMs();
  }

  debug(event: string, fields?: LogFields): void {
    this.#log.debug(event, fields);
  }

  info(event: string, fields?: LogFields): void {
    if (this.#mayWrite(event, fields)) this.#log.info(event, fields);
  }

  warn(event: string, fields?: LogFields): void {
    if (this.#mayWrite(event, fields)) this.#log.warn(event, fields);
  }

  error(event: string, fields?: LogFields, cause?: unknown): void {
    if (this.#mayWrite(event, fields)) this.#log.error(event, fields, cause);
  }

  /** Begins a new period when one is over. To be called about once a second. */
  checkTime(): void {
    if (this.#clock.monotonicMs() - this.#periodStartMs >= this.#pace.periodMs) this.beginPeriod();
  }

  /** Says what was left out since the last call, and counts anew. */
  beginPeriod(): void {
    this.#periodStartMs = this.#clock.monotonicMs();
    for (const [event, { leftOut }] of this.#events) {
      if (leftOut > 0) this.#log.warn('ldap.log.shortened', { lines: event, count: leftOut });
    }
    this.#events.clear();
  }

  #mayWrite(event: string, fields: LogFields | undefined): boolean {
    this.checkTime();
    const address = String(fields?.['peer'] ?? '');
    const count = this.#countOf(event);
    const lines = count.byAddress.get(address) ?? 0;
    if (lines >= this.#pace.linesPerAddressMax || count.lines >= this.#pace.linesPerEventMax) {
      count.leftOut++;
      return false;
    }
    count.lines++;
    count.byAddress.set(address, lines + 1);
    return true;
  }

  #countOf(event: string): EventCount {
    const known = this.#events.get(event);
    if (known !== undefined) return known;
    const count: EventCount = { lines: 0, leftOut: 0, byAddress: new Map() };
    this.#events.set(event, count);
    return count;
  }
}
