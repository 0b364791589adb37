import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { supportsWorkers } from '../../src/config/worker-support.ts';
import type { OtherNode } from './program.ts';

/** A Node.js that serves LDAP by several threads: the one that the test is run by, or one that is fetched once. */
export async function workersNode(...options: readonly string[]): Promise<OtherNode> {
  if (supportsWorkers(process.versions.node)) return { binary: process.execPath, options };
  const script = pathToFileURL(join(rootFolder(), 'scripts/node-versions.mjs')).href;
  const { nodeBinary } = (await import(script)) as { readonly nodeBinary: (major: number) => string };
  return { binary: nodeBinary(22), options };
}

function rootFolder(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder);
  return folder;
}
