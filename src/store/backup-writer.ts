import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { BackupHeader } from '../identity/backup.ts';
import {
  type BackupFileName,
  backupVersion,
  encodeEnd,
  encodeFile,
  encodeHeader,
  encodeRecords,
} from './backup-format.ts';
import type { Database } from './database.ts';
import { tenantsIn } from './tenant-slots.ts';

/** What a backup says beside what is in the store. */
export interface BackupAbout extends Pick<BackupHeader, 'program' | 'madeAt' | 'keys'> {
  /** The texts of small files that go into it. */
  readonly files: Partial<Readonly<Record<BackupFileName, string>>>;
}

const BLOCK = 1000;

/**
 * The bytes of a backup of the whole store as it is when the first of them is asked for. Writes go on meanwhile and are not in it.
 *
 * @throws StoreError when the store cannot be read
 */
export async function* writeBackup(db: Database, about: BackupAbout): AsyncGenerator<Buffer, void, void> {
  const snapshot = db.snapshot();
  const hash = createHash('sha256');
  const hashed = (bytes: Buffer): Buffer => {
    hash.update(bytes);
    return bytes;
  };
  try {
    const { program, madeAt, keys, files } = about;
    yield hashed(
      encodeHeader({
        format: 'entra-ldapd-backup',
        version: backupVersion,
        program,
        storeFormat: db.formatVersion,
        madeAt,
        tenants: tenantsIn(db, snapshot),
        keys,
        secrets: files.secrets !== undefined,
      }),
    );
    // The fastest level: it runs while logins and searches are answered.
    const gzip = createGzip({ level: 1 });
    const feeding = pipeline(Readable.from(frames(db, snapshot, files), { objectMode: false }), gzip);
    // What ends it early is thrown by reading from the other end, too.
    feeding.catch(() => undefined);
    for await (const chunk of gzip) yield hashed(chunk as Buffer);
    await feeding;
    yield hash.digest();
  } finally {
    await snapshot.close();
  }
}

async function* frames(
  db: Database,
  snapshot: ReturnType<Database['snapshot']>,
  files: BackupAbout['files'],
): AsyncGenerator<Buffer, void, void> {
  if (files['base-dn'] !== undefined) yield encodeFile('base-dn', files['base-dn']);
  if (files.secrets !== undefined) yield encodeFile('secrets', files.secrets);
  let records = 0;
  for await (const block of db.entries({ gte: Buffer.alloc(0), lt: undefined }, BLOCK, snapshot)) {
    yield encodeRecords(block);
    records += block.length;
  }
  yield encodeEnd(records);
}
