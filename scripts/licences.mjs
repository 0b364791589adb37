// npm run licences: the licence of every package that is installed with the program, and exit code 1 when one of them is not among
// those that may be passed on with a program under the Apache License 2.0 without further ado. docs/dependencies.md lists these.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './bootstrap.mjs';
import { shippedPackages } from './shipped-packages.mjs';

const allowed = new Set(['0BSD', 'Apache-2.0', 'BlueOak-1.0.0', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', 'MIT']);

/** Packages whose manifest does not say it, each looked at by a person: what its author says, and where. */
const saidElsewhere = {
  'precond@0.2.3': { licence: 'MIT', where: 'its README.md and index.js' },
};

const found = shippedPackages().map(({ name, version, folder }) => {
  const { license } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
  return { id: `${name}@${version}`, licence: license ?? saidElsewhere[`${name}@${version}`]?.licence ?? 'unknown' };
});
for (const line of new Set(found.map(({ id, licence }) => `${licence}\t${id}`))) console.log(line);
const refused = found.filter(({ licence }) => !allowed.has(licence));
for (const { id, licence } of refused) console.error(`${id} has the licence ${licence}, which is not allowed here.`);
process.exitCode = refused.length > 0 ? 1 : 0;
