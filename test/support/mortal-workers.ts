/** Loaded before the daemon (`node --import`): at SIGUSR2 the thread that was started first, of those that live, dies at once. */
import { createRequire, syncBuiltinESMExports } from 'node:module';
import { isMainThread, Worker } from 'node:worker_threads';

if (isMainThread) {
  const living = new Set<Worker>();
  const builtin = createRequire(import.meta.url)('node:worker_threads') as { Worker: typeof Worker };
  builtin.Worker = class extends Worker {
    constructor(...given: ConstructorParameters<typeof Worker>) {
      super(...given);
      living.add(this);
      this.once('exit', () => living.delete(this));
    }
  };
  syncBuiltinESMExports();
  process.on('SIGUSR2', () => {
    const [oldest] = living;
    void oldest?.terminate();
  });
}
