import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import type { CheckedBackup } from '../../../src/identity/backup.ts';
import { parseTenantId } from '../../../src/identity/ids.ts';
import { BackupFileError } from '../../../src/store/backup-format.ts';
import { BackupReader } from '../../../src/store/backup-reader.ts';
import type { BackupAbout } from '../../../src/store/backup-writer.ts';
import { Database, storeFormatVersion } from '../../../src/store/database.ts';
import { commitRestore } from '../../../src/store/pending-restore.ts';
import { idsLeftBehind, restoreStore, storeState } from '../../../src/store/restore.ts';
import { dumpDirectory } from '../../support/directory-dump.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { ModelTenant, modelId } from '../../support/model-tenant.ts';
import { openTestStore, testEngine } from '../../support/sync-bench.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const testTenantId = parseTenantId('11111111-2222-4333-8444-555555555555') ?? assert.fail('not a tenant id');
const { signal } = new AbortController();
const seed = 20_261_122;
const memory = { cacheBytes: 1024 * 1024, writeBufferBytes: 1024 * 1024 };
const about: BackupAbout = {
  program: '1.2.3',
  madeAt: '2026-11-21T20:00:00.000Z',
  keys: [{ id: 'k1', fingerprint: '0123456789abcdef' }],
  files: { 'base-dn': 'dc=example,dc=com\n' },
};

function tenantOf(people: number): ModelTenant {
  const tenant = new ModelTenant((below) => below - 1);
  tenant.putGroup(modelId('group', 1), { displayName: 'Staff' });
  for (let i = 0; i < people; i++) {
    tenant.putUser(modelId('user', i), { userPrincipalName: `u${i}@example.com`, accountEnabled: true });
    tenant.setMember(modelId('group', 1), modelId('user', i), true);
  }
  return tenant;
}

/** All records of a database, in hexadecimal. */
async function recordsOf(directory: string): Promise<ReadonlyMap<string, string>> {
  await using db = await Database.open(directory, memory);
  const all = new Map<string, string>();
  for await (const block of db.entries({ gte: Buffer.alloc(0), lt: undefined }, 100)) {
    for (const [key, value] of block) all.set(key.toString('hex'), value.toString('hex'));
  }
  return all;
}

async function readToEnd(path: string): Promise<CheckedBackup> {
  const backup = await BackupReader.open(path);
  for await (const _block of backup.records());
  return backup.checked;
}

async function restore(directory: string, path: string): Promise<void> {
  await restoreStore(directory, await BackupReader.open(path), await storeState(directory));
}

describe('backup of a store', () => {
  let folder: ReturnType<typeof temporaryFolder>;
  let original: string;
  let path: string;
  let bytes: Buffer;

  before(async () => {
    folder = temporaryFolder();
    original = join(folder.path, 'original');
    path = join(folder.path, 'one.backup');
    await fill(original, 30);
    await using store = await openTestStore(original);
    const chunks: Buffer[] = [];
    for await (const chunk of store.backup(about)) chunks.push(chunk);
    bytes = Buffer.concat(chunks);
    writeFileSync(path, bytes);
  });

  after(() => folder[Symbol.dispose]());

  async function fill(directory: string, people: number): Promise<void> {
    await using store = await openTestStore(directory);
    await testEngine(store, tenantOf(people), new ManualClock()).runRound(false, signal);
  }

  function fresh(name: string): string {
    return join(folder.path, name);
  }

  it('says in its first line what it is, and when all of it was read what is in it', async () => {
    const line = bytes.subarray(0, bytes.indexOf('\n')).toString();
    assert.deepEqual(JSON.parse(line), {
      format: 'entra-ldapd-backup',
      version: 1,
      program: '1.2.3',
      storeFormat: storeFormatVersion,
      madeAt: about.madeAt,
      tenants: [testTenantId],
      keys: about.keys,
      secrets: false,
    });
    const { contents, fileBytes, sha256 } = await readToEnd(path);
    assert.equal(fileBytes, bytes.length);
    assert.equal(sha256, bytes.subarray(-32).toString('hex'));
    assert.equal(contents.ids, 31);
    assert.ok(contents.records > contents.entries && contents.entries >= 31);
  });

  it('holds every record, so that the store made of it is the same and serves the same (P3)', async () => {
    const directory = fresh('same');
    await restore(directory, path);
    assert.deepEqual(await recordsOf(directory), await recordsOf(original));
    assert.equal(statSync(join(directory, 'db')).mode & 0o777, 0o700);
    assert.deepEqual(readdirSync(directory), ['db']);
    await using store = await openTestStore(directory);
    const expected = new Set(Array.from({ length: 30 }, (_, i) => `uid=u${i},ou=users,dc=example,dc=com`));
    const dns = new Set((await dumpDirectory(store.source))?.keys());
    for (const dn of expected) assert.ok(dns.has(dn), dn);
  });

  it('is of one instant: what is written while it is made is not in it', async () => {
    const directory = fresh('busy');
    await fill(directory, 30);
    const before = await recordsOf(directory);
    {
      await using store = await openTestStore(directory);
      const chunks: Buffer[] = [];
      const backup = store.backup(about);
      chunks.push((await backup.next()).value ?? assert.fail('no header'));
      await testEngine(store, tenantOf(60), new ManualClock()).runRound(true, signal);
      for await (const chunk of backup) chunks.push(chunk);
      writeFileSync(fresh('busy.backup'), Buffer.concat(chunks));
    }
    await restore(fresh('busy-restored'), fresh('busy.backup'));
    assert.deepEqual(await recordsOf(fresh('busy-restored')), before);
  });

  it(`is refused with any of its octets changed or its end missing, and nothing is changed (PAIN-19) (seed ${seed})`, async () => {
    const directory = fresh('untouched');
    await fill(directory, 2);
    const before = await recordsOf(directory);
    const headerEnd = bytes.indexOf('\n');
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: bytes.length - 1 }),
        fc.integer({ min: 1, max: 255 }),
        fc.boolean(),
        async (at, by, cut) => {
          const damaged = cut ? bytes.subarray(0, at) : Buffer.from(bytes);
          if (!cut) damaged[at] = (damaged[at] ?? 0) ^ by;
          const file = fresh('damaged.backup');
          writeFileSync(file, damaged);
          await assert.rejects(restore(directory, file), (error: unknown) => {
            assert.ok(error instanceof BackupFileError, String(error));
            assert.match(
              error.message,
              at > headerEnd ? /is damaged \(.*\) and was not used/ : /damaged|not a backup|newer/,
            );
            return true;
          });
          assert.ok(!existsSync(join(directory, 'restoring')) && !existsSync(join(directory, 'restored')));
        },
      ),
      { seed, numRuns: 60 },
    );
    assert.deepEqual(await recordsOf(directory), before);
  });

  it('is refused when a newer program has made it, and when it is something else', async () => {
    const newer = fresh('newer.backup');
    writeFileSync(newer, `${JSON.stringify({ format: 'entra-ldapd-backup', version: 2, program: '9.0.0' })}\n`);
    await assert.rejects(BackupReader.open(newer), /made by a newer entra-ldapd \(9\.0\.0\)/);
    writeFileSync(newer, Buffer.alloc(100_000, 1));
    await assert.rejects(BackupReader.open(newer), /is not a backup of entra-ldapd\./);
    await assert.rejects(BackupReader.open(fresh('nothing')), /cannot be read/);
  });
});

describe('a restored store', () => {
  let folder: ReturnType<typeof temporaryFolder>;
  let directory: string;
  let backup: string;
  let old: ReadonlyMap<string, string>;
  let next: ReadonlyMap<string, string>;

  beforeEach(async () => {
    folder = temporaryFolder();
    directory = join(folder.path, 'store');
    backup = join(folder.path, 'one.backup');
    const source = join(folder.path, 'source');
    await make(source, 6);
    await make(directory, 9);
    {
      await using store = await openTestStore(source);
      const chunks: Buffer[] = [];
      for await (const chunk of store.backup(about)) chunks.push(chunk);
      writeFileSync(backup, Buffer.concat(chunks));
    }
    [old, next] = [await recordsOf(directory), await recordsOf(source)];
  });

  afterEach(() => folder[Symbol.dispose]());

  async function make(at: string, people: number): Promise<void> {
    await using store = await openTestStore(at);
    await testEngine(store, tenantOf(people), new ManualClock()).runRound(false, signal);
  }

  /** Leaves the restored database beside the other one, as an end of the process does. */
  async function stage(): Promise<void> {
    const elsewhere = join(folder.path, 'elsewhere');
    await restore(elsewhere, backup);
    renameSync(elsewhere, join(directory, 'restoring'));
  }

  it('takes the place of the other one, which is kept and whose later names and numbers are counted', async () => {
    assert.equal(await storeState(directory), 'filled');
    await restore(directory, backup);
    assert.deepEqual(await recordsOf(directory), next);
    assert.deepEqual(readdirSync(directory).toSorted(), ['db', 'db.replaced']);
    assert.equal(await idsLeftBehind(directory, testTenantId), 3);
    // As it was, so that it can be put back by hand.
    renameSync(join(directory, 'db'), join(directory, 'db.restored-one'));
    renameSync(join(directory, 'db.replaced'), join(directory, 'db'));
    assert.deepEqual(await recordsOf(directory), old);
  });

  it('is not there when the process ends before it is complete (P3)', async () => {
    await stage();
    assert.deepEqual(await recordsOf(directory), old);
  });

  it('is put in its place by whoever opens the store next when the process ends as soon as it is complete (P3)', async () => {
    await stage();
    commitRestore(directory);
    assert.deepEqual(await recordsOf(directory), next);
    assert.deepEqual(readdirSync(directory).toSorted(), ['db', 'db.replaced']);
  });

  it('is put in its place when the process ends between taking the other one away and that (P3)', async () => {
    await stage();
    commitRestore(directory);
    renameSync(join(directory, 'db'), join(directory, 'db.replaced'));
    assert.deepEqual(await recordsOf(directory), next);
    renameSync(join(directory, 'db'), join(directory, 'db.restored-one'));
    renameSync(join(directory, 'db.replaced'), join(directory, 'db'));
    assert.deepEqual(await recordsOf(directory), old, 'the other one is kept');
  });

  it('stays in its place when the process ends before it has cleared up (P3)', async () => {
    await stage();
    commitRestore(directory);
    renameSync(join(directory, 'db'), join(directory, 'db.replaced'));
    renameSync(join(directory, 'restored', 'db'), join(directory, 'db'));
    assert.deepEqual(await recordsOf(directory), next);
    assert.deepEqual(await recordsOf(directory), next, 'the second time as well');
    await restore(directory, backup);
    assert.deepEqual(readdirSync(directory).toSorted(), ['db', 'db.replaced']);
  });

  it('does not take the place of one that is in use', async () => {
    await using _store = await openTestStore(directory);
    await assert.rejects(restore(directory, backup), /is in use by another process/);
    await stage();
    commitRestore(directory);
    await assert.rejects(recordsOf(directory), /is in use by another process/);
  });

  it('is withdrawn where somebody has begun to use the other one while it was read', async () => {
    const before = await storeState(directory);
    {
      await using _store = await openTestStore(directory);
      const reading = restoreStore(directory, await BackupReader.open(backup), before);
      await assert.rejects(reading, /is in use by another process/);
    }
    assert.deepEqual(readdirSync(directory), ['db']);
    assert.deepEqual(await recordsOf(directory), old);
  });

  it('keeps what was put where there was nothing while it was read', async () => {
    await restoreStore(directory, await BackupReader.open(backup), 'none');
    assert.deepEqual(readdirSync(directory).toSorted(), ['db', 'db.replaced']);
  });

  it('takes the place of one that is damaged', async () => {
    for (const name of readdirSync(join(directory, 'db'))) {
      if (name.startsWith('MANIFEST')) writeFileSync(join(directory, 'db', name), readFileSync(backup).subarray(0, 40));
    }
    assert.equal(await storeState(directory), 'unreadable');
    await restore(directory, backup);
    assert.deepEqual(await recordsOf(directory), next);
    assert.equal(await idsLeftBehind(directory, testTenantId), undefined);
  });

  it('leaves nothing behind where the one before had nothing in it', async () => {
    const empty = join(folder.path, 'empty');
    await (await Database.open(empty, memory)).close();
    assert.equal(await storeState(empty), 'none');
    await restore(empty, backup);
    assert.deepEqual(readdirSync(empty), ['db']);
  });
});
