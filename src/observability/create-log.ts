import { destination as openDestination, pino } from 'pino';
import type { Clock } from '../timing/clock.ts';
import type { Log, LogFields } from './log.ts';
import { type LogLevel, logLevelRank, type LogRecord, safeCause, safeFields } from './log-record.ts';
import type { LogRing } from './log-ring.ts';
import { escapeUnprintable, formatText } from './log-text.ts';

/** Where and how events are written. */
export interface LogOptions {
  /** The least important events that are written; a function is asked with every event. */
  readonly level: LogLevel | (() => LogLevel);
  /** `auto` is for a person who waits for the end of a command: lines. Whoever logs for long chooses. */
  readonly format: 'auto' | 'text' | 'json';
  /** A stream, or the number of an open file (1: standard output), which is written before the call returns. */
  readonly destination: NodeJS.WritableStream | number;
  readonly clock: Pick<Clock, 'now'>;
  /** Keeps what is written, so that it can be asked for. */
  readonly ring?: LogRing | undefined;
}

/** Bytes that wait in a stream which does not take them; further events are dropped and counted. */
export const logBytesWaitingMax = 4 * 1024 * 1024;

/**
 * A log of one line per event. Values are redacted, bounded and cannot forge lines. Nothing that it is handed, and nothing
 * that happens to its destination, makes it throw.
 */
export function createLog({ level, format, destination, clock, ring }: LogOptions): Log {
  const sink = typeof destination === 'number' ? new FileSink(destination) : new StreamSink(destination);
  const print = format === 'json' ? jsonWriter(sink) : (record: LogRecord) => sink.write(formatText(record));
  const write = (record: LogRecord): void => {
    ring?.add(record);
    print(record);
  };
  const emit = (eventLevel: LogLevel, event: string, fields: LogFields = {}, cause?: unknown): void => {
    const least = typeof level === 'function' ? level() : level;
    if (logLevelRank[eventLevel] < logLevelRank[least]) return;
    try {
      const count = sink.takeDropped();
      if (count > 0)
        write({ timeMs: clock.now(), level: 'warn', event: 'log.dropped', fields: { count }, cause: undefined });
      write({
        timeMs: clock.now(),
        level: eventLevel,
        event,
        fields: safeFields(fields),
        cause: cause === undefined ? undefined : safeCause(cause, least === 'debug'),
      });
    } catch {
      // A getter or a toString of what was handed in threw: the event itself must not be lost with it.
      attempt(() =>
        write({ timeMs: clock.now(), level: eventLevel, event, fields: { log: 'unwritable' }, cause: undefined }),
      );
    }
  };
  return {
    debug: (event, fields) => emit('debug', event, fields),
    info: (event, fields) => emit('info', event, fields),
    warn: (event, fields) => emit('warn', event, fields),
    error: (event, fields, cause) => emit('error', event, fields, cause),
  };
}

function attempt(action: () => void): void {
  try {
    action();
  } catch {
    // There is nobody left to tell.
  }
}

function jsonWriter(sink: Sink): (record: LogRecord) => void {
  const logger = pino(
    {
      base: null,
      level: 'debug',
      timestamp: false,
      formatters: { level: (label) => ({ level: label }) },
    },
    // JSON itself escapes the lower control characters only.
    { write: (line) => sink.write(`${escapeUnprintable(line.trimEnd())}\n`) },
  );
  return ({ timeMs, level, event, fields, cause }) => {
    const time = new Date(timeMs).toISOString();
    logger[level]({ time, event, fields, ...(cause === undefined ? {} : { cause }) });
  };
}

/** Takes lines as long as its destination keeps up. */
interface Sink {
  write(line: string): void;
  /** How many lines were dropped since the last call; 0 as long as the destination would drop another. */
  takeDropped(): number;
}

class FileSink implements Sink {
  readonly #file;

  constructor(fd: number) {
    this.#file = openDestination({ fd, sync: true });
    // A closed pipe (`… | head`) must not end the daemon.
    this.#file.on('error', () => {});
  }

  write(line: string): void {
    this.#file.write(line);
  }

  takeDropped(): number {
    return 0;
  }
}

class StreamSink implements Sink {
  readonly #stream: NodeJS.WritableStream & { readonly writableLength?: number };
  #dropped = 0;

  constructor(stream: NodeJS.WritableStream) {
    this.#stream = stream;
    stream.on('error', () => {});
  }

  get #isFull(): boolean {
    return (this.#stream.writableLength ?? 0) > logBytesWaitingMax;
  }

  write(line: string): void {
    if (this.#isFull) this.#dropped++;
    else if (this.#stream.writable) this.#stream.write(line);
  }

  takeDropped(): number {
    if (this.#isFull) return 0;
    const count = this.#dropped;
    this.#dropped = 0;
    return count;
  }
}
