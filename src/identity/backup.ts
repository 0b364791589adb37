/** What a backup is asked for with. */
export interface BackupRequest {
  /** Whether the file with the keys goes into it, without which codes and remembered passwords in it are worthless. */
  readonly secrets: boolean;
}

/** Makes backups of what is stored; of a running daemon, or of a process with the store alone. */
export interface BackupSource {
  /**
   * The bytes of a backup of one instant, made as they are asked for, while others go on writing. Throws `AdminRefusal` before the
   * first of them when none can be made.
   */
  backup(request: BackupRequest): AsyncGenerator<Buffer, void, void>;
}

/** A key that protects what is kept of passwords, without the key. */
export interface KeyFingerprint {
  readonly id: string;
  /** 16 hexadecimal digits; equal for equal keys, and nothing follows from it about the key. */
  readonly fingerprint: string;
}

/** What the first line of a backup says, readable without this program. */
export interface BackupHeader {
  readonly format: 'entra-ldapd-backup';
  /** The version of the format of the backup. */
  readonly version: number;
  /** The version of the program that made it. */
  readonly program: string;
  /** The format of the store in it. */
  readonly storeFormat: number;
  /** When it was made, as RFC 3339. */
  readonly madeAt: string;
  /** The tenants whose data is in it. */
  readonly tenants: readonly string[];
  /** The keys that were in use. */
  readonly keys: readonly KeyFingerprint[];
  /** Whether these keys are in it. */
  readonly secrets: boolean;
}

/** What is in a backup, as it was counted while all of it was read. */
export interface BackupContents {
  readonly records: number;
  /** Octets of keys and values, before compression. */
  readonly bytes: number;
  /** Objects that were given a name and a number. */
  readonly ids: number;
  /** Entries of the directory as it was published. */
  readonly entries: number;
  readonly appPasswords: number;
  readonly rememberedPasswords: number;
  /** Users who have a one-time code of their own. */
  readonly oneTimeCodes: number;
  readonly ntHashes: number;
}

/** A backup that was read to its end and is whole. */
export interface CheckedBackup {
  readonly header: BackupHeader;
  readonly contents: BackupContents;
  /** Octets of the file. */
  readonly fileBytes: number;
  /** The checksum at its end, in hexadecimal. */
  readonly sha256: string;
}

/**
 * How the keys of the backup stand to those that are in use where it is restored.
 *
 * - `none`: nothing in it needs keys
 * - `same`: the keys in use are, or contain, those of the backup
 * - `restored`: they were in the backup, and are in use now
 * - `missing`: they are not in the backup, and not here
 * - `different`: they are not in the backup, and others are here
 */
export type KeysAfterRestore = 'none' | 'same' | 'restored' | 'missing' | 'different';

/** What came of a restore. */
export interface RestoreReport extends CheckedBackup {
  /** False when this was only a look. */
  readonly isRestored: boolean;
  readonly keys: KeysAfterRestore;
  /** The file where keys are looked for. */
  readonly keyFile: string;
  /** The folder with the store from before; null when there was none, or nothing in it. */
  readonly replaced: string | null;
  /** Objects of the store from before that were given a name and a number and are not in the backup; null when none can be told. */
  readonly newerIds: number | null;
}
