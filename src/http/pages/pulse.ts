import { createHash } from 'node:crypto';
import type { StatusReport } from '../../identity/admin.ts';
import type { Clock } from '../../timing/clock.ts';
import { healthOf } from './health.ts';

/** Most pages that follow the daemon at a time (P8). */
export const streamsMax = 64;

/** How often a stream looks whether something has changed. */
const lookMs = 1000;
/** A stream that has said nothing for so many looks sends a comment, so that nothing in between takes it for dead. */
const quietLooksMax = 15;
/** How soon a browser connects again, in milliseconds. */
const retryMs = 3000;

/**
 * Tells browsers by server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html) that there is something
 * new to see. An event has a digest of what it tells as its id, so that a browser that connects again with the last one
 * is told nothing twice and misses nothing, even over a restart.
 */
export class Pulse {
  readonly #clock: Clock;
  readonly #status: () => StatusReport;
  #open = 0;

  constructor(clock: Clock, status: () => StatusReport) {
    this.#clock = clock;
    this.#status = status;
  }

  /** Takes a place among those who follow; returns how it is given back, or undefined when all are taken. */
  enter(): (() => void) | undefined {
    if (this.#open >= streamsMax) return undefined;
    this.#open += 1;
    let isInside = true;
    return () => {
      if (isInside) this.#open -= 1;
      isInside = false;
    };
  }

  /** The text of a stream for somebody who has seen `lastId`, until the signal aborts or `isWelcome` says no. */
  async *follow(
    lastId: string | undefined,
    isWelcome: () => boolean,
    signal: AbortSignal,
  ): AsyncGenerator<string, void, void> {
    yield `retry: ${retryMs}\n\n`;
    let seen = lastId;
    for (let quiet = 0; !signal.aborted && isWelcome(); quiet += 1) {
      const { id, text } = this.#now();
      if (id !== seen) {
        seen = id;
        quiet = 0;
        yield text;
      } else if (quiet >= quietLooksMax) {
        quiet = 0;
        yield ': still here\n\n';
      }
      await this.#clock.sleep(lookMs, signal).catch(() => undefined);
    }
  }

  #now(): { readonly id: string; readonly text: string } {
    const status = this.#status();
    const { headline } = healthOf(status, this.#clock.now());
    const told = JSON.stringify({ headline: announcement(status, headline) });
    const id = createHash('sha256')
      .update(JSON.stringify([told, ...shownOf(status)]))
      .digest('base64url')
      .slice(0, 16);
    return { id, text: `event: status\nid: ${id}\ndata: ${told}\n\n` };
  }
}

/** What a screen reader says when it changes; the numbers of a running round are not worth a word. */
function announcement({ sync }: StatusReport, headline: string): string {
  if (sync.running !== null) return `${headline}. Round ${sync.running.round} is running.`;
  return sync.last === null ? headline : `${headline}. Round ${sync.last.round}: ${sync.last.outcome}.`;
}

/** What pages show of it that is worth looking again. */
function shownOf({
  startedAtMs,
  state,
  sync,
  directory,
  config,
  settingsPending,
  credentials,
  certificates,
  binds,
}: StatusReport): readonly unknown[] {
  const { alarm, auditProblem, resting, limited, strangersHeld } = binds;
  return [
    startedAtMs,
    state,
    sync.running,
    sync.last?.round,
    sync.last?.outcome,
    sync.held?.hold,
    sync.held?.decision,
    directory?.publication,
    config?.problems,
    config?.needsRestart,
    settingsPending,
    credentials,
    certificates,
    [alarm?.reason, auditProblem, resting, limited, strangersHeld],
  ];
}
