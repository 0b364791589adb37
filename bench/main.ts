/** `npm run bench`: this program and OpenLDAP side by side on this machine. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { supportsWorkers, workersNodeVersion } from '../src/config/worker-support.ts';
import { type ItemResult, measureItem } from './measure.ts';
import { plot } from './plot.ts';
import { itemLines, jsonResult } from './report.ts';
import type { BenchServer } from './servers/bench-server.ts';
import { startEntraLdapd } from './servers/entra-ldapd.ts';
import { startLdapjs } from './servers/ldapjs.ts';
import { startSlapd } from './servers/slapd.ts';
import { copyFolder, exportDirectory, prepareFolder, readContents, startTenant, syncOnce } from './servers/tenant.ts';
import { runSyncBench } from './sync/sync-main.ts';
import { workItems } from './work-items.ts';

const usage = `npm run bench -- [sync] [options]

Measures this program beside OpenLDAP's slapd and a server made with ldapjs, on the same directory: a generated tenant.
With "sync": measures how it copies a tenant, alone: the first sync, quiet rounds, changes, another policy, a restart.

  --users N        users of the tenant (default 10000; groups N/10, memberships 5N); sync takes several sizes with commas
                   (default 10000,100000)
  --rounds N       rounds of each item, servers in turn (default 5)
  --only TEXT      only items whose name contains this
  --quick          two rounds of a tenth of the work, on 1,000 users unless --users says otherwise
  --json           one JSON document instead of text
  --workers N      measure our daemon also with N threads that serve (Node.js 22.12 or later)
  --plots FOLDER   write a plot of every item there (SVG)
  --profile FOLDER write a CPU profile of our daemon there
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    users: { type: 'string' },
    rounds: { type: 'string' },
    only: { type: 'string' },
    quick: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    workers: { type: 'string' },
    plots: { type: 'string' },
    profile: { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  },
});

function whole(text: string | undefined, name: string, fallback: number): number {
  if (text === undefined) return fallback;
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new Error(`--${name} takes a whole number above 0, and "${text}" is none.`);
  return Number(text);
}

async function run(): Promise<void> {
  const [mode, ...others] = positionals;
  if ((mode !== undefined && mode !== 'sync') || others.length > 0) {
    throw new Error(`"${positionals.join(' ')}" is not known; see --help.`);
  }
  say(`${cpus()[0]?.model ?? 'unknown processor'}, ${availableParallelism()} cores, Node.js ${process.version}`);
  await (mode === 'sync' ? runSync() : runServers());
}

async function runSync(): Promise<void> {
  const sizes = (values.users ?? (values.quick ? '300,600' : '10000,100000')).split(',');
  const measured = await runSyncBench({
    sizes: sizes.map((size) => whole(size, 'users', 0)),
    profiles: values.profile,
    say,
  });
  if (values.json) process.stdout.write(`${JSON.stringify(measured, null, 2)}\n`);
}

async function runServers(): Promise<void> {
  const users = whole(values.users, 'users', values.quick ? 1_000 : 10_000);
  const rounds = whole(values.rounds, 'rounds', values.quick ? 2 : 5);
  const threads = workersWanted();
  const size = { users, groups: Math.ceil(users / 10), memberships: users * 5 };
  const path = mkdtempSync(join(tmpdir(), 'entra-ldapd-bench-'));
  try {
    await using tenant = await startTenant(path, size);
    const folder = await prepareFolder(path, tenant);
    const startedMs = performance.now();
    await syncOnce(folder);
    say(`${users.toLocaleString('en')} users synchronized in ${((performance.now() - startedMs) / 1000).toFixed(1)} s`);
    const copy = threads === undefined ? undefined : copyFolder(folder, join(path, 'workers'), { workers: threads });
    await using ours = await startEntraLdapd(folder, values.profile);
    await using workers = copy && (await startEntraLdapd(copy, values.profile, 'workers'));
    const exported = await exportDirectory(folder);
    await using slapd = await startSlapd(folder, exported);
    await using ldapjs = await startLdapjs(exported.ldif);
    const contents = readContents(exported.ldif);
    await measure([ours, ...(workers ? [workers] : []), slapd, ldapjs], contents, { rounds, tlsCa: folder.caPem });
  } finally {
    rmSync(path, { recursive: true, force: true });
  }
}

function workersWanted(): number | undefined {
  if (values.workers === undefined) return undefined;
  if (!supportsWorkers(process.versions.node)) {
    throw new Error(`--workers needs Node.js ${workersNodeVersion} or later; this is ${process.versions.node}.`);
  }
  return whole(values.workers, 'workers', 1);
}

async function measure(
  servers: readonly BenchServer[],
  contents: ReturnType<typeof readContents>,
  { rounds, tlsCa }: { readonly rounds: number; readonly tlsCa: string },
): Promise<void> {
  const items = workItems(contents).filter(({ name }) => name.includes(values.only ?? ''));
  if (items.length === 0) throw new Error(`No item has "${values.only ?? ''}" in its name.`);
  const results: ItemResult[] = [];
  for (const item of items) {
    const count = values.quick ? Math.max(4, Math.ceil(item.count / 10)) : item.count;
    const result = await measureItem(item, servers, { rounds, count, tlsCa });
    results.push(result);
    for (const line of itemLines(result)) say(line);
  }
  if (values.json) process.stdout.write(`${JSON.stringify({ results: results.map(jsonResult) }, null, 2)}\n`);
  if (values.plots === undefined) return;
  mkdirSync(values.plots, { recursive: true });
  for (const result of results) {
    const file = `${result.name.replaceAll(/[^a-z0-9]+/gi, '-').replaceAll(/^-|-$/g, '')}.svg`;
    writeFileSync(join(values.plots, file), plot(result));
  }
}

/** Text goes to where it does not stand in the way of `--json`. */
function say(line: string): void {
  (values.json ? process.stderr : process.stdout).write(`${line}\n`);
}

if (values.help) process.stdout.write(usage);
else {
  try {
    await run();
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
