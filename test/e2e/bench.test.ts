import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { describeWithPackage } from '../support/debian-packages.ts';
import { runCommand } from '../support/program.ts';

const bench = fileURLToPath(new URL('../../bench/main.js', import.meta.url));

interface Printed {
  readonly results: readonly { readonly name: string; readonly ours: number; readonly slapd: number }[];
}

function run(...args: readonly string[]): ReturnType<typeof runCommand> {
  return runCommand(process.execPath, [bench, ...args], { timeoutMs: 55_000 });
}

describeWithPackage('slapd', 'the benchmark', () => {
  it('puts the same searches to this program and to slapd, checks every answer, and prints JSON', async () => {
    const args = ['--quick', '--users', '120', '--rounds', '1', '--json', '--only', 'read one entry'];
    const { code, stdout, stderr } = await run(...args);
    assert.equal(code, 0, stderr);
    const { results } = JSON.parse(stdout) as Printed;
    assert.deepEqual(
      results.map(({ name }) => name),
      ['read one entry by its DN'],
    );
    for (const { ours, slapd } of results) assert.ok(ours > 0 && slapd > 0);
  });

  it('says so when no item has the wanted name', async () => {
    const { code, stderr } = await run('--quick', '--users', '20', '--only', 'no such work');
    assert.equal(code, 1);
    assert.match(stderr, /No item has "no such work" in its name/);
  });
});
