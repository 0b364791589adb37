/** Finds the content of a search, see `content-types.ts`. */

import { ContentChanges } from './content-changes.ts';
import type { ContentBatch, ContentCursor, ContentSearch, SearchContent } from './content-types.ts';
import { changedAtMs, entryUuid } from './entry-identity.ts';
import { isComputed } from './entry-view.ts';
import type { Filter } from './filter.ts';
import type { Presentation } from './presentation.ts';
import type { Schema } from './schema.ts';
import { EntryCursor } from './search-cursor.ts';
import type { EncodedEntry, SearchBatch, SearchRequest } from './search-types.ts';
import { compileSelection, selectAttributes } from './selection.ts';

/** Opens the content of a search. */
export function openContent(search: ContentSearch): SearchContent {
  const { lease, history } = search;
  return {
    history,
    everything: (unchangedSinceMs) => new WholeContent(search, unchangedSinceMs),
    changesSince: (stampMs) => new ContentChanges(search, stampMs),
    [Symbol.dispose]: () => lease[Symbol.dispose](),
  };
}

/**
 * Takes what is wanted of an entry. `+` means of operational attributes those alone that belong to the entry: what is computed
 * from its place in the tree, or speaks of this server, a replica has of its own.
 */
export function contentSelect(
  schema: Schema,
  { attributes, typesOnly }: Pick<SearchRequest, 'attributes' | 'typesOnly'>,
  presentation: Presentation,
): ContentSearch['select'] {
  const own = schema.attributes.filter((type) => type.usage === 'directoryOperation' && !isComputed(type.key));
  const names = own.map((type) => type.name);
  const selectors = attributes.flatMap((selector) => (selector === '+' ? names : [selector]));
  const selection = compileSelection(schema, selectors, typesOnly, presentation);
  return (entry) => selectAttributes(entry, selection);
}

/**
 * Whether a filter follows memberships through groups. What it finds may then change by a change of an entry that is neither
 * found nor named in the filter.
 */
export function followsChains(schema: Schema, filter: Filter): boolean {
  switch (filter.kind) {
    case 'and':
    case 'or':
      return filter.filters.some((part) => followsChains(schema, part));
    case 'not':
      return followsChains(schema, filter.filter);
    case 'extensible':
      return filter.rule !== undefined && schema.matchingRule(filter.rule)?.kind === 'inChain';
    default:
      return false;
  }
}

interface FoundEntry {
  readonly uuid: Buffer;
  /** Undefined for an entry that is as it was. */
  readonly entry: EncodedEntry | undefined;
}

/** All entries of a content. */
class WholeContent implements ContentCursor {
  readonly #entries: EntryCursor<FoundEntry>;

  constructor(search: ContentSearch, unchangedSinceMs = Number.NEGATIVE_INFINITY) {
    const { lease, select } = search;
    this.#entries = new EntryCursor({
      ...search,
      take: (view) => {
        // The identity may not be shown these attributes; the protocol needs them nevertheless.
        const bytes = lease.reader.entry(view.id) ?? view.bytes;
        const unchanged = changedAtMs(bytes) <= unchangedSinceMs;
        return { uuid: entryUuid(bytes), entry: unchanged ? undefined : select(view) };
      },
    });
  }

  read(max: number): ContentBatch | Promise<ContentBatch> {
    const batch = this.#entries.read(max);
    return batch instanceof Promise ? batch.then(contentBatch) : contentBatch(batch);
  }

  [Symbol.dispose](): void {
    this.#entries[Symbol.dispose]();
  }
}

function contentBatch({ entries, done }: SearchBatch<FoundEntry>): ContentBatch {
  return {
    entries: entries.flatMap(({ entry, uuid }) => (entry === undefined ? [] : [{ entry, uuid, created: true }])),
    present: entries.flatMap(({ entry, uuid }) => (entry === undefined ? [uuid] : [])),
    deleted: [],
    done,
  };
}
