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
 * How an object came by its number: worked out from its object id, the next one after that which was free, asked for by a
 * property or by the administrator, or read from a file.
 */
export type NumberOrigin = 'derived' | 'nextFree' | 'adopted' | 'imported';

/** When an object was given what it has, in milliseconds since the epoch. */
export interface LedgerOrigin {
  readonly origin: NumberOrigin;
  readonly numberAtMs: number;
  readonly nameAtMs: number;
}

/** A name that was given once, in its case-folded form, and whose it is, whether still in use or not. */
export interface LedgerName {
  readonly space: LedgerSpace;
  readonly nameKey: string;
  readonly objectId: ObjectId;
}

/** A number kept for an object that is not known yet, until somebody of that name is given it. */
export interface LedgerReservation {
  readonly space: LedgerSpace;
  /** A user principal name or a name, case-folded. */
  readonly nameKey: string;
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
  /** When and how an object came by what it has; undefined when that was not noted. */
  origin(objectId: ObjectId): LedgerOrigin | undefined;
  /** The number kept for the first of these case-folded names for which one is kept and not given yet. */
  reservedNumber(space: LedgerSpace, nameKeys: Iterable<string>): number | undefined;
  /** Remembers an assignment; it is durable when the next publish batch is. */
  record(entry: LedgerEntry, nameKey: string, origin?: LedgerOrigin): void;
}

/** A ledger as it is stored, which can be read as a whole and written by the administrator. */
export interface StoredLedger extends Ledger {
  /** All names that were given, users' before groups', each with its holder; what is not committed yet is not among them. */
  names(): AsyncIterable<readonly LedgerName[]>;
  /** Remembers, at once and all or nothing, assignments, names that their holders have left, and numbers to be kept. */
  enter(rows: LedgerImport): Promise<void>;
}

/** What is to be remembered together. The caller has made sure that nothing of it belongs to somebody else. */
export interface LedgerImport {
  readonly entries: readonly { readonly entry: LedgerEntry; readonly nameKey: string; readonly origin: LedgerOrigin }[];
  readonly formerNames: readonly LedgerName[];
  readonly reservations: readonly LedgerReservation[];
}
