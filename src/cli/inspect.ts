import { createControlClient } from '../http/control-client.ts';
import { ControlError } from '../http/control-error.ts';
import type { Inspection } from '../identity/inspection.ts';
import { createLog } from '../observability/create-log.ts';
import { systemClock } from '../timing/clock.ts';
import { loadConfig, storeFolder } from './config-file.ts';
import { inspectStored } from './daemon-access.ts';
import type { ExitCode } from './exit-codes.ts';
import type { Shell } from './shell.ts';
import { stopOnSignals } from './stop-signal.ts';

/** Answers a question by the running daemon, or by the store when none runs. */
export async function inspect(
  shell: Shell,
  given: string | undefined,
  work: (inspection: Inspection, signal: AbortSignal) => Promise<ExitCode>,
): Promise<ExitCode> {
  // A daemon goes on with what it runs with while its file has a problem, and answers.
  const { path } = storeFolder(shell, given);
  using stopping = stopOnSignals(shell, systemClock);
  const { signal } = stopping;
  const client = createControlClient(path);
  if (await isRunning(client)) {
    const asked: Inspection = {
      explain: (request) => client.explain(request),
      objects: (request) => client.objects(request, signal),
      conflicts: () => client.conflicts(signal),
      ids: () => client.ids(signal),
      domains: (request) => client.domains(request, signal),
    };
    return await work(asked, signal);
  }
  const { config } = loadConfig(shell, given);
  const log = createLog({ level: 'warn', format: config.log.format, destination: shell.stderr, clock: systemClock });
  return await inspectStored({ config, log }, (inspection) => work(inspection, signal));
}

/** Whether a daemon answers; throws when what answers is not one, or may not be asked. */
export async function isRunning(client: ReturnType<typeof createControlClient>): Promise<boolean> {
  try {
    await client.status();
    return true;
  } catch (error) {
    if (error instanceof ControlError && error.code === 'notRunning') return false;
    throw error;
  }
}
