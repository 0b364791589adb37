/**
 * Matched values (RFC 3876): of the attributes that a search returns, only the values of which an item of the client's list is
 * True. An attribute of which no value is left is returned without values; which entries are found does not depend on it.
 */

import { resolveDescription } from './attribute-description.ts';
import { contentStart, elementEnd, elementHeader, sequenceTag, setTag } from './ber.ts';
import { entryObjectName } from './entry-codec.ts';
import type { EntryView, ValueTest } from './entry-view.ts';
import type { Filter } from './filter.ts';
import { linkOf } from './links.ts';
import type { DirectoryReader, EntryId, LinkName } from './reader.ts';
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
  /** Of values of exactly this type, those that are returned; elements, in parts. `runs` hold whole elements. */
  pass(type: AttributeType, runs: Iterable<Buffer>): readonly Buffer[];
  /** The same for the values that an entry has in a link; they are read only when that cannot be avoided. */
  passLinked(type: AttributeType, entry: EntryView, link: LinkName): readonly Buffer[];
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
  return new MatchedValues(items, context);
}

/** An entry that values of a link may name, and its name as an element. */
interface Target {
  readonly id: EntryId;
  readonly name: Buffer;
}

class MatchedValues implements ValueFilter {
  readonly #items: readonly MatchedItem[];
  readonly #context: ItemContext;
  readonly #tests = new Map<AttributeType, ValueTest>();
  readonly #targets = new Map<AttributeType, readonly Target[] | undefined>();

  constructor(items: readonly MatchedItem[], context: ItemContext) {
    this.#items = items;
    this.#context = context;
  }

  pass(type: AttributeType, runs: Iterable<Buffer>): readonly Buffer[] {
    const test = this.#testOf(type);
    return test === never ? [] : passingValues(runs, test);
  }

  passLinked(type: AttributeType, entry: EntryView, link: LinkName): readonly Buffer[] {
    if (!this.#targets.has(type)) this.#targets.set(type, this.#targetsOf(type));
    const targets = this.#targets.get(type);
    if (targets === undefined) return this.pass(type, entry.surroundings.linked(entry.id, link)?.runs ?? []);
    const ids = entry.surroundings.linkedIds(entry.id, link);
    return targets.filter(({ id }) => ids?.has(id) === true).map(({ name }) => name);
  }

  #testOf(type: AttributeType): ValueTest {
    const known = this.#tests.get(type);
    if (known !== undefined) return known;
    const test = anyTest(
      this.#items.map((item) => itemTest(this.#context, item, type)).filter((each) => each !== never),
    );
    this.#tests.set(type, test);
    return test;
  }

  /** The entries that are asked for by name; undefined when values can be asked for in another way too. */
  #targetsOf(type: AttributeType): readonly Target[] | undefined {
    const targets = new Map<EntryId, Target>();
    for (const item of this.#items) {
      const name = nameAsserted(this.#context.schema, item, type);
      if (name === undefined) {
        if (itemTest(this.#context, item, type) !== never) return undefined;
        continue;
      }
      const target = targetOf(this.#context, type, name);
      if (target !== undefined) targets.set(target.id, target);
    }
    return [...targets.values()].toSorted((a, b) => a.id - b.id);
  }
}

/** The name that an item asks for among the values of a link; undefined when it asks for anything else. */
function nameAsserted(schema: Schema, item: MatchedItem, type: AttributeType): Buffer | undefined {
  if (!holdsNames(type) || (item.attribute !== undefined && !standsFor(schema, item.attribute, type))) return undefined;
  switch (item.kind) {
    case 'equality':
    case 'approximate':
      return item.value;
    case 'extensible':
      return item.rule === undefined || schema.matchingRule(item.rule) === type.equality ? item.value : undefined;
    default:
      return undefined;
  }
}

/** Whether values are in a link, and names of entries. */
function holdsNames(type: AttributeType): boolean {
  const link = linkOf(type.key);
  return link !== undefined && link !== 'memberUid';
}

function targetOf({ reader }: ItemContext, type: AttributeType, assertion: Buffer): Target | undefined {
  const form = type.equality?.form(assertion);
  const id = form === undefined ? undefined : reader.findDn(form.toString());
  const entry = id === undefined ? undefined : reader.entry(id);
  return id === undefined || entry === undefined ? undefined : { id, name: entryObjectName(entry) };
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
  if (holdsNames(type)) return nameTest(targetOf(context, type, assertion));
  const form = type.equality?.form(assertion);
  return type.equality === undefined || form === undefined ? never : equalityTest(type.equality, form);
}

/** Values of links are names as the entries have them, so that the one in question is known by its octets. */
function nameTest(target: Target | undefined): ValueTest {
  if (target === undefined) return never;
  const name = target.name.subarray(contentStart(target.name, 0));
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

/** The elements that pass, in parts: what lies together stays together. */
function passingValues(runs: Iterable<Buffer>, test: ValueTest): readonly Buffer[] {
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

/** A PartialAttribute in parts; `name` is its type as an element, `values` are elements in parts. */
export function attributeParts(name: Buffer, values: readonly Buffer[]): readonly Buffer[] {
  const length = values.reduce((sum, part) => sum + part.length, 0);
  const set = elementHeader(setTag, length);
  return [elementHeader(sequenceTag, name.length + set.length + length), name, set, ...values];
}
