import assert from 'node:assert/strict';

import { type Config } from '../../../src/config/config.ts';
import { liveChange } from '../../../src/config/live.ts';
import { accepted, bcryptHash, minimal, refused } from './config-fixture.ts';

const accounts = `serviceAccounts:
  - { name: vpn, passwordHash: ${bcryptHash}, allowFrom: [10.1.0.0/16] }
  - { name: wiki, passwordHash: ${bcryptHash} }
`;
const groupId = '22222222-2222-2222-2222-22222222AAAA';

const configOf = (rules: string, more = ''): Config =>
  accepted(`${minimal}${accounts}bind: { rules: [${rules}]${more} }\n`).config;
const problemsOf = (rules: string, before = accounts): (readonly [key: string | undefined, message: string])[] =>
  refused(`${minimal}${before}bind: { rules: [${rules}] }\n`).map(({ key, message }) => [key, message]);
const doubtsOf = (rules: string): (readonly [key: string | undefined, message: string])[] =>
  accepted(`${minimal}${accounts}ldap: { listen: ["127.0.0.1:3389"] }\nbind: { rules: [${rules}] }\n`).warnings.map(
    ({ key, message }) => [key, message],
  );

describe('the key bind.rules', () => {
  it('takes groups by name and by object id, service accounts, and every switch', () => {
    const rule = `{ groups: ["Domain, Admins", ${groupId}], services: [VPN], local: false, appPasswords: true, entra: false, remembered: true, codeRequired: true }`;
    const { bind } = configOf(rule);
    assert.deepEqual(bind.rules, [
      {
        groups: [
          { name: 'Domain, Admins', dn: 'cn=domain\\, admins,ou=groups,dc=example,dc=com' },
          { name: groupId, entryUuid: groupId.toLowerCase() },
        ],
        services: ['vpn'],
        switches: { local: false, appPasswords: true, entra: false, remembered: true, codeRequired: true },
      },
    ]);
    assert.deepEqual(bind.remembered, { freshMs: 0, outageMs: 86_400_000, isByRuleOnly: true });
    assert.equal(configOf('{ remembered: false }').bind.remembered, undefined);
  });

  it('is empty by default, and no code is demanded of anybody', () => {
    const { bind } = accepted(minimal).config;
    assert.deepEqual([bind.rules, bind.oneTimeCodes], [[], { required: false, window: 1 }]);
    const demanding = configOf('', ', oneTimeCodes: { required: true, window: 3 }').bind;
    assert.deepEqual([demanding.oneTimeCodes, demanding.appPasswords.codeWindow], [{ required: true, window: 3 }, 3]);
  });

  it('tells of everything in it that cannot be followed, with its place', () => {
    assert.deepEqual(problemsOf('{ groups: [], services: [], entra: false }, { groups: [staff] }'), [
      [
        'bind.rules[0].groups',
        'is empty, so that the rule would apply to nobody; name some, or remove the key for everybody',
      ],
      [
        'bind.rules[0].services',
        'is empty, so that the rule would apply to nobody; name some, or remove the key for everybody',
      ],
      ['bind.rules[1]', 'says nothing; it needs one of: local, appPasswords, entra, remembered, codeRequired'],
    ]);
    const [[key, message] = ['', '']] = problemsOf('{ services: [vnp], entra: false }');
    assert.equal(key, 'bind.rules[0].services[0]');
    assert.match(message, /there is none of this name: did you mean vpn\?/);
    assert.match(
      String(problemsOf('{ services: [wiki], entra: false }')[0]?.[1]),
      /serviceAccounts\[1\], which may bind from everywhere; give it allowFrom/,
    );
    assert.match(String(problemsOf('{ services: [vpn], entra: false }', '')[0]?.[1]), /add it to serviceAccounts/);
  });

  it('keeps silent about a service account that may be one whose own entry is wrong', () => {
    const broken = `serviceAccounts: [{ name: 7, passwordHash: ${bcryptHash} }]\n`;
    assert.deepEqual(
      problemsOf('{ services: [vpn], entra: false }', broken).map(([key]) => key),
      ['serviceAccounts[0].name'],
    );
  });

  it('doubts what an earlier rule has decided for everybody', () => {
    assert.deepEqual(doubtsOf('{ groups: [staff], entra: true }, { entra: false }'), []);
    assert.deepEqual(doubtsOf('{ entra: false }, { groups: [staff], entra: true, local: false }'), [
      ['bind.rules[1].entra', 'has no effect, because bind.rules[0] decides it for everybody'],
    ]);
  });

  it('is taken over by a running daemon, but for one whose tree stays another until it is started again', () => {
    const [running, wanted] = [configOf('{ entra: false }'), configOf('{ groups: [staff], entra: false }')];
    const change = liveChange(running, wanted);
    assert.deepEqual([change.config.bind.rules, change.needsRestart], [wanted.bind.rules, []]);
    const moved = accepted(
      `${minimal.replace('dc=example', 'dc=other')}${accounts}bind: { rules: [{ groups: [staff], entra: false }] }\n`,
    ).config;
    const later = liveChange(running, moved);
    assert.deepEqual(later.config.bind.rules, running.bind.rules);
    assert.ok(later.needsRestart.includes('bind.rules'));
  });
});

describe('a service account', () => {
  it('can be turned off by itself', () => {
    const off = `serviceAccounts: [{ name: vpn, passwordHash: ${bcryptHash}, enabled: false }]\n`;
    assert.equal(accepted(minimal + off).config.serviceAccounts[0]?.isEnabled, false);
    assert.equal(accepted(minimal + accounts).config.serviceAccounts[0]?.isEnabled, true);
  });
});
