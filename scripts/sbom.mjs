// npm run sbom: the software bill of materials (CycloneDX 1.5) of the program and of every package that is installed with it, on
// standard output. The same checkout gives the same text: what npm puts in of the time and the folder is taken out.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { fail, root } from './bootstrap.mjs';
import { shippedPackages } from './shipped-packages.mjs';

// With --omit=dev npm 11 leaves out packages of the program that a tool uses as well (yargs, which c8 has too), so all are asked for.
const args = ['sbom', '--sbom-format=cyclonedx', '--sbom-type=application'];
const { status, stdout, stderr, error } = spawnSync('npm', args, {
  cwd: root,
  encoding: 'utf8',
  maxBuffer: 64 * 1024 * 1024,
});
if (status !== 0) fail(`npm sbom failed: ${error?.message ?? stderr}`);
const bill = JSON.parse(stdout);
const program = bill.metadata.component;
program.name = 'entra-ldapd';
const kept = new Set(shippedPackages().map(({ name, version }) => `${name}@${version}`));
const isKept = (ref) => kept.has(ref) || ref === program['bom-ref'];
bill.components = bill.components.filter((component) => isKept(component['bom-ref']));
bill.dependencies = bill.dependencies
  .filter(({ ref }) => isKept(ref))
  .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter(isKept) }));
bill.metadata = { lifecycles: bill.metadata.lifecycles, component: program };
for (const component of [program, ...bill.components]) {
  // Where it was found in this checkout says nothing about the program.
  component.properties = component.properties?.filter(({ name }) => name !== 'cdx:npm:package:path');
}
const digest = createHash('sha256')
  .update(JSON.stringify([bill.components, bill.dependencies]))
  .digest('hex');
// A version 8 UUID (RFC 9562 §5.8) of what is in it.
const uuid = `${digest.slice(0, 8)}-${digest.slice(8, 12)}-8${digest.slice(13, 16)}-a${digest.slice(17, 20)}-${digest.slice(20, 32)}`;
bill.serialNumber = `urn:uuid:${uuid}`;
console.log(JSON.stringify(bill, undefined, 2));
