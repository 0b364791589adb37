/**
 * The content of a search as RFC 4533 §1.3 means it: the entries that a search finds in one published directory, and how they
 * differ from what the same search found in an earlier one.
 */

import type { EntryView } from './entry-view.ts';
import type { FilterNode } from './filter-node.ts';
import type { ChangeHistory, DirectoryLease, DirectoryReader, IdRange, PublishedLease } from './reader.ts';
import type { LdapResult } from './result.ts';
import type { SearchLimits } from './search-cursor.ts';
import type { EncodedEntry } from './search-types.ts';

/** An entry of the content. */
export interface ContentEntry {
  readonly entry: EncodedEntry;
  /** Its entryUUID in 16 bytes. */
  readonly uuid: Buffer;
  /** True when it is known to be new in the directory, and not changed only. */
  readonly created: boolean;
}

/** A part of the content, or of what became of it. */
export interface ContentBatch {
  readonly entries: readonly ContentEntry[];
  /** UUIDs of entries that are as they were. */
  readonly present: readonly Buffer[];
  /** UUIDs of entries that are not in the content; they come before all entries. */
  readonly deleted: readonly Buffer[];
  /** True when nothing follows. */
  readonly done: boolean;
}

/** Reads content bit by bit; disposing of it gives the directory back. */
export interface ContentCursor extends Disposable {
  /** The next part, with at most `max` of each kind. It may be empty before the end: the caller simply calls again. */
  read(max: number): ContentBatch | Promise<ContentBatch>;
}

/** The content of one search in one published directory. Whoever gets it takes one of the two cursors, or disposes of it. */
export interface SearchContent extends Disposable {
  readonly history: Pick<ChangeHistory, 'id' | 'stampMs' | 'knownSinceMs'>;
  /** All entries; those that have not changed since the directory with this stamp by their UUIDs only. */
  everything(unchangedSinceMs: number | undefined): ContentCursor;
  /** What differs from the directory with this stamp, which must not be less than `knownSinceMs`. */
  changesSince(stampMs: number): ContentCursor;
}

/** The content of a search that was accepted, or the result that refuses it. */
export type ContentOutcome =
  | {
      readonly kind: 'content';
      readonly content: SearchContent;
      /** The lease that was asked for; whoever asked gives it back. None for an identity that reads everything. */
      readonly held?: DirectoryLease | undefined;
    }
  | { readonly kind: 'result'; readonly result: LdapResult };

/** A search whose content is wanted. */
export interface ContentSearch {
  readonly lease: PublishedLease;
  /** What the identity may read. */
  readonly reader: DirectoryReader;
  /** How the content came about, as far as the identity is concerned. */
  readonly history: SearchContent['history'];
  /** What the identity could read in the directory that the client has; undefined: everything, and then UUIDs are no secret. */
  readonly before: DirectoryReader | undefined;
  /** Where its scope lies; ascending and disjoint. */
  readonly ranges: readonly IdRange[];
  /** Whether there is an entry for every id of the ranges. */
  readonly complete: boolean;
  readonly filter: FilterNode;
  readonly select: (entry: EntryView) => EncodedEntry;
  readonly limits: SearchLimits;
}
