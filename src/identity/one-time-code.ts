/** One-time codes of people: the second part of a bind password where the configuration demands one. */
import type { ObjectId } from './ids.ts';

/** The one-time codes of a person as they are kept: without the key that sealed it, the seed is worthless. */
export interface StoredOneTimeCodes {
  /** The sealed seed. */
  readonly seed: string;
  readonly createdAtMs: number;
  /** The time step of the last code that was used, so that none is used twice (RFC 6238 §5.2). */
  readonly lastStep: number;
  readonly lastUsedAtMs: number | null;
  readonly lastUsedFrom: string | null;
}

/** Keeps at most one seed of each person. */
export interface OneTimeCodeStore {
  /** Synchronous: a bind looks here. */
  of(user: ObjectId): StoredOneTimeCodes | undefined;
  /** undefined: none from now on. On disk when the promise resolves. */
  put(user: ObjectId, codes: StoredOneTimeCodes | undefined): Promise<void>;
  /** Everybody who has some, in blocks. */
  all(): AsyncIterable<readonly (readonly [ObjectId, StoredOneTimeCodes])[]>;
}

/** What an administrator is told of the one-time codes of a person. */
export interface OneTimeCodeReport extends Omit<StoredOneTimeCodes, 'seed' | 'lastStep'> {
  readonly objectId: string;
  /** The DN of the user, or null when the user is not in the directory. */
  readonly dn: string | null;
}

/** Whom one-time codes are set up for. */
export interface OneTimeCodeRequest {
  /** A uid, user principal name, mail address, DN or object id. */
  readonly user: string;
  /** Whether those that the person has already end, which is refused otherwise. */
  readonly replace: boolean;
}

/** What was set up. This is the only time that anybody is told. */
export interface NewOneTimeCodes {
  readonly objectId: string;
  readonly dn: string;
  /** What an authenticator app reads: the otpauth URI. */
  readonly otpauth: string;
}

/** What an administrator may do with one-time codes. */
export interface OneTimeCodeAdmin {
  /** Throws `AdminRefusal` with a sentence for the administrator. */
  create(request: OneTimeCodeRequest): Promise<NewOneTimeCodes>;
  list(): AsyncGenerator<OneTimeCodeReport, void, void>;
  /** Ends those of a user. Throws `AdminRefusal` when there are none. */
  revoke(user: string): Promise<OneTimeCodeReport>;
}
