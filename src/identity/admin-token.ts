/** Tokens with which people and programs administer a daemon over HTTP. */

/**
 * What a token may allow; each says what, and none implies another.
 *
 * - `read`: status, rounds, history, domains and publications: nothing about single people
 * - `people`: users and groups, `explain`, conflicts, what is held back, plans, the export: personal data
 * - `audit`: who has bound, whom the shield holds back, the log: personal data
 * - `sync`: start rounds, read everything anew, ask for the domains
 * - `approve`: approve or reject what is held back, go back to an earlier directory
 * - `unlock`: let an account or an address that is held back be tried again
 * - `passwords`: make, list and revoke app passwords of users
 * - `tokens`: make, list, edit and revoke tokens, with no more than these scopes
 * - `metrics`: read `/metrics` where that takes a token
 */
export const adminScopes = [
  'read',
  'people',
  'audit',
  'sync',
  'approve',
  'unlock',
  'passwords',
  'tokens',
  'metrics',
] as const;

/** One of {@link adminScopes}. */
export type AdminScope = (typeof adminScopes)[number];

/** Who has shown a token. */
export interface AdminIdentity {
  /** The id of the token. */
  readonly id: string;
  /** The name of the token. */
  readonly name: string;
  readonly scopes: ReadonlySet<AdminScope>;
  /** Milliseconds since the epoch; null for a token without an end. */
  readonly expiresAtMs: number | null;
}

/** What is known of a token; the token itself is not. Times are milliseconds since the epoch. */
export interface AdminTokenReport {
  /** {@link adminTokenIdLength} characters, which are a part of the token itself. */
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly scopes: readonly AdminScope[];
  readonly createdAtMs: number;
  readonly expiresAtMs: number | null;
  readonly lastUsedAtMs: number | null;
  readonly lastUsedFrom: string | null;
}

/** A token as it is kept: there is nothing in it from which the token could be told. */
export interface StoredAdminToken extends AdminTokenReport {
  /** SHA-256 of the token, in base64. The token has 256 random bits, so that a slower hash would protect nothing more. */
  readonly hash: string;
}

/** Characters of the id of a token. */
export const adminTokenIdLength = 8;

/** Longest name of a token, in characters (FED-11). */
export const adminTokenNameMax = 100;

/** Longest description of a token, in characters (FED-11). */
export const adminTokenDescriptionMax = 250;

/** Most tokens that there can be (P8). */
export const adminTokensMax = 1000;

/** Keeps the tokens. */
export interface AdminTokenStore {
  /** The one of this id. */
  get(id: string): StoredAdminToken | undefined;
  /** All of them, in the order of their ids. */
  all(): Promise<readonly StoredAdminToken[]>;
  /** Puts one in the place of that with the same id. With `isDurable` it is on disk when the promise resolves. */
  put(token: StoredAdminToken, isDurable: boolean): Promise<void>;
  /** On disk when the promise resolves. */
  remove(id: string): Promise<void>;
}

/** What a token is made by. */
export interface AdminTokenRequest {
  readonly name: string;
  readonly description: string;
  /** At least one. */
  readonly scopes: readonly AdminScope[];
  /** In milliseconds; null for never. */
  readonly lifetimeMs: number | null;
}

/** What was made. This is the only time that anybody is told the token (FED-12). */
export interface NewAdminToken extends AdminTokenReport {
  readonly token: string;
}

/** What to change of a token; what is left out stays. */
export interface AdminTokenEdit {
  readonly id: string;
  readonly name?: string | undefined;
  readonly description?: string | undefined;
}

/** What an administrator may do with tokens. */
export interface AdminTokenAdmin {
  /** Throws `AdminRefusal` with a sentence for the administrator. */
  create(request: AdminTokenRequest): Promise<NewAdminToken>;
  /** All of them, the oldest first. */
  list(): Promise<readonly AdminTokenReport[]>;
  /** Gives one another name or description. Throws `AdminRefusal` when there is none of this id. */
  edit(edit: AdminTokenEdit): Promise<AdminTokenReport>;
  /** Ends one at once. Throws `AdminRefusal` when there is none of this id. */
  revoke(id: string): Promise<AdminTokenReport>;
}

/** The tokens of a daemon. */
export interface AdminTokens extends AdminTokenAdmin {
  /**
   * Who shows a token from an address; undefined for one that is wrong, revoked or expired. Takes the same time for each of
   * these, and notes the use.
   */
  verify(token: string, address: string): Promise<AdminIdentity | undefined>;
  /**
   * What the token with this id allows now; undefined once it has been revoked or has expired. For sessions that were opened with a
   * token and must not outlive it.
   */
  current(id: string): AdminIdentity | undefined;
}
