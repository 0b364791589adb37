import type { Log, LogFields } from '../../src/observability/log.ts';

/** One event as it was logged. */
export interface LoggedEvent {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly event: string;
  readonly fields: LogFields;
  readonly cause: unknown;
}

/** A log that keeps what it is told. */
export interface RecordingLog extends Log {
  readonly events: readonly LoggedEvent[];
}

/** A new, empty {@link RecordingLog}. */
export function recordingLog(): RecordingLog {
  const events: LoggedEvent[] = [];
  const record =
    (level: LoggedEvent['level']) =>
    (event: string, fields: LogFields = {}, cause?: unknown): void => {
      events.push({ level, event, fields, cause });
    };
  return { events, debug: record('debug'), info: record('info'), warn: record('warn'), error: record('error') };
}
