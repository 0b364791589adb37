import assert from 'node:assert/strict';
import { formatProblem } from '../../../src/config/problem.ts';
import { isWholeTenant, wholeTenant } from '../../../src/identity/scope.ts';
import { accepted, minimal, onlyProblem } from './config-fixture.ts';

describe('the scope in the configuration', () => {
  it('is the whole tenant unless something narrows it (FED-16)', () => {
    const { scope, projection } = accepted(minimal).config;
    assert.deepEqual(scope, wholeTenant);
    assert.ok(isWholeTenant(scope));
    assert.deepEqual(projection.users.accountTypes, ['cloud', 'synchronized']);
    assert.deepEqual(projection.groups.types, ['security', 'mailEnabledSecurity', 'microsoft365', 'distribution']);
    assert.deepEqual(projection.groups.membershipTypes, ['assigned', 'dynamic']);
    assert.deepEqual([projection.users.domains, projection.groups.namePrefixes], [undefined, undefined]);
  });

  it('holds filters as they are sent, however they were pasted (FAM-13, FAM-15, FAM-16, FAM-18)', () => {
    const { scope } = accepted(`${minimal}
users:
  filter: ?$filter=startswith(givenName, 'J')
  memberOf: [Staff, 22222222-2222-2222-2222-222222222222]
groups:
  enabled: false
  filter: $filter=displayName%20in%20(%27GroupName%27)
sync:
  assignedOnly: true
`).config;
    assert.deepEqual(scope, {
      users: {
        enabled: true,
        filter: "startswith(givenName, 'J')",
        memberOf: ['Staff', '22222222-2222-2222-2222-222222222222'],
      },
      groups: { enabled: false, filter: "displayName in ('GroupName')" },
      assignedOnly: true,
    });
  });

  it('knows the verified domains of the tenant by a word, and leaves it to the tenant which they are (FOX-20)', () => {
    const { verifiedDomainsOnly, projection } = accepted(`${minimal}\nusers: {domains: verified}\n`).config;
    assert.deepEqual([verifiedDomainsOnly, projection.users.domains], [true, undefined]);
    assert.equal(accepted(minimal).config.verifiedDomainsOnly, false);
  });

  it('reads the tenant by delta queries where there are any, and lets everybody in, unless told otherwise (SNP-13)', () => {
    const usual = accepted(minimal).config;
    assert.deepEqual([usual.sync.mode, usual.projection.create], ['auto', true]);
    const { sync, projection } = accepted(`${minimal}\nsync: {mode: list, create: false}\n`).config;
    assert.deepEqual([sync.mode, projection.create], ['list', false]);
  });

  it('compares domains and name prefixes in lower case (FOX-16, FOX-19)', () => {
    const { projection } = accepted(`${minimal}
users: {domains: [Example.COM], accountTypes: [cloud]}
groups: {namePrefixes: [LDAP-, vpn], types: [security], membershipTypes: [dynamic]}
`).config;
    assert.deepEqual([projection.users.domains, projection.users.accountTypes], [['example.com'], ['cloud']]);
    const { namePrefixes, types, membershipTypes } = projection.groups;
    assert.deepEqual([namePrefixes, types, membershipTypes], [['ldap-', 'vpn'], ['security'], ['dynamic']]);
  });

  const wrong: readonly (readonly [string, RegExp])[] = [
    ['users: {filter: ""}', /users\.filter.*it is empty/],
    [`users: {filter: "surname eq 'O'Neil'"}`, /users\.filter.*written twice/],
    ['groups: {filter: [a]}', /groups\.filter.*must be a filter of Microsoft Graph/],
    ['users: {memberOf: []}', /users\.memberOf.*is empty/],
    ['users: {domains: []}', /users\.domains.*is empty/],
    ['users: {domains: [localhost]}', /users\.domains\[0\].*must be a domain such as example\.com/],
    ['users: {domains: all}', /users\.domains.*must be verified, or a list/],
    ['sync: {mode: lists}', /sync\.mode.*did you mean list/],
    ['users: {accountTypes: []}', /users\.accountTypes.*is empty/],
    ['users: {accountTypes: [hybrid]}', /users\.accountTypes\[0\].*cloud, synchronized/],
    ['groups: {types: [unified]}', /groups\.types\[0\].*microsoft365/],
    ['groups: {namePrefixes: [" "]}', /groups\.namePrefixes\[0\]/],
  ];
  for (const [lines, problem] of wrong) {
    it(`refuses ${lines} with a sentence`, () => {
      assert.match(formatProblem(onlyProblem(`${lines}\n`)), problem);
    });
  }
});
