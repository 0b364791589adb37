import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { growthOf } from '../../bench/sync/sync-report.ts';
import type { SyncResult } from '../../bench/sync/sync-works.ts';
import { supportsWorkers } from '../../src/config/worker-support.ts';
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

  it('says so when threads are wanted that this Node.js cannot serve by', async function () {
    if (supportsWorkers(process.versions.node)) this.skip();
    const { code, stderr } = await run('--quick', '--users', '20', '--workers', '2');
    assert.equal(code, 1);
    assert.match(stderr, /--workers needs Node\.js 22\.12 or later/);
  });

  it('says so when no item has the wanted name', async () => {
    const { code, stderr } = await run('--quick', '--users', '20', '--only', 'no such work');
    assert.equal(code, 1);
    assert.match(stderr, /No item has "no such work" in its name/);
  });
});

interface PrintedSync {
  readonly results: readonly {
    readonly name: string;
    readonly size: { readonly users: number };
    readonly ms: number;
    readonly cpuMs: number;
    readonly writtenBytes: number;
    readonly peakAnonymousBytes: number;
    readonly searches?: { readonly idle: { readonly p99: number }; readonly meanwhile: { readonly count: number } };
  }[];
}

const syncWorks = [
  'first sync',
  'quiet round',
  '1 % of the users changed',
  'one joiner in the group of everybody',
  'one leaver of the group of everybody',
  'another policy, 3 users locked',
  'from the start to the first answer',
  'every user changed by the settings',
];

describe('the benchmark of synchronizing', () => {
  it('does all works with a daemon and a simulated tenant as processes of their own, and prints what they cost', async function () {
    // Fifteen seconds on an idle machine, a large part of them waiting until the daemon is idle.
    this.timeout(240_000);
    const args = [bench, 'sync', '--users', '110', '--json'];
    const { code, stdout, stderr } = await runCommand(process.execPath, args, { timeoutMs: 230_000 });
    assert.equal(code, 0, stderr);
    const { results } = JSON.parse(stdout) as PrintedSync;
    assert.deepEqual(
      results.map(({ name, size }) => [name, size.users]),
      syncWorks.map((name) => [name, 110]),
    );
    for (const { ms, cpuMs, peakAnonymousBytes } of results) assert.ok(ms > 0 && cpuMs > 0 && peakAnonymousBytes > 0);
    assert.ok((results.at(-1)?.searches?.meanwhile.count ?? 0) > 0);
  });

  it('tells with what power of the size of the tenant a cost grows', () => {
    const cost = { writtenBytes: 0, diskBytes: 0, peakAnonymousBytes: 0, anonymousBytes: 0, objects: 1 };
    const result = (users: number, ms: number, cpuMs: number): SyncResult => {
      const size = { users, groups: users / 10, memberships: users * 5 };
      return { name: 'first sync', size, ms, cpuMs, ...cost };
    };
    const [growth, ...others] = growthOf([result(1_000_000, 400, 9_000), result(10_000, 4, 900)]);
    assert.deepEqual(others, []);
    assert.deepEqual([growth?.from, growth?.to], [10_000, 1_000_000]);
    assert.equal(growth?.time.toFixed(3), '1.000');
    assert.equal(growth?.cpu.toFixed(3), '0.500');
  });

  it('takes no other word, and no size that is none', async () => {
    const wrongWord = await run('sink');
    assert.deepEqual([wrongWord.code, wrongWord.stderr], [1, '"sink" is not known; see --help.\n']);
    const wrongSize = await run('sync', '--users', '100,many');
    assert.equal(wrongSize.code, 1);
    assert.match(wrongSize.stderr, /--users takes a whole number above 0, and "many" is none/);
  });
});
