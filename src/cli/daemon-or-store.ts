import type { Config } from '../config/config.ts';
import { type ControlClient, createControlClient } from '../http/control-client.ts';
import { ControlError } from '../http/control-error.ts';
import { createLog } from '../observability/create-log.ts';
import type { Log } from '../observability/log.ts';
import { systemClock } from '../timing/clock.ts';
import { loadConfig, storeFolder } from './config-file.ts';
import { configFailure } from './failure.ts';
import { isRunning } from './inspect.ts';
import type { Shell } from './shell.ts';
import { stopOnSignals } from './stop-signal.ts';

/** How something is done beside a running daemon, and without one. The signal aborts when the command is asked to stop. */
interface Ways<T> {
  readonly daemon: (client: ControlClient, signal: AbortSignal) => Promise<T>;
  readonly store: (means: { readonly config: Config; readonly log: Log }, signal: AbortSignal) => Promise<T>;
}

/**
 * Does something by the running daemon or, when none runs, on the store. The daemon need not be able to use the configuration file:
 * it goes on with what it runs with while the file has a problem. Throws a failure that lists every problem when none runs.
 */
export async function daemonOrStore<T>(
  shell: Shell,
  given: string | undefined,
  { daemon, store }: Ways<T>,
): Promise<T> {
  const { path } = storeFolder(shell, given);
  using stopping = stopOnSignals(shell, systemClock);
  const client = createControlClient(path);
  if (await isRunning(client)) return await daemon(client, stopping.signal);
  const { config } = loadConfig(shell, given);
  const log = createLog({ level: 'warn', format: config.log.format, destination: shell.stderr, clock: systemClock });
  return await store({ config, log }, stopping.signal);
}

/**
 * Asks the running daemon. Throws what `createControlClient` throws; when none runs and the configuration has problems, a failure that
 * lists them.
 */
export async function askDaemon<T>(
  shell: Shell,
  given: string | undefined,
  ask: (client: ControlClient) => Promise<T>,
): Promise<T> {
  const { file, path, problems } = storeFolder(shell, given);
  try {
    return await ask(createControlClient(path));
  } catch (error) {
    const isAlone = error instanceof ControlError && error.code === 'notRunning';
    if (isAlone && problems.length > 0) throw configFailure(file, problems);
    throw error;
  }
}
