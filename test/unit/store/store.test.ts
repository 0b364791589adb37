import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Level } from 'level';
import { standardSchema } from '../../../src/directory/schema.ts';
import { parseTenantId } from '../../../src/identity/ids.ts';
import { openStore } from '../../../src/store/store.ts';
import { StoreError, type StoreErrorCode } from '../../../src/store/store-error.ts';
import { dumpDirectory } from '../../support/directory-dump.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { ModelTenant, modelId } from '../../support/model-tenant.ts';
import { cutWritesAfter, openTestStore, testEngine } from '../../support/sync-bench.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const signal = new AbortController().signal;

async function refusal(directory: string): Promise<StoreErrorCode> {
  try {
    await using _store = await openTestStore(directory);
  } catch (error) {
    assert.ok(error instanceof StoreError, String(error));
    assert.match(error.message, /\.$/, 'a sentence');
    return error.code;
  }
  throw new assert.AssertionError({ message: 'the store was opened' });
}

async function writeFormat(directory: string, value: string): Promise<void> {
  const level = new Level<Buffer>(join(directory, 'db'), { keyEncoding: 'buffer' });
  await level.put(Buffer.from([0, 0]), value);
  await level.close();
}

function smallTenant(): ModelTenant {
  const tenant = new ModelTenant((below) => below - 1);
  for (let i = 0; i < 5; i++)
    tenant.putUser(modelId('user', i), { userPrincipalName: `u${i}@example.com`, accountEnabled: true });
  tenant.putGroup(modelId('group', 1), { displayName: 'Staff' });
  for (let i = 0; i < 5; i++) tenant.setMember(modelId('group', 1), modelId('user', i), true);
  return tenant;
}

describe('store', () => {
  it('makes its directory readable by its owner only (PAIN-19)', async () => {
    using folder = temporaryFolder();
    const directory = join(folder.path, 'data');
    await using _store = await openTestStore(directory);
    assert.equal(statSync(directory).mode & 0o777, 0o700);
    assert.equal(statSync(join(directory, 'db')).mode & 0o777, 0o700);
  });

  it('closes a database directory that others could read (PAIN-19)', async () => {
    using folder = temporaryFolder();
    mkdirSync(join(folder.path, 'db'), { mode: 0o755 });
    await using _store = await openTestStore(folder.path);
    assert.equal(statSync(join(folder.path, 'db')).mode & 0o777, 0o700);
  });

  it('says who to ask when another process, or this one, holds it', async () => {
    using folder = temporaryFolder();
    await using _store = await openTestStore(folder.path);
    assert.equal(await refusal(folder.path), 'locked');
  });

  it('refuses a directory with files of others and leaves them (PAIN-19)', async () => {
    using folder = temporaryFolder();
    mkdirSync(join(folder.path, 'db'));
    writeFileSync(join(folder.path, 'db', 'holiday.jpg'), 'x');
    assert.equal(await refusal(folder.path), 'foreign');
    assert.deepEqual(readdirSync(join(folder.path, 'db')), ['holiday.jpg']);
  });

  it('refuses a LevelDB database that another program made (PAIN-19)', async () => {
    using folder = temporaryFolder();
    const level = new Level(join(folder.path, 'db'));
    await level.put('key', 'value');
    await level.close();
    assert.equal(await refusal(folder.path), 'foreign');
    await level.open();
    assert.equal(await level.get('key'), 'value');
    await level.close();
  });

  it('refuses a store of a later version, and one with a mark it cannot read', async () => {
    for (const [mark, code] of [
      [JSON.stringify({ format: 'entra-ldapd', version: 99 }), 'newer'],
      [JSON.stringify({ format: 'other', version: 1 }), 'foreign'],
      ['not JSON', 'foreign'],
    ] as const) {
      using folder = temporaryFolder();
      await writeFormat(folder.path, mark);
      assert.equal(await refusal(folder.path), code);
    }
  });

  it('refuses a damaged database and does not replace it (PAIN-19)', async () => {
    using folder = temporaryFolder();
    await (await openTestStore(folder.path))[Symbol.asyncDispose]();
    writeFileSync(join(folder.path, 'db', 'CURRENT'), 'MANIFEST-999999\n');
    const before = readdirSync(join(folder.path, 'db')).filter((name) => !name.startsWith('LOG'));
    assert.ok(['corrupt', 'access'].includes(await refusal(folder.path)));
    assert.deepEqual(
      readdirSync(join(folder.path, 'db')).filter((name) => !name.startsWith('LOG')),
      before,
    );
  });

  it('serves the published directory at once after it was opened again (P3)', async () => {
    using folder = temporaryFolder();
    let before: Awaited<ReturnType<typeof dumpDirectory>>;
    {
      await using store = await openTestStore(folder.path);
      assert.equal(store.source.acquire(), undefined, 'nothing is published yet (P1)');
      await testEngine(store, smallTenant(), new ManualClock()).runRound(false, signal);
      before = await dumpDirectory(store.source);
      assert.equal(before?.size, 4 + 1 + 1 + 5 + 1);
    }
    await using store = await openTestStore(folder.path);
    assert.deepEqual(await dumpDirectory(store.source), before);
  });

  it('keeps a reader on its publication while the next one is written and shown (P2)', async () => {
    using folder = temporaryFolder();
    await using store = await openTestStore(folder.path);
    const tenant = smallTenant();
    const engine = testEngine(store, tenant, new ManualClock());
    await engine.runRound(false, signal);
    using old = store.source.acquire();
    const groupsBefore = old?.reader.linked(
      old.reader.findDn('cn=staff,ou=groups,dc=example,dc=com') ?? 0,
      'member',
    )?.count;
    tenant.removeUser(modelId('user', 3), 'changed');
    await engine.runRound(false, signal);
    using current = store.source.acquire();
    const dn = 'uid=u3,ou=users,dc=example,dc=com';
    assert.ok(old?.reader.findDn(dn) !== undefined);
    assert.ok(old.reader.entry(old.reader.findDn(dn) ?? 0) !== undefined);
    assert.equal(groupsBefore, 5);
    assert.equal(old.reader.linked(old.reader.findDn('cn=staff,ou=groups,dc=example,dc=com') ?? 0, 'member')?.count, 5);
    assert.equal(current?.reader.findDn(dn), undefined);
    assert.ok((current?.reader.publication ?? 0) > old.reader.publication);
  });

  it('shows nothing of a publish that ended half-way, and finishes it before it shows anything again (P2, P3)', async () => {
    using folder = temporaryFolder();
    {
      await using store = await openTestStore(folder.path);
      await testEngine(store, smallTenant(), new ManualClock()).runRound(false, signal);
      const writer = store.view.openWriter(Date.now());
      writer.deleteEntry(store.source.acquire()?.reader.findDn('uid=u1,ou=users,dc=example,dc=com') ?? 0);
      await writer.flush();
      using lease = store.source.acquire();
      assert.ok(lease?.reader.findDn('uid=u1,ou=users,dc=example,dc=com') !== undefined, 'readers stay on the old one');
    }
    await using store = await openTestStore(folder.path);
    assert.equal(store.view.publishUnfinished, true);
    assert.equal(store.source.acquire(), undefined, 'what is on disk is shown to nobody');
    const { summary } = await testEngine(store, smallTenant(), new ManualClock()).runRound(false, signal);
    assert.equal(summary.outcome, 'published');
    assert.equal(store.view.publishUnfinished, false);
    using lease = store.source.acquire();
    assert.ok(lease?.reader.findDn('uid=u1,ou=users,dc=example,dc=com') !== undefined);
  });

  it('finishes in the same process a first publish that failed at any of its writes (P2, P3)', async () => {
    using whole = temporaryFolder();
    await using reference = await openTestStore(whole.path);
    await testEngine(reference, smallTenant(), new ManualClock()).runRound(false, signal);
    const expected = await dumpDirectory(reference.source);
    let failures = 0;
    for (let writes = 0; writes < 40; writes++) {
      using folder = temporaryFolder();
      await using store = await openTestStore(folder.path, 5);
      const engine = testEngine(store, smallTenant(), new ManualClock());
      {
        using _cut = cutWritesAfter(writes);
        const { summary } = await engine.runRound(false, signal);
        if (summary.outcome === 'published') continue;
      }
      failures++;
      assert.equal(store.source.acquire(), undefined, 'nothing is shown before it is complete');
      const { summary } = await engine.runRound(false, signal);
      assert.equal(summary.outcome, 'published', `after ${writes} writes`);
      assert.deepEqual(await dumpDirectory(store.source), expected, `after ${writes} writes`);
    }
    assert.ok(failures > 10 && failures < 40, `${failures} rounds failed`);
  });

  it('keeps tenants apart in one database', async () => {
    using folder = temporaryFolder();
    {
      await using first = await openTestStore(folder.path);
      await testEngine(first, smallTenant(), new ManualClock()).runRound(false, signal);
    }
    const tenantId = parseTenantId('99999999-2222-4333-8444-555555555555');
    assert.ok(tenantId !== undefined);
    {
      await using second = await openStore({ directory: folder.path, tenantId, schema: standardSchema });
      assert.equal(second.source.acquire(), undefined);
    }
    await using first = await openTestStore(folder.path);
    assert.equal((await dumpDirectory(first.source))?.size, 12);
  });

  it('writes nothing but the checkpoint in a quiet round', async () => {
    using folder = temporaryFolder();
    await using store = await openTestStore(folder.path);
    const tenant = smallTenant();
    const engine = testEngine(store, tenant, new ManualClock());
    await engine.runRound(false, signal);
    const before = store.view.facts;
    const { summary } = await engine.runRound(false, signal);
    assert.equal(summary.outcome, 'unchanged');
    assert.deepEqual(store.view.facts, before);
    assert.deepEqual(await store.mirror.dirtyNodes(), { kind: 'some', nodes: new Uint32Array() });
  });
});
