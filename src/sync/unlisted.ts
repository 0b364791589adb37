import type { Collection, ObjectPage } from '../identity/change.ts';
import type { Mirror } from '../identity/mirror.ts';
import type { DeltaFeed, FeedStatistics } from '../identity/ports.ts';

/** An enumeration that has come to its end. */
export interface Enumeration {
  readonly existing: NonNullable<DeltaFeed['existing']>;
  readonly mirror: Pick<Mirror, 'unseen' | 'applyPage'>;
  readonly collection: Collection;
  readonly generation: number;
  /** See `Mirror.applyPage`. */
  readonly anew: { readonly keeps: readonly string[] };
  /** The state to store with what is read; that of before the last page, so that a crash leads back to it. */
  readonly state: string;
  /** Takes what is not in scope from a page. */
  readonly narrow: (page: ObjectPage) => ObjectPage;
  readonly signal: AbortSignal;
  readonly statistics: FeedStatistics;
}

/**
 * Asks for what an enumeration did not list although it was there before, and keeps what exists: nobody is removed because an
 * object slipped through between two pages (P2). Everything is in the mirror that the enumeration has listed. Returns how many
 * objects were found. Throws `SourceError`.
 */
export async function readUnlisted(enumeration: Enumeration): Promise<number> {
  const { existing, mirror, collection, generation, anew, state, narrow, signal, statistics } = enumeration;
  const unseen = await mirror.unseen(collection, generation, signal);
  const found = new Set<string>();
  for await (const page of existing(collection, unseen, signal, statistics)) {
    await mirror.applyPage(narrow(page), generation, state, anew);
    for (const { id } of page.changes) found.add(id);
  }
  return found.size;
}
