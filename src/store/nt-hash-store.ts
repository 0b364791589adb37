import { guidBytes, type ObjectId, objectIdFromBytes } from '../identity/ids.ts';
import type { KeptNtHash, NtHashStore } from '../identity/nt-hash.ts';
import type { Database } from './database.ts';
import { Table, type TenantKeys } from './keys.ts';

const BLOCK = 1000;

/** NT hashes in LevelDB, one record for each user. */
export class LevelNtHashStore implements NtHashStore {
  readonly #db: Database;
  readonly #keys: TenantKeys;

  constructor(db: Database, keys: TenantKeys) {
    this.#db = db;
    this.#keys = keys;
  }

  of(user: ObjectId): KeptNtHash | undefined {
    const bytes = this.#db.get(this.#key(user));
    return bytes && decode(bytes);
  }

  async put(user: ObjectId, hash: KeptNtHash | undefined): Promise<void> {
    const batch = this.#db.batch();
    if (hash === undefined) batch.delete(this.#key(user));
    else batch.put(this.#key(user), Buffer.from(JSON.stringify(hash)));
    // What has ended must not come back with a power failure; what is new may be learned again.
    await this.#db.write(batch, hash === undefined);
  }

  async prune(isKept: (user: ObjectId, hash: KeptNtHash) => boolean): Promise<number> {
    return (await this.#sift(isKept)).left;
  }

  async clear(): Promise<void> {
    const { ended } = await this.#sift(() => false);
    // Whoever turns this off wants them out of the files too, and not only when LevelDB gets there.
    if (ended > 0) await this.#db.compact(this.#keys.table(Table.ntHashes));
  }

  async #sift(
    isKept: (user: ObjectId, hash: KeptNtHash) => boolean,
  ): Promise<{ readonly left: number; readonly ended: number }> {
    let left = 0;
    let ended = 0;
    for await (const entries of this.#db.entries(this.#keys.table(Table.ntHashes), BLOCK)) {
      const batch = this.#db.batch();
      for (const [key, bytes] of entries) {
        if (isKept(objectIdFromBytes(key, key.length - 16), decode(bytes))) left += 1;
        else batch.delete(key);
      }
      if (batch.operations > 0) await this.#db.write(batch, true);
      ended += batch.operations;
    }
    return { left, ended };
  }

  #key(user: ObjectId): Buffer {
    return this.#keys.bytes(Table.ntHashes, guidBytes(user));
  }
}

function decode(bytes: Buffer): KeptNtHash {
  return JSON.parse(bytes.toString()) as KeptNtHash;
}
