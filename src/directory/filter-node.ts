import type { EntryView } from './entry-view.ts';
import type { DirectoryReader, IdRange, IdSet } from './reader.ts';
import type { Schema } from './schema.ts';
import { Truth } from './truth.ts';

/**
 * Where the entries lie that make a filter True: never too few, often too many. `prefix` stands for a lookup that has to be
 * waited for.
 */
export type Candidates =
  | { readonly kind: 'all' }
  | { readonly kind: 'ids'; readonly ids: IdSet }
  | { readonly kind: 'ranges'; readonly ranges: readonly IdRange[] }
  | { readonly kind: 'prefix'; readonly attribute: string; readonly prefix: Buffer }
  | { readonly kind: 'and' | 'or'; readonly parts: readonly Candidates[] };

/** Every entry of the scope. */
export const allCandidates: Candidates = { kind: 'all' };
/** No entry. */
export const noCandidates: Candidates = { kind: 'ranges', ranges: [] };

/** A filter, compiled for one request on one published directory. */
export interface FilterNode {
  test(entry: EntryView): Truth;
  candidates(): Candidates;
}

/** What a filter is compiled against. */
export interface FilterContext {
  readonly schema: Schema;
  readonly reader: Pick<DirectoryReader, 'findDn' | 'postings' | 'linkedIds' | 'classRanges'>;
}

function constant(value: Truth): FilterNode {
  const candidates = value === Truth.True ? allCandidates : noCandidates;
  return { test: () => value, candidates: () => candidates };
}

/** True of every entry: `(&)` (RFC 4526). */
export const trueNode: FilterNode = constant(Truth.True);
/** False of every entry: `(|)` (RFC 4526). */
export const falseNode: FilterNode = constant(Truth.False);
/** Undefined of every entry: what cannot be evaluated (RFC 4511 §4.5.1.7). */
export const undefinedNode: FilterNode = constant(Truth.Undefined);

/** True when some part is, otherwise Undefined when some part is, otherwise False. */
export function orNode(parts: readonly FilterNode[]): FilterNode {
  const [only] = parts;
  if (only !== undefined && parts.length === 1) return only;
  return {
    test(entry) {
      let result: Truth = Truth.False;
      for (const part of parts) {
        const truth = part.test(entry);
        if (truth === Truth.True) return Truth.True;
        if (truth === Truth.Undefined) result = Truth.Undefined;
      }
      return result;
    },
    candidates: () => ({ kind: 'or', parts: parts.map((part) => part.candidates()) }),
  };
}

/** False when some part is, otherwise Undefined when some part is, otherwise True. */
export function andNode(parts: readonly FilterNode[]): FilterNode {
  const [only] = parts;
  if (only !== undefined && parts.length === 1) return only;
  return {
    test(entry) {
      let result: Truth = Truth.True;
      for (const part of parts) {
        const truth = part.test(entry);
        if (truth === Truth.False) return Truth.False;
        if (truth === Truth.Undefined) result = Truth.Undefined;
      }
      return result;
    },
    candidates: () => ({ kind: 'and', parts: parts.map((part) => part.candidates()) }),
  };
}
