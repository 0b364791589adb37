import type { RoundPhase, RoundProgress } from '../../identity/round.ts';
import type { Clock } from '../../timing/clock.ts';
import type { Output } from '../shell.ts';
import { count, counted, duration } from '../../wording/quantities.ts';

const phases: Readonly<Record<RoundPhase, string>> = {
  pull: 'reading',
  sweep: 'looking for what has gone',
  plan: 'comparing',
  publish: 'publishing',
};

const barCells = 24;
const lineEveryMs = 5000;

/** Where a round stands, in one line without a bar. */
export function progressText(progress: RoundProgress, nowMs: number): string {
  const { round, phase, collection, mode, pages, read, entries, expected, startedAtMs } = progress;
  const doing = phase === 'pull' && collection !== null ? `reading ${collection} (${mode})` : phases[phase];
  const of = expected === null || phase !== 'pull' ? '' : ` of about ${count(expected)}`;
  const objects = `${count(read)}${of} objects, ${counted(pages, 'page')}`;
  const written = entries === 0 ? '' : `, ${entries === 1 ? '1 entry' : `${count(entries)} entries`}`;
  return `round ${round}: ${doing}, ${objects}${written}, ${duration(nowMs - startedAtMs)}`;
}

/**
 * Shows how a round goes on: one line that is rewritten, with a bar when the size is known, on a terminal; elsewhere a line
 * when something new begins and every five seconds.
 */
export class ProgressView {
  readonly #output: Output;
  readonly #clock: Pick<Clock, 'now' | 'monotonicMs'>;
  #step = '';
  #lineAtMs = Number.NEGATIVE_INFINITY;
  #open = false;

  constructor(output: Output, clock: Pick<Clock, 'now' | 'monotonicMs'>) {
    this.#output = output;
    this.#clock = clock;
  }

  update(progress: RoundProgress): void {
    const text = progressText(progress, this.#clock.now());
    if (this.#output.isTTY === true) this.#rewrite(`${bar(progress)}${text}`);
    else this.#line(progress, text);
  }

  /** Ends the line that is being rewritten, so that what follows begins on a new one. */
  finish(): void {
    if (this.#open) this.#output.write('\r\u001b[K');
    this.#open = false;
  }

  #rewrite(text: string): void {
    const columns = this.#output.columns ?? 80;
    this.#output.write(`\r${text.slice(0, columns - 1)}\u001b[K`);
    this.#open = true;
  }

  #line({ round, phase, collection }: RoundProgress, text: string): void {
    const step = `${round} ${phase} ${collection ?? ''}`;
    const nowMs = this.#clock.monotonicMs();
    if (step === this.#step && nowMs - this.#lineAtMs < lineEveryMs) return;
    this.#step = step;
    this.#lineAtMs = nowMs;
    this.#output.write(`${text}\n`);
  }
}

function bar({ read, expected, phase }: RoundProgress): string {
  if (expected === null || expected === 0) return '';
  // What was expected is an estimate; only the end of reading makes the bar full.
  const share = phase === 'pull' ? Math.min(read / expected, 0.99) : 1;
  const full = Math.floor(share * barCells);
  return `[${'#'.repeat(full)}${'.'.repeat(barCells - full)}] ${String(Math.floor(share * 100)).padStart(3)} % `;
}
