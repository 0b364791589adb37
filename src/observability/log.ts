/** Values of an event's fields. Never a password, token, link or body. */
export type LogFields = Readonly<Record<string, string | number | boolean | null | undefined | readonly string[]>>;

/** Writes events: a lower-case name (`sync.round.finished`) and fields. Never throws. */
export interface Log {
  debug(event: string, fields?: LogFields): void;
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  /** `cause` is written with its stack at level debug, as its message otherwise. */
  error(event: string, fields?: LogFields, cause?: unknown): void;
}

/** A log that drops everything. */
export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} };
