/** The outcome of reading a text: its value, or a sentence that says what was expected. Never quotes the text. */
export type Reading<T> = { readonly value: T } | { readonly problem: string };

const DURATION_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const DURATION_PART = /(\d{1,15})(ms|s|m|h|d)/y;

const SIZE_BYTES = {
  B: 1,
  kB: 1000,
  MB: 1000 ** 2,
  GB: 1000 ** 3,
  KiB: 1024,
  MiB: 1024 ** 2,
  GiB: 1024 ** 3,
} as const;
const SIZE = /^(\d{1,15})(B|kB|MB|GB|KiB|MiB|GiB)$/;
const PERCENT = /^(\d{1,3}(?:\.\d{1,3})?)%$/;

/** What {@link parseDuration} accepts, as a regular expression for editors. */
export const durationPattern = String.raw`^(\d+(ms|s|m|h|d))+$`;
/** What {@link parseSize} accepts, as a regular expression for editors. */
export const sizePattern = String.raw`^\d+(B|kB|MB|GB|KiB|MiB|GiB)$`;
/** What {@link parsePercent} accepts, as a regular expression for editors. */
export const percentPattern = String.raw`^\d{1,3}(\.\d{1,3})?%$`;

/** Reads `500ms`, `30m`, `1h30m` into milliseconds. Units go from large to small, each at most once. */
export function parseDuration(text: string): Reading<number> {
  const expected = 'must be a duration: whole numbers with the units d, h, m, s or ms, for instance 30m or 1h30m';
  let total = 0;
  let smallest = Number.POSITIVE_INFINITY;
  DURATION_PART.lastIndex = 0;
  let end = 0;
  for (let part = DURATION_PART.exec(text); part !== null; part = DURATION_PART.exec(text)) {
    const unit = DURATION_MS[part[2] as keyof typeof DURATION_MS];
    if (unit >= smallest) return { problem: `${expected}; units go from large to small, each once` };
    smallest = unit;
    total += Number(part[1]) * unit;
    end = DURATION_PART.lastIndex;
  }
  if (end === 0 || end !== text.length) return { problem: expected };
  return Number.isSafeInteger(total) ? { value: total } : { problem: `${expected}; this one is too long` };
}

/** Reads `512kB`, `64MiB` into bytes. kB, MB and GB are powers of 1000; KiB, MiB and GiB powers of 1024. */
export function parseSize(text: string): Reading<number> {
  const expected = 'must be a size: a whole number with the unit B, kB, MB, GB, KiB, MiB or GiB, for instance 64MiB';
  const match = SIZE.exec(text);
  if (match === null) return { problem: expected };
  const bytes = Number(match[1]) * SIZE_BYTES[match[2] as keyof typeof SIZE_BYTES];
  return Number.isSafeInteger(bytes) ? { value: bytes } : { problem: `${expected}; this one is too large` };
}

/** Reads `10%` into 0.1. */
export function parsePercent(text: string): Reading<number> {
  const match = PERCENT.exec(text);
  if (match === null) return { problem: 'must be a percentage, for instance 10%' };
  return { value: Number(match[1]) / 100 };
}

/** Writes milliseconds as {@link parseDuration} reads them, without days: 5400000 is `1h30m`. */
export function formatDuration(ms: number): string {
  let rest = ms;
  let text = '';
  for (const unit of ['h', 'm', 's', 'ms'] as const) {
    const count = Math.floor(rest / DURATION_MS[unit]);
    if (count > 0) text += `${count}${unit}`;
    rest -= count * DURATION_MS[unit];
  }
  return text === '' ? '0s' : text;
}

/** Writes bytes in the largest binary unit that divides them: 67108864 is `64MiB`. */
export function formatSize(bytes: number): string {
  for (const unit of ['GiB', 'MiB', 'KiB'] as const) {
    if (bytes !== 0 && bytes % SIZE_BYTES[unit] === 0) return `${bytes / SIZE_BYTES[unit]}${unit}`;
  }
  return `${bytes}B`;
}
