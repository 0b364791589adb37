/** What was before, and undoing it, by a process that serves nobody. */
import type { MemoryApi } from '../identity/memory.ts';
import { StoreError } from '../store/store-error.ts';
import { openGraph } from './graph.ts';
import { memoryOf } from './memory.ts';
import type { DaemonOptions } from './options.ts';
import { openOwnStore } from './own-store.ts';
import { StartupError } from './startup-error.ts';
import { createSync } from './sync.ts';

/**
 * Works with what was before. The store is closed when `work` is done.
 *
 * @throws StartupError when the store cannot be opened, read or written
 */
export async function withStoredMemory<T>(
  { config, log, clock, signal }: Pick<DaemonOptions, 'config' | 'log' | 'clock' | 'signal'>,
  work: (memory: MemoryApi) => Promise<T>,
): Promise<T> {
  await using store = await openOwnStore(config, log);
  await using graph = openGraph(config, clock, log);
  const sync = createSync({ config, log, clock }, store, graph);
  try {
    return await work(memoryOf({ sync, store, signal, recent: undefined }));
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    throw new StartupError('store-failed', error.message, { cause: error });
  }
}
