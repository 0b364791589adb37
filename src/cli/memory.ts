import { createControlClient } from '../http/control-client.ts';
import type { MemoryApi } from '../identity/memory.ts';
import { createLog } from '../observability/create-log.ts';
import { systemClock } from '../timing/clock.ts';
import { loadConfig, storeFolder } from './config-file.ts';
import { withStoredMemory } from './daemon-access.ts';
import type { ExitCode } from './exit-codes.ts';
import { isRunning } from './inspect.ts';
import type { Shell } from './shell.ts';
import { stopOnSignals } from './stop-signal.ts';

/** Works with what was before, by the running daemon or, when none runs, on the store. */
export async function withMemory(
  shell: Shell,
  given: string | undefined,
  work: (memory: MemoryApi, signal: AbortSignal) => Promise<ExitCode>,
): Promise<ExitCode> {
  // A daemon goes on with what it runs with while its file has a problem, and answers.
  const { path } = storeFolder(shell, given);
  using stopping = stopOnSignals(shell, systemClock);
  const { signal } = stopping;
  const client = createControlClient(path);
  if (await isRunning(client)) return await work(client.memory(signal), signal);
  const { config } = loadConfig(shell, given);
  const log = createLog({ level: 'error', format: config.log.format, destination: shell.stderr, clock: systemClock });
  return await withStoredMemory({ config, log, clock: systemClock, signal }, (memory) => work(memory, signal));
}
