import type { ObjectId } from './ids.ts';

/** Short names and POSIX numbers are handed out separately for users and for groups. */
export type LedgerSpace = 'user' | 'group';

/** What one object was given, for ever. `name` is undefined until one was needed. */
export interface LedgerEntry {
  readonly objectId: ObjectId;
  readonly space: LedgerSpace;
  readonly name: string;
  readonly number: number;
}

/**
 * Who was given which name and number: append-only, never reused. A name may move on by a rename, but it stays
 * with the object id that had it first. Reads see what was recorded before, committed or not.
 */
export interface Ledger {
  entry(objectId: ObjectId): LedgerEntry | undefined;
  /** Who holds a name; `nameKey` is its case-folded form. */
  nameHolder(space: LedgerSpace, nameKey: string): ObjectId | undefined;
  numberHolder(space: LedgerSpace, number: number): ObjectId | undefined;
  /** Remembers an assignment; it is durable when the next publish batch is. */
  record(entry: LedgerEntry, nameKey: string): void;
}
