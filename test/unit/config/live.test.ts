import assert from 'node:assert/strict';
import type { Config } from '../../../src/config/config.ts';
import { changedAccounts, liveChange, sameSettings } from '../../../src/config/live.ts';
import { Secret } from '../../../src/identity/secret.ts';
import { accepted, bcryptHash, minimal, source } from './config-fixture.ts';

const otherHash = bcryptHash.replace('$12$a', '$12$b');
const extension = 'extension_22222222222222222222222222222222_shell';

function config(addition = '', from = source()): Config {
  return accepted(minimal + addition, from).config;
}

const running = config();

/** Changes of the file, the keys of which only a restart takes over. */
const fixed: readonly (readonly [addition: string, keys: readonly string[]])[] = [
  ['store: { path: elsewhere }\n', ['store.path']],
  ['ldap: { listen: ["127.0.0.1:3389"] }\n', ['ldap.listen, ldap.tlsListen']],
  ['ldap: { requireTlsForBind: false }\n', ['ldap.requireTlsForBind']],
  ['ldap: { clearPasswordsFrom: [10.0.0.0/8] }\n', ['ldap.clearPasswordsFrom']],
  ['bind: { entra: { timeout: 3s } }\n', ['bind.entra.timeout']],
  ['log: { format: json }\n', ['log.format']],
  ['users: { enabled: false }\n', ['users.enabled']],
  [`users: { loginShellFrom: ${extension} }\n`, ['users.loginShellFrom']],
];

/** Changes of the file that are taken over, and what they change. */
const live: readonly (readonly [addition: string, of: (config: Config) => unknown])[] = [
  ['policy: { disabledGroups: [Leavers] }\n', ({ projection }) => projection.policy],
  ['users: { whenLocked: hide }\n', ({ projection }) => projection.users.whenLocked],
  ['users: { loginShellFrom: extensionAttribute4 }\n', ({ projection }) => projection.users.loginShellFrom],
  ['groups: { membership: direct }\n', ({ projection }) => projection.groups.membership],
  ['sync: { interval: 40m }\n', ({ sync }) => sync.intervalMs],
  ['ldap: { limits: { sizeLimit: 10 } }\n', ({ ldap }) => ldap.limits.sizeLimit],
  [`serviceAccounts: [{ name: a, passwordHash: "${bcryptHash}" }]\n`, ({ serviceAccounts }) => serviceAccounts],
  ['access: { users: { users: all } }\n', ({ access }) => access],
  ['bind: { entra: { enabled: false } }\n', ({ bind }) => bind.entra.enabled],
  ['bind: { entra: { acceptProven: [50076] } }\n', ({ bind }) => bind.entra.acceptProven],
  ['bind: { diagnostics: activeDirectory }\n', ({ bind }) => bind.diagnostics],
  ['bind: { shield: { account: { attempts: 3 } } }\n', ({ bind }) => bind.shield],
  ['bind: { memory: { accepted: 0s } }\n', ({ bind }) => bind.memory],
  ['bind: { audit: { enabled: false } }\n', ({ bind }) => bind.audit],
  ['log: { level: debug }\n', ({ log }) => log.level],
];

describe('a changed configuration (FAM-28)', () => {
  for (const [addition, of] of live) {
    it(`is taken over by a running daemon: ${addition.trim()}`, () => {
      const wanted = config(addition);
      assert.ok(!sameSettings(of(wanted), of(running)));
      const { config: next, needsRestart } = liveChange(running, wanted);
      assert.deepEqual(needsRestart, []);
      assert.ok(sameSettings(of(next), of(wanted)));
    });
  }

  for (const [addition, keys] of fixed) {
    it(`needs a restart, and changes nothing before it: ${addition.trim()}`, () => {
      const { config: next, needsRestart } = liveChange(running, config(addition));
      assert.deepEqual(needsRestart, keys);
      assert.ok(sameSettings(next, running));
    });
  }

  it('needs a restart for another secret of the tenant, which no message shows', () => {
    const wanted = config('', source({}, { SECRET: 'another~secret-value.Q' }));
    const { config: next, needsRestart } = liveChange(running, wanted);
    assert.deepEqual(needsRestart, ['tenant']);
    assert.equal(next.tenant, running.tenant);
  });

  it('needs a restart with all that is made of the names of the tree, when these change', () => {
    const wanted = config('  users: ou=people\npolicy: { disabledGroups: [Leavers] }\nlog: { level: debug }\n');
    const { config: next, needsRestart } = liveChange(running, wanted);
    assert.deepEqual(needsRestart, ['directory.users', 'users, groups, policy, sudo, overlay', 'access']);
    assert.equal(next.projection, running.projection);
    assert.equal(next.log.level, 'debug', 'the rest is taken over');
  });

  it('keeps reading the properties that it read, and takes over the rest, when it names others', () => {
    const wanted = config(`users: { loginShellFrom: ${extension}, loginShell: /bin/zsh }\n`);
    const { projection } = liveChange(running, wanted).config;
    assert.equal(projection.users.loginShellFrom, undefined);
    assert.equal(projection.users.loginShell, '/bin/zsh');
    assert.deepEqual(liveChange(wanted, running).needsRestart, [], 'what is read already may be left unused');
  });

  it('changes the accounts that are gone, have another password or other rights, and no others', () => {
    const accounts = (...list: string[]): Config =>
      config(`serviceAccounts:\n${list.map((text) => `  - { ${text} }\n`).join('')}`);
    const before = accounts(
      `name: gone, passwordHash: "${bcryptHash}"`,
      `name: kept, passwordHash: "${bcryptHash}"`,
      `name: other, passwordHash: "${bcryptHash}"`,
      `name: rights, passwordHash: "${bcryptHash}"`,
    );
    const after = accounts(
      `name: kept, passwordHash: "${bcryptHash}"`,
      `name: new, passwordHash: "${bcryptHash}"`,
      `name: other, passwordHash: "${otherHash}"`,
      `name: rights, passwordHash: "${bcryptHash}", rights: { users: all }`,
    );
    assert.deepEqual([...changedAccounts(before, after)], ['gone', 'other', 'rights']);
  });
});

describe('sameSettings', () => {
  it('compares secrets, maps, sets and lists by what they hold', () => {
    assert.ok(
      sameSettings(
        { a: [new Secret('x')], m: new Map([['k', new Set(['v'])]]) },
        { m: new Map([['k', new Set(['v'])]]), a: [new Secret('x')] },
      ),
    );
    for (const [a, b] of [
      [new Secret('x'), new Secret('y')],
      [new Secret('x'), {}],
      [new Map([['k', 1]]), new Map([['k', 2]])],
      [new Set(['a']), new Set(['b'])],
      [new Set(['a']), ['a']],
      [{ a: undefined }, {}],
      [{ a: undefined }, { b: undefined }],
      [{ a: 1 }, { a: 1, b: 2 }],
      [null, {}],
      ['1', 1],
    ]) {
      assert.ok(!sameSettings(a, b), JSON.stringify([a, b]));
    }
  });
});
