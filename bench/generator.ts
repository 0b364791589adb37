import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

import type { FromGenerator, LoadJob, LoadResult, ToGenerator } from './load-protocol.ts';

/** The load generator as seen from the benchmark. */
export class LoadGenerator implements AsyncDisposable {
  readonly #child: ChildProcess;

  constructor() {
    const script = fileURLToPath(new URL('./load-generator.js', import.meta.url));
    this.#child = fork(script, { serialization: 'advanced' });
  }

  /** Opens the connections and warms up; what it returns measures. Rejects when the server refuses anything. */
  async prepare(job: LoadJob): Promise<() => Promise<LoadResult>> {
    await this.#ask({ kind: 'prepare', job });
    return async () => {
      const answer = await this.#ask({ kind: 'measure' });
      if (answer.kind !== 'result') throw new Error('the load generator has no result');
      return answer.result;
    };
  }

  async #ask(message: ToGenerator): Promise<FromGenerator> {
    this.#child.send(message);
    const [answer] = (await once(this.#child, 'message')) as [FromGenerator];
    if (answer.kind === 'failed') throw new Error(answer.message);
    return answer;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null) return;
    this.#child.kill();
    await once(this.#child, 'exit');
  }
}
