import assert from 'node:assert/strict';

import { isComputed } from '../../src/directory/entry-view.ts';
import type { Filter } from '../../src/directory/filter.ts';
import { linkOf } from '../../src/directory/links.ts';
import type { AttributeType } from '../../src/directory/schema-elements.ts';
import { standardSchema } from '../../src/directory/schema.ts';
import { DirectoryServer } from '../support/directory-server.ts';
import { encodeFilter } from '../support/filter-ber.ts';
import { searchRequest } from '../support/ldap-ber.ts';
import type { RawClient } from '../support/ldap-raw-client.ts';
import { ruleSamples, substringSamples } from '../support/matching-samples.ts';
import type { MemoryEntry } from '../support/memory-directory.ts';
import { sampleBase, sampleEntries } from '../support/sample-directory.ts';

type Octets = string | Buffer;

/** Attributes whose values stand in entries: the others follow from names, links and the schema itself. */
const stored = standardSchema.attributes.filter(
  (type) =>
    type.equality !== undefined &&
    linkOf(type.key) === undefined &&
    !isComputed(type.key) &&
    type.usage !== 'dSAOperation' &&
    type.equality.kind === 'equality' &&
    !/FirstComponent|objectIdentifier/.test(type.equality.name ?? ''),
);

const sampleOf = (type: AttributeType): (typeof ruleSamples)[string] => {
  const sample = ruleSamples[type.equality?.name ?? ''];
  if (sample === undefined) throw new Error(`no sample for the rule of ${type.name}`);
  return sample;
};

const container = `ou=attributes,${sampleBase}`;
const dnOf = (type: AttributeType): string => `ou=${type.name},${container}`;

const entries: readonly MemoryEntry[] = [
  ...sampleEntries,
  { dn: container, attributes: [['objectClass', ['top', 'organizationalUnit']]], links: [] },
  ...stored.map((type): MemoryEntry => {
    const values: MemoryEntry['attributes'] = [
      ['objectClass', ['top']],
      [type.name, [sampleOf(type).value]],
    ];
    return { dn: dnOf(type), attributes: values, links: [] };
  }),
];

const octets = (value: Octets): Buffer => Buffer.from(value);

function substringsFilter(attribute: string, text: string): Filter {
  const [initial = '', ...rest] = text.split('*');
  const final = rest.pop() ?? '';
  const part = (piece: string): Buffer | undefined => (piece === '' ? undefined : octets(piece));
  return { kind: 'substrings', attribute, initial: part(initial), any: rest.map(octets), final: part(final) };
}

describe('RFC 4517 §4.2: matching rules of every attribute', () => {
  let server: DirectoryServer;
  let client: RawClient;
  let id = 10;

  before(async () => {
    server = await DirectoryServer.start(entries);
    client = await server.connectBound();
  });

  after(async () => {
    client[Symbol.dispose]();
    await server[Symbol.asyncDispose]();
  });

  /** Whether a filter finds the entry of an attribute, by its name and among all. */
  async function finds(type: AttributeType, filter: Filter): Promise<boolean> {
    const request = { filter: encodeFilter(filter), attributes: ['1.1'] };
    const alone = await client.ask(++id, searchRequest({ ...request, base: dnOf(type), scope: 0 }));
    const among = await client.ask(++id, searchRequest({ ...request, base: container, scope: 1 }));
    assert.deepEqual([alone.code, among.code], [0, 0]);
    const found = alone.entries.length === 1;
    const isAmong = among.entries.some(({ dn }) => dn === dnOf(type));
    assert.equal(isAmong, found, `${type.name}: an index says something else than the entry`);
    return found;
  }

  /** True, False or Undefined of the entry: only what is False is found by its negation (RFC 4511 §4.5.1.7). */
  async function truthOf(type: AttributeType, filter: Filter): Promise<'True' | 'False' | 'Undefined'> {
    if (await finds(type, filter)) return 'True';
    return (await finds(type, { kind: 'not', filter })) ? 'False' : 'Undefined';
  }

  async function assertTruth(
    type: AttributeType,
    expected: 'True' | 'False' | 'Undefined',
    filters: readonly Filter[],
  ): Promise<void> {
    for (const filter of filters) {
      const said = await truthOf(type, filter);
      assert.equal(said, expected, `${type.name} ${JSON.stringify(filter)}`);
    }
  }

  const equality =
    (type: AttributeType) =>
    (value: Octets): Filter => ({ kind: 'equality', attribute: type.name, value: octets(value) });

  it('looks at every stored attribute that has an equality rule', () => {
    assert.ok(stored.length > 100);
    const rules = new Set(stored.flatMap((type) => type.equality?.name ?? []));
    assert.deepEqual([...rules].toSorted(), Object.keys(ruleSamples).toSorted());
  });

  for (const rule of Object.keys(ruleSamples)) {
    const types = stored.filter((type) => type.equality?.name === rule);

    it(`${rule} finds every spelling of a value, in each of its ${types.length} attributes`, async () => {
      for (const type of types) {
        const { value, same } = sampleOf(type);
        await assertTruth(type, 'True', [value, ...same].map(equality(type)));
      }
    });

    it(`${rule} is False of other values and Undefined for what is no value, in each of its attributes`, async () => {
      for (const type of types) {
        await assertTruth(type, 'False', sampleOf(type).other.map(equality(type)));
        await assertTruth(type, 'Undefined', sampleOf(type).none.map(equality(type)));
      }
    });

    it(`${rule} answers an extensible match by its name, its number and none, and not by a rule of another syntax (RFC 4511 §4.5.1.7.7)`, async () => {
      const oid = types[0]?.equality?.oid;
      const foreign = rule === 'integerMatch' ? 'booleanMatch' : 'integerMatch';
      for (const type of types) {
        const extensible = (asked: string | undefined, value: Octets): Filter => ({
          kind: 'extensible',
          attribute: type.name,
          rule: asked,
          value: octets(value),
          dnAttributes: false,
        });
        const { value, same, other } = sampleOf(type);
        const [spelled = value] = same;
        await assertTruth(
          type,
          'True',
          [undefined, rule, oid].map((asked) => extensible(asked, spelled)),
        );
        await assertTruth(
          type,
          'False',
          [undefined, rule, oid].map((asked) => extensible(asked, other[0] ?? '')),
        );
        await assertTruth(type, 'Undefined', [extensible(foreign, '1'), extensible('noSuchRule', value)]);
      }
    });
  }

  it('approximate match finds at least what equality finds (RFC 4511 §4.5.1.7.6)', async () => {
    for (const type of stored) {
      const { value, same } = sampleOf(type);
      const filters = [value, ...same].map(
        (each): Filter => ({ kind: 'approximate', attribute: type.name, value: octets(each) }),
      );
      await assertTruth(type, 'True', filters);
    }
  });

  for (const [rule, { found, missed }] of Object.entries(substringSamples)) {
    const types = stored.filter((type) => type.substrings?.name === rule);

    it(`${rule} finds parts in order and without overlap, in each of its ${types.length} attributes`, async () => {
      assert.ok(types.length > 0);
      for (const type of types) {
        const filter = (text: string): Filter => substringsFilter(type.name, text);
        await assertTruth(type, 'True', found.map(filter));
        await assertTruth(type, 'False', missed.map(filter));
      }
    });
  }

  it('substrings are Undefined where an attribute has no rule for them (RFC 4511 §4.5.1.7.2)', async () => {
    const types = stored.filter((type) => type.substrings === undefined);
    assert.ok(types.length > 30);
    for (const type of types) await assertTruth(type, 'Undefined', [substringsFilter(type.name, '1*')]);
  });

  it('>= and <= are Undefined where an attribute has no ordering rule (RFC 4511 §4.5.1.7.3)', async () => {
    const types = stored.filter((type) => type.ordering === undefined);
    assert.ok(types.length > 30);
    for (const type of types) {
      const value = octets(sampleOf(type).value);
      await assertTruth(type, 'Undefined', [
        { kind: 'greaterOrEqual', attribute: type.name, value },
        { kind: 'lessOrEqual', attribute: type.name, value },
      ]);
    }
  });

  const around: Readonly<Record<string, readonly [before: string, after: string]>> = {
    integerOrderingMatch: ['-99999999999999999999999999999999999999999999999999', '-1'],
    generalizedTimeOrderingMatch: ['20240229115959.999Z', '20240229120000.001Z'],
    UUIDOrderingMatch: ['a1b2c3d4-e5f6-4000-8000-00000000abcc', 'a1b2c3d4-e5f6-4000-8000-00000000abce'],
    CSNOrderingMatch: ['20260101120000.000000Z#00000a#000#000000', '20260101120000.000001Z#00000b#000#000000'],
  };

  for (const [rule, [before, after]] of Object.entries(around)) {
    const types = stored.filter((type) => type.ordering?.name === rule);

    it(`${rule} orders values, both ends inclusive, in each of its ${types.length} attributes`, async () => {
      assert.ok(types.length > 0);
      for (const type of types) {
        const { value, none } = sampleOf(type);
        const item =
          (kind: 'greaterOrEqual' | 'lessOrEqual') =>
          (asserted: Octets): Filter => ({ kind, attribute: type.name, value: octets(asserted) });
        await assertTruth(type, 'True', [before, value].map(item('greaterOrEqual')));
        await assertTruth(type, 'False', [after].map(item('greaterOrEqual')));
        await assertTruth(type, 'True', [value, after].map(item('lessOrEqual')));
        await assertTruth(type, 'False', [before].map(item('lessOrEqual')));
        await assertTruth(type, 'Undefined', none.map(item('lessOrEqual')));
      }
    });

    it(`${rule} in an extensible match is True of values before the assertion (§4.2.16)`, async () => {
      for (const type of types) {
        const item = (value: Octets): Filter => ({
          kind: 'extensible',
          attribute: type.name,
          rule,
          value: octets(value),
          dnAttributes: false,
        });
        await assertTruth(type, 'True', [item(after)]);
        await assertTruth(type, 'False', [item(sampleOf(type).value), item(before)]);
      }
    });
  }

  it('every attribute with an ordering rule is ordered by one of these', () => {
    const rules = new Set(stored.flatMap((type) => type.ordering?.name ?? []));
    assert.deepEqual([...rules].toSorted(), Object.keys(around).toSorted());
  });

  it('a rule asks the names of entries too with :dn, equality and ordering alike (RFC 4511 §4.5.1.7.7)', async () => {
    const type = stored.find(({ name }) => name === 'uidNumber');
    assert.ok(type !== undefined);
    const asked = (attribute: string | undefined, rule: string | undefined, value: string): Filter => ({
      kind: 'extensible',
      attribute,
      rule,
      value: octets(value),
      dnAttributes: true,
    });
    await assertTruth(type, 'True', [
      asked('ou', undefined, 'UIDNUMBER'),
      asked('ou', 'caseIgnoreMatch', 'attributes'),
      asked('ou', 'caseExactMatch', 'uidNumber'),
      asked(undefined, 'caseIgnoreMatch', 'attributes'),
      asked('ou', 'caseIgnoreOrderingMatch', 'uidNumbers'),
      asked('dc', 'caseIgnoreIA5Match', 'EXAMPLE'),
    ]);
    await assertTruth(type, 'False', [
      asked('ou', 'caseExactMatch', 'UIDNUMBER'),
      asked('ou', 'caseIgnoreOrderingMatch', 'attributes'),
      asked('cn', 'caseIgnoreMatch', 'attributes'),
      // No part of the name is a number, which makes the item False and not Undefined.
      asked('uidNumber', 'integerOrderingMatch', `-${'9'.repeat(60)}`),
    ]);
    await assertTruth(type, 'Undefined', [asked('ou', 'integerMatch', '1'), asked('ou', 'noSuchRule', 'attributes')]);
  });

  it('the rules of directory strings are not for IA5 strings: Undefined (§4.2.5, §4.2.11)', async () => {
    for (const type of stored.filter(({ equality: rule }) => rule?.name?.includes('IA5') === true)) {
      const value = octets(sampleOf(type).value);
      const asked = ['caseIgnoreMatch', 'caseExactMatch'].map(
        (rule): Filter => ({ kind: 'extensible', attribute: type.name, rule, value, dnAttributes: false }),
      );
      await assertTruth(type, 'Undefined', asked);
    }
  });

  it('integerBitAndMatch wants all bits and integerBitOrMatch one of them ([MS-ADTS] 3.1.1.3.4.4, S16)', async () => {
    const types = stored.filter((type) => type.equality?.name === 'integerMatch');
    const bits = (rule: string, type: AttributeType, value: bigint): Filter => ({
      kind: 'extensible',
      attribute: type.name,
      rule,
      value: octets(String(value)),
      dnAttributes: false,
    });
    for (const type of types) {
      // Two's complement without end: -2 has every bit but the first.
      const value = BigInt(sampleOf(type).value.toString());
      const set = value & 0xffn;
      const clear = ~value & 0xffn;
      await assertTruth(type, 'True', [
        bits('1.2.840.113556.1.4.803', type, set),
        bits('1.2.840.113556.1.4.804', type, set | clear),
      ]);
      await assertTruth(type, 'False', [
        bits('1.2.840.113556.1.4.803', type, set | clear),
        bits('1.2.840.113556.1.4.804', type, clear),
      ]);
    }
  });
});
