/** Random directories, and random filters to put to them. */
import * as fc from 'fast-check';
import type { Filter } from '../../src/directory/filter.ts';
import type { SearchScope } from '../../src/directory/search-types.ts';
import type { MemoryEntry } from './memory-directory.ts';
import { sampleBase } from './sample-directory.ts';

/** The container of the people. */
export const usersDn = `ou=users,${sampleBase}`;
/** The container of the groups. */
export const groupsDn = `ou=groups,${sampleBase}`;
const word = fc.string({ unit: fc.constantFrom('a', 'b', 'A', 'c'), minLength: 1, maxLength: 3 });
const number = fc.integer({ min: -2, max: 12 }).map(String);

interface Person {
  readonly name: string;
  readonly cn: readonly string[];
  readonly sn: string;
  readonly uidNumber: string;
  readonly description: string | undefined;
}

const person: fc.Arbitrary<Person> = fc.record({
  name: fc.string({ unit: fc.constantFrom('a', 'b', 'c', 'd'), minLength: 1, maxLength: 3 }),
  cn: fc.uniqueArray(word, { minLength: 1, maxLength: 2, selector: (value) => value.toLowerCase() }),
  sn: word,
  uidNumber: number,
  description: fc.option(word, { nil: undefined }),
});

const container = (dn: string, name: string): MemoryEntry => ({
  dn,
  attributes: [
    ['objectClass', ['top', 'organizationalUnit']],
    ['ou', [name]],
  ],
  links: [],
});

function personEntry({ name, cn, sn, uidNumber, description }: Person): MemoryEntry {
  return {
    dn: `uid=${name},${usersDn}`,
    attributes: [
      ['objectClass', ['top', 'person', 'inetOrgPerson']],
      ['uid', [name]],
      ['cn', cn],
      ['sn', [sn]],
      ['mail', [`${name}@x.example`]],
      ['uidNumber', [uidNumber]],
      ['gidNumber', ['5']],
      ['homeDirectory', [`/home/${name}`]],
      ['description', description === undefined ? [] : [description]],
    ],
    links: [['memberOf', 'memberOf']],
  };
}

function groupEntry(name: string, members: readonly string[]): MemoryEntry {
  return {
    dn: `cn=${name},${groupsDn}`,
    attributes: [
      ['objectClass', ['top', 'groupOfMembers']],
      ['cn', [name]],
      ['gidNumber', [String(name.length)]],
    ],
    links: [
      ['member', 'member'],
      ['memberUid', 'memberUid'],
      ['memberOf', 'memberOf'],
    ],
    members,
  };
}

/** Directories with groups in groups, in circles too. */
export const tree: fc.Arbitrary<readonly MemoryEntry[]> = fc
  .record({
    people: fc.uniqueArray(person, { maxLength: 8, selector: ({ name }) => name }),
    groups: fc.uniqueArray(fc.string({ unit: fc.constantFrom('g', 'h'), minLength: 1, maxLength: 3 }), {
      maxLength: 4,
    }),
    picks: fc.array(fc.nat(), { minLength: 24, maxLength: 24 }),
  })
  .map(({ people, groups, picks }) => {
    const dns = [
      ...people.map(({ name }) => `uid=${name},${usersDn}`),
      ...groups.map((name) => `cn=${name},${groupsDn}`),
    ];
    const members = (at: number): readonly string[] => [
      ...new Set(picks.slice(at * 5, at * 5 + 5).flatMap((pick) => dns[pick % (dns.length * 2)] ?? [])),
    ];
    return [
      {
        dn: sampleBase,
        attributes: [
          ['objectClass', ['top', 'organizationalUnit']],
          ['ou', ['a']],
        ],
        links: [],
      },
      container(usersDn, 'users'),
      container(groupsDn, 'groups'),
      ...people.map(personEntry),
      ...groups.map((name, index) => groupEntry(name, members(index))),
    ];
  });

const dn = fc.oneof(
  word.map((name) => `uid=${name},${usersDn}`),
  fc.constantFrom('g', 'h', 'gg', 'gh', 'H').map((name) => `cn=${name},${groupsDn}`),
  fc.constantFrom(sampleBase, `UID=a , ${usersDn}`, 'nonsense'),
);
const octets = (value: string): Buffer => Buffer.from(value);
const described = fc.constantFrom(
  'uid',
  'CN',
  'sn',
  'description',
  'mail',
  'ou',
  'homeDirectory',
  'memberUid',
  'noSuch',
);

const valueItem = fc
  .record({
    kind: fc.constantFrom<'equality' | 'approximate'>('equality', 'equality', 'approximate'),
    attribute: described,
    value: fc.oneof(
      word,
      word.map((text) => ` ${text}  `),
      fc.constantFrom('', 'a@x.example', '/home/a'),
    ),
  })
  .map(({ kind, attribute, value }): Filter => ({ kind, attribute, value: octets(value) }));

const numberItem = fc
  .record({
    kind: fc.constantFrom<'equality' | 'greaterOrEqual' | 'lessOrEqual'>('equality', 'greaterOrEqual', 'lessOrEqual'),
    attribute: fc.constantFrom('uidNumber', 'GIDNUMBER', 'cn'),
    value: fc.oneof(number, fc.constantFrom('x', '')),
  })
  .map(({ kind, attribute, value }): Filter => ({ kind, attribute, value: octets(value) }));

const substringsItem = fc
  .record({
    attribute: fc.constantFrom('uid', 'cn', 'sn', 'description', 'memberUid', 'homeDirectory', 'uidNumber', 'member'),
    initial: fc.option(word, { nil: undefined }),
    any: fc.array(word, { maxLength: 2 }),
    final: fc.option(word, { nil: undefined }),
  })
  .filter(({ initial, any, final }) => initial !== undefined || any.length > 0 || final !== undefined)
  .map(
    ({ attribute, initial, any, final }): Filter => ({
      kind: 'substrings',
      attribute,
      initial: initial === undefined ? undefined : octets(initial),
      any: any.map(octets),
      final: final === undefined ? undefined : octets(final),
    }),
  );

const linkItem = fc.record({ attribute: fc.constantFrom('member', 'memberOf'), value: dn, chain: fc.boolean() }).map(
  ({ attribute, value, chain }): Filter =>
    chain
      ? {
          kind: 'extensible',
          rule: '1.2.840.113556.1.4.1941',
          attribute,
          value: octets(value),
          dnAttributes: false,
        }
      : { kind: 'equality', attribute, value: octets(value) },
);

const classItem = fc
  .constantFrom('top', 'person', 'inetOrgPerson', 'groupOfMembers', 'organizationalUnit', 'computer', 'noSuchClass')
  .map((value): Filter => ({ kind: 'equality', attribute: 'objectClass', value: octets(value) }));

const presentItem = fc
  .constantFrom('uid', 'cn', 'description', 'member', 'memberOf', 'memberUid', 'objectClass', 'noSuch', 'ou')
  .map((attribute): Filter => ({ kind: 'present', attribute }));

/** Filters of every kind on such directories. */
export const filters = fc.letrec<{ filter: Filter }>((tie) => ({
  filter: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.oneof(valueItem, numberItem, substringsItem, linkItem, classItem, presentItem),
    fc.record({ kind: fc.constantFrom<'and' | 'or'>('and', 'or'), filters: fc.array(tie('filter'), { maxLength: 4 }) }),
    tie('filter').map((filter): Filter => ({ kind: 'not', filter })),
    // Long enough for equalities of one attribute to be merged.
    fc
      .array(fc.oneof(valueItem, numberItem), { minLength: 20, maxLength: 30 })
      .map((parts): Filter => ({ kind: 'or', filters: parts })),
  ),
})).filter;

/** Whether an entry is in the scope of a search. */
export function inScope(entryDn: string, base: string, scope: SearchScope): boolean {
  if (entryDn === base) return scope === 'base' || scope === 'subtree';
  if (!entryDn.endsWith(`,${base}`) || scope === 'base') return false;
  return scope !== 'one' || !entryDn.slice(0, -base.length - 1).includes(',');
}
