/**
 * What makes of a store of an older format one of today's. Migrations go forward only, one number at a time; each may be interrupted at
 * any write and is then done again from its beginning, for the number is raised last.
 */
import { type DatabaseOptions, Database, storeFormatVersion } from './database.ts';
import { Table, TenantKeys } from './keys.ts';
import { encodeLedgerEntry } from './ledger-codec.ts';
import { slotsIn } from './tenant-slots.ts';

type Migration = (db: Database) => Promise<void>;

const BLOCK = 1000;

/** By the format that they lead to. Never change one that was released: somebody's store has been through it. */
const migrations: Readonly<Record<number, Migration>> = {
  2: ledgerFromJson,
};

/**
 * Opens the database of a data directory and brings it to the format of today.
 *
 * @throws StoreError as {@link Database.open}, and when it cannot be written
 */
export async function openMigrated(
  directory: string,
  options: DatabaseOptions,
): Promise<{ readonly db: Database; readonly migratedFrom: number | undefined }> {
  const db = await Database.open(directory, options);
  try {
    const from = db.formatVersion;
    for (let to = from + 1; to <= storeFormatVersion; to++) {
      await migrations[to]?.(db);
      await db.writeFormatVersion(to);
    }
    return { db, migratedFrom: from === storeFormatVersion ? undefined : from };
  } catch (error) {
    await db.close();
    throw error;
  }
}

/** 2: what was given to an object was a JSON document once, and is read octet by octet now. */
async function ledgerFromJson(db: Database): Promise<void> {
  for (const slot of slotsIn(db)) {
    for await (const block of db.entries(new TenantKeys(slot).table(Table.ledgerEntries), BLOCK)) {
      const batch = db.batch();
      for (const [key, value] of block)
        if (value[0] === JSON_OBJECT) batch.put(key, encodeLedgerEntry(jsonEntry(value)));
      if (batch.operations > 0) await db.write(batch, true);
    }
  }
}

/** `{`, which is the tag of no space. */
const JSON_OBJECT = 0x7b;

function jsonEntry(value: Buffer): Parameters<typeof encodeLedgerEntry>[0] {
  const { space, name, number } = JSON.parse(value.toString()) as Readonly<Record<string, unknown>>;
  return { space: space === 'user' ? 'user' : 'group', name: String(name), number: Number(number) };
}
