import type { BindEvent, BindEventQuery, BindVerdictWord } from '../identity/bind-event.ts';
import { isAskedFor } from '../identity/bind-event.ts';

/** Events that wait for somebody who follows; of those beyond, only how many there were is told (P8). */
const waitingMax = 10_000;

/** Somebody who follows the audit trail, and the events that wait to be read. */
export class AuditFollower {
  readonly #query: BindEventQuery;
  readonly #waitingMax: number;
  #waiting: BindEvent[] = [];
  #lost = new Map<BindVerdictWord, BindEvent>();
  #wake: () => void = () => {};

  constructor(query: BindEventQuery, max: number = waitingMax) {
    this.#query = query;
    this.#waitingMax = max;
  }

  /** Adds an event if it is asked for; never waits. */
  tell(event: BindEvent): void {
    if (!isAskedFor(event, this.#query)) return;
    if (this.#waiting.length < this.#waitingMax) this.#waiting.push(event);
    else this.#lost.set(event.verdict, merged(event, this.#lost.get(event.verdict)?.count ?? 0));
    this.#wake();
  }

  /** What has come since the last time, as soon as there is something; nothing when the signal aborts before. */
  async next(signal: AbortSignal): Promise<readonly BindEvent[]> {
    if (this.#waiting.length === 0 && !signal.aborted) await this.#woken(signal);
    const events = [...this.#waiting, ...this.#lost.values()];
    this.#waiting = [];
    this.#lost = new Map();
    return events;
  }

  #woken(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        signal.removeEventListener('abort', done);
        this.#wake = () => {};
        resolve();
      };
      this.#wake = done;
      signal.addEventListener('abort', done, { once: true });
    });
  }
}

/** What remains of an event for which there is no room. */
export function merged({ atMs, verdict, durationMs, count }: BindEvent, more: number): BindEvent {
  return {
    atMs,
    verdict,
    name: '',
    dn: null,
    objectId: null,
    address: '',
    secure: false,
    link: null,
    remembered: false,
    reason: 'too many to list each',
    aadsts: null,
    correlationId: null,
    durationMs,
    count: count + more,
  };
}
