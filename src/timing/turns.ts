/** Lets one work after the other, in the order in which they ask. */
export class Turns {
  /** Ends when whoever works, and those who wait for that, are done. */
  #last: Promise<void> = Promise.resolve();

  /** Works when everybody before is done, whether that went well or not. */
  async take<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(work);
    this.#last = turn.then(
      () => undefined,
      () => undefined,
    );
    return await turn;
  }
}
