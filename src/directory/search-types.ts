import type { Filter } from './filter.ts';
import type { ViewRequest, ViewResult } from './list-view.ts';
import type { MatchedItem } from './matched-values.ts';
import type { DirectoryLease, EntryId } from './reader.ts';
import type { LdapResult } from './result.ts';
import type { SortRequest, SortResult, SortValues } from './sort.ts';

/** Scopes of RFC 4511 §4.5.1.2 and the subordinate scope that OpenLDAP and others add. */
export type SearchScope = 'base' | 'one' | 'subtree' | 'subordinate';

/** One attribute to follow, as a client wrote it. */
export interface DereferenceSpec {
  readonly attribute: string;
  /** What is wanted of the entries that its values name. */
  readonly attributes: readonly string[];
}

/** Attributes to follow in every entry of one search. */
export interface DereferenceRequest {
  readonly specs: readonly DereferenceSpec[];
  /** Whether a spec that cannot be carried out fails the search; otherwise it is passed over. */
  readonly critical: boolean;
}

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
  /** The order in which entries are wanted (RFC 2891); without it they come by ascending id. */
  readonly sort?: SortRequest;
  /** Attributes whose values' entries are to be sent along (draft-masarati-ldap-deref). */
  readonly dereference?: DereferenceRequest;
  /** What has to be True of the base object (RFC 4528); else the answer is assertionFailed. */
  readonly assertion?: Filter;
  /** The part of the sorted entries that is wanted (draft-ietf-ldapext-ldapv3-vlv); only together with `sort`. */
  readonly view?: ViewRequest;
  /** Return only values of which one of these is True (RFC 3876); without it all values. */
  readonly matchedValues?: readonly MatchedItem[];
  /** The published directory to search instead of the newest. The search gives it back in any case. */
  readonly from?: DirectoryLease;
  /** Whether an accepted search is to hand out a lease of its own on the published directory that it reads. */
  readonly hold?: boolean;
  /** True: subentries alone are visible; false: only other entries (RFC 3672 §3). */
  readonly subentries?: boolean;
}

/** What the names in one entry lead to, encoded. */
export interface DereferencedEntries {
  /** DerefRes elements, or parts of such; only their concatenation is meaningful. */
  readonly parts: readonly Buffer[];
  /** Sum of the lengths of `parts`. */
  readonly byteLength: number;
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
  /** What a sorted search ordered it by: with it a next page finds its place again. */
  readonly sortValues?: SortValues;
  /** Set when the search dereferences and the entry names others. */
  readonly dereferenced?: DereferencedEntries;
}

/** The entries of a running search, in ascending order of id or as sorted. */
export interface SearchCursor extends Disposable {
  /** What became of the sort that was asked for; known before the first entry and at the end, undefined until then. */
  readonly sortResult?: SortResult | undefined;
  /** What became of the view that was asked for; known at the end, undefined until then. */
  readonly viewResult?: ViewResult | undefined;
  /**
   * The next entries, at most `max`; an empty array at the end. A promise only when storage must be waited for, so that
   * an indexed search costs no turn of the event loop. May return fewer than `max`, but never none before the end,
   * except that after examining a bounded number of non-matching candidates it resolves with `examined` work done: the
   * caller simply calls again until `done` is true.
   */
  read(max: number): SearchBatch | Promise<SearchBatch>;
}

/** What {@link SearchCursor.read} returns. */
export interface SearchBatch<T = EncodedEntry> {
  readonly entries: readonly T[];
  /** True when nothing follows these entries. */
  readonly done: boolean;
}

/** A search that was accepted, or the result that refuses it. */
export type SearchOutcome =
  | {
      readonly kind: 'cursor';
      readonly cursor: SearchCursor;
      /** The lease that was asked for; whoever asked gives it back. None when the entries are in no published directory. */
      readonly held?: DirectoryLease | undefined;
    }
  | { readonly kind: 'result'; readonly result: LdapResult };
