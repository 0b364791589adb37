import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const main = join(dirname(fileURLToPath(import.meta.url)), 'main.js');

describe('hostile inputs of growing size (P8)', () => {
  it('take twice the steps when they are twice as long, whatever they are', async () => {
    // A process of its own, for the counters of V8 are needed here by others. It judges times as well, but not here.
    const { NODE_V8_COVERAGE: _, ...env } = process.env;
    const child = spawn(process.execPath, [main, '--growth', '100000', '--steps-only'], {
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const [code] = (await once(child, 'close')) as [number | null];
    assert.equal(code, 0, output);
    assert.ok((output.match(/^linear: /gm)?.length ?? 0) > 30, output);
    assert.match(output, /^linear: filter of many terms: (?:1\.9|2\.0)\d times the steps/m);
  });
});
