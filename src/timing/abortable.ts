import type { Clock } from './clock.ts';

/** An operation did not end in the time it was given. */
export class TimeoutError extends Error {
  override readonly name = 'TimeoutError';
  /** The time it was given. */
  readonly timeoutMs: number;

  constructor(timeoutMs: number) {
    super(`No answer within ${timeoutMs} ms`);
    this.timeoutMs = timeoutMs;
  }
}

/**
 * Waits for a promise, but no longer than until the signal aborts; then rejects with the signal's reason. The work behind
 * the promise goes on, and its outcome is dropped: for work that several callers share.
 */
export function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason as Error);
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

/**
 * Runs `work` with a signal that aborts when `signal` does, or with a {@link TimeoutError} as its reason after `timeoutMs`.
 * Settles as `work` does, or rejects with that reason as soon as the signal aborts, whether `work` heeds it or not.
 */
export async function withTimeout<T>(
  clock: Clock,
  timeoutMs: number,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  const running = new AbortController();
  const timer = new AbortController();
  const onAbort = (): void => running.abort(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  clock.sleep(timeoutMs, timer.signal).then(
    () => running.abort(new TimeoutError(timeoutMs)),
    () => undefined,
  );
  try {
    return await abortable(work(running.signal), running.signal);
  } finally {
    signal.removeEventListener('abort', onAbort);
    timer.abort();
  }
}
