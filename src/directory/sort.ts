/**
 * Server-side sorting (RFC 2891): what an entry is ordered by. An entry without a value comes behind all others, before them
 * in reverse; of several values the least counts; entries that tie keep the order of their ids.
 */

import { resolveDescription } from './attribute-description.ts';
import type { EntryView } from './entry-view.ts';
import { linkOf } from './links.ts';
import type { EntryId } from './reader.ts';
import { ResultCode } from './result.ts';
import type { Schema } from './schema.ts';
import type { AttributeType } from './schema-elements.ts';
import type { MatchingRule } from './schema-rules.ts';

/** One key of a sort as a client wrote it. */
export interface SortKey {
  readonly attribute: string;
  /** Name or OID of the ordering rule; undefined means the attribute's own. */
  readonly rule: string | undefined;
  readonly reverse: boolean;
  /** False when more was written than RFC 2891 gives a meaning to. */
  readonly understood: boolean;
}

/** What an entry is ordered by, a normal form in latin1 for each key; undefined where it has no value. */
export type SortValues = readonly (string | undefined)[];

/** A sort as asked. */
export interface SortRequest {
  readonly keys: readonly SortKey[];
  /** The last entry of the page before; undefined for the first page, or when that page was not sorted. */
  readonly after: SortValues | undefined;
}

/** What became of a sort (RFC 2891 §1.2): the code is success when the entries are in order. */
export interface SortResult {
  readonly code: ResultCode;
  /** The attribute of the key that was at fault. */
  readonly attribute?: string;
}

/** An entry on its way to its place. */
export interface SortItem {
  readonly id: EntryId;
  readonly values: SortValues;
}

/** An order of entries. */
export interface SortOrder {
  valuesOf(entry: EntryView): SortValues;
  /** Negative when `a` comes first; never 0 for two entries. */
  compare(a: SortItem, b: SortItem): number;
  /** An assertion value as items have it for the first key; undefined when it is no value for the key's rule. */
  firstForm(assertion: Buffer): string | undefined;
  /** Whether an item is at the value of {@link firstForm} for the first key, or behind it. */
  reaches(item: SortItem, first: string): boolean;
}

/** More keys are refused with adminLimitExceeded. */
const sortKeysMax = 8;
/** So many octets of a value's normal form take part; what agrees in them is a tie. Bounds what a sort keeps. */
export const sortValueBytesMax = 128;

interface Column {
  readonly types: readonly AttributeType[];
  readonly rule: MatchingRule;
  readonly sign: 1 | -1;
}

/** Makes the order that the keys describe, or says which of them cannot be sorted by. */
export function compileSort(schema: Schema, keys: readonly SortKey[]): SortOrder | SortResult {
  if (keys.length > sortKeysMax) return { code: ResultCode.adminLimitExceeded };
  const columns: Column[] = [];
  for (const key of keys) {
    const column = compileKey(schema, key);
    if ('code' in column) return column;
    columns.push(column);
  }
  const first = columns[0];
  return {
    valuesOf: (entry) => columns.map((column) => leastValue(column, entry)),
    compare: (a, b) => compareItems(columns, a, b),
    firstForm: (assertion) => (first === undefined ? undefined : sortForm(first.rule, assertion)),
    reaches: (item, value) => compareValues(item.values[0], value) * (first?.sign ?? 1) >= 0,
  };
}

function compileKey(schema: Schema, key: SortKey): Column | SortResult {
  const description = key.understood ? resolveDescription(schema, key.attribute) : undefined;
  if (description === undefined) return { code: ResultCode.noSuchAttribute, attribute: key.attribute };
  const { type, hasOptions } = description;
  // To read the members of every group only to order the groups would cost more than any order of them is worth.
  if (linkOf(type.key) !== undefined) return { code: ResultCode.unwillingToPerform, attribute: key.attribute };
  const rule = orderingRule(schema, type, key.rule);
  if (rule === undefined) return { code: ResultCode.inappropriateMatching, attribute: key.attribute };
  return { types: hasOptions ? [] : schema.subtypes(type), rule, sign: key.reverse ? -1 : 1 };
}

/** Most types have no ORDERING in their definition (RFC 4519); the normal forms of their equality rule order them as well. */
function orderingRule(schema: Schema, type: AttributeType, name: string | undefined): MatchingRule | undefined {
  if (name === undefined) return type.ordering ?? type.equality;
  const rule = schema.matchingRule(name);
  if (rule?.kind !== 'ordering' && rule?.kind !== 'equality') return undefined;
  return rule.appliesTo.includes(type.syntax) ? rule : undefined;
}

function leastValue({ types, rule }: Column, entry: EntryView): string | undefined {
  let least: string | undefined;
  for (const type of types) {
    entry.some(type, (bytes, start, end) => {
      const value = sortForm(rule, bytes.subarray(start, end));
      if (value !== undefined && (least === undefined || value < least)) least = value;
      return false;
    });
  }
  return least;
}

function sortForm(rule: MatchingRule, value: Buffer): string | undefined {
  const form = rule.form(value);
  return form?.toString('latin1', 0, Math.min(form.length, sortValueBytesMax));
}

function compareItems(columns: readonly Column[], a: SortItem, b: SortItem): number {
  for (let index = 0; index < columns.length; index++) {
    const order = compareValues(a.values[index], b.values[index]);
    if (order !== 0) return order * (columns[index]?.sign ?? 1);
  }
  return a.id - b.id;
}

/** Strings of latin1 compare as the octets they stand for; no value is greater than any (RFC 2891 §2.2). */
function compareValues(a: string | undefined, b: string | undefined): number {
  if (a === b) return 0;
  if (a === undefined) return 1;
  if (b === undefined) return -1;
  return a < b ? -1 : 1;
}
