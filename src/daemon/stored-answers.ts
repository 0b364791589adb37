/** What can be read from the store, or put into it, by a process that serves nobody and asks nothing of Entra. */
import { DirectoryStorageError } from '../directory/reader.ts';
import { AdminRefusal, type ExportRequest } from '../identity/admin.ts';
import type { BindEvent, BindEventQuery } from '../identity/bind-event.ts';
import type { IdsReport, Inspection } from '../identity/inspection.ts';
import { adoptNumbers } from '../inspection/adopt-numbers.ts';
import { IdFileError, readIdRows, readWishedNumbers } from '../inspection/id-rows.ts';
import { importIds } from '../inspection/import-ids.ts';
import { Projector } from '../projection/projector.ts';
import { schemaOf } from '../projection/schema-additions.ts';
import { StoreError } from '../store/store-error.ts';
import { exportView, inspectionOf } from './answers.ts';
import { explainingWays, waysToBind } from './login-advice.ts';
import type { DaemonOptions } from './options.ts';
import { openOverlaid } from './overlay.ts';
import { openOwnStore } from './own-store.ts';
import { projectorOf } from './projector.ts';
import { StartupError } from './startup-error.ts';

/**
 * The published directory as LDIF, read from the store without a daemon.
 *
 * @throws StartupError when the store cannot be opened, AdminRefusal when there is nothing to export
 */
export async function* exportStored(
  { config, log }: Pick<DaemonOptions, 'config' | 'log'>,
  request: ExportRequest,
): AsyncGenerator<string, void, void> {
  await using store = await openOwnStore(config, log);
  try {
    yield* exportView(config, store, request);
  } catch (error) {
    if (!(error instanceof DirectoryStorageError)) throw error;
    throw new StartupError('store-failed', `The store cannot be read: ${error.message}.`, { cause: error });
  }
}

/**
 * Answers questions about objects from the store, without a daemon. The store is closed when `work` is done.
 *
 * @throws StartupError when the store cannot be opened or read
 */
export async function inspectStored<T>(
  { config, log }: Pick<DaemonOptions, 'config' | 'log'>,
  work: (inspection: Inspection) => Promise<T>,
): Promise<T> {
  await using store = await openOwnStore(config, log);
  try {
    const mirror = await openOverlaid(store, projectorOf(config, store).projector);
    const inspection = inspectionOf(
      () => config,
      store,
      () => mirror,
    );
    return await work(
      explainingWays(
        inspection,
        waysToBind(() => config, store),
      ),
    );
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    throw new StartupError('store-failed', error.message, { cause: error });
  }
}

/**
 * The audit trail of binds, without a daemon.
 *
 * @throws StartupError when the store cannot be opened or read
 */
export async function readStoredBinds(
  { config, log }: Pick<DaemonOptions, 'config' | 'log'>,
  query: BindEventQuery,
): Promise<readonly BindEvent[]> {
  await using store = await openOwnStore(config, log);
  try {
    return await store.bindEvents.read(query);
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    throw new StartupError('store-failed', error.message, { cause: error });
  }
}

/** What is to be taken from a file: all that `ids export` has written, or numbers for those who have none yet. */
export interface IdsRequest {
  readonly mode: 'import' | 'adopt';
  readonly text: string;
  /** Only look what would come of it. */
  readonly isDryRun: boolean;
}

/**
 * Takes names and numbers from a file into the store, all or nothing, without a daemon.
 *
 * @throws StartupError when the store cannot be opened, AdminRefusal when the file cannot be read as what it should be
 */
export async function changeStoredIds(
  { config, log, clock }: Pick<DaemonOptions, 'config' | 'log' | 'clock'>,
  { mode, text, isDryRun }: IdsRequest,
): Promise<IdsReport> {
  await using store = await openOwnStore(config, log);
  const { reservedForGroups } = new Projector(config.projection, schemaOf(config.projection));
  const target = { ...store, reservedForGroups, nowMs: clock.now() };
  try {
    return mode === 'import'
      ? await importIds(target, readIdRows(text), isDryRun)
      : await adoptNumbers(target, readWishedNumbers(text), isDryRun);
  } catch (error) {
    if (!(error instanceof IdFileError)) throw error;
    throw new AdminRefusal(`The file cannot be used: ${error.message}.`, { cause: error });
  }
}
