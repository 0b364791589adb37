import type { TenantFacts, TenantMemory } from '../identity/tenant-facts.ts';
import type { Database } from './database.ts';
import { Table, type TenantKeys } from './keys.ts';

/** What the tenant said about itself last, in LevelDB. */
export class TenantStore implements TenantMemory {
  readonly #db: Database;
  readonly #key: Buffer;

  constructor(db: Database, keys: TenantKeys) {
    this.#db = db;
    this.#key = keys.text(Table.viewMeta, 'tenant');
  }

  load(): TenantFacts | undefined {
    const bytes = this.#db.get(this.#key);
    return bytes === undefined ? undefined : (JSON.parse(bytes.toString()) as TenantFacts);
  }

  async save(facts: TenantFacts): Promise<void> {
    await this.#db.write(this.#db.batch().put(this.#key, Buffer.from(JSON.stringify(facts))), true);
  }
}
