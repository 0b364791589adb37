import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

function findRoot(from: string): string {
  return existsSync(join(from, 'package.json')) ? from : findRoot(dirname(from));
}

/** Where the kept inputs are: one folder for each target, one file for each input. */
export const corpusFolder = join(findRoot(dirname(fileURLToPath(import.meta.url))), 'test/fuzz/corpus');

/** One kept input. */
export interface KeptInput {
  readonly file: string;
  readonly input: Buffer;
}

/** The kept inputs of a target in the order of their names; none when there is no folder. */
export function readCorpus(target: string, folder = corpusFolder): readonly KeptInput[] {
  const path = join(folder, target);
  if (!existsSync(path)) return [];
  return readdirSync(path)
    .sort()
    .map((name) => ({ file: join(path, name), input: readFileSync(join(path, name)) }));
}

/** Keeps an input under a name made of its contents, and tells the file. */
export function keepInput(target: string, input: Buffer, prefix = '', folder = corpusFolder): string {
  const path = join(folder, target);
  mkdirSync(path, { recursive: true });
  const file = join(path, prefix + createHash('sha256').update(input).digest('hex').slice(0, 12));
  writeFileSync(file, input);
  return file;
}

/** Forgets a kept input. */
export function dropInput(file: string): void {
  rmSync(file);
}
