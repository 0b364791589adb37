import { timingSafeEqual } from 'node:crypto';
import { AdminRefusal } from '../identity/admin.ts';
import {
  adminScopes,
  type AdminIdentity,
  adminTokenDescriptionMax,
  type AdminTokenEdit,
  adminTokenNameMax,
  type AdminTokenReport,
  type AdminTokenRequest,
  adminTokensMax,
  type AdminTokens,
  type AdminTokenStore,
  type NewAdminToken,
  type StoredAdminToken,
} from '../identity/admin-token.ts';
import { adminTokenEdited, adminTokenMade, adminTokenRevoked } from '../observability/events.ts';
import type { Log } from '../observability/log.ts';
import type { Clock } from '../timing/clock.ts';
import { Turns } from '../timing/turns.ts';
import { endOfLife } from './lifetime.ts';
import { hashAdminToken, idOfAdminToken, newAdminToken } from './admin-token-text.ts';

/** The last use is written down no more often than this. */
const useNotedEveryMs = 60_000;

/** Compared with what is shown when there is no token of its id, so that this takes no less time. */
const nobodys = Buffer.alloc(32);

/** What {@link StoredAdminTokens} is made of. */
export interface AdminTokensOptions {
  readonly store: AdminTokenStore;
  readonly clock: Clock;
  readonly log: Log;
}

/** The tokens in a store: makes them, ends them and checks them. */
export class StoredAdminTokens implements AdminTokens {
  readonly #options: AdminTokensOptions;
  readonly #turns = new Turns();

  constructor(options: AdminTokensOptions) {
    this.#options = options;
  }

  async create({ name, description, scopes, lifetimeMs }: AdminTokenRequest): Promise<NewAdminToken> {
    const { store, clock, log } = this.#options;
    const facts = {
      name: readName(name),
      description: readDescription(description),
      scopes: adminScopes.filter((scope) => scopes.includes(scope)),
    };
    if (facts.scopes.length === 0) throw new AdminRefusal(`A token needs a scope: ${adminScopes.join(', ')}.`);
    return await this.#turns.take(async () => {
      if ((await store.all()).length >= adminTokensMax) {
        throw new AdminRefusal(`There are ${adminTokensMax} tokens already: revoke one first.`);
      }
      const { id, token } = this.#unused();
      const nowMs = clock.now();
      const stored: StoredAdminToken = {
        id,
        ...facts,
        createdAtMs: nowMs,
        expiresAtMs: endOfLife(nowMs, lifetimeMs),
        lastUsedAtMs: null,
        lastUsedFrom: null,
        hash: hashAdminToken(token).toString('base64'),
      };
      await store.put(stored, true);
      adminTokenMade(log, { id, name: stored.name, scopes: stored.scopes, expiresAtMs: stored.expiresAtMs });
      return { ...reportOf(stored), token };
    });
  }

  async list(): Promise<readonly AdminTokenReport[]> {
    const tokens = await this.#options.store.all();
    return tokens.map(reportOf).toSorted((a, b) => a.createdAtMs - b.createdAtMs);
  }

  edit({ id, name, description }: AdminTokenEdit): Promise<AdminTokenReport> {
    const { store, log } = this.#options;
    return this.#turns.take(async () => {
      const before = this.#existing(id);
      const after = {
        ...before,
        name: name === undefined ? before.name : readName(name),
        description: description === undefined ? before.description : readDescription(description),
      };
      await store.put(after, true);
      adminTokenEdited(log, { id, name: after.name, before: before.name });
      return reportOf(after);
    });
  }

  revoke(id: string): Promise<AdminTokenReport> {
    const { store, log } = this.#options;
    return this.#turns.take(async () => {
      const token = this.#existing(id);
      await store.remove(id);
      adminTokenRevoked(log, { id, name: token.name });
      return reportOf(token);
    });
  }

  async verify(token: string, address: string): Promise<AdminIdentity | undefined> {
    const id = idOfAdminToken(token);
    const stored = id === undefined ? undefined : this.#options.store.get(id);
    const kept = stored === undefined ? nobodys : Buffer.from(stored.hash, 'base64');
    const isRight = timingSafeEqual(hashAdminToken(token), kept);
    if (!isRight || stored === undefined || this.#isOver(stored)) return undefined;
    await this.#noteUse(stored, address);
    return identityOf(stored);
  }

  current(id: string): AdminIdentity | undefined {
    const stored = this.#options.store.get(id);
    return stored === undefined || this.#isOver(stored) ? undefined : identityOf(stored);
  }

  async #noteUse({ id, lastUsedAtMs, lastUsedFrom }: StoredAdminToken, address: string): Promise<void> {
    const { store, clock } = this.#options;
    const nowMs = clock.now();
    if (lastUsedFrom === address && nowMs - (lastUsedAtMs ?? 0) < useNotedEveryMs) return;
    const noting = this.#turns.take(async () => {
      const stored = store.get(id);
      if (stored !== undefined) await store.put({ ...stored, lastUsedAtMs: nowMs, lastUsedFrom: address }, false);
    });
    // A full disk locks nobody out who may be on the way to mend it.
    await noting.catch(() => undefined);
  }

  #isOver({ expiresAtMs }: StoredAdminToken): boolean {
    return expiresAtMs !== null && expiresAtMs <= this.#options.clock.now();
  }

  #existing(id: string): StoredAdminToken {
    const stored = this.#options.store.get(id);
    if (stored !== undefined) return stored;
    throw new AdminRefusal(`There is no token ${JSON.stringify(id)}: entra-ldapd admin-token list shows them.`);
  }

  #unused(): ReturnType<typeof newAdminToken> {
    for (;;) {
      const made = newAdminToken();
      if (this.#options.store.get(made.id) === undefined) return made;
    }
  }
}

function identityOf({ id, name, scopes, expiresAtMs }: StoredAdminToken): AdminIdentity {
  return { id, name, scopes: new Set(scopes), expiresAtMs };
}

function reportOf({ hash: _hash, ...report }: StoredAdminToken): AdminTokenReport {
  return report;
}

function readName(name: string): string {
  const clean = name.trim();
  if (clean !== '' && isLine(clean, adminTokenNameMax)) return clean;
  throw new AdminRefusal(`The name of a token has 1 to ${adminTokenNameMax} characters on one line.`);
}

function readDescription(description: string): string {
  const clean = description.trim();
  if (isLine(clean, adminTokenDescriptionMax)) return clean;
  throw new AdminRefusal(`The description of a token has at most ${adminTokenDescriptionMax} characters on one line.`);
}

/** Whether a text is one line; characters are those that people see, not halves of them. */
function isLine(text: string, charactersMax: number): boolean {
  return Array.from(text).length <= charactersMax && !/\p{Cc}/u.test(text);
}
