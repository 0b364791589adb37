/** extensibleMatch (RFC 4511 §4.5.1.7.7). */

import { namingTypeKey, parseDn } from './dn.ts';
import { entryDn } from './entry-codec.ts';
import type { ValueTest } from './entry-view.ts';
import { equalityNode, typeEqualityNode, valueNode } from './filter-items.ts';
import { inChainNode } from './filter-links.ts';
import { allCandidates, orNode, undefinedNode, visibleNode } from './filter-node.ts';
import type { FilterContext, FilterNode } from './filter-node.ts';
import type { Filter } from './filter.ts';
import { linkOf } from './links.ts';
import type { AttributeType } from './schema-elements.ts';
import type { MatchingRule } from './schema-rules.ts';
import { truth } from './truth.ts';
import { integerValue } from './value-forms.ts';
import { bitTest, equalityTest, orderingTest } from './value-tests.ts';

type ExtensibleFilter = Extract<Filter, { kind: 'extensible' }>;

/** A rule with a value to match, made ready once for all the types that it is applied to: the value may be long. */
interface Assertion {
  readonly rule: MatchingRule;
  readonly value: Buffer;
  /** The value in the normal form of the rule; undefined when it is none of its values. */
  readonly form: Buffer | undefined;
  /** How the rule tests a single value; undefined when it does not. */
  readonly test: ValueTest | undefined;
}

function assertionOf(rule: MatchingRule, value: Buffer): Assertion {
  const form = rule.form(value);
  return { rule, value, form, test: form && ruleTest(rule, value, form) };
}

function ruleTest(rule: MatchingRule, value: Buffer, form: Buffer): ValueTest | undefined {
  switch (rule.kind) {
    case 'equality':
      return equalityTest(rule, form);
    case 'ordering':
      // RFC 4517 §4.2.16 and its like: True when the value stands before the assertion.
      return orderingTest(rule, form, (comparison) => comparison < 0);
    case 'bitAnd':
    case 'bitOr':
      return bitTest(rule.kind, integerValue(value) ?? 0n);
    case 'inChain':
    case 'substrings':
      // Chains are of entries. A rule of substrings is asked for by a substrings item; this is not another way to do it.
      return undefined;
  }
}

/** Applies a rule to one type, its subtypes not included. */
function typeRuleNode(context: FilterContext, type: AttributeType, { rule, value, form, test }: Assertion): FilterNode {
  if (!rule.appliesTo.includes(type.syntax)) return undefinedNode;
  if (rule === type.equality) return typeEqualityNode(context, type, value, form);
  if (rule.kind === 'inChain') {
    return form === undefined ? undefinedNode : inChainNode(context, type, linkOf(type.key), form);
  }
  return test === undefined ? undefinedNode : valueNode(type, test, () => allCandidates);
}

/** True when an RDN on the way up has the value, in an attribute of one of the types; any attribute when they are undefined. */
function dnNode(
  context: FilterContext,
  types: readonly AttributeType[] | undefined,
  { rule, test }: Assertion,
): FilterNode {
  if (test === undefined) return undefinedNode;
  const keys = types === undefined ? undefined : new Set(types.map((type) => type.key));
  const applies = (name: string): boolean => {
    const type = context.schema.attribute(name);
    return type !== undefined && rule.appliesTo.includes(type.syntax);
  };
  return {
    test(entry) {
      const avas = parseDn(entryDn(entry.bytes))?.flat() ?? [];
      return truth(
        avas.some(
          (ava) =>
            (keys?.has(namingTypeKey(ava.type)) ?? true) && applies(ava.type) && passes(test, Buffer.from(ava.value)),
        ),
      );
    },
    candidates: () => allCandidates,
  };
}

function typesRuleNode(context: FilterContext, types: readonly AttributeType[], assertion: Assertion): FilterNode {
  return orNode(types.map((type) => visibleNode(context, type, (each) => typeRuleNode(context, each, assertion))));
}

function passes(test: ValueTest, value: Buffer): boolean {
  return test(value, 0, value.length);
}

function ruleForAll(context: FilterContext, assertion: Assertion): FilterNode {
  const { appliesTo } = assertion.rule;
  const types = context.schema.attributes.filter((type) => appliesTo.includes(type.syntax));
  return typesRuleNode(context, types, assertion);
}

/** Compiles an extensible match; what is not recognized or cannot be applied is Undefined. */
export function extensibleNode(
  context: FilterContext,
  filter: ExtensibleFilter,
  type: AttributeType | undefined,
): FilterNode {
  const rule = filter.rule === undefined ? type?.equality : context.schema.matchingRule(filter.rule);
  if (rule === undefined) return undefinedNode;
  const types = type === undefined ? undefined : context.schema.subtypes(type);
  const assertion = assertionOf(rule, filter.value);
  const values =
    types === undefined
      ? ruleForAll(context, assertion)
      : filter.rule === undefined && type !== undefined
        ? equalityNode(context, type, filter.value)
        : typesRuleNode(context, types, assertion);
  return filter.dnAttributes ? orNode([values, dnNode(context, types, assertion)]) : values;
}
