import { guidBytes, type ObjectId, objectIdFromBytes } from '../identity/ids.ts';
import type { OneTimeCodeStore, StoredOneTimeCodes } from '../identity/one-time-code.ts';
import type { Database } from './database.ts';
import { Table, type TenantKeys } from './keys.ts';

const BLOCK = 256;
const KEY_BYTES = 2;

/** One-time codes in LevelDB, one record for each user. */
export class LevelOneTimeCodeStore implements OneTimeCodeStore {
  readonly #db: Database;
  readonly #keys: TenantKeys;

  constructor(db: Database, keys: TenantKeys) {
    this.#db = db;
    this.#keys = keys;
  }

  of(user: ObjectId): StoredOneTimeCodes | undefined {
    const bytes = this.#db.get(this.#key(user));
    return bytes && decode(bytes);
  }

  async put(user: ObjectId, codes: StoredOneTimeCodes | undefined): Promise<void> {
    const batch = this.#db.batch();
    if (codes === undefined) batch.delete(this.#key(user));
    else batch.put(this.#key(user), Buffer.from(JSON.stringify(codes)));
    // A code that was used must not be good again after a power failure.
    await this.#db.write(batch, true);
  }

  async *all(): AsyncGenerator<readonly (readonly [ObjectId, StoredOneTimeCodes])[], void, void> {
    for await (const block of this.#db.entries(this.#keys.table(Table.oneTimeCodes), BLOCK)) {
      yield block.map(([key, bytes]) => [objectIdFromBytes(key.subarray(KEY_BYTES)), decode(bytes)]);
    }
  }

  #key(user: ObjectId): Buffer {
    return this.#keys.bytes(Table.oneTimeCodes, guidBytes(user));
  }
}

function decode(bytes: Buffer): StoredOneTimeCodes {
  return JSON.parse(bytes.toString()) as StoredOneTimeCodes;
}
