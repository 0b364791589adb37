import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { LedgerEntry } from '../../../src/identity/ledger.ts';
import { type Simulator, startSimulator } from '../../../src/simulator/simulator.ts';
import { parseTenant } from '../../../src/simulator/tenant-file.ts';
import { BackupReader } from '../../../src/store/backup-reader.ts';
import { Database, storeFormatVersion } from '../../../src/store/database.ts';
import { openMigrated } from '../../../src/store/migrations.ts';
import { restoreStore } from '../../../src/store/restore.ts';
import type { Store } from '../../../src/store/store.ts';
import { ComposedDaemon, type Surroundings } from '../../support/composed-daemon.ts';
import { dumpDirectory } from '../../support/directory-dump.ts';
import { loopbackCertificates } from '../../support/simulator-client.ts';
import { SimulatedTime } from '../../support/simulated-time.ts';
import { cutWritesAfter } from '../../support/sync-bench.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const fixtures = join(findRoot(dirname(fileURLToPath(import.meta.url))), 'test/fixtures/stores');
const backups = readdirSync(fixtures).filter((name) => name.endsWith('.backup'));
const memory = { cacheBytes: 1024 * 1024, writeBufferBytes: 1024 * 1024 };

function findRoot(from: string): string {
  return existsSync(join(from, 'package.json')) ? from : findRoot(dirname(from));
}

async function ledgerOf(store: Store): Promise<readonly (LedgerEntry | undefined)[]> {
  const rows: (LedgerEntry | undefined)[] = [];
  for await (const block of store.ledger.names())
    rows.push(...block.map(({ objectId }) => store.ledger.entry(objectId)));
  return rows;
}

describe('a store that an earlier version has made', () => {
  let simulator: Simulator;
  let surroundings: Surroundings;
  let folder: ReturnType<typeof temporaryFolder>;
  /** What a daemon without a past makes of the same tenant. */
  let fresh: {
    readonly ledger: Awaited<ReturnType<typeof ledgerOf>>;
    readonly shown: Awaited<ReturnType<typeof dumpDirectory>>;
  };

  before(async () => {
    const { ca, server } = await loopbackCertificates();
    const file = join(fixtures, 'tenant.json');
    simulator = await startSimulator({ tenant: parseTenant(readFileSync(file, 'utf8'), file), certificate: server });
    folder = temporaryFolder();
    const time = new SimulatedTime(Date.parse('2027-01-01T00:00:00Z'));
    surroundings = { simulator, ca: ca.certPem, time, folder: join(folder.path, 'fresh') };
    await using daemon = await ComposedDaemon.open(surroundings, {});
    await daemon.round();
    fresh = { ledger: await ledgerOf(daemon.store), shown: await dumpDirectory(daemon.store.source) };
    assert.equal(fresh.ledger.length, 8);
  });

  after(async () => {
    await simulator.close();
    folder[Symbol.dispose]();
  });

  async function restored(name: string, under = name): Promise<string> {
    const at = join(folder.path, under);
    await restoreStore(join(at, 'store'), await BackupReader.open(join(fixtures, name)), 'none');
    return at;
  }

  it('is there for each format that ever was, the first one included', async () => {
    const formats = new Set<number>();
    for (const name of backups) formats.add((await BackupReader.open(join(fixtures, name))).header.storeFormat);
    const expected = Array.from({ length: storeFormatVersion - 1 }, (_, before) => before + 1);
    assert.deepEqual(
      [...formats].filter((format) => format < storeFormatVersion).toSorted((a, b) => a - b),
      expected,
    );
  });

  for (const name of backups) {
    it(`is served at once and gone on with, with every name and number: ${name} (P3, P5)`, async () => {
      const at = await restored(name);
      await using daemon = await ComposedDaemon.open({ ...surroundings, folder: at }, {});
      assert.deepEqual(await ledgerOf(daemon.store), fresh.ledger);
      assert.deepEqual([...((await dumpDirectory(daemon.store.source)) ?? [])].length, fresh.shown?.size);
      const summary = await daemon.round();
      assert.ok(summary.outcome === 'published' || summary.outcome === 'unchanged', JSON.stringify(summary));
      assert.deepEqual([summary.collections.users.entries.created, summary.collections.users.entries.removed], [0, 0]);
      assert.deepEqual(await dumpDirectory(daemon.store.source), fresh.shown);
      assert.deepEqual(await ledgerOf(daemon.store), fresh.ledger);
    });
  }

  it('is migrated by the next start when the process ends at any write of a migration (P3)', async () => {
    const [oldest = ''] = backups.toSorted();
    for (let writes = 0; ; writes++) {
      const directory = join(folder.path, `cut-${writes}`, 'store');
      // As it lay on the disk, for restoring it would migrate it.
      const { db: raw } = await rawStore(directory, oldest);
      await raw.close();
      let isDone = false;
      {
        using _cut = cutWritesAfter(writes);
        try {
          await (await openMigrated(directory, memory)).db.close();
          isDone = true;
        } catch (error) {
          assert.equal(error instanceof Error && error.message, 'cut');
        }
      }
      {
        await using daemon = await ComposedDaemon.open({ ...surroundings, folder: dirname(directory) }, {});
        assert.deepEqual(await ledgerOf(daemon.store), fresh.ledger);
      }
      if (isDone) {
        assert.ok(writes >= 2, 'the migration writes');
        return;
      }
    }
  });

  async function rawStore(directory: string, name: string): Promise<{ readonly db: Database }> {
    const db = await Database.open(directory, memory);
    const batch = db.batch();
    for await (const records of (await BackupReader.open(join(fixtures, name))).records()) {
      for (const [key, value] of records) batch.put(key, value);
    }
    await db.write(batch, true);
    return { db };
  }
});
