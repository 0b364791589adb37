import type { DaemonOptions, StartupError, SyncOnceOptions } from '../daemon.ts';
import type { RoundSummary } from '../identity/round.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { CommandFailure } from './failure.ts';

// The daemon is loaded when a command runs it: loading it takes longer than most other commands take to answer.
const load = (): Promise<typeof import('../daemon.ts')> => import('../daemon.ts');

/** Runs the daemon until the signal aborts; throws a {@link CommandFailure} when it cannot start. */
export async function runDaemon(options: DaemonOptions): Promise<void> {
  const daemon = await load();
  await explained(daemon, daemon.runDaemon(options));
}

/** Runs one round without serving; throws a {@link CommandFailure} when the store cannot be opened. */
export async function runSyncOnce(options: SyncOnceOptions): Promise<RoundSummary> {
  const daemon = await load();
  return explained(daemon, daemon.runSyncOnce(options));
}

async function explained<T>(daemon: Awaited<ReturnType<typeof load>>, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof daemon.StartupError)) throw error;
    throw new CommandFailure(exitCodeOf(error.code), error.message, { cause: error });
  }
}

function exitCodeOf(code: StartupError['code']): ExitCode {
  switch (code) {
    case 'listen':
      return exitCodes.listen;
    case 'certificate':
      return exitCodes.config;
    default:
      return exitCodes.store;
  }
}
