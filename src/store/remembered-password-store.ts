import { guidBytes, type ObjectId } from '../identity/ids.ts';
import type { RememberedPassword, RememberedPasswordStore } from '../identity/remembered-password.ts';
import type { Database } from './database.ts';
import { Table, type TenantKeys } from './keys.ts';

const BLOCK = 1000;

/** Remembered passwords in LevelDB, one record for each user. */
export class LevelRememberedPasswordStore implements RememberedPasswordStore {
  readonly #db: Database;
  readonly #keys: TenantKeys;

  constructor(db: Database, keys: TenantKeys) {
    this.#db = db;
    this.#keys = keys;
  }

  of(user: ObjectId): RememberedPassword | undefined {
    const bytes = this.#db.get(this.#key(user));
    return bytes && decode(bytes);
  }

  async put(user: ObjectId, password: RememberedPassword | undefined): Promise<void> {
    const batch = this.#db.batch();
    if (password === undefined) batch.delete(this.#key(user));
    else batch.put(this.#key(user), Buffer.from(JSON.stringify(password)));
    // What has ended must not come back with a power failure; what is new may be learned again.
    await this.#db.write(batch, password === undefined);
  }

  async prune(oldestMs: number): Promise<void> {
    for await (const entries of this.#db.entries(this.#keys.table(Table.rememberedPasswords), BLOCK)) {
      const batch = this.#db.batch();
      for (const [key, bytes] of entries) if (decode(bytes).provenAtMs < oldestMs) batch.delete(key);
      await this.#db.write(batch, batch.operations > 0);
    }
  }

  async clear(): Promise<void> {
    for await (const keys of this.#db.keys(this.#keys.table(Table.rememberedPasswords), BLOCK)) {
      const batch = this.#db.batch();
      for (const key of keys) batch.delete(key);
      await this.#db.write(batch, true);
    }
  }

  #key(user: ObjectId): Buffer {
    return this.#keys.bytes(Table.rememberedPasswords, guidBytes(user));
  }
}

function decode(bytes: Buffer): RememberedPassword {
  return JSON.parse(bytes.toString()) as RememberedPassword;
}
