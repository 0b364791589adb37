import type { Filter } from './filter.ts';
import type { EntryId } from './reader.ts';
import type { LdapResult } from './result.ts';

/** Scopes of RFC 4511 §4.5.1.2 and the subordinate scope that OpenLDAP and others add. */
export type SearchScope = 'base' | 'one' | 'subtree' | 'subordinate';

/** A search as asked (RFC 4511 §4.5.1), with the limits that apply after the server's own were taken into account. */
export interface SearchRequest {
  /** The base object as the client wrote it. */
  readonly baseDn: string;
  readonly scope: SearchScope;
  readonly filter: Filter;
  /** Attribute selectors as the client wrote them; empty means all user attributes. */
  readonly attributes: readonly string[];
  readonly typesOnly: boolean;
  /** Return only entries with a greater id: where a paged search goes on. */
  readonly after: EntryId | undefined;
}

/** One entry of a result: the two parts of a SearchResultEntry (RFC 4511 §4.5.2), encoded. */
export interface EncodedEntry {
  readonly id: EntryId;
  /** The objectName OCTET STRING with tag and length. */
  readonly objectName: Buffer;
  /** PartialAttribute elements with tag and length, or parts of such; only their concatenation is meaningful. */
  readonly attributes: readonly Buffer[];
  /** Sum of the lengths of `attributes`. */
  readonly attributesByteLength: number;
}

/** The entries of a running search, in ascending order of id. */
export interface SearchCursor extends Disposable {
  /**
   * The next entries, at most `max`; an empty array at the end. A promise only when storage must be waited for, so that
   * an indexed search costs no turn of the event loop. May return fewer than `max`, but never none before the end,
   * except that after examining a bounded number of non-matching candidates it resolves with `examined` work done: the
   * caller simply calls again until `done` is true.
   */
  read(max: number): SearchBatch | Promise<SearchBatch>;
}

/** What {@link SearchCursor.read} returns. */
export interface SearchBatch {
  readonly entries: readonly EncodedEntry[];
  /** True when nothing follows these entries. */
  readonly done: boolean;
}

/** A search that was accepted, or the result that refuses it. */
export type SearchOutcome =
  | { readonly kind: 'cursor'; readonly cursor: SearchCursor; readonly publication: number }
  | { readonly kind: 'result'; readonly result: LdapResult };
