import type { AdminTokenStore, StoredAdminToken } from '../identity/admin-token.ts';
import type { Database } from './database.ts';
import { Table, type TenantKeys } from './keys.ts';

const BLOCK = 256;

/** Tokens for the administration in LevelDB, one record each. */
export class LevelAdminTokenStore implements AdminTokenStore {
  readonly #db: Database;
  readonly #keys: TenantKeys;

  constructor(db: Database, keys: TenantKeys) {
    this.#db = db;
    this.#keys = keys;
  }

  get(id: string): StoredAdminToken | undefined {
    const bytes = this.#db.get(this.#key(id));
    return bytes === undefined ? undefined : decode(bytes);
  }

  async all(): Promise<readonly StoredAdminToken[]> {
    const tokens: StoredAdminToken[] = [];
    for await (const block of this.#db.entries(this.#keys.table(Table.adminTokens), BLOCK)) {
      for (const [, bytes] of block) tokens.push(decode(bytes));
    }
    return tokens;
  }

  async put(token: StoredAdminToken, isDurable: boolean): Promise<void> {
    await this.#db.write(this.#db.batch().put(this.#key(token.id), Buffer.from(JSON.stringify(token))), isDurable);
  }

  async remove(id: string): Promise<void> {
    await this.#db.write(this.#db.batch().delete(this.#key(id)), true);
  }

  #key(id: string): Buffer {
    return this.#keys.text(Table.adminTokens, id);
  }
}

function decode(bytes: Buffer): StoredAdminToken {
  return JSON.parse(bytes.toString()) as StoredAdminToken;
}
