import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runCommand } from './support/program.ts';

function findRoot(from: string): string {
  return existsSync(join(from, 'package.json')) ? from : findRoot(dirname(from));
}

describe('docs/configuration.md', () => {
  it('is what scripts/config-reference.mjs makes of the schema', async () => {
    const script = join(findRoot(dirname(fileURLToPath(import.meta.url))), 'scripts/config-reference.mjs');
    const { code, stderr } = await runCommand(process.execPath, [script, '--check']);
    assert.equal(code, 0, stderr);
  });
});
