import type { AdminTokenStore, StoredAdminToken } from '../../src/identity/admin-token.ts';

/** Tokens in memory; `failing` makes every write fail, as a full disk does. */
export class MemoryAdminTokens implements AdminTokenStore {
  readonly tokens = new Map<string, StoredAdminToken>();
  failing = false;

  get(id: string): StoredAdminToken | undefined {
    return this.tokens.get(id);
  }

  async all(): Promise<readonly StoredAdminToken[]> {
    return [...this.tokens.values()].toSorted((a, b) => (a.id < b.id ? -1 : 1));
  }

  async put(token: StoredAdminToken): Promise<void> {
    if (this.failing) throw new Error('no space left');
    this.tokens.set(token.id, token);
  }

  async remove(id: string): Promise<void> {
    if (this.failing) throw new Error('no space left');
    this.tokens.delete(id);
  }
}
