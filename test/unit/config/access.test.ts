import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { AccessRules } from '../../../src/directory/access.ts';
import { accepted, bcryptHash, minimal, onlyProblem, source } from './config-fixture.ts';

const usersDn = 'ou=users,dc=example,dc=com';
const groupsDn = 'ou=groups,dc=example,dc=com';

/** A service account with these keys beside its name and password. */
const account = (keys: string): string =>
  `serviceAccounts: [{name: gitlab, passwordHash: "${bcryptHash}"${keys === '' ? '' : `, ${keys}`}}]\n`;
const rulesOf = (addition: string): AccessRules => accepted(minimal + addition).config.access;

describe('rights in a configuration', () => {
  it('are: anonymous nothing, users what concerns them, service accounts everything, when nothing is said', () => {
    const { anonymous, users, services, otherServices, tree } = rulesOf(account(''));
    assert.equal(anonymous, undefined);
    assert.deepEqual([users.users, users.groups, users.attributes], ['none', 'none', undefined]);
    assert.equal(services.size, 0);
    assert.equal(otherServices, undefined);
    const base = 'dc=example,dc=com';
    assert.deepEqual(tree, {
      base,
      users: usersDn,
      groups: groupsDn,
      services: `ou=services,${base}`,
      privateGroups: `ou=private-groups,${base}`,
      sudoers: `ou=sudoers,${base}`,
    });
  });

  it('deny what they do not grant', () => {
    const rights = rulesOf(account('rights: {users: all}')).services.get('gitlab');
    assert.deepEqual([rights?.users, rights?.groups, rights?.bases], ['all', 'none', undefined]);
    assert.equal(rights?.sudoRules, false);
    assert.deepEqual([...(rights?.operations ?? [])], ['search', 'compare', 'sync']);
  });

  it('name groups by name or object id, entries by DN, and attributes and operations by their words', () => {
    const id = 'A1B2C3D4-0000-4000-8000-000000000001';
    const rights = rulesOf(
      account(
        `rights: {users: ["Staff, all", "${id}"], groups: [staff], sudoRules: true, bases: ["OU=Users, dc=example,dc=com"], ` +
          'attributes: [mail, "@posixAccount"], hiddenAttributes: [mobile], operations: [search]}',
      ),
    ).services.get('gitlab');
    assert.deepEqual(rights, {
      users: [
        { name: 'Staff, all', dn: `cn=staff\\, all,${groupsDn}` },
        { name: id, entryUuid: id.toLowerCase() },
      ],
      groups: [{ name: 'staff', dn: `cn=staff,${groupsDn}` }],
      sudoRules: true,
      bases: [usersDn],
      attributes: ['mail', '@posixAccount'],
      hiddenAttributes: ['mobile'],
      operations: new Set(['search']),
    });
  });

  it('of access.services are those of accounts without rights of their own', () => {
    const others = 'access: {services: {users: all}}\n';
    const { services, otherServices } = rulesOf(account('') + others);
    assert.deepEqual([services.size, otherServices?.users, otherServices?.groups], [0, 'all', 'none']);
    const own = rulesOf(account('rights: {groups: all}') + others).services.get('gitlab');
    assert.deepEqual([own?.users, own?.groups], ['none', 'all']);
  });

  const problems: readonly [what: string, addition: string, key: string, message: RegExp][] = [
    ['that grant no entries', account('rights: {}'), 'serviceAccounts[0].rights', /grants no entries/],
    ['of all accounts that grant no entries', 'access: {services: {}}\n', 'access.services', /grants no entries/],
    ['with no group in a list', account('rights: {users: []}'), 'serviceAccounts[0].rights.users', /write none/],
    ['with no base', account('rights: {users: all, bases: []}'), 'serviceAccounts[0].rights.bases', /is empty/],
    ['with no attribute', 'access: {users: {attributes: []}}\n', 'access.users.attributes', /is empty/],
    ['with no operation', 'access: {users: {operations: []}}\n', 'access.users.operations', /is empty/],
    ['with another word', 'access: {users: {users: some}}\n', 'access.users.users', /must be all, none, or a list/],
    ['with a blank group', 'access: {users: {users: [" "]}}\n', 'access.users.users[0]', /name or the object id/],
    ['with a group that is a number', 'access: {users: {users: [7]}}\n', 'access.users.users', /a list of at most/],
    ['with a number', 'access: {users: {groups: 7}}\n', 'access.users.groups', /this is a number/],
    [
      'in another tree',
      'access: {users: {bases: ["ou=users,dc=example,dc=org"]}}\n',
      'access.users.bases[0]',
      /not below directory\.baseDn/,
    ],
    ['with a base that is no name', 'access: {users: {bases: [users]}}\n', 'access.users.bases[0]', /RFC 4514/],
    [
      'with a misspelt attribute',
      'access: {users: {attributes: [telephonNumber]}}\n',
      'access.users.attributes[0]',
      /did you mean telephoneNumber\?/,
    ],
    [
      'with a misspelt class',
      'access: {users: {hiddenAttributes: ["@posixAcount"]}}\n',
      'access.users.hiddenAttributes[0]',
      /did you mean @posixAccount\?/,
    ],
    ['with another operation', 'access: {users: {operations: [read]}}\n', 'access.users.operations[0]', /search, comp/],
    ['with an unknown key', account('rights: {user: all, groups: all}'), 'serviceAccounts[0].rights.user', /users\?/],
  ];
  for (const [what, addition, key, message] of problems) {
    it(`are refused ${what}, where they stand`, () => {
      const problem = onlyProblem(addition);
      assert.equal(problem.key, key);
      assert.match(problem.message, message);
      assert.ok(problem.line > minimal.split('\n').length - 1);
    });
  }

  it('are doubted when they let anybody read entries', () => {
    const text = `${minimal}ldap: {listen: ["127.0.0.1:389"]}\naccess: {anonymous: {attributes: [mail]}}\n`;
    assert.deepEqual(accepted(text).warnings, []);
    const open = accepted(text.replace('{attributes', '{users: all, attributes'));
    assert.deepEqual(
      open.warnings.map(({ key }) => key),
      ['access.anonymous'],
    );
  });
});

describe('limits of an account in a configuration', () => {
  it('are none when nothing is said', () => {
    assert.deepEqual(
      new Set(Object.values(accepted(minimal + account('')).config.serviceAccounts[0]?.limits ?? {})),
      new Set([undefined]),
    );
  });

  it('are read in their units, and a burst is a second’s worth', () => {
    const keys = 'sizeLimit: 10, timeLimit: 5s, operationsPerSecond: 20, maxConnections: 3';
    const limits = { sizeLimit: 10, timeLimitMs: 5000, operationsPerSecond: 20, burst: 20, connectionsMax: 3 };
    const read = (text: string): unknown =>
      accepted(minimal + account(`limits: {${text}}`)).config.serviceAccounts[0]?.limits;
    assert.deepEqual(read(keys), limits);
    assert.deepEqual(read(`${keys}, burst: 100`), { ...limits, burst: 100 });
  });

  it('are refused when they would allow nothing, and a burst without a rate', () => {
    for (const key of ['sizeLimit', 'operationsPerSecond', 'maxConnections']) {
      assert.equal(onlyProblem(account(`limits: {${key}: 0}`)).key, `serviceAccounts[0].limits.${key}`);
    }
    const problem = onlyProblem(account('limits: {burst: 5}'));
    assert.equal(problem.key, 'serviceAccounts[0].limits.burst');
    assert.match(problem.message, /operationsPerSecond/);
  });
});

describe('passwords in the clear', () => {
  const warnings = (ldap: string): readonly string[] =>
    accepted(`${minimal}ldap: ${ldap}\n`).warnings.map(({ key, message }) => `${key} ${message}`);

  it('are accepted from this machine alone, when nothing is said (B10)', () => {
    const { ldap } = accepted(minimal).config;
    assert.equal(ldap.requireTlsForBind, true);
    assert.deepEqual(ldap.clearPasswordsFrom, [
      { family: 'ipv4', address: '127.0.0.0', prefix: 8 },
      { family: 'ipv6', address: '::1', prefix: 128 },
    ]);
  });

  it('are doubted wherever they could cross a network, and where others could not log in', () => {
    assert.match(warnings('{}')[0] ?? '', /^ldap\.listen .*are refused/);
    assert.match(warnings('{requireTlsForBind: false}')[0] ?? '', /^ldap\.listen .*unencrypted/);
    assert.match(warnings('{clearPasswordsFrom: [10.0.0.0/8]}')[0] ?? '', /^ldap\.clearPasswordsFrom .*unencrypted/);
    assert.deepEqual(warnings('{listen: ["127.0.0.1:389"], requireTlsForBind: false}'), []);
  });
});

describe('docs/access.md', () => {
  const examples = [...readFileSync('docs/access.md', 'utf8').matchAll(/^```yaml\n(.*?)^```/gms)].map(
    ([, yaml = '']) => yaml,
  );

  it('has examples', () => {
    assert.ok(examples.length >= 5);
  });

  for (const [index, yaml] of examples.entries()) {
    it(`has an example ${index + 1} that is a configuration without doubts`, () => {
      const env = { PASSWORD_HASH: bcryptHash };
      const { warnings } = accepted(`${minimal}ldap: {listen: ["127.0.0.1:389"]}\n${yaml}`, source({}, env));
      assert.deepEqual(warnings, []);
    });
  }
});
