/** The importance of an event, the least first. */
export const eventLevels = ['debug', 'info', 'warn', 'error'] as const;

/** One of {@link eventLevels}. */
export type EventLevel = (typeof eventLevels)[number];

/** One event as the log wrote it: redacted, of bounded length, and with no more personal data than the log has. */
export interface LoggedEvent {
  readonly timeMs: number;
  readonly level: EventLevel;
  readonly event: string;
  readonly fields: Readonly<Record<string, string | number | boolean | null | readonly string[]>>;
  readonly cause:
    | { readonly message: string; readonly code: string | undefined; readonly stack: string | undefined }
    | undefined;
}

/** Which events are asked for. */
export interface LogRequest {
  /** The least important ones. */
  readonly level: EventLevel;
  /** A name, in which `*` stands for anything; null for all. */
  readonly event: string | null;
  /** Only those of this time or later, in milliseconds since the epoch. */
  readonly sinceMs: number | null;
  /** So many of the newest at most. */
  readonly limit: number;
  /** Whether to go on with those that are still to come. */
  readonly follow: boolean;
}

/** Keeps the latest events of this process. */
export interface RecentEvents {
  /** The latest events, the oldest first; then those to come, if that is asked for, until the signal aborts. */
  read(request: LogRequest, signal: AbortSignal): AsyncIterable<LoggedEvent>;
}
