import assert from 'node:assert/strict';
import { accepted, minimal, onlyProblem, refused } from './config-fixture.ts';

const primary = (text: string) =>
  accepted(`${minimal}users: { primaryGroup: ${text} }\n`).config.projection.users.primaryGroup;

describe('the primary group', () => {
  it('is one for all without a word about it, and with what was written before there were kinds', () => {
    const shared = {
      kind: 'shared',
      name: 'domain-users',
      gidNumber: 1_000_000_000,
      gidNumberFrom: undefined,
      shown: true,
      groups: [],
      nested: true,
      container: 'ou=private-groups',
    };
    assert.deepEqual(primary('{}'), shared);
    assert.deepEqual(primary('{ name: people, gidNumber: 500, shown: false }'), {
      ...shared,
      name: 'people',
      gidNumber: 500,
      shown: false,
    });
  });

  it('is one for each user, or the first of some groups', () => {
    assert.equal(primary('{ kind: private }').kind, 'private');
    const first = primary('{ kind: firstMatch, groups: [Staff, Sales], nested: false }');
    assert.deepEqual([first.kind, first.groups, first.nested], ['firstMatch', ['Staff', 'Sales'], false]);
  });

  it('names the container of private groups, which no other kind of entry shares', () => {
    const text = minimal.replace('baseDn:', 'privateGroups: ou=own\n  baseDn:');
    assert.equal(accepted(text).config.projection.users.primaryGroup.container, 'ou=own');
    const [problem] = refused(minimal.replace('baseDn:', 'privateGroups: ou=users\n  baseDn:'));
    assert.equal(problem?.key, 'directory.privateGroups');
    assert.match(problem.message, /is the same as directory\.users/);
  });

  for (const [text, key, message] of [
    ['{ kind: firstMatch }', 'kind', /firstMatch needs groups/],
    ['{ kind: firstMatch, groups: [] }', 'groups', /is empty/],
    ['{ groups: [Staff] }', 'groups', /no meaning with kind shared/],
    ['{ kind: private, groups: [Staff] }', 'groups', /no meaning with kind private/],
    ['{ kind: private, nested: true }', 'nested', /no meaning with kind private/],
    ['{ kind: privat }', 'kind', /did you mean private\?/],
    ['{ kind: firstMatch, groups: [""] }', 'groups[0]', /the name or the object id of a group/],
  ] as const) {
    it(`is refused as ${text}, with the place and what to do`, () => {
      const problem = onlyProblem(`users: { primaryGroup: ${text} }\n`);
      assert.equal(problem.key, `users.primaryGroup.${key}`);
      assert.match(problem.message, message);
    });
  }

  it('takes as many groups as the limit, and no more (P8)', () => {
    const text = (count: number): string =>
      `users: { primaryGroup: { kind: firstMatch, groups: [${Array.from({ length: count }, (_, at) => `g${at}`).join(', ')}] } }\n`;
    assert.equal(accepted(minimal + text(64)).config.projection.users.primaryGroup.groups.length, 64);
    assert.equal(onlyProblem(text(65)).key, 'users.primaryGroup.groups');
  });
});
