import { createControlClient } from '../http/control-client.ts';
import type { AdminTokenAdmin } from '../identity/admin-token.ts';
import { createLog } from '../observability/create-log.ts';
import { systemClock } from '../timing/clock.ts';
import { loadConfig } from './config-file.ts';
import { withStoredAdminTokens } from './daemon-access.ts';
import type { ExitCode } from './exit-codes.ts';
import { isRunning } from './inspect.ts';
import type { Shell } from './shell.ts';
import { stopOnSignals } from './stop-signal.ts';

/** Does something with tokens through the running daemon, or in the store when none runs. */
export async function withAdminTokens(
  shell: Shell,
  given: string | undefined,
  work: (admin: AdminTokenAdmin) => Promise<ExitCode>,
): Promise<ExitCode> {
  const { config } = loadConfig(shell, given);
  using stopping = stopOnSignals(shell, systemClock);
  const client = createControlClient(config.store.path);
  if (await isRunning(client)) return await work(client.adminTokens(stopping.signal));
  const log = createLog({ level: 'warn', format: config.log.format, destination: shell.stderr, clock: systemClock });
  return await withStoredAdminTokens({ config, log, clock: systemClock }, work);
}
