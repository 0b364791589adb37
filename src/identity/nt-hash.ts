import type { ObjectId } from './ids.ts';

/** What is kept of a user's password for servers that check it by its NT hash. */
export interface KeptNtHash {
  /** The hash, encrypted for its user. */
  readonly sealed: string;
  /** When Entra last found the password right. */
  readonly provenAtMs: number;
  /** Entra's code that came with that, where it was let through as a success; none for a plain yes. */
  readonly aadsts?: number;
  /** What the directory said then about when the password was set and sessions were ended; void when it says otherwise. */
  readonly version: string;
}

/** Keeps at most one NT hash of each user. */
export interface NtHashStore {
  /** Synchronous: it is asked while an entry is sent. */
  of(user: ObjectId): KeptNtHash | undefined;
  /** undefined: none from now on, on disk when the promise resolves. */
  put(user: ObjectId, hash: KeptNtHash | undefined): Promise<void>;
  /** Ends those that are not to be kept, on disk when the promise resolves, and answers how many are left. */
  prune(isKept: (user: ObjectId, hash: KeptNtHash) => boolean): Promise<number>;
  /** Ends all of them, on disk when the promise resolves. */
  clear(): Promise<void>;
}
