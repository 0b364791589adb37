import { existsSync, readFileSync } from 'node:fs';
import type { Config } from '../config/config.ts';
import type { ConfigFile } from '../config/config-watch.ts';
import { type ConfigResult, parseConfig } from '../config/load.ts';
import type { ConfigProblem } from '../config/problem.ts';
import { proxyOfEnvironment } from '../config/proxy.ts';
import { createLog } from '../observability/create-log.ts';
import { systemClock } from '../timing/clock.ts';
import { learnBaseDn } from './daemon-access.ts';
import { exitCodes } from './exit-codes.ts';
import { CommandFailure, configFailure } from './failure.ts';
import type { Shell } from './shell.ts';

/** Where the demo keeps its data unless told otherwise. */
export const demoFolder = 'data/demo';

/** The name of the configuration in a demo's folder. */
export const demoConfigName = 'entra-ldapd.yaml';

const usualPlaces = ['config/entra-ldapd.yaml', `${demoFolder}/${demoConfigName}`];

/** A configuration that was read, with remarks on what is probably not meant. */
export interface LoadedConfig {
  readonly file: string;
  readonly config: Config;
  readonly warnings: readonly ConfigProblem[];
}

/** The configuration file to use: the one given, else the first of the usual places. Throws when there is none. */
export function configFile(given: string | undefined): string {
  const found = given ?? usualPlaces.find((place) => existsSync(place));
  if (found !== undefined) return found;
  throw new CommandFailure(
    exitCodes.config,
    `There is no configuration: neither ${usualPlaces.join(' nor ')} exists below the current folder. ` +
      'Name one with --config FILE, begin with a copy of config/entra-ldapd.example.yaml, or try: entra-ldapd demo',
  );
}

/**
 * Reads and checks a configuration file; the proxy that the environment names holds where the file names none. Throws a
 * failure only when the file itself, or that proxy, cannot be read. `onRead` is told each further file that is looked at.
 */
export function checkConfig(shell: Shell, file: string, onRead?: (path: string) => void): ConfigResult {
  return checkConfigText(shell, file, readConfigText(file), onRead);
}

/** What {@link checkConfig} does, for a text that stands in `file` or may stand there. */
export function checkConfigText(
  shell: Shell,
  file: string,
  text: string,
  onRead: (path: string) => void = () => {},
): ConfigResult {
  const env = shell.env;
  const readFile = (path: string): string => {
    onRead(path);
    return readFileSync(path, 'utf8');
  };
  const result = parseConfig(text, { file, env, readFile });
  if (!result.ok || result.config.tenant.proxy !== undefined) return result;
  const proxy = proxyOfEnvironment(env);
  if ('problem' in proxy) throw new CommandFailure(exitCodes.config, `${upperFirst(proxy.problem)}.`);
  const { config } = result;
  return { ...result, config: { ...config, tenant: { ...config.tenant, proxy: proxy.value } } };
}

function upperFirst(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

/** Reads a configuration that is to be used; throws a failure that lists every problem. */
export function loadConfig(shell: Shell, given: string | undefined): LoadedConfig {
  const file = configFile(given);
  const result = checkConfig(shell, file);
  if (!result.ok) throw configFailure(file, result.problems);
  const { config, warnings } = result;
  if (config.log.level === 'debug') shell.debug = true;
  return { file, config, warnings };
}

/**
 * As {@link loadConfig}, and asks the tenant for its primary domain where the configuration names no base DN and nobody has asked
 * before. Throws a failure also when the tenant cannot be asked.
 */
export async function loadConfigAsking(
  shell: Shell,
  given: string | undefined,
  signal: AbortSignal,
): Promise<LoadedConfig> {
  const result = checkConfig(shell, configFile(given));
  if (!result.ok && result.provisional !== undefined) await askBaseDn(shell, result.provisional, signal);
  return loadConfig(shell, given);
}

/** Asks the tenant for its primary domain; from then on the configuration is read with the base DN that follows from it. */
async function askBaseDn(shell: Shell, config: Config, signal: AbortSignal): Promise<string> {
  const clock = systemClock;
  const log = createLog({ level: 'error', format: config.log.format, destination: shell.stderr, clock });
  return await learnBaseDn({ config, log, clock, signal });
}

/** A configuration file that a daemon reads again while it runs. */
export function configFileOf(shell: Shell, file: string): ConfigFile {
  let files: readonly string[] = [];
  return {
    file,
    read: () => {
      const named = new Set<string>();
      try {
        return checkConfig(shell, file, (path) => named.add(path));
      } finally {
        files = [...named];
      }
    },
    files: () => files,
  };
}

/** Where the store is, and what else the configuration has to say against itself. */
export interface StoreFolder {
  readonly file: string;
  readonly path: string;
  readonly problems: readonly ConfigProblem[];
}

/**
 * The folder of the store. A configuration with problems still names it, and just then the daemon that runs there may have
 * to be asked how it is; throws a failure that lists every problem when it does not.
 */
export function storeFolder(shell: Shell, given: string | undefined): StoreFolder {
  const file = configFile(given);
  const result = checkConfig(shell, file);
  if (result.ok) return { file, path: result.config.store.path, problems: [] };
  const { storePath: path, problems } = result;
  if (path === undefined) throw configFailure(file, problems);
  return { file, path, problems };
}

/** The text of a configuration file; throws a failure that says why it cannot be read. */
export function readConfigText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new CommandFailure(exitCodes.config, `The configuration ${file} cannot be read: ${reason(error)}.`, {
      cause: error,
    });
  }
}

/** What the operating system says of a failed file operation, in plain words. */
export function reason(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  switch (code) {
    case 'ENOENT':
      return 'there is no such file';
    case 'EACCES':
    case 'EPERM':
      return 'this user may not do that';
    case 'EISDIR':
      return 'it is a folder';
    case 'ENOTDIR':
      return 'a part of its path is not a folder';
    case 'EROFS':
      return 'the file system is read-only';
    case 'ENOSPC':
      return 'the disk is full';
    default:
      return error instanceof Error ? error.message : String(error);
  }
}
