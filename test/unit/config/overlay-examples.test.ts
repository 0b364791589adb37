import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bcryptHash } from './config-fixture.ts';
import { type ObjectId, parseObjectId } from '../../../src/identity/ids.ts';
import type { Overlay } from '../../../src/projection/overlay.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { ModelTenant, modelId } from '../../support/model-tenant.ts';
import { overlayOf } from '../../support/overlay-text.ts';
import { openSettings, openTestStore, testEngine } from '../../support/sync-bench.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const root = findRoot(dirname(fileURLToPath(import.meta.url)));
const page = readFileSync(join(root, 'docs/overlay.md'), 'utf8');
const example = readFileSync(join(root, 'config/overlay.example.yaml'), 'utf8');
const env = { BREAK_GLASS_HASH: bcryptHash };

function findRoot(from: string): string {
  return existsSync(join(from, 'package.json')) ? from : findRoot(dirname(from));
}

function blocks(language: string): readonly string[] {
  return [...page.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms'))].map(([, text = '']) => text);
}

/** The object id of one digit in the examples. */
function id(digit: string): ObjectId {
  const of = (length: number): string => digit.repeat(length);
  return parseObjectId(`${of(8)}-${of(4)}-4${of(3)}-8${of(3)}-${of(12)}`) ?? assert.fail(digit);
}

/** A tenant in which everybody and everything is whom the examples speak of. */
function exampleTenant(): ModelTenant {
  const tenant = new ModelTenant((below) => below - 1);
  const people = ['alice', 'mallory', 'pia', 'quentin'];
  for (const [index, name] of people.entries()) {
    const properties = { userPrincipalName: `${name}@example.com`, accountEnabled: true };
    tenant.putUser(name === 'pia' ? id('5') : modelId('user', index), {
      ...properties,
      employeeId: String(999 + index),
    });
  }
  const groups = { 'VPN users': '2', 'Night shift': '3', Staff: '4' };
  for (const [displayName, digit] of Object.entries(groups)) tenant.putGroup(id(digit), { displayName });
  return tenant;
}

/** The lines of the overlay that have no effect, or another than they seem to have. */
async function doubts(overlay: Overlay): Promise<readonly string[]> {
  using folder = temporaryFolder();
  await using store = await openTestStore(folder.path);
  const engine = testEngine(store, exampleTenant(), new ManualClock(), { ...openSettings, overlay });
  const { summary } = await engine.runRound(false, new AbortController().signal);
  assert.equal(summary.error, null);
  return engine.overlaid.report.findings.map(
    ({ place: { file, line }, about, kind }) => `${file}:${line} ${about} ${kind}`,
  );
}

describe('the examples of docs/overlay.md and config/overlay.example.yaml', () => {
  it('are right, and all that they say together has an effect', async () => {
    const [config, ...yaml] = blocks('yaml');
    assert.match(config ?? '', /^overlay:\n {2}files: \[/);
    assert.equal(yaml.length, 3);
    const csv = blocks('csv');
    assert.equal(csv.length, 1);
    const files = [
      ...yaml.map((text, index) => [`${index}.yaml`, text]),
      ...csv.map((text, index) => [`${index}.csv`, text]),
    ];
    assert.deepEqual(await doubts(overlayOf(Object.fromEntries(files), env)), []);
  });

  it('are right with what stands behind a number sign too', async () => {
    assert.deepEqual(await doubts(overlayOf({ 'example.yaml': example }, env)), []);
    const overlay = overlayOf({ 'example.yaml': example.replaceAll(/^( *)#(?=[a-z])/gm, '$1') }, env);
    assert.deepEqual(await doubts(overlay), []);
    assert.equal(overlay.users.length, 3);
  });
});
