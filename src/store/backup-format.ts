/**
 * A backup is one file: a line of JSON ({@link BackupHeader}), then, compressed by gzip, a sequence of frames, then the SHA-256 of
 * all of that. A frame is a byte that says what it is, and for
 *
 * - a file (`0x01`): the length of its name (1), the name, the length of its text (4), the text
 * - a record (`0x02`): the lengths of its key and of its value (4 each), the key, the value; keys ascend
 * - the end (`0x00`): the number of records (6)
 *
 * Integers are big-endian. Records are those of LevelDB with the format of the store among them.
 */
import type { BackupHeader, KeyFingerprint } from '../identity/backup.ts';

/** The version of the format that this program writes, and the newest that it reads. */
export const backupVersion = 1;

/** The longest first line, in octets. */
export const headerBytesMax = 64 * 1024;

/** Octets of the checksum. */
export const digestBytes = 32;

/** No file, key or value may be longer, in octets. */
export const frameBytesMax = 64 * 1024 * 1024;

/** What a frame is. */
export const frameKind = { end: 0, file: 1, record: 2 } as const;

/** Names of the files that may be in a backup beside the records. */
export const backupFiles = ['secrets', 'base-dn'] as const;

/** One of {@link backupFiles}. */
export type BackupFileName = (typeof backupFiles)[number];

/** A file is no backup, is damaged, or is one that this version cannot read. `message` is a sentence for the administrator. */
export class BackupFileError extends Error {
  override readonly name = 'BackupFileError';
}

/** The first line. */
export function encodeHeader(header: BackupHeader): Buffer {
  return Buffer.from(`${JSON.stringify(header)}\n`);
}

/** A small file. */
export function encodeFile(name: BackupFileName, text: string): Buffer {
  const content = Buffer.from(text);
  const head = Buffer.alloc(2 + name.length + 4);
  head.writeUInt8(frameKind.file);
  head.writeUInt8(name.length, 1);
  head.write(name, 2, 'latin1');
  head.writeUInt32BE(content.length, 2 + name.length);
  return Buffer.concat([head, content]);
}

/** Records. */
export function encodeRecords(entries: readonly (readonly [Buffer, Buffer])[]): Buffer {
  const length = entries.reduce((sum, [key, value]) => sum + 9 + key.length + value.length, 0);
  const bytes = Buffer.allocUnsafe(length);
  let at = 0;
  for (const [key, value] of entries) {
    at = bytes.writeUInt8(frameKind.record, at);
    at = bytes.writeUInt32BE(key.length, at);
    at = bytes.writeUInt32BE(value.length, at);
    at += key.copy(bytes, at);
    at += value.copy(bytes, at);
  }
  return bytes;
}

/** The last frame. */
export function encodeEnd(records: number): Buffer {
  const bytes = Buffer.alloc(7);
  bytes.writeUInt8(frameKind.end);
  bytes.writeUIntBE(records, 1, 6);
  return bytes;
}

/**
 * Reads the first line of a backup.
 *
 * @throws BackupFileError when it is not one, or one of a newer program
 */
export function decodeHeader(file: string, line: string): BackupHeader {
  const header = parseLine(line);
  if (header?.['format'] !== 'entra-ldapd-backup') {
    throw new BackupFileError(`${file} is not a backup of entra-ldapd.`);
  }
  const { version, program, storeFormat, madeAt, tenants, keys, secrets } = header;
  if (typeof version === 'number' && version > backupVersion) {
    throw new BackupFileError(
      `${file} was made by a newer entra-ldapd (${String(program)}); this one reads backups up to version ${backupVersion}. Restore it with that one.`,
    );
  }
  if (
    version !== backupVersion ||
    typeof program !== 'string' ||
    typeof storeFormat !== 'number' ||
    typeof madeAt !== 'string' ||
    typeof secrets !== 'boolean' ||
    !Array.isArray(tenants) ||
    !tenants.every((id) => typeof id === 'string') ||
    !Array.isArray(keys) ||
    !keys.every(isFingerprint)
  ) {
    throw new BackupFileError(`${file} is damaged: its first line does not say what is in it. Take another backup.`);
  }
  return { format: 'entra-ldapd-backup', version, program, storeFormat, madeAt, tenants, keys, secrets };
}

function parseLine(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

function isFingerprint(value: unknown): value is KeyFingerprint {
  if (typeof value !== 'object' || value === null) return false;
  const { id, fingerprint } = value as Readonly<Record<string, unknown>>;
  return typeof id === 'string' && typeof fingerprint === 'string';
}
