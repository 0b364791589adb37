import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import type { Directory } from '../../src/directory/directory-port.ts';
import { normalizeDn } from '../../src/directory/dn.ts';
import type { Filter } from '../../src/directory/filter.ts';
import { type EntryGrant, noRights, type Rights } from '../../src/directory/rights.ts';
import type { SearchRequest, SearchScope } from '../../src/directory/search-types.ts';
import { decodeEntry, directoryOver, requestOf, service } from '../support/directory-client.ts';
import { memoryDirectory, type MemoryEntry } from '../support/memory-directory.ts';
import { filters, groupsDn, tree, usersDn } from '../support/random-directories.ts';
import { sampleAccess } from '../support/sample-access.ts';
import { sampleBase } from '../support/sample-directory.ts';

const names = ['g', 'h', 'gg', 'gh', 'hg'];
const groupDn = (name: string): string => `cn=${name},${groupsDn}`;
const personDn = (name: string): string => `uid=${name},${usersDn}`;

/** Rights as an administrator writes them. */
interface Written {
  readonly users: 'all' | 'none' | readonly string[];
  readonly groups: 'all' | 'none' | readonly string[];
  readonly bases: readonly string[] | undefined;
  readonly attributes: readonly string[] | undefined;
  readonly hiddenAttributes: readonly string[];
}

const grant = fc.oneof(fc.constantFrom<'all' | 'none'>('all', 'none'), fc.subarray(names, { minLength: 1 }));
// Not uid, from which the directory without it could not make memberUid.
const concealable = ['cn', 'sn', 'mail', 'description', 'uidNumber', 'gidNumber', 'member', 'memberUid', 'memberOf'];
const written: fc.Arbitrary<Written> = fc.record({
  users: grant,
  groups: grant,
  bases: fc.option(
    fc.uniqueArray(
      fc.constantFrom(sampleBase, usersDn, groupsDn, personDn('a'), personDn('b'), groupDn('g'), personDn('nobody')),
      { minLength: 1, maxLength: 3 },
    ),
    { nil: undefined },
  ),
  attributes: fc.option(
    fc.subarray(concealable).map((some) => ['uid', 'ou', 'homeDirectory', ...some]),
    { nil: undefined },
  ),
  hiddenAttributes: fc.subarray(concealable, { maxLength: 4 }),
});

function rightsOf({ users, groups, bases, attributes, hiddenAttributes }: Written): Rights {
  const granted = (words: Written['users']): EntryGrant =>
    typeof words === 'string' ? words : words.map((name) => ({ name, dn: normalizeDn(groupDn(name)) ?? '' }));
  return {
    ...noRights,
    users: granted(users),
    groups: granted(groups),
    bases: bases?.map((dn) => normalizeDn(dn) ?? ''),
    attributes,
    hiddenAttributes,
  };
}

const isBelow = (dn: string, base: string): boolean => dn === base || dn.endsWith(`,${base}`);

/** The entries that rights let somebody read, decided one by one. */
function readable(all: readonly MemoryEntry[], { users, groups, bases }: Written): readonly MemoryEntry[] {
  const there = bases?.filter((base) => all.some(({ dn }) => dn === base));
  const within = (dn: string): boolean => there?.some((base) => isBelow(dn, base)) ?? true;
  return all.filter(({ dn }) => {
    if (dn.startsWith('uid=')) {
      const isMember = (name: string): boolean =>
        all.some((group) => group.dn === groupDn(name) && group.members?.includes(dn) === true);
      return within(dn) && (typeof users === 'string' ? users === 'all' : users.some(isMember));
    }
    if (dn.startsWith('cn=')) {
      return (
        within(dn) && (typeof groups === 'string' ? groups === 'all' : groups.some((name) => groupDn(name) === dn))
      );
    }
    return within(dn) || there?.some((base) => isBelow(base, dn)) === true;
  });
}

function isHidden({ attributes, hiddenAttributes }: Written, attribute: string): boolean {
  const named = (list: readonly string[]): boolean =>
    list.some((name) => name.toLowerCase() === attribute.toLowerCase());
  if (attribute.toLowerCase() === 'objectclass') return false;
  return named(hiddenAttributes) || (attributes !== undefined && !named(attributes));
}

/** A directory in which nothing else has ever been. */
function reduced(all: readonly MemoryEntry[], rights: Written): readonly MemoryEntry[] {
  const entries = readable(all, rights);
  const shown = (name: string): boolean => !isHidden(rights, name);
  return entries.map(({ dn, attributes, links, members }) => ({
    dn,
    attributes: attributes.filter(([name]) => shown(name)),
    links: links.filter(([name]) => shown(name)),
    ...(members && { members: members.filter((member) => entries.some((entry) => entry.dn === member)) }),
  }));
}

/** The filter in the words of somebody who does not know the hidden attributes. */
function unaware(filter: Filter, rights: Written): Filter {
  switch (filter.kind) {
    case 'and':
    case 'or':
      return { kind: filter.kind, filters: filter.filters.map((part) => unaware(part, rights)) };
    case 'not':
      return { kind: 'not', filter: unaware(filter.filter, rights) };
    default: {
      const { attribute } = filter;
      return attribute === undefined || !isHidden(rights, attribute) ? filter : { ...filter, attribute: 'noSuch' };
    }
  }
}

async function answer(directory: Directory, request: SearchRequest): Promise<unknown> {
  const outcome = directory.search(request, service);
  if (outcome.kind === 'result') return outcome.result;
  using cursor = outcome.cursor;
  const seen: unknown[] = [];
  for (;;) {
    const { entries, done } = await cursor.read(3);
    for (const entry of entries) {
      const { dn, attributes } = decodeEntry(entry);
      // Values are a set (RFC 4511 §4.1.7).
      const sets = Object.fromEntries(Object.entries(attributes).map(([name, values]) => [name, values.toSorted()]));
      seen.push([dn, sets, Buffer.concat(entry.dereferenced?.parts ?? []).toString('latin1')]);
    }
    if (done) return [seen, cursor.sortResult?.code];
  }
}

const selection = fc.constantFrom(
  ['*', '+'],
  [],
  ['1.1'],
  ['member', 'memberOf', 'memberUid', 'numSubordinates', 'cn'],
);
const base = fc.constantFrom(sampleBase, usersDn, groupsDn, personDn('a'), groupDn('g'), groupDn('h'), 'dc=com');
const sortKey = fc.constantFrom('cn', 'uidNumber', 'description', 'uid');

describe('What rights let somebody read', () => {
  it('is answered like by a directory that holds nothing else, in any plan (no oracle)', async () => {
    const requests = fc.record({
      filter: filters,
      scope: fc.constantFrom<SearchScope>('base', 'one', 'subtree', 'subordinate'),
      baseDn: base,
      attributes: selection,
      sort: fc.option(sortKey, { nil: undefined }),
      dereference: fc.boolean(),
      few: fc.constantFrom(1, 2, 1000),
    });
    await fc.assert(
      fc.asyncProperty(tree, written, requests, async (all, rights, { sort, dereference, few, ...search }) => {
        const limits = { examinedPerReadMax: few, scanBatch: few, unionIdsMax: few, prefixIdsMax: few };
        const request = (filter: Filter): SearchRequest => ({
          ...requestOf({ ...search, filter }),
          ...(sort && {
            sort: { keys: [{ attribute: sort, rule: undefined, reverse: false, understood: true }], after: undefined },
          }),
          ...(dereference && {
            dereference: { specs: [{ attribute: 'member', attributes: ['cn', 'mail', 'uid'] }], critical: true },
          }),
        });
        const narrowed = directoryOver(
          memoryDirectory(all),
          limits,
          undefined,
          sampleAccess({ services: { test: rightsOf(rights) } }),
        );
        const small = directoryOver(memoryDirectory(reduced(all, rights)), limits);
        assert.deepEqual(
          await answer(narrowed, request(search.filter)),
          await answer(small, request(unaware(search.filter, rights))),
        );
      }),
      { numRuns: 2000 },
    );
  });

  it('is compared like in a directory that holds nothing else (RFC 4511 §4.10)', () => {
    const attribute = fc.constantFrom(
      'cn',
      'description',
      'member',
      'memberOf',
      'memberUid',
      'uidNumber',
      'objectClass',
    );
    const value = fc.oneof(
      fc.constantFrom('a', 'b', '5', 'person', personDn('a'), groupDn('g')),
      fc.integer({ min: -2, max: 12 }).map(String),
    );
    fc.assert(
      fc.property(tree, written, base, attribute, value, (all, rights, dn, name, text) => {
        const access = sampleAccess({ services: { test: rightsOf(rights) } });
        const narrowed = directoryOver(memoryDirectory(all), {}, undefined, access);
        const small = directoryOver(memoryDirectory(reduced(all, rights)));
        assert.deepEqual(
          narrowed.compare(dn, name, Buffer.from(text), service),
          small.compare(dn, name, Buffer.from(text), service),
        );
      }),
      { numRuns: 2000 },
    );
  });
});
