/**
 * The naming context of a configuration that names none: it follows from the tenant's primary domain, is kept in a file of the
 * store's folder when it was first learned, and stays from then on, whatever becomes of the domain.
 */
import { join } from 'node:path';
import { defaultStorePath } from './names.ts';
import { isSection } from './readable.ts';
import { valueAt } from './document.ts';

/** The name of that file. */
export const baseDnFileName = 'base-dn';

/** Stands for the naming context until the tenant was asked. */
const provisionalBaseDn = 'dc=not-known-yet';

/** A document in which the naming context stands. */
export interface CompletedDocument {
  readonly value: unknown;
  /** Whether it has to be asked of the tenant first. */
  readonly isProvisional: boolean;
}

/** The naming context for a domain (RFC 2247 §2). */
export function baseDnOfDomain(domain: string): string {
  return domain
    .split('.')
    .map((label) => `dc=${label}`)
    .join(',');
}

/** Puts in the naming context where the document leaves it out. `readFile` throws where there is no such file. */
export function completeBaseDn(value: unknown, readFile: (path: string) => string): CompletedDocument {
  const directory = valueAt(value, ['directory']) ?? {};
  if (!isSection(value) || !isSection(directory) || valueAt(directory, ['baseDn']) !== undefined) {
    return { value, isProvisional: false };
  }
  const known = rememberedBaseDn(valueAt(value, ['store', 'path']) ?? defaultStorePath, readFile);
  const completed = { ...directory, baseDn: known ?? provisionalBaseDn };
  return { value: { ...value, directory: completed }, isProvisional: known === undefined };
}

function rememberedBaseDn(storePath: unknown, readFile: (path: string) => string): string | undefined {
  if (typeof storePath !== 'string') return undefined;
  try {
    return readFile(join(storePath, baseDnFileName)).trim();
  } catch {
    // Whoever asks the tenant writes it, and is told when that cannot be done.
    return undefined;
  }
}
