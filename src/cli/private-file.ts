import { randomBytes } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { reason } from './config-file.ts';
import { exitCodes } from './exit-codes.ts';
import { CommandFailure } from './failure.ts';

/** What is written, and what has to hold of it. */
export interface PrivateFile<T> {
  readonly path: string;
  readonly content: AsyncIterable<string | Buffer>;
  readonly signal: AbortSignal;
  /** Looks at the complete file, which has another name still; what it throws is thrown, and the file is not there then. */
  readonly check: (path: string) => Promise<T>;
}

/**
 * Writes a file that only this user may read, as a whole or not at all: it takes its name, from one that had it before, when all of
 * it is on the disk.
 *
 * @throws CommandFailure when it cannot be written
 */
export async function writePrivateFile<T>({ path, content, signal, check }: PrivateFile<T>): Promise<T> {
  // Nobody can have put anything there beforehand, in a shared folder either.
  const temporary = `${path}.${randomBytes(6).toString('hex')}.new`;
  try {
    await writeNew(temporary, content, signal);
    const checked = await check(temporary);
    await rename(temporary, path);
    await syncFolder(dirname(path));
    return checked;
  } catch (error) {
    await rm(temporary, { force: true });
    if (!(error instanceof Error && 'syscall' in error)) throw error;
    throw new CommandFailure(exitCodes.unexpected, `${path} cannot be written: ${reason(error)}.`, { cause: error });
  }
}

async function writeNew(path: string, content: AsyncIterable<string | Buffer>, signal: AbortSignal): Promise<void> {
  await using file = await open(path, 'wx', 0o600);
  for await (const chunk of content) {
    signal.throwIfAborted();
    await file.appendFile(chunk);
  }
  await file.sync();
}

async function syncFolder(path: string): Promise<void> {
  await using folder = await open(path);
  await folder.sync();
}
