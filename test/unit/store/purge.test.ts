import assert from 'node:assert/strict';
import { cpSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { standardSchema } from '../../../src/directory/schema.ts';
import { parseTenantId, type TenantId } from '../../../src/identity/ids.ts';
import { purgeTenant, tenantContents } from '../../../src/store/purge.ts';
import { openStore, type Store } from '../../../src/store/store.ts';
import { dumpDirectory } from '../../support/directory-dump.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { ModelTenant, modelId } from '../../support/model-tenant.ts';
import { cutWritesAfter, testEngine } from '../../support/sync-bench.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const { signal } = new AbortController();
const people = 400;

function tenantId(digit: number): TenantId {
  return parseTenantId(`${String(digit).repeat(8)}-2222-4333-8444-555555555555`) ?? assert.fail('not a tenant id');
}

/** People whose names appear nowhere else. */
function tenantOf(word: string): ModelTenant {
  const tenant = new ModelTenant((below) => below - 1);
  for (let number = 0; number < people; number++) {
    tenant.putUser(modelId('user', number), {
      userPrincipalName: `${word}.person${number}@${word}.example`,
      displayName: `Somebody${number} ${word}`,
      accountEnabled: true,
    });
  }
  tenant.putGroup(modelId('group', 1), { displayName: `Staff of ${word}` });
  for (let number = 0; number < people; number++) tenant.setMember(modelId('group', 1), modelId('user', number), true);
  return tenant;
}

describe('taking a tenant out of a store (FAM-26)', () => {
  let folder: ReturnType<typeof temporaryFolder>;
  const clock = new ManualClock();

  beforeEach(async () => {
    folder = temporaryFolder();
    for (const [digit, word] of [
      [1, 'quaggafirst'],
      [2, 'zebrasecond'],
    ] as const) {
      const tenant = tenantOf(word);
      await using store = await open(digit);
      const engine = testEngine(store, tenant, clock);
      await engine.runRound(false, signal);
      // Names are also in what was shown before, and in what is held back.
      tenant.putUser(modelId('user', 0), {
        userPrincipalName: `${word}.person0@${word}.example`,
        displayName: `Other Name ${word}`,
        accountEnabled: true,
      });
      await engine.runRound(false, signal);
      await engine.rollBack(null, 'command', signal);
    }
  });

  afterEach(() => folder[Symbol.dispose]());

  function open(digit: number): Promise<Store> {
    return openStore({ directory: folder.path, tenantId: tenantId(digit), schema: standardSchema });
  }

  /** In which files of the store a word appears, as it is or in UTF-16. */
  function filesWith(word: string): readonly string[] {
    const path = join(folder.path, 'db');
    const forms = [Buffer.from(word), Buffer.from(word, 'utf16le')];
    return readdirSync(path).filter((name) => {
      const bytes = readFileSync(join(path, name));
      return forms.some((form) => bytes.includes(form));
    });
  }

  const own = { tenantId: tenantId(1) };

  it('leaves nothing of its people in any file of the store, when names and numbers go too', async () => {
    assert.ok(filesWith('quaggafirst').length > 0);
    await purgeTenant({ ...own, directory: folder.path, withIds: true });
    assert.deepEqual(filesWith('quaggafirst'), []);
    assert.deepEqual(filesWith('Somebody'), filesWith('zebrasecond'));
    assert.equal(await tenantContents({ ...own, directory: folder.path }), undefined);
  });

  it('removes the store that a restore has put aside, for the same people are in it', async () => {
    cpSync(join(folder.path, 'db'), join(folder.path, 'db.replaced'), { recursive: true });
    await purgeTenant({ ...own, directory: folder.path, withIds: false });
    assert.ok(!existsSync(join(folder.path, 'db.replaced')));
  });

  it('leaves the other tenant of the store as it is', async () => {
    const before = await shown(2);
    await purgeTenant({ ...own, directory: folder.path, withIds: true });
    assert.deepEqual(await shown(2), before);
    assert.ok((before?.size ?? 0) > people);
  });

  it('keeps names and numbers unless it is told to remove them', async () => {
    const contents = await tenantContents({ ...own, directory: folder.path });
    assert.deepEqual(contents, { published: { users: people, groups: 1 }, ids: people + 1 });
    const given = await ledgerEntry();
    await purgeTenant({ ...own, directory: folder.path, withIds: false });
    assert.deepEqual(await ledgerEntry(), given);
    assert.deepEqual(await tenantContents({ ...own, directory: folder.path }), { published: null, ids: people + 1 });
    for (const word of ['Somebody1 quaggafirst', 'quaggafirst.example', 'Staff of quaggafirst,'])
      assert.deepEqual(filesWith(word), [], word);
  });

  it('lets the tenant be read anew, with the numbers that were kept', async () => {
    const before = await shown(1);
    await purgeTenant({ ...own, directory: folder.path, withIds: false });
    {
      await using store = await open(1);
      assert.equal(store.view.facts, undefined);
      assert.equal(store.view.publishUnfinished, false);
      assert.equal(store.source.acquire(), undefined, 'nothing is served meanwhile (P1)');
      await testEngine(store, tenantOf('quaggafirst'), clock).runRound(false, signal);
    }
    assert.deepEqual(await shown(1), before);
  });

  it('gives the place of a tenant that is gone to the next one', async () => {
    await purgeTenant({ ...own, directory: folder.path, withIds: true });
    const before = await shown(2);
    {
      await using store = await open(3);
      await testEngine(store, tenantOf('third'), clock).runRound(false, signal);
    }
    assert.deepEqual(await shown(2), before);
    assert.equal((await shown(3))?.size, before?.size);
  });

  it('serves nothing of what is left when it ends at any write, and can be repeated (P1, P3)', async () => {
    const few = new ModelTenant((below) => below - 1);
    few.putUser(modelId('user', 900), {
      userPrincipalName: 'one@example.com',
      displayName: 'One',
      accountEnabled: true,
    });
    let isRead = false;
    for (let writes = 0; ; writes++) {
      let done = false;
      {
        using _cut = cutWritesAfter(writes);
        done = await purgeTenant({ ...own, directory: folder.path, withIds: true }).then(
          () => true,
          () => false,
        );
      }
      if (done) break;
      if (writes === 0) continue;
      await using store = await open(1);
      assert.equal(store.source.acquire(), undefined);
      const engine = testEngine(store, few, clock);
      if (!store.view.publishUnfinished || isRead) continue;
      isRead = true;
      assert.equal(await engine.canReplan(), false, 'half of a copy is not published');
      await engine.runRound(false, signal);
      const dns = [...((await dumpDirectory(store.source))?.keys() ?? [])].filter((dn) => dn.startsWith('uid='));
      assert.equal(dns.length, 1, 'nobody of those who were left over is shown');
    }
    assert.ok(isRead);
    assert.deepEqual(filesWith('quaggafirst'), []);
  });

  it('makes no store where there is none', async () => {
    using empty = temporaryFolder();
    assert.equal(await tenantContents({ ...own, directory: empty.path }), undefined);
    assert.deepEqual(readdirSync(empty.path), []);
  });

  async function shown(digit: number): ReturnType<typeof dumpDirectory> {
    await using store = await open(digit);
    return await dumpDirectory(store.source);
  }

  async function ledgerEntry(): Promise<unknown> {
    await using store = await open(1);
    return store.ledger.entry(modelId('user', 7));
  }
});
