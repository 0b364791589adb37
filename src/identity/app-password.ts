/** App passwords: what people bind with where Entra's own password does not work, or should not be typed. */
import type { ObjectId } from './ids.ts';

/** A network of IP addresses: those that share the first `prefix` bits with `address`. */
export interface NetworkBlock {
  readonly family: 'ipv4' | 'ipv6';
  readonly address: string;
  readonly prefix: number;
}

/** An app password as it is kept: there is nothing in it from which it could be told. */
export interface StoredAppPassword {
  /** {@link appPasswordIdLength} characters, which are the first of the password itself. */
  readonly id: string;
  readonly label: string;
  readonly createdAtMs: number;
  readonly expiresAtMs: number | null;
  /** Where it can be used from; null for everywhere. */
  readonly networks: readonly NetworkBlock[] | null;
  /** A bcrypt hash. */
  readonly hash: string;
  /** The sealed seed of its one-time codes; null when it is used without. */
  readonly seed: string | null;
  /** The time step of the last code that was used, so that none is used twice (RFC 6238 §5.2). */
  readonly lastStep: number;
  readonly lastUsedAtMs: number | null;
  readonly lastUsedFrom: string | null;
}

/** Characters of an id. */
export const appPasswordIdLength = 6;

/** Keeps the app passwords of each user. */
export interface AppPasswordStore {
  /** Those of a user, the oldest first. Synchronous: a bind looks here. */
  of(user: ObjectId): readonly StoredAppPassword[];
  /** Whose an app password is. */
  ownerOf(id: string): ObjectId | undefined;
  /** Puts these in the place of all that the user has. With `isDurable` it is on disk when the promise resolves. */
  put(user: ObjectId, passwords: readonly StoredAppPassword[], isDurable: boolean): Promise<void>;
  /** Every user who has some, in blocks. */
  all(): AsyncIterable<readonly (readonly [ObjectId, readonly StoredAppPassword[]])[]>;
}

/** What an administrator is told of an app password. */
export interface AppPasswordReport extends Omit<StoredAppPassword, 'hash' | 'seed' | 'lastStep'> {
  readonly objectId: string;
  /** The DN of the user, or null when the user is not in the directory. */
  readonly dn: string | null;
  /** Whether a one-time code is wanted with it. */
  readonly hasCode: boolean;
}

/** What an app password is made by. */
export interface AppPasswordRequest {
  /** Who is to have it: a uid, user principal name, mail address, DN or object id. */
  readonly user: string;
  readonly label: string;
  /** In milliseconds; null for never, undefined for what the configuration says. */
  readonly lifetimeMs: number | null | undefined;
  /** Where it can be used from; none and no service accounts mean everywhere. */
  readonly networks: readonly NetworkBlock[];
  /** Service accounts from whose networks (`allowFrom`) it can be used. */
  readonly services: readonly string[];
  /** Whether a one-time code is wanted with it. */
  readonly withCode: boolean;
}

/** What was made. This is the only time that anybody is told. */
export interface NewAppPassword {
  readonly id: string;
  readonly password: string;
  readonly dn: string;
  readonly expiresAtMs: number | null;
  /** What an authenticator app reads (the otpauth URI), or null without one-time codes. */
  readonly otpauth: string | null;
}

/** What an administrator may do with app passwords. */
export interface AppPasswordAdmin {
  /** Throws `AdminRefusal` with a sentence for the administrator. */
  create(request: AppPasswordRequest): Promise<NewAppPassword>;
  /** Of one user, or of everybody. Throws `AdminRefusal` when there is no such user. */
  list(user: string | undefined): AsyncGenerator<AppPasswordReport, void, void>;
  /** Ends one. Throws `AdminRefusal` when there is none of this id. */
  revoke(id: string): Promise<AppPasswordReport>;
}
