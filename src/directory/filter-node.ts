import type { EntryView } from './entry-view.ts';
import type { DirectoryReader, IdRange, IdSet } from './reader.ts';
import type { Presentation } from './presentation.ts';
import type { AttributeType } from './schema-elements.ts';
import type { Schema } from './schema.ts';
import { truth, Truth } from './truth.ts';

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
const noCandidates: Candidates = { kind: 'ranges', ranges: [] };

/** A filter, compiled for one request on one published directory. */
export interface FilterNode {
  test(entry: EntryView): Truth;
  candidates(): Candidates;
  /** How many items are asked of an entry; 1 when left out. */
  readonly cost?: number;
  /** Set when the node is True exactly where some value of the type has the normal form. */
  readonly equality?: { readonly type: AttributeType; readonly form: Buffer };
}

/** What a filter is compiled against. */
export interface FilterContext {
  readonly schema: Schema;
  readonly reader: Pick<DirectoryReader, 'findDn' | 'entry' | 'postings' | 'linkedIds' | 'classRanges'>;
  /** How the directory appears to whoever asks; left out: as it is. */
  readonly presentation?: Presentation;
}

/** What a node costs an entry: the number of its items. */
export function costOf({ cost = 1 }: FilterNode): number {
  return cost;
}

function costOfAll(parts: readonly FilterNode[]): number {
  return parts.reduce((sum, part) => sum + costOf(part), 0);
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

/**
 * What is left of an item on a type that may be hidden: no value of a hidden one is ever compared, and an item that could not be
 * evaluated anyway stays Undefined.
 */
export function visibleNode(
  context: FilterContext,
  type: AttributeType,
  item: (type: AttributeType) => FilterNode,
): FilterNode {
  const hiding = context.presentation?.hidden?.attributes.get(type.hash);
  if (hiding === undefined) return item(type);
  if (hiding === 'unreadable') return undefinedNode;
  return item(type) === undefinedNode ? undefinedNode : falseNode;
}

/** Fewer assertions of one attribute are tested one after the other. */
const mergedAssertionsMin = 8;

/** One node for many equalities of one type: a value's normal form is made once and looked up. */
function anyEqualityNode(type: AttributeType, parts: readonly FilterNode[]): FilterNode {
  const forms = new Set(parts.map((part) => part.equality?.form.toString('latin1')));
  return {
    test: (entry) =>
      truth(
        entry.some(type, (bytes, start, end) => {
          const form = type.equality?.form(bytes.subarray(start, end));
          return form !== undefined && forms.has(form.toString('latin1'));
        }),
      ),
    candidates: () => ({ kind: 'or', parts: parts.map((part) => part.candidates()) }),
  };
}

/** Merges the equalities of an OR, so that one of thousands of names costs an entry no more than one of a few. */
function mergeEqualities(parts: readonly FilterNode[]): readonly FilterNode[] {
  const byType = new Map<AttributeType, FilterNode[]>();
  const others: FilterNode[] = [];
  for (const part of parts) {
    if (part.equality === undefined) others.push(part);
    else {
      const same = byType.get(part.equality.type);
      if (same === undefined) byType.set(part.equality.type, [part]);
      else same.push(part);
    }
  }
  for (const [type, same] of byType) {
    if (same.length < mergedAssertionsMin) others.push(...same);
    else others.push(anyEqualityNode(type, same));
  }
  return others;
}

/** True when some part is, otherwise Undefined when some part is, otherwise False. */
export function orNode(all: readonly FilterNode[]): FilterNode {
  const parts = all.length < mergedAssertionsMin ? all : mergeEqualities(all);
  const [only] = parts;
  if (only !== undefined && parts.length === 1) return only;
  return {
    test(entry) {
      let result: Truth = Truth.False;
      for (const part of parts) {
        const value = part.test(entry);
        if (value === Truth.True) return Truth.True;
        if (value === Truth.Undefined) result = Truth.Undefined;
      }
      return result;
    },
    candidates: () => ({ kind: 'or', parts: parts.map((part) => part.candidates()) }),
    cost: costOfAll(parts),
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
        const value = part.test(entry);
        if (value === Truth.False) return Truth.False;
        if (value === Truth.Undefined) result = Truth.Undefined;
      }
      return result;
    },
    candidates: () => ({ kind: 'and', parts: parts.map((part) => part.candidates()) }),
    cost: costOfAll(parts),
  };
}
