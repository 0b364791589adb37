import { createControlClient } from '../http/control-client.ts';
import type { AppPasswordAdmin } from '../identity/app-password.ts';
import { createLog } from '../observability/create-log.ts';
import { systemClock } from '../timing/clock.ts';
import { loadConfig } from './config-file.ts';
import { withStoredAppPasswords } from './daemon-access.ts';
import type { ExitCode } from './exit-codes.ts';
import { isRunning } from './inspect.ts';
import type { Shell } from './shell.ts';
import { stopOnSignals } from './stop-signal.ts';

/** Does something with app passwords through the running daemon, or in the store when none runs. */
export async function withAppPasswords(
  shell: Shell,
  given: string | undefined,
  work: (admin: AppPasswordAdmin) => Promise<ExitCode>,
): Promise<ExitCode> {
  const { config } = loadConfig(shell, given);
  using stopping = stopOnSignals(shell, systemClock);
  const client = createControlClient(config.store.path);
  if (await isRunning(client)) return await work(client.appPasswords(stopping.signal));
  const log = createLog({ level: 'warn', format: config.log.format, destination: shell.stderr, clock: systemClock });
  return await withStoredAppPasswords({ config, log, clock: systemClock }, work);
}
