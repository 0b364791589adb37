import assert from 'node:assert/strict';
import type { Config } from '../../../src/config/config.ts';
import { changedAccounts, changedLocalAccounts, liveChange, sameSettings } from '../../../src/config/live.ts';
import { parseObjectId } from '../../../src/identity/ids.ts';
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
  ['store: { undo: { publications: 3 } }\n', ['store.undo']],
  ['store: { history: { lines: 3 } }\n', ['store.history']],
  ['ldap: { listen: ["127.0.0.1:3389"] }\n', ['ldap.listen, ldap.tlsListen']],
  ['ldap: { requireTlsForBind: false }\n', ['ldap.requireTlsForBind']],
  ['ldap: { clearPasswordsFrom: [10.0.0.0/8] }\n', ['ldap.clearPasswordsFrom']],
  ['bind: { entra: { timeout: 3s } }\n', ['bind.entra.timeout']],
  ['log: { format: json }\n', ['log.format']],
  ['users: { enabled: false }\n', ['users.enabled']],
  ['sync: { mode: list }\n', ['sync.mode']],
  [`users: { loginShellFrom: ${extension} }\n`, ['users.loginShellFrom']],
];

/** Changes of the file that are taken over, and what they change. */
const live: readonly (readonly [addition: string, of: (config: Config) => unknown])[] = [
  ['policy: { disabledGroups: [Leavers] }\n', ({ projection }) => projection.policy],
  ['users: { whenLocked: hide }\n', ({ projection }) => projection.users.whenLocked],
  ['users: { loginShellFrom: extensionAttribute4 }\n', ({ projection }) => projection.users.loginShellFrom],
  ['groups: { membership: direct }\n', ({ projection }) => projection.groups.membership],
  ['sync: { create: false }\n', ({ projection }) => projection.create],
  ['users: { domains: verified }\n', ({ verifiedDomainsOnly }) => verifiedDomainsOnly],
  ['users: { duplicates: preferSynchronized }\n', ({ projection }) => projection.users.duplicates],
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
  });

  it('leaves a property unused at once, and says that it is read until the restart (FED-18)', () => {
    const before = config(`users: { loginShellFrom: ${extension} }\n`);
    const first = liveChange(before, running);
    assert.equal(first.config.projection.users.loginShellFrom, undefined);
    assert.deepEqual(first.needsRestart, ['users.loginShellFrom']);
    const second = liveChange(first.config, config('users: { attributes: { o: { constant: x } } }\n'));
    assert.deepEqual(second.needsRestart, ['users.loginShellFrom'], 'also after the next change');
    const back = liveChange(second.config, before);
    assert.deepEqual(back.needsRestart, [], 'and what is read can be used again without one');
    assert.equal(back.config.projection.users.loginShellFrom, extension);
    const both = config('users: { attributes: { department: false, departmentNumber: false } }\n');
    assert.deepEqual(liveChange(running, both).needsRestart, ['users.attributes']);
    const spread = config(`users: { loginShellFrom: employeeType, attributes: { employeeType: false } }\n`);
    assert.deepEqual(liveChange(running, spread).needsRestart, [], 'another source needs it');
    assert.deepEqual(liveChange(spread, config('users: { attributes: { employeeType: false } }\n')).needsRestart, [
      'users.loginShellFrom',
    ]);
  });

  it('takes over the parts of a map for which everything is read, each key for itself', () => {
    const wanted = config(
      `users: { uidFrom: mailNickname, attributes: { badge: employeeId } }\ngroups: { nameFrom: uniqueName, attributes: { o: mail } }\n`,
    );
    const { config: next, needsRestart } = liveChange(running, wanted);
    assert.deepEqual(needsRestart, ['groups.nameFrom']);
    assert.equal(next.projection.users.uidFrom, 'mailNickname');
    assert.deepEqual(next.projection.groups.attributes, { o: 'mail' });
    assert.deepEqual(next.projection.groups.nameFrom, running.projection.groups.nameFrom);
    assert.equal(next.readBy, running.readBy);
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

  it('changes the users of overlay files who are gone, locked or have another password, and no others', () => {
    const [gone, kept, locked, other, fresh] = [1, 2, 3, 4, 5].map((number) => {
      const objectId = parseObjectId(`00000000-0000-4000-8000-00000000000${number}`);
      assert.ok(objectId);
      return { objectId, passwordHash: new Secret(bcryptHash), isLocked: false };
    });
    assert.ok(gone && kept && locked && other && fresh);
    const changed = [
      { ...kept, passwordHash: new Secret(bcryptHash) },
      { ...locked, isLocked: true },
      fresh,
      { ...other, passwordHash: new Secret(otherHash) },
    ];
    const before = { ...running, localAccounts: [gone, kept, locked, other] };
    const after = changedLocalAccounts(before, { ...running, localAccounts: changed });
    assert.deepEqual([...after], [gone.objectId, locked.objectId, other.objectId]);
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
