import { chmodSync, existsSync, mkdirSync, readdirSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { reason } from '../config-file.ts';
import { exitCodes } from '../exit-codes.ts';
import { CommandFailure } from '../failure.ts';

const markerName = '.made-by-entra-ldapd';

/**
 * Makes a folder that only this user may enter, or takes one that was made so before; the absolute path. Anything else that
 * holds files is refused, so that nothing of somebody else is ever overwritten. `option` is how the user names the folder.
 */
export function openOwnFolder(folder: string, option: string): string {
  const path = resolve(folder);
  const refuse = (why: string): CommandFailure =>
    new CommandFailure(exitCodes.store, `${folder} ${why}. Nothing was changed; choose another folder with ${option}.`);
  try {
    if (!existsSync(path)) mkdirSync(path, { recursive: true, mode: 0o700 });
    if (!statSync(path).isDirectory()) throw refuse('is not a folder');
    if (!existsSync(join(path, markerName))) {
      if (readdirSync(path).length > 0) throw refuse('holds files that entra-ldapd did not make');
      writeFileSync(join(path, markerName), 'Everything in this folder is made by entra-ldapd and may be deleted.\n');
    }
    chmodSync(path, 0o700);
    return path;
  } catch (error) {
    throw error instanceof CommandFailure ? error : refuse(`cannot be used: ${reason(error)}`);
  }
}

/** Writes a file as a whole or not at all; only this user may read it. */
export function replaceFile(path: string, content: string): void {
  const temporary = `${path}.new`;
  writeFileSync(temporary, content, { mode: 0o600 });
  renameSync(temporary, path);
}
