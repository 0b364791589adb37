import { constants } from 'node:os';
import type { Clock } from '../timing/clock.ts';
import type { Shell, ShellSignal } from './shell.ts';

/** Within this time after the first signal, further ones are taken for the same wish. */
const sameWishMs = 500;

/** A signal that aborts when the process is asked to stop. */
export interface Stopping extends Disposable {
  readonly signal: AbortSignal;
}

const stopSignals: readonly ShellSignal[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/**
 * Turns the signals, SIGINT, SIGTERM and SIGHUP unless others are given, into an abort. Who asks again, because stopping
 * takes long, ends the process at once with the exit code that shells give to a signal (128 + its number).
 */
export function stopOnSignals(
  shell: Shell,
  clock: Pick<Clock, 'monotonicMs'>,
  signals: readonly ShellSignal[] = stopSignals,
): Stopping {
  const controller = new AbortController();
  let firstAtMs: number | undefined;
  const listening = shell.onSignal(signals, (signal) => {
    if (firstAtMs === undefined) {
      firstAtMs = clock.monotonicMs();
      controller.abort();
      // One Ctrl-C arrives twice under `npm start`: from the terminal, and from npm, which passes on what it got itself.
    } else if (clock.monotonicMs() - firstAtMs >= sameWishMs) {
      shell.exit(128 + constants.signals[signal]);
    }
  });
  return { signal: controller.signal, [Symbol.dispose]: () => listening[Symbol.dispose]() };
}
