import { setTimeout as after } from 'node:timers/promises';

const patienceMs = 30_000;
const pauseMs = 100;

/** Asks again and again until the answer satisfies; for programs that do not tell when they are ready. */
export async function eventually<T>(ask: () => Promise<T>, satisfies: (answer: T) => boolean): Promise<T> {
  const deadline = Date.now() + patienceMs;
  for (;;) {
    const answer = await ask();
    if (satisfies(answer)) return answer;
    if (Date.now() > deadline) throw new Error(`still not as expected: ${JSON.stringify(answer)}`);
    await after(pauseMs);
  }
}
