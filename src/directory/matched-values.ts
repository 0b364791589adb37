/**
 * Matched values (RFC 3876): of the attributes that a search returns, only the values of which an item of the client's list is
 * True. An attribute of which no value is left is returned without values; which entries are found does not depend on it.
 */

import { resolveDescription } from './attribute-description.ts';
import { contentStart, elementEnd, elementHeader, sequenceTag, setTag } from './ber.ts';
import { entryObjectName } from './entry-codec.ts';
import type { ValueTest } from './entry-view.ts';
import type { Filter } from './filter.ts';
import { linkOf } from './links.ts';
import type { DirectoryReader } from './reader.ts';
import type { Schema } from './schema.ts';
import type { AttributeType } from './schema-elements.ts';
import type { MatchingRule } from './schema-rules.ts';
import { decodeUtf8 } from './string-prep.ts';
import { integerValue } from './value-forms.ts';
import { bitTest, equalityTest, orderingTest, substringsTest } from './value-tests.ts';

/** A SimpleFilterItem (RFC 3876 §2), as a filter has it. */
export type MatchedItem = Exclude<Filter, { kind: 'and' | 'or' | 'not' }>;

/** Decides which values of an attribute are returned. */
export interface ValueFilter {
  /** The test for values of exactly this type. */
  testOf(type: AttributeType): ValueTest;
}

/** What items are compiled against. */
interface ItemContext {
  readonly schema: Schema;
  readonly reader: Pick<DirectoryReader, 'findDn' | 'entry'>;
}

const always: ValueTest = () => true;
const never: ValueTest = () => false;

/** Compiles a list of items for one search. What is not recognized or has no meaning for an attribute is True of no value. */
export function compileMatchedValues(items: readonly MatchedItem[], context: ItemContext): ValueFilter {
  const tests = new Map<AttributeType, ValueTest>();
  return {
    testOf(type) {
      const known = tests.get(type);
      if (known !== undefined) return known;
      const some = items.map((item) => itemTest(context, item, type)).filter((test) => test !== never);
      const test = anyTest(some);
      tests.set(type, test);
      return test;
    },
  };
}

function anyTest(tests: readonly ValueTest[]): ValueTest {
  const [only] = tests;
  if (only === undefined) return never;
  if (tests.length === 1) return only;
  return (bytes, start, end) => tests.some((test) => test(bytes, start, end));
}

function itemTest(context: ItemContext, item: MatchedItem, type: AttributeType): ValueTest {
  if (item.attribute !== undefined && !standsFor(context.schema, item.attribute, type)) return never;
  switch (item.kind) {
    case 'present':
      return always;
    case 'equality':
    case 'approximate':
      return equality(context, type, item.value);
    case 'greaterOrEqual':
      return ordering(type.ordering, item.value, (comparison) => comparison >= 0);
    case 'lessOrEqual':
      return ordering(type.ordering, item.value, (comparison) => comparison <= 0);
    case 'substrings':
      return substrings(type, item);
    case 'extensible':
      return extensible(context, type, item);
  }
}

/** Whether a type is the one described or one of its subtypes (RFC 4512 §2.5.1). */
function standsFor(schema: Schema, attribute: string, type: AttributeType): boolean {
  const description = resolveDescription(schema, attribute);
  return description !== undefined && !description.hasOptions && schema.subtypes(description.type).includes(type);
}

function equality(context: ItemContext, type: AttributeType, assertion: Buffer): ValueTest {
  const form = type.equality?.form(assertion);
  if (type.equality === undefined || form === undefined) return never;
  const link = linkOf(type.key);
  return link === undefined || link === 'memberUid' ? equalityTest(type.equality, form) : nameTest(context, form);
}

/** Values of links are names as the entries have them, so that the one in question is known by its octets. */
function nameTest({ reader }: ItemContext, form: Buffer): ValueTest {
  const id = reader.findDn(form.toString());
  const entry = id === undefined ? undefined : reader.entry(id);
  if (entry === undefined) return never;
  const objectName = entryObjectName(entry);
  const name = objectName.subarray(contentStart(objectName, 0));
  return (bytes, start, end) => end - start === name.length && name.compare(bytes, start, end) === 0;
}

function ordering(
  rule: MatchingRule | undefined,
  assertion: Buffer,
  accepts: (comparison: number) => boolean,
): ValueTest {
  const form = rule?.form(assertion);
  return rule === undefined || form === undefined ? never : orderingTest(rule, form, accepts);
}

function substrings(type: AttributeType, item: Extract<MatchedItem, { kind: 'substrings' }>): ValueTest {
  const form = type.substrings?.substrings;
  const [initial, final, ...any] = [item.initial, item.final, ...item.any].map((part) =>
    part === undefined ? '' : decodeUtf8(part),
  );
  if (form === undefined || initial === undefined || final === undefined || any.includes(undefined)) return never;
  return substringsTest(form, {
    initial: initial === '' ? '' : form.part(initial, 'initial'),
    any: any.map((part) => form.part(part ?? '', 'any')),
    final: final === '' ? '' : form.part(final, 'final'),
  });
}

function extensible(
  context: ItemContext,
  type: AttributeType,
  item: Extract<MatchedItem, { kind: 'extensible' }>,
): ValueTest {
  const rule = item.rule === undefined ? type.equality : context.schema.matchingRule(item.rule);
  if (rule === undefined || !rule.appliesTo.includes(type.syntax)) return never;
  switch (rule.kind) {
    case 'equality': {
      if (rule === type.equality) return equality(context, type, item.value);
      const form = rule.form(item.value);
      return form === undefined ? never : equalityTest(rule, form);
    }
    case 'ordering':
      return ordering(rule, item.value, (comparison) => comparison < 0);
    case 'bitAnd':
    case 'bitOr': {
      const mask = integerValue(item.value);
      return mask === undefined ? never : bitTest(rule.kind, mask);
    }
    default:
      // The other rules are about more than the one value.
      return never;
  }
}

/** The elements that pass, in parts: what lies together stays together. `runs` hold whole elements. */
export function passingValues(runs: Iterable<Buffer>, test: ValueTest): readonly Buffer[] {
  const parts: Buffer[] = [];
  for (const run of runs) {
    let start = 0;
    for (let at = 0; at < run.length; ) {
      const next = elementEnd(run, at);
      if (!test(run, contentStart(run, at), next)) {
        if (start < at) parts.push(run.subarray(start, at));
        start = next;
      }
      at = next;
    }
    if (start < run.length) parts.push(run.subarray(start));
  }
  return parts;
}

/** A PartialAttribute in parts, with the values that pass; `name` is its type as an element. */
export function matchedAttribute(name: Buffer, runs: Iterable<Buffer>, test: ValueTest): readonly Buffer[] {
  const values = passingValues(runs, test);
  const length = values.reduce((sum, part) => sum + part.length, 0);
  const set = elementHeader(setTag, length);
  return [elementHeader(sequenceTag, name.length + set.length + length), name, set, ...values];
}
