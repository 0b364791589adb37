/** A thread that served for so long has died of something else than its start. */
const settledMs = 60_000;
const firstPauseMs = 1_000;
const pauseMaxMs = 60_000;

/** How long to wait before another thread takes the place of one that died: not at all, and longer the more die one after the other. */
export class RestartPace {
  #pauseMs = 0;

  /** For one that lived for so long. */
  pauseAfterMs(livedMs: number): number {
    if (livedMs >= settledMs) this.#pauseMs = 0;
    const pauseMs = this.#pauseMs;
    this.#pauseMs = Math.min(pauseMaxMs, pauseMs === 0 ? firstPauseMs : pauseMs * 2);
    return pauseMs;
  }
}
