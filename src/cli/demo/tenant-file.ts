import { loadTenantFile, TenantFileError } from '../../simulator/tenant-file.ts';
import type { TenantModel } from '../../simulator/tenant/tenant-model.ts';
import { reason } from '../config-file.ts';
import { exitCodes } from '../exit-codes.ts';
import { CommandFailure } from '../failure.ts';

/** Reads a tenant from a YAML or JSON file; throws a failure that lists everything that is wrong with it. */
export function readTenantFile(file: string): TenantModel {
  try {
    return loadTenantFile(file);
  } catch (error) {
    const message =
      error instanceof TenantFileError ? error.message : `The tenant file ${file} cannot be read: ${reason(error)}.`;
    throw new CommandFailure(exitCodes.config, message, { cause: error });
  }
}
