import type { DaemonOptions, StartupError, SyncOnceOptions, tenantOfDomain } from '../daemon.ts';
import { AdminRefusal, type ExportRequest } from '../identity/admin.ts';
import type { Finding, TrialUser } from '../identity/examination.ts';
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

/** What is found between this machine and the tenant. */
export async function* examineSource(
  options: Pick<DaemonOptions, 'config' | 'log' | 'clock' | 'signal'>,
  user: TrialUser | undefined,
): AsyncGenerator<Finding, void, void> {
  yield* (await load()).examineSource(options, user);
}

/** The id of the tenant that a domain belongs to. */
export async function resolveTenant(...request: Parameters<typeof tenantOfDomain>): Promise<string> {
  return (await load()).tenantOfDomain(...request);
}

/** The schema as an include file for slapd. */
export async function openLdapSchema(): Promise<string> {
  return (await load()).openLdapSchema();
}

/** The published directory as LDIF without a daemon; throws a {@link CommandFailure} when there is nothing to read. */
export async function* exportStored(
  options: Pick<DaemonOptions, 'config' | 'log'>,
  request: ExportRequest,
): AsyncGenerator<string, void, void> {
  const daemon = await load();
  const text = daemon.exportStored(options, request);
  try {
    for (;;) {
      const { done, value } = await explained(daemon, text.next());
      if (done === true) return;
      yield value;
    }
  } finally {
    await text.return();
  }
}

async function explained<T>(daemon: Awaited<ReturnType<typeof load>>, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof AdminRefusal) throw new CommandFailure(exitCodes.refused, error.message, { cause: error });
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
