/** Items of a filter that ask for one attribute (RFC 4511 §4.5.1.7.1 to §4.5.1.7.6). */

import type { ValueTest } from './entry-view.ts';
import { isComputed } from './entry-view.ts';
import { classOfCategory, readAssertion } from './filter-active-directory.ts';
import { allCandidates, costOf, falseNode, orNode, trueNode, undefinedNode, visibleNode } from './filter-node.ts';
import type { Candidates, FilterContext, FilterNode } from './filter-node.ts';
import type { Filter } from './filter.ts';
import { linkEqualityNode } from './filter-links.ts';
import { idSetOf, noIds } from './id-sets.ts';
import { indexedAttributes, indexKeyOfForm, indexPrefix } from './index-key.ts';
import { linkOf } from './links.ts';
import type { AttributeType } from './schema-elements.ts';
import { decodeUtf8 } from './string-prep.ts';
import { truth, Truth } from './truth.ts';
import { equalityTest, orderingTest, substringsTest } from './value-tests.ts';

const indexes: ReadonlyMap<string, { readonly prefix: boolean }> = new Map(
  indexedAttributes.map(({ attribute, prefix }) => [attribute, { prefix }]),
);

/** An item that is True when some value of one type passes a test. */
export function valueNode(type: AttributeType, test: ValueTest, candidates: () => Candidates): FilterNode {
  return { test: (entry) => truth(entry.some(type, test)), candidates };
}

/** One item for each type that an attribute stands for: itself and its subtypes (RFC 4512 §2.5.1). */
function forSubtypes(
  context: FilterContext,
  type: AttributeType,
  item: (subtype: AttributeType) => FilterNode,
): FilterNode {
  const subtypes = context.schema.subtypes(type);
  const [only] = subtypes;
  if (only !== undefined && subtypes.length === 1) return visibleNode(context, only, item);
  return orNode(subtypes.map((each) => visibleNode(context, each, item)));
}

/** `(objectClass=…)`: the class itself or a class below it; a class that the schema does not know is Undefined. */
function classNode(context: FilterContext, type: AttributeType, assertion: Buffer): FilterNode {
  const name = assertion.toString('latin1');
  const asserted = context.schema.objectClass(name);
  if (asserted === undefined) return /^\d+(?:\.\d+)+$/.test(name) ? falseNode : undefinedNode;
  // Every entry is of class top (RFC 4512 §2.4.1).
  if (asserted.key === 'top') return trueNode;
  const hidden = context.presentation?.hidden?.classes;
  const classes = context.schema.subclasses(asserted).filter(({ key }) => hidden?.has(key) !== true);
  const keys = classes.map(({ key }) => Buffer.from(key));
  const test: ValueTest = (bytes, start, end) => {
    const name = Buffer.from(bytes.toString('latin1', start, end).toLowerCase(), 'latin1');
    return keys.some((key) => key.equals(name));
  };
  return valueNode(type, test, () => ({
    kind: 'ranges',
    ranges: keys.flatMap((key) => context.reader.classRanges(key.toString('latin1')) ?? []),
  }));
}

/** `(entryDN=…)` and `(distinguishedName=…)`: a name leads to one entry at most. */
function nameNode(context: FilterContext, form: Buffer): FilterNode {
  const id = context.reader.findDn(form.toString());
  const ids = id === undefined ? noIds : idSetOf(Uint32Array.of(id));
  return { test: (entry) => truth(entry.id === id), candidates: () => ({ kind: 'ids', ids }) };
}

/** Where an attribute has the value whose normal form is `form`. */
function equalityCandidates(context: FilterContext, type: AttributeType, form: Buffer): Candidates {
  if (type.key === 'objectcategory') return categoryCandidates(context, form);
  const key = indexes.has(type.key) ? indexKeyOfForm(form) : undefined;
  if (key === undefined) return allCandidates;
  return { kind: 'ids', ids: context.reader.postings(type.key, key) ?? noIds };
}

/** All users or groups have the same category, so that the ranges of their class tell where they are. */
function categoryCandidates(context: FilterContext, form: Buffer): Candidates {
  const objectClass = classOfCategory(form.toString());
  if (objectClass === undefined) return allCandidates;
  return { kind: 'ranges', ranges: context.reader.classRanges(objectClass) ?? [] };
}

/** Equality of one type, its subtypes not included; `form` is the assertion in the normal form of the type's rule. */
export function typeEqualityNode(
  context: FilterContext,
  type: AttributeType,
  assertion: Buffer,
  form: Buffer | undefined,
): FilterNode {
  if (type.equality === undefined || form === undefined) return undefinedNode;
  if (type.key === 'objectclass') return classNode(context, type, assertion);
  if (type.key === 'entrydn' || type.key === 'distinguishedname') return nameNode(context, form);
  const link = linkOf(type.key);
  if (link !== undefined) return linkEqualityNode(context, type, link, assertion, form);
  const node = valueNode(type, equalityTest(type.equality, form), () => equalityCandidates(context, type, form));
  return { ...node, equality: { type, form } };
}

/** `(attribute=value)`. */
export function equalityNode(context: FilterContext, type: AttributeType, assertion: Buffer): FilterNode {
  const flavour = context.presentation?.activeDirectory;
  const value = flavour === undefined ? assertion : readAssertion(context.schema, flavour.baseDn, type, assertion);
  // Made once for all subtypes with the same rule: a name has many of them, and its value may be long.
  let rule = type.equality;
  let form = rule?.form(value);
  return forSubtypes(context, type, (subtype) => {
    if (subtype.equality !== rule) {
      rule = subtype.equality;
      form = rule?.form(value);
    }
    return typeEqualityNode(context, subtype, value, form);
  });
}

/** `(attribute>=value)` and `(attribute<=value)`. */
export function orderingNode(
  context: FilterContext,
  type: AttributeType,
  assertion: Buffer,
  accepts: (comparison: number) => boolean,
): FilterNode {
  const rule = type.ordering;
  const form = rule?.form(assertion);
  if (rule === undefined || form === undefined) return undefinedNode;
  const test = orderingTest(rule, form, accepts);
  return forSubtypes(context, type, (subtype) => valueNode(subtype, test, () => allCandidates));
}

/** `(attribute=*)`. */
export function presenceNode(context: FilterContext, type: AttributeType): FilterNode {
  if (type.key === 'objectclass' || isComputed(type.key)) return trueNode;
  return forSubtypes(context, type, (subtype) => ({
    test: (entry) => truth(entry.has(subtype)),
    candidates: () => allCandidates,
  }));
}

/** `(attribute=initial*any*final)`. */
export function substringsNode(
  context: FilterContext,
  type: AttributeType,
  filter: Extract<Filter, { kind: 'substrings' }>,
): FilterNode {
  const form = type.substrings?.substrings;
  if (form === undefined) return undefinedNode;
  const initial = filter.initial === undefined ? '' : decodeUtf8(filter.initial);
  const final = filter.final === undefined ? '' : decodeUtf8(filter.final);
  const any = filter.any.map(decodeUtf8);
  if (initial === undefined || final === undefined || any.includes(undefined)) return undefinedNode;
  const test = substringsTest(form, {
    initial: initial === '' ? '' : form.part(initial, 'initial'),
    any: any.map((part) => form.part(part ?? '', 'any')),
    final: final === '' ? '' : form.part(final, 'final'),
  });
  return forSubtypes(context, type, (subtype) =>
    valueNode(subtype, test, () => {
      const prefix = filter.initial === undefined ? undefined : indexPrefix(subtype, filter.initial);
      return prefix === undefined || indexes.get(subtype.key)?.prefix !== true
        ? allCandidates
        : { kind: 'prefix', attribute: subtype.key, prefix };
    }),
  );
}

/** NOT of a node. Nothing is known about where it is True. */
export function notNode(part: FilterNode): FilterNode {
  return {
    test(entry) {
      const value = part.test(entry);
      return value === Truth.Undefined ? value : truth(value === Truth.False);
    },
    candidates: () => allCandidates,
    cost: costOf(part),
  };
}
