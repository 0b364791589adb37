import type { Config } from '../config/config.ts';
import type {
  discoverProperties as discoverAtGraph,
  tenantOfDomain,
  tryFilter as tryFilterAtGraph,
} from '../daemon/graph.ts';
import type { DaemonOptions, SyncOnceOptions } from '../daemon/options.ts';
import type { TenantContents } from '../daemon/purge.ts';
import type { RestoreRequest } from '../daemon/restore.ts';
import { StartupError } from '../daemon/startup-error.ts';
import type { IdsRequest } from '../daemon/stored-answers.ts';
import type { RotatedKeys } from '../daemon/stored-app-passwords.ts';
import type { Held } from '../daemon/stored-rounds.ts';
import { AdminRefusal, type ExportRequest, type HoldRequest } from '../identity/admin.ts';
import type { AdminTokenAdmin } from '../identity/admin-token.ts';
import type { AppPasswordAdmin } from '../identity/app-password.ts';
import type { BackupRequest, CheckedBackup, RestoreReport } from '../identity/backup.ts';
import type { BindEvent, BindEventQuery } from '../identity/bind-event.ts';
import type { PropertiesOfTenant } from '../identity/discovery.ts';
import type { FilterTrial } from '../identity/filter-trial.ts';
import type { Finding, TrialUser } from '../identity/examination.ts';
import type { IdsReport, Inspection } from '../identity/inspection.ts';
import type { MemoryApi } from '../identity/memory.ts';
import type { OneTimeCodeAdmin } from '../identity/one-time-code.ts';
import type { PlanRequest, PlanResult } from '../identity/plan.ts';
import type { DomainsReport } from '../identity/tenant-facts.ts';
import type { RoundSummary } from '../identity/round.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { CommandFailure } from './failure.ts';

// What a command runs is loaded when it runs: loading all of it takes longer than most commands take to answer.
const loadRounds = (): Promise<typeof import('../daemon/stored-rounds.ts')> => import('../daemon/stored-rounds.ts');
const loadAnswers = (): Promise<typeof import('../daemon/stored-answers.ts')> => import('../daemon/stored-answers.ts');
const loadMemory = (): Promise<typeof import('../daemon/stored-memory.ts')> => import('../daemon/stored-memory.ts');
const loadBackup = (): Promise<typeof import('../daemon/backup.ts')> => import('../daemon/backup.ts');
const loadRestore = (): Promise<typeof import('../daemon/restore.ts')> => import('../daemon/restore.ts');
const loadPurge = (): Promise<typeof import('../daemon/purge.ts')> => import('../daemon/purge.ts');
const loadGraph = (): Promise<typeof import('../daemon/graph.ts')> => import('../daemon/graph.ts');

/** Runs the daemon until the signal aborts; throws a {@link CommandFailure} when it cannot start. */
export async function runDaemon(options: DaemonOptions): Promise<void> {
  const daemon = await import('../daemon.ts');
  await explained(daemon.runDaemon(options));
}

/** Runs one round without serving; throws a {@link CommandFailure} when the store cannot be opened. */
export async function runSyncOnce(options: SyncOnceOptions): Promise<RoundSummary> {
  const daemon = await loadRounds();
  return explained(daemon.runSyncOnce(options));
}

/** What is held back, read without a daemon; throws a {@link CommandFailure} when the store cannot be opened. */
export async function readHeld(options: Pick<DaemonOptions, 'config' | 'log' | 'clock'>): Promise<Held> {
  const daemon = await loadRounds();
  return explained(daemon.readHeld(options));
}

/** What the next publish would do, worked out without a daemon; throws a {@link CommandFailure} when it cannot be told. */
export async function planStored(
  options: Pick<DaemonOptions, 'config' | 'log' | 'clock' | 'signal'>,
  request: Omit<PlanRequest, 'config'>,
): Promise<PlanResult> {
  const daemon = await loadRounds();
  return explained(daemon.planStored(options, request));
}

/** Decides without a daemon; throws a {@link CommandFailure} when that is not held back any more. */
export async function decideHeld(
  options: Omit<SyncOnceOptions, 'full' | 'clear'>,
  request: HoldRequest,
): Promise<RoundSummary | undefined> {
  const daemon = await loadRounds();
  return explained(daemon.decideHeld(options, request));
}

/** Works with what was before without a daemon; throws a {@link CommandFailure} when the store cannot be opened. */
export async function withStoredMemory<T>(
  options: Pick<DaemonOptions, 'config' | 'log' | 'clock' | 'signal'>,
  work: (memory: MemoryApi) => Promise<T>,
): Promise<T> {
  const daemon = await loadMemory();
  return explained(daemon.withStoredMemory(options, work));
}

/** What the store has of the tenant; throws a {@link CommandFailure} when it cannot be opened. */
export async function storedContents(config: Config): Promise<TenantContents | undefined> {
  return explained((await loadPurge()).storedContents(config));
}

/** Removes the tenant from the store; throws a {@link CommandFailure} when that cannot be done. */
export async function purgeStored(config: Config, withIds: boolean): Promise<void> {
  await explained((await loadPurge()).purgeStored(config, withIds));
}

/** Learns the naming context of the tenant; throws a {@link CommandFailure} when it cannot be asked. */
export async function learnBaseDn(
  options: Pick<DaemonOptions, 'config' | 'log' | 'clock' | 'signal'>,
): Promise<string> {
  const daemon = await import('../daemon/base-dn.ts');
  return explained(daemon.learnBaseDn(options));
}

/** What is found between this machine and the tenant. */
export async function* examineSource(
  options: Pick<DaemonOptions, 'config' | 'log' | 'clock' | 'signal'>,
  user: TrialUser | undefined,
): AsyncGenerator<Finding, void, void> {
  yield* (await loadGraph()).examineSource(options, user);
}

/** What a filter of Microsoft Graph lets through. */
export async function tryFilter(...trial: Parameters<typeof tryFilterAtGraph>): Promise<FilterTrial> {
  return (await loadGraph()).tryFilter(...trial);
}

/** What the tenant offers, beside what of it the configuration uses. */
export async function discoverProperties(...request: Parameters<typeof discoverAtGraph>): Promise<PropertiesOfTenant> {
  return (await loadGraph()).discoverProperties(...request);
}

/** The id of the tenant that a domain belongs to. */
export async function resolveTenant(...request: Parameters<typeof tenantOfDomain>): Promise<string> {
  return (await loadGraph()).tenantOfDomain(...request);
}

/** The schema of a configuration as an include file for slapd. */
export async function openLdapSchema(config: Config): Promise<string> {
  return (await import('../daemon/answers.ts')).openLdapSchema(config);
}

/** The published directory as LDIF without a daemon; throws a {@link CommandFailure} when there is nothing to read. */
export async function* exportStored(
  options: Pick<DaemonOptions, 'config' | 'log'>,
  request: ExportRequest,
): AsyncGenerator<string, void, void> {
  yield* explainedEach((await loadAnswers()).exportStored(options, request));
}

async function* explainedEach<T>(items: AsyncGenerator<T, void, void>): AsyncGenerator<T, void, void> {
  try {
    for (;;) {
      const { done, value } = await explained(items.next());
      if (done === true) return;
      yield value;
    }
  } finally {
    await items.return();
  }
}

/** Answers questions about objects from the store; throws a {@link CommandFailure} when it cannot be read. */
export async function inspectStored<T>(
  options: Pick<DaemonOptions, 'config' | 'log'>,
  work: (inspection: Inspection) => Promise<T>,
): Promise<T> {
  const daemon = await loadAnswers();
  return explained(daemon.inspectStored(options, work));
}

/** Reads the domains of the tenant anew into the store; throws a {@link CommandFailure} when that cannot be opened. */
export async function refreshStoredDomains(
  options: Pick<DaemonOptions, 'config' | 'log' | 'clock' | 'signal'>,
): Promise<DomainsReport> {
  const daemon = await loadRounds();
  return explained(daemon.refreshStoredDomains(options));
}

/** The audit trail of binds from the store; throws a {@link CommandFailure} when it cannot be read. */
export async function readStoredBinds(
  options: Pick<DaemonOptions, 'config' | 'log'>,
  query: BindEventQuery,
): Promise<readonly BindEvent[]> {
  const daemon = await loadAnswers();
  return explained(daemon.readStoredBinds(options, query));
}

/** Does something with the app passwords of the store; throws a {@link CommandFailure} when that cannot be done. */
export async function withStoredAppPasswords<T>(
  options: Pick<DaemonOptions, 'config' | 'log' | 'clock'>,
  work: (admin: AppPasswordAdmin) => Promise<T>,
): Promise<T> {
  const daemon = await import('../daemon/stored-app-passwords.ts');
  return explained(daemon.withStoredAppPasswords(options, work));
}

/** Does something with the one-time codes of the store; throws a {@link CommandFailure} when that cannot be done. */
export async function withStoredOneTimeCodes<T>(
  options: Pick<DaemonOptions, 'config' | 'log' | 'clock'>,
  work: (admin: OneTimeCodeAdmin) => Promise<T>,
): Promise<T> {
  const daemon = await import('../daemon/stored-app-passwords.ts');
  return explained(daemon.withStoredOneTimeCodes(options, work));
}

/** Does something with the tokens of the store; throws a {@link CommandFailure} when that cannot be done. */
export async function withStoredAdminTokens<T>(
  options: Pick<DaemonOptions, 'config' | 'log' | 'clock'>,
  work: (admin: AdminTokenAdmin) => Promise<T>,
): Promise<T> {
  const daemon = await import('../daemon/stored-admin-tokens.ts');
  return explained(daemon.withStoredAdminTokens(options, work));
}

/** Makes a new key for what is kept of passwords; throws a {@link CommandFailure} when that cannot be done. */
export async function rotateKeys(
  options: Pick<DaemonOptions, 'config' | 'log' | 'clock'>,
  dropOld: boolean,
): Promise<RotatedKeys> {
  const daemon = await import('../daemon/stored-app-passwords.ts');
  return explained(daemon.rotateKeys(options, dropOld));
}

/** The bytes of a backup made without a daemon; throws a {@link CommandFailure} when there is nothing to read. */
export async function* backupStored(
  options: Pick<DaemonOptions, 'config' | 'log' | 'clock' | 'version'>,
  request: BackupRequest,
): AsyncGenerator<Buffer, void, void> {
  yield* explainedEach((await loadBackup()).backupStored(options, request));
}

/** Reads a backup to its end; throws a {@link CommandFailure} when it is none or damaged. */
export async function checkBackup(file: string): Promise<CheckedBackup> {
  return explained((await loadRestore()).checkBackup(file));
}

/** Restores a backup; throws a {@link CommandFailure} when that cannot be done. */
export async function restoreStored(config: Config, request: RestoreRequest): Promise<RestoreReport> {
  return explained((await loadRestore()).restoreStored(config, request));
}

/** Takes names and numbers from a file into the store; throws a {@link CommandFailure} when that cannot be done. */
export async function changeStoredIds(
  options: Pick<DaemonOptions, 'config' | 'log' | 'clock'>,
  request: IdsRequest,
): Promise<IdsReport> {
  const daemon = await loadAnswers();
  return explained(daemon.changeStoredIds(options, request));
}

async function explained<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof AdminRefusal) throw new CommandFailure(exitCodes.refused, error.message, { cause: error });
    if (!(error instanceof StartupError)) throw error;
    throw new CommandFailure(exitCodeOf(error.code), error.message, { cause: error });
  }
}

function exitCodeOf(code: StartupError['code']): ExitCode {
  switch (code) {
    case 'listen':
      return exitCodes.listen;
    case 'source':
      return exitCodes.source;
    case 'certificate':
    case 'secrets':
      return exitCodes.config;
    default:
      return exitCodes.store;
  }
}
