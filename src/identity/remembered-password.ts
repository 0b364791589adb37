import type { ObjectId } from './ids.ts';

/** What is kept of a password that Entra has found right; it cannot be told from it, and is worthless without the key. */
export interface RememberedPassword {
  /** A bcrypt hash of the peppered password. */
  readonly hash: string;
  /** The key that it was peppered with. */
  readonly keyId: string;
  /** When Entra last found it right. */
  readonly provenAtMs: number;
  /** Entra's code that came with that, where it was let through as a success; none for a plain yes. */
  readonly aadsts?: number;
  /** What the directory said then about when the password was set and sessions were ended; void when it says otherwise. */
  readonly version: string;
}

/** Keeps at most one password of each user. */
export interface RememberedPasswordStore {
  /** Synchronous: a bind looks here. */
  of(user: ObjectId): RememberedPassword | undefined;
  /** undefined: none from now on. */
  put(user: ObjectId, password: RememberedPassword | undefined): Promise<void>;
  /** Ends those that were last found right before then, on disk when the promise resolves. */
  prune(oldestMs: number): Promise<void>;
  /** Ends all of them, on disk when the promise resolves. */
  clear(): Promise<void>;
}
