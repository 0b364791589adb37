import type { AppPasswordStore, StoredAppPassword } from '../identity/app-password.ts';
import { guidBytes, type ObjectId, objectIdFromBytes } from '../identity/ids.ts';
import type { Database } from './database.ts';
import { Table, type TenantKeys } from './keys.ts';

const BLOCK = 256;
const KEY_BYTES = 2;

/** App passwords in LevelDB: those of a user in one record, and a record for each id that says whose it is. */
export class LevelAppPasswordStore implements AppPasswordStore {
  readonly #db: Database;
  readonly #keys: TenantKeys;

  constructor(db: Database, keys: TenantKeys) {
    this.#db = db;
    this.#keys = keys;
  }

  of(user: ObjectId): readonly StoredAppPassword[] {
    const bytes = this.#db.get(this.#userKey(user));
    return bytes === undefined ? [] : decode(bytes);
  }

  ownerOf(id: string): ObjectId | undefined {
    const bytes = this.#db.get(this.#idKey(id));
    return bytes === undefined ? undefined : objectIdFromBytes(bytes);
  }

  async put(user: ObjectId, passwords: readonly StoredAppPassword[], isDurable: boolean): Promise<void> {
    const batch = this.#db.batch();
    const kept = new Set(passwords.map(({ id }) => id));
    for (const { id } of this.of(user)) if (!kept.has(id)) batch.delete(this.#idKey(id));
    for (const id of kept) batch.put(this.#idKey(id), guidBytes(user));
    if (passwords.length === 0) batch.delete(this.#userKey(user));
    else batch.put(this.#userKey(user), Buffer.from(JSON.stringify(passwords)));
    await this.#db.write(batch, isDurable);
  }

  async *all(): AsyncGenerator<readonly (readonly [ObjectId, readonly StoredAppPassword[]])[], void, void> {
    for await (const block of this.#db.entries(this.#keys.table(Table.appPasswords), BLOCK)) {
      yield block.map(([key, bytes]) => [objectIdFromBytes(key.subarray(KEY_BYTES)), decode(bytes)]);
    }
  }

  #userKey(user: ObjectId): Buffer {
    return this.#keys.bytes(Table.appPasswords, guidBytes(user));
  }

  #idKey(id: string): Buffer {
    return this.#keys.text(Table.appPasswordIds, id);
  }
}

function decode(bytes: Buffer): readonly StoredAppPassword[] {
  return JSON.parse(bytes.toString()) as readonly StoredAppPassword[];
}
