// The packages that are installed together with the program, as package-lock.json has them.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './bootstrap.mjs';

/** All of them, sorted: name, version, folder in the checkout. The same version in several folders is there once for each folder. */
export function shippedPackages() {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  return Object.entries(packages)
    .filter(([folder, { dev, devOptional }]) => folder !== '' && dev !== true && devOptional !== true)
    .map(([folder, { version }]) => ({ name: folder.replace(/^.*node_modules\//, ''), version, folder }))
    .sort((a, b) => (a.folder < b.folder ? -1 : 1));
}
