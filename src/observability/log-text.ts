import type { LogRecord, SafeValue } from './log-record.ts';

// Control characters of both halves of the code table, separators, marks that turn the direction of writing, and halves of
// surrogate pairs: whatever could begin a new line, move the cursor or make a reader see another text.
const UNPRINTABLE = /[\p{Cc}\p{Cs}\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]/gu;
const NEEDS_QUOTES = /[\s"=\\]/;
const EVENT_WIDTH = 24;

/** Writes every character that could forge a line or steer a terminal as an escape sequence of JSON. */
export function escapeUnprintable(text: string): string {
  return text.replaceAll(UNPRINTABLE, (character) => {
    const known = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }[character];
    return known ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}

/**
 * One line for people, with its line break: `2026-11-21 10:59:03Z INFO  sync.round.finished  users=500`. Times are UTC. A
 * stack follows on indented lines.
 */
export function formatText({ timeMs, level, event, fields, cause }: LogRecord): string {
  const time = `${new Date(timeMs).toISOString().slice(0, 19).replace('T', ' ')}Z`;
  const parts = Object.entries(fields).map(([name, value]) => `${escapeUnprintable(name)}=${formatValue(value)}`);
  if (cause !== undefined) {
    if (cause.code !== undefined) parts.push(`code=${formatValue(cause.code)}`);
    parts.push(`cause=${formatValue(cause.message)}`);
  }
  const name = escapeUnprintable(event);
  const head = `${time} ${level.toUpperCase().padEnd(5)} ${parts.length === 0 ? name : name.padEnd(EVENT_WIDTH)}`;
  const stack = cause?.stack === undefined ? '' : formatStack(cause.stack);
  return `${[head, ...parts].join(' ')}\n${stack}`;
}

function formatValue(value: SafeValue): string {
  if (typeof value === 'string') return quoteIfNeeded(value);
  if (Array.isArray(value)) return `[${value.map(quoteIfNeeded).join(', ')}]`;
  return String(value);
}

function quoteIfNeeded(text: string): string {
  if (text !== '' && !NEEDS_QUOTES.test(text)) return escapeUnprintable(text);
  return `"${escapeUnprintable(text.replaceAll(/["\\]/g, '\\$&'))}"`;
}

function formatStack(stack: string): string {
  return stack
    .split('\n')
    .map((line) => `    ${escapeUnprintable(line.trim())}\n`)
    .join('');
}
