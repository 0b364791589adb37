import { randomBytes } from 'node:crypto';
import { mkdir, open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { baseDnFileName, baseDnOfDomain } from '../config/base-dn.ts';
import { SourceError } from '../identity/source-error.ts';
import { openGraph } from './graph.ts';
import type { DaemonOptions } from './options.ts';
import { StartupError } from './startup-error.ts';

// Nothing is served yet that could go on meanwhile, and somebody waits for the first start: a second later it is told why.
const attemptsMax = 3;

/**
 * Asks the tenant for its primary domain and keeps the naming context that follows from it, for a configuration that names none.
 *
 * @throws StartupError when the tenant cannot be asked, or the answer not be kept
 */
export async function learnBaseDn(
  options: Pick<DaemonOptions, 'config' | 'log' | 'clock' | 'signal'>,
): Promise<string> {
  const { config, clock, log, signal } = options;
  const baseDn = baseDnOfDomain(await primaryDomain());
  await keep(config.store.path, baseDn);
  return baseDn;

  async function primaryDomain(): Promise<string> {
    await using graph = openGraph(config, clock, log, attemptsMax);
    try {
      const { domains } = await graph.tenantFacts(signal);
      const domain = domains.find(({ isDefault }) => isDefault) ?? domains[0];
      if (domain !== undefined) return domain.name;
      throw new SourceError('protocol', 'The tenant names no domain');
    } catch (error) {
      if (!(error instanceof SourceError) || error.code === 'aborted') throw error;
      throw new StartupError(
        'source',
        `The base DN follows from the tenant's primary domain, and the tenant cannot be asked: ${error.message}. ` +
          'Or say what it is: directory.baseDn in the configuration.',
        { cause: error },
      );
    }
  }
}

async function keep(folder: string, baseDn: string): Promise<void> {
  const beside = join(folder, `${baseDnFileName}.${randomBytes(6).toString('hex')}`);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    {
      await using file = await open(beside, 'wx', 0o600);
      await file.writeFile(`${baseDn}\n`);
      await file.sync();
    }
    await rename(beside, join(folder, baseDnFileName));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new StartupError('store-access', `The folder ${folder} cannot be written: ${reason}.`, { cause: error });
  }
}
