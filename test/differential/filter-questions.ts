/** Questions made from the schema: every attribute with every operator, and values as they are, varied, and wrong. */

import type { Filter } from '../../src/directory/filter.ts';
import type { AttributeType } from '../../src/directory/schema-elements.ts';
import { standardSchema } from '../../src/directory/schema.ts';
import type { Choose } from '../support/model-tenant.ts';
import { type Question, search } from './question.ts';

/** The values that entries have, by attribute name as the server spells it. */
export type ServedValues = ReadonlyMap<string, readonly string[]>;

type Item = Exclude<Filter, { kind: 'and' | 'or' | 'not' }>;

const comparisons = ['equality', 'greaterOrEqual', 'lessOrEqual', 'approximate'] as const;

/** Spellings that RFC 4518 or the rule of the attribute may take for the same value, and some that it may not. */
const spellings: readonly ((value: string) => string)[] = [
  (value) => value,
  (value) => value.toUpperCase(),
  (value) => value.toLowerCase(),
  (value) => ` ${value} `,
  (value) => value.replaceAll(' ', '   '),
  (value) => value.replaceAll(' ', ''),
  (value) => value.normalize('NFD'),
  (value) => value.normalize('NFC'),
  (value) => value.replaceAll(/[!-~]/g, (char) => String.fromCodePoint((char.codePointAt(0) ?? 0) + 0xfee0)),
  (value) => `${value.slice(0, 1)}\u00ad${value.slice(1)}`,
  (value) => value.replaceAll('ß', 'ss'),
  (value) => value.replaceAll(',', ' , '),
  (value) => `0${value}`,
  (value) => value.slice(0, -1),
  (value) => `${value}x`,
];

/** Values that hardly any syntax takes, and those at its edges. */
const oddities = [
  '',
  ' ',
  '*',
  'no such value',
  '-1',
  '99999999999999999999999999999999999999999999999999',
  'TRUE',
  '\0',
];

function octets(value: string): Buffer {
  return Buffer.from(value);
}

function substringsOf(attribute: string, value: string, choose: Choose): readonly Item[] {
  const characters = Array.from(value);
  const cut = 1 + choose(Math.max(1, characters.length));
  const head = octets(characters.slice(0, cut).join(''));
  const tail = octets(characters.slice(-cut).join(''));
  const middle = octets(characters.slice(1, cut + 1).join('') || value);
  const none = { initial: undefined, any: [], final: undefined };
  return [
    { kind: 'substrings', attribute, ...none, initial: head },
    { kind: 'substrings', attribute, ...none, final: tail },
    { kind: 'substrings', attribute, ...none, any: [middle] },
    { kind: 'substrings', attribute, initial: head, any: [middle], final: tail },
  ];
}

function extensibleOf(type: AttributeType, value: string): readonly Item[] {
  const rules = [type.equality, type.ordering, type.substrings].flatMap((rule) => rule?.name ?? []);
  return [undefined, ...rules, 'caseExactMatch', 'integerMatch', 'noSuchRule'].flatMap((rule) =>
    [false, true].map((dnAttributes) => ({
      kind: 'extensible' as const,
      attribute: type.name,
      rule,
      value: octets(value),
      dnAttributes,
    })),
  );
}

/** The items that one attribute is asked with; few when no entry has it. */
function itemsOf(type: AttributeType, served: readonly string[], choose: Choose): readonly Item[] {
  const attribute = type.name;
  const some = (): string => served[choose(served.length)] ?? 'value';
  const varied = Array.from({ length: served.length === 0 ? 1 : 10 }, () => {
    const spell = spellings[choose(spellings.length)];
    return spell === undefined ? some() : spell(some());
  });
  const oddity = oddities[choose(oddities.length)] ?? '';
  const few: readonly Item[] = [
    { kind: 'present', attribute },
    ...[...varied, oddity].map((value): Item => ({ kind: 'equality', attribute, value: octets(value) })),
    ...comparisons.map((kind): Item => ({ kind, attribute, value: octets(some()) })),
  ];
  const substrings = substringsOf(attribute, some(), choose);
  return served.length === 0
    ? [...few, ...substrings.slice(0, 1)]
    : [...few, ...substrings, ...extensibleOf(type, some())];
}

/** Every attribute of the schema, asked by itself and negated; negation tells False from Undefined (RFC 4511 §4.5.1.7). */
export function attributeQuestions(values: ServedValues, choose: Choose): readonly Question[] {
  return standardSchema.attributes.flatMap((type) =>
    itemsOf(type, values.get(type.name) ?? [], choose).flatMap((item) => [
      search({ filter: item }),
      search({ filter: { kind: 'not', filter: item } }),
    ]),
  );
}

/** Random combinations of items of all attributes that entries have. */
export function combinedQuestions(values: ServedValues, choose: Choose, count: number): readonly Question[] {
  const types = standardSchema.attributes.filter((type) => values.has(type.name));
  const item = (): Filter => {
    const type = types[choose(types.length)];
    if (type === undefined) return { kind: 'present', attribute: 'noSuchAttribute' };
    const items = itemsOf(type, values.get(type.name) ?? [], choose);
    return items[choose(items.length)] ?? { kind: 'present', attribute: type.name };
  };
  const filter = (depth: number): Filter => {
    const roll = depth === 0 ? 9 : choose(10);
    if (roll < 2) return { kind: 'not', filter: filter(depth - 1) };
    if (roll > 6) return choose(12) === 0 ? { kind: 'present', attribute: 'noSuchAttribute' } : item();
    const filters = Array.from({ length: choose(4) }, () => filter(depth - 1));
    return { kind: roll < 5 ? 'and' : 'or', filters };
  };
  return Array.from({ length: count }, () => search({ filter: filter(3) }));
}
