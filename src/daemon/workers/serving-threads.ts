import { availableParallelism } from 'node:os';
import type { Config } from '../../config/config.ts';
import { supportsWorkers, workersNodeVersion } from '../../config/worker-support.ts';
import { workersUnavailable } from '../../observability/events.ts';
import type { Log } from '../../observability/log.ts';

/** Entries that all threads together keep in memory, and the main thread for binds. */
const entryCacheBytes = 48 * 1024 * 1024;

/** Beyond this many, `auto` leaves processors to what else runs on the machine. */
const autoMax = 16;

/**
 * How many threads are to serve LDAP: as many as the configuration says, with `auto` as many as there are processors; one where
 * this release of Node.js can do it by one only.
 */
export function servingThreads(
  { workers }: Pick<Config['ldap'], 'workers'>,
  nodeVersion = process.versions.node,
  processors = availableParallelism(),
): number {
  if (workers === 1 || !supportsWorkers(nodeVersion)) return 1;
  return workers === 'auto' ? Math.min(processors, autoMax) : workers;
}

/** Says why `auto` has become one thread; nothing where there is one processor. */
export function explainOneThread(log: Log, nodeVersion = process.versions.node): void {
  if (!supportsWorkers(nodeVersion)) workersUnavailable(log, { node: nodeVersion, needed: workersNodeVersion });
}

/** What each of so many threads, and the main thread, keeps of entries in memory. */
export function entryCacheShare(threads: number): number {
  return threads === 1 ? entryCacheBytes : Math.floor(entryCacheBytes / (threads + 1));
}
