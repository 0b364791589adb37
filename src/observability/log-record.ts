import type { LogFields } from './log.ts';
import { isSecretField, redact } from './redact.ts';

/** The importance of an event. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** How important each is. */
export const logLevelRank: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3 };

/** A value that is safe to write: redacted and of bounded length. */
export type SafeValue = string | number | boolean | null | readonly string[];

/** What an error says of itself, safe to write. */
export interface SafeCause {
  /** The messages of the error and of its causes, the outermost first. */
  readonly message: string;
  readonly code: string | undefined;
  readonly stack: string | undefined;
}

/** One event, ready to be written in any format. */
export interface LogRecord {
  readonly timeMs: number;
  readonly level: LogLevel;
  readonly event: string;
  readonly fields: Readonly<Record<string, SafeValue>>;
  readonly cause: SafeCause | undefined;
}

/** The longest text of a field, in UTF-16 code units; what is longer is cut and says so. */
export const logTextMax = 2048;
/** The most texts of a list that are written. */
export const logListMax = 50;
const FIELDS_MAX = 50;
const CAUSES_MAX = 5;
const STACK_MAX = 16_384;
// Redaction reads no more than this: enough that a secret never begins inside what is written and ends outside what is read.
const REDACT_MAX = 65_536;

/** Fields as they may be written; fields without a value are left out. */
export function safeFields(fields: LogFields): Record<string, SafeValue> {
  const safe: Record<string, SafeValue> = {};
  for (const [name, value] of Object.entries(fields).slice(0, FIELDS_MAX)) {
    if (value !== undefined) safe[name] = isSecretField(name) ? '[redacted]' : safeValue(value);
  }
  return safe;
}

function safeValue(value: NonNullable<LogFields[string]> | null): SafeValue {
  if (value === null || typeof value === 'boolean') return value;
  // JSON has no NaN and no infinity.
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (typeof value === 'string') return safeText(value, logTextMax);
  const texts = value.slice(0, logListMax).map((item) => safeText(item, logTextMax));
  return value.length > logListMax ? [...texts, `… ${value.length - logListMax} more`] : texts;
}

function safeText(text: string, lengthMax: number): string {
  const redacted = redact(text.slice(0, REDACT_MAX));
  if (redacted.length <= lengthMax && text.length <= REDACT_MAX) return redacted;
  return `${redacted.slice(0, lengthMax)}… (${text.length} characters)`;
}

/** What an error, or anything else that was thrown, says of itself. The stack only when asked for. */
export function safeCause(cause: unknown, withStack: boolean): SafeCause {
  const messages: string[] = [];
  let code: string | undefined;
  let current = cause;
  for (let depth = 0; depth < CAUSES_MAX && current !== undefined && current !== null; depth++) {
    const message = ownMessage(current);
    // An error that quotes its cause has said it already.
    if (messages.at(-1)?.includes(message) !== true) messages.push(message);
    code ??= ownCode(current);
    current = current instanceof Error ? current.cause : undefined;
  }
  const stack = withStack && cause instanceof Error && typeof cause.stack === 'string' ? cause.stack : undefined;
  return {
    message: safeText(messages.join(': '), logTextMax),
    code: code === undefined ? undefined : safeText(code, logTextMax),
    stack: stack === undefined ? undefined : safeText(stack, STACK_MAX),
  };
}

function ownMessage(error: unknown): string {
  if (!(error instanceof Error)) return typeof error === 'string' ? error : `a thrown ${typeof error}`;
  // When no address of a host answers, Node's error has no message of its own, only the errors of the attempts.
  if (error.message === '' && error instanceof AggregateError) {
    return error.errors.slice(0, CAUSES_MAX).map(ownMessage).join('; ');
  }
  return error.message === '' ? error.name : error.message;
}

function ownCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
