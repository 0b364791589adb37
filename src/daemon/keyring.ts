/** The keys that protect what is kept of passwords: from the configuration, or from a file of their own. */
import { randomBytes } from 'node:crypto';
import { link, mkdir, open, readFile, rename, stat, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Keyring, type SecretKey, secretKeyBytes } from '../auth/keyring.ts';
import type { Config } from '../config/config.ts';
import { StartupError } from './startup-error.ts';

const header =
  '# Keys of entra-ldapd, the newest first. Keep them secret, and keep a copy apart from the copies of the store.\n';
const keyLine = /^([a-z0-9]{1,16}):([A-Za-z0-9+/]{43}=)$/;
const keysMax = 8;
const ownerOnly = 0o600;

/** Where the keys are looked for. */
type KeyPlace = Pick<Config, 'secrets' | 'store'>;

/** The file with the keys. */
export function secretsFile({ secrets, store }: KeyPlace): string {
  return secrets.file ?? join(store.path, 'secrets');
}

/**
 * The keys of the configuration, or of the file that it names, which is made when it is not there.
 *
 * @throws StartupError when the file cannot be used, or others may read it
 */
export async function openKeyring(config: KeyPlace): Promise<Keyring> {
  return new Keyring(await readKeys(config));
}

/**
 * The keys as they are, and whether they stand in the configuration. None are made: undefined where there are none yet.
 *
 * @throws StartupError when the file cannot be used, or others may read it
 */
export async function keysInUse(
  config: KeyPlace,
): Promise<{ readonly keys: readonly SecretKey[]; readonly inConfig: boolean } | undefined> {
  const configured = keysOfConfig(config);
  if (configured !== undefined) return { keys: configured, inConfig: true };
  const file = secretsFile(config);
  const keys = await explained(file, () => readIfThere(file));
  return keys === undefined ? undefined : { keys, inConfig: false };
}

/**
 * Makes the file with the keys from the text that {@link formatKeys} has made of them. One that is there stays as it is.
 *
 * @throws StartupError when the text holds what is no key, or the file is there or cannot be written
 */
export async function restoreKeys(config: KeyPlace, text: string): Promise<void> {
  const file = secretsFile(config);
  await explained(file, async () => {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    const beside = `${file}.${randomBytes(6).toString('hex')}`;
    await writeNew(beside, parseKeys(file, text));
    try {
      await link(beside, file);
    } finally {
      await unlink(beside);
    }
    await syncFolder(file);
  });
}

/**
 * Puts a new key in front of those of the file; the older ones stay for what was made with them. Answers their ids.
 *
 * @throws StartupError when the file cannot be used or written
 */
export async function addKey(config: KeyPlace): Promise<readonly string[]> {
  const keys = await readKeys(config);
  if (keys.length >= keysMax) {
    throw new StartupError(
      'secrets',
      `${secretsFile(config)} has ${keysMax} keys already: drop the old ones first (--drop-old).`,
    );
  }
  await replaceKeys(secretsFile(config), [newKey(keys), ...keys]);
  return keys.map(({ id }) => id);
}

/**
 * Leaves the newest key alone in the file.
 *
 * @throws StartupError when the file cannot be used or written
 */
export async function dropOlderKeys(config: KeyPlace): Promise<void> {
  await replaceKeys(secretsFile(config), (await readKeys(config)).slice(0, 1));
}

async function replaceKeys(file: string, keys: readonly SecretKey[]): Promise<void> {
  await explained(file, async () => {
    const beside = `${file}.new`;
    await writeNew(beside, keys);
    await rename(beside, file);
    await syncFolder(file);
  });
}

function keysOfConfig({ secrets: { keys } }: KeyPlace): readonly SecretKey[] | undefined {
  if (keys === undefined || keys.length === 0) return undefined;
  return keys.map(({ id, secret }) => ({ id, secret: Buffer.from(secret.reveal(), 'base64') }));
}

async function readKeys(config: KeyPlace): Promise<readonly SecretKey[]> {
  const configured = keysOfConfig(config);
  if (configured !== undefined) return configured;
  const file = secretsFile(config);
  return await explained(file, async () => {
    const found = await readIfThere(file);
    if (found !== undefined) return found;
    const made = [newKey([])];
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    const beside = `${file}.${randomBytes(6).toString('hex')}`;
    await writeNew(beside, made);
    try {
      // Fails when another process was quicker: its keys are in use then.
      await link(beside, file);
    } catch (error) {
      const there = await readIfThere(file);
      if (there === undefined) throw error;
      return there;
    } finally {
      await unlink(beside);
    }
    await syncFolder(file);
    return made;
  });
}

async function readIfThere(file: string): Promise<readonly SecretKey[] | undefined> {
  let text: string;
  try {
    const { mode } = await stat(file);
    if ((mode & 0o077) !== 0) {
      throw new StartupError('secrets', `Others may read the keys in ${file}: chmod 600 it, or make new ones.`);
    }
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  return parseKeys(file, text);
}

function parseKeys(file: string, text: string): readonly SecretKey[] {
  const lines = text.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('#'));
  const keys = lines.map((line): SecretKey => {
    const [, id = '', base64 = ''] = keyLine.exec(line.trim()) ?? [];
    if (id === '')
      throw new StartupError('secrets', `${file} holds a line that is no key: a key is NAME:BASE64 with 32 bytes.`);
    return { id, secret: Buffer.from(base64, 'base64') };
  });
  if (keys.length === 0 || new Set(keys.map(({ id }) => id)).size < keys.length) {
    throw new StartupError(
      'secrets',
      `${file} holds no key, or two of one name. Put the file back from a copy, or remove it.`,
    );
  }
  return keys;
}

function newKey(others: readonly SecretKey[]): SecretKey {
  const numbers = others.map(({ id }) => Number(/^k(\d+)$/.exec(id)?.[1] ?? 0));
  return { id: `k${Math.max(0, ...numbers) + 1}`, secret: randomBytes(secretKeyBytes) };
}

/** The text of a file with these keys. */
export function formatKeys(keys: readonly SecretKey[]): string {
  return header + keys.map(({ id, secret }) => `${id}:${secret.toString('base64')}\n`).join('');
}

async function writeNew(file: string, keys: readonly SecretKey[]): Promise<void> {
  await unlink(file).catch(() => undefined);
  await using handle = await open(file, 'wx', ownerOnly);
  await handle.writeFile(formatKeys(keys));
  await handle.sync();
}

async function syncFolder(file: string): Promise<void> {
  await using folder = await open(dirname(file));
  await folder.sync();
}

async function explained<T>(file: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof StartupError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new StartupError('secrets', `The keys in ${file} cannot be used: ${reason}.`, { cause: error });
  }
}
