import assert from 'node:assert/strict';
import { parseConfig } from '../../../src/config/load.ts';
import { formatPath, formatProblem } from '../../../src/config/problem.ts';
import { minimal, onlyProblem, refused, source } from './config-fixture.ts';

describe('problems of a configuration', () => {
  it('are reported all at once, in the order of the file, each with its place', () => {
    const problems = refused(
      [
        'tenant:',
        '  id: contoso.com',
        '  clientID: 99999999-2222-3333-4444-555555555555',
        '  credential: {}',
        '  cloud: chna',
        'directory:',
        '  baseDn: example.com',
        'sync: {interval: 30, jitter: 60%}',
        'users:',
        '  guests: yes',
        '  uidNumbers: {from: 10, to: 2000000000}',
        'ldap:',
        '  limits: {messageSize: 64, maxConnections: "${env:NO}"}',
        'serviceAccounts:',
        '  - {name: a, passwordHash: x}',
        '  - {name: "A", passwordHash: x}',
        'lgo: {}',
      ].join('\n'),
    );
    assert.deepEqual(
      problems.map(({ line, column, key }) => `${line}:${column} ${key}`),
      [
        '1:1 tenant.clientId',
        '2:7 tenant.id',
        '3:3 tenant.clientID',
        '4:3 tenant.credential',
        '5:10 tenant.cloud',
        '7:11 directory.baseDn',
        '8:18 sync.interval',
        '8:30 sync.jitter',
        '10:11 users.guests',
        '11:3 users.uidNumbers',
        '11:3 users.uidNumbers',
        '13:25 ldap.limits.messageSize',
        '13:45 ldap.limits.maxConnections',
        '15:29 serviceAccounts[0].passwordHash',
        '16:6 serviceAccounts[1].name',
        '16:31 serviceAccounts[1].passwordHash',
        '17:1 lgo',
      ],
    );
  });

  it('are reported beside repeated keys', () => {
    const problems = refused(`${minimal}log: {level: loud}\nlog: {level: loud}\n`);
    assert.deepEqual(
      problems.map(({ line }) => line),
      [9, 9],
    );
    assert.match(problems[0]?.message ?? '', /twice/);
    assert.match(problems[1]?.message ?? '', /must be one of/);
  });

  it('stop at the YAML when the text is not YAML, because keys mean nothing then', () => {
    const problems = refused('tenant: {id: 1\nbogus: 1\n');
    assert.ok(problems.length > 0);
    assert.ok(problems.every(({ key }) => key === ''));
  });

  for (const [what, text, storePath] of [
    ['its path, as far as it can be read', 'store: {path: /srv/ldap}\npolicy: [a\n', '/srv/ldap'],
    ['the usual one where no section names another', 'policy: [a\n', '/etc/entra-ldapd/data'],
    ['none where the path cannot be read', 'store: {path: [/srv\npolicy: {}\n', undefined],
    ['none where the path needs what is not there', 'store: {path: "${env:NO}"}\npolicy: [a\n', undefined],
    ['none where nothing can be read', '%'.repeat(2 * 1024 * 1024), undefined],
  ] as const) {
    it(`leave the store of a text that is not YAML known, by which its daemon is asked: ${what}`, () => {
      const result = parseConfig(text, { ...source(), file: '/etc/entra-ldapd/c.yaml' });
      assert.equal(result.ok || result.storePath, storePath);
    });
  }

  const unknown: readonly [string, string, string, RegExp][] = [
    ['a slip', 'sync: {intervall: 30m}\n', 'sync.intervall', /did you mean interval\?/],
    [
      'another spelling',
      'ldap: {require_tls_for_bind: false}\n',
      'ldap.require_tls_for_bind',
      /did you mean requireTlsForBind\?/,
    ],
    [
      'a key of another section',
      'groups: {homeDirectory: /x}\n',
      'groups.homeDirectory',
      /did you mean users\.homeDirectory\?/,
    ],
    ['a key that resembles nothing', 'log: {xyzzy: 1}\n', 'log.xyzzy', /known keys here: level, format/],
    ['a section that resembles nothing', 'xyzzy: 1\n', 'xyzzy', /known keys at the top: tenant, directory/],
    ['__proto__', '"__proto__": {log: 1}\n', '__proto__', /is not a known key/],
    ['a missing blank after the colon', 'log: {level:hunter2}\n', 'log.?', /write "key: value"/],
  ];
  for (const [what, addition, key, message] of unknown) {
    it(`name ${what} among the keys, with the nearest known key`, () => {
      const problem = onlyProblem(addition);
      assert.equal(problem.key, key);
      assert.match(problem.message, message);
      assert.doesNotMatch(formatProblem(problem), /hunter2/);
    });
  }

  const wrongTypes: readonly [string, RegExp][] = [
    ['sync: {interval: 30}\n', /this is a number: add a unit/],
    ['sync: {jitter: 10}\n', /this is a number: add a percent sign/],
    ['ldap: {limits: {messageSize: 1000000}}\n', /this is a number: add a unit \(B, kB/],
    ['users: {guests: yes}\n', /must be true or false; this is a text/],
    ['users: {loginShell: 7}\n', /for instance \/bin\/bash; this is a number: put quotes around it/],
    ['users: [a]\n', /must be a section with these keys: enabled, filter, .*; this is a list/],
    ['users: text\n', /must be a section .*this is a text/],
    ['serviceAccounts: {a: 1}\n', /must be a list .*this is a section/],
    ['users: {primaryGroup: {gidNumber: 1.5}}\n', /must be a whole number from 1 to 2147483647/],
    ['users: {primaryGroup: {gidNumber: 0}}\n', /must be a whole number from 1 to 2147483647/],
    ['users: {primaryGroup: {gidNumber: 2147483648}}\n', /must be a whole number from 1 to 2147483647/],
    ['users: {primaryGroup: {gidNumber: many}}\n', /must be a whole number .*this is a text/],
    ['log: {level: wran}\n', /must be one of: debug, info, warn, error; did you mean warn\?/],
    ['log: {level: 3}\n', /must be one of: .*this is a number/],
    ['ldap: {listen: ["389"]}\n', /must be an address and a port/],
    ['users: {homeDirectory: home/{uid}}\n', /absolute path that holds \{uid\}/],
    ['users: {homeDirectory: /home}\n', /absolute path that holds \{uid\}/],
    ['users: {homeDirectory: "/home/{name}/{uid}"}\n', /character 8 must be a property of Microsoft Graph/],
    ['users: {homeDirectory: "/home/{uid|lower"}\n', /character 7 is a \{ without a \}/],
    ['users: {loginShell: "/bin/{userPrincipalNam}"}\n', /did you mean userPrincipalName\?/],
    ['users: {loginShell: "/bin/sh:x"}\n', /without a colon/],
    [
      'users: {uidNumberFrom: extensionAttribute16}\n',
      /must be a property of Microsoft Graph; .*did you mean extensionAttribute1\?/,
    ],
    ['users: {sshPublicKeyFrom: extensionAttribute1}\n', /must be a list of at most 16 items.*; this is a text/],
    ['users: {sshPublicKeyFrom: [userPassword]}\n', /must be a property of Microsoft Graph/],
    ['users: {primaryGroup: {gidNumberFrom: 5}}\n', /must be a property of Microsoft Graph, .*; this is a number/],
    [
      'groups: {gidNumberFrom: [description, jobTitle]}\n',
      /^must be a property of Microsoft Graph; a template has braces/,
    ],
    ['users: {loginShell: "/bin/sh\\nroot"}\n', /without a colon/],
    ['ldap: {listen: [], tlsListen: []}\n', /nobody could connect/],
  ];
  for (const [addition, message] of wrongTypes) {
    it(`explain ${JSON.stringify(addition)} in plain words`, () => {
      assert.match(onlyProblem(addition.replace('home/{uid}}', '"home/{uid}"}')).message, message);
    });
  }

  it('say of an empty file what is missing', () => {
    for (const text of ['', '# only a comment\n', 'null\n']) {
      assert.deepEqual(
        refused(text).map(({ key, line, column }) => [key, line, column]),
        [['tenant', 1, 1]],
      );
    }
  });

  it('say of a file that is no map what it should be', () => {
    for (const text of ['- a\n', 'just text\n']) {
      const [problem] = refused(text);
      assert.match(problem?.message ?? '', /must be a section with these keys: tenant/);
    }
  });

  it('explain a domain name in the place of a DN or of a tenant id', () => {
    assert.match(
      refused(minimal.replace('dc=example,dc=com', 'example.com'))[0]?.message ?? '',
      /write a domain as dc=…,dc=…/,
    );
    const [problem] = refused(minimal.replace(/ {2}id: .*/, '  id: example.onmicrosoft.com'));
    assert.match(problem?.message ?? '', /"Directory \(tenant\) ID" from the overview page/);
  });

  it('are written as file:line:column key: message', () => {
    const problem = { file: 'c.yaml', line: 3, column: 7, key: 'a.b[0].c', message: 'is wrong' };
    assert.equal(formatProblem(problem), 'c.yaml:3:7 a.b[0].c: is wrong');
    assert.equal(formatProblem({ ...problem, key: '' }), 'c.yaml:3:7 is wrong');
    assert.equal(formatPath(['a', 'b', 0, 'secret:hunter2']), 'a.b[0].?');
  });

  it('come from one reading of each file: a file that changes meanwhile cannot slip past the checks', () => {
    let reads = 0;
    const from = { ...source(), readFile: () => `secret-number-${++reads}` };
    refused(minimal.replace('${env:SECRET}', '"${file:a}${file:a}"').replace('clientId', 'clientIdd'), from);
    assert.equal(reads, 1);
  });
});
