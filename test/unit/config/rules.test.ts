import assert from 'node:assert/strict';
import { accepted, bcryptHash, clientId, minimal, onlyProblem, refused, tenantId } from './config-fixture.ts';

describe('rules between keys of a configuration', () => {
  const numbers: readonly [string, string, string, RegExp][] = [
    [
      'overlapping ranges',
      'users: {uidNumbers: {to: 1000000500}, primaryGroup: {gidNumber: 5}}',
      'users.uidNumbers',
      /overlaps groups\.gidNumbers/,
    ],
    [
      'ranges that share one number',
      'users: {uidNumbers: {from: 10, to: 20}}\ngroups: {gidNumbers: {from: 20, to: 30}}',
      'groups.gidNumbers',
      /overlaps/,
    ],
    ['a range from large to small', 'users: {uidNumbers: {from: 20, to: 10}}', 'users.uidNumbers', /swap/],
    [
      'a primary group inside the range of users',
      'users: {primaryGroup: {gidNumber: 100000000}}',
      'users.primaryGroup.gidNumber',
      /overlaps users\.uidNumbers/,
    ],
    [
      'a primary group inside the range of groups',
      'users: {primaryGroup: {gidNumber: 1999999999}}',
      'users.primaryGroup.gidNumber',
      /overlaps groups\.gidNumbers/,
    ],
  ];
  for (const [what, addition, key, message] of numbers) {
    it(`refuse ${what} (PAIN-08)`, () => {
      const problem = onlyProblem(`${addition}\n`);
      assert.equal(problem.key, key);
      assert.match(problem.message, message);
    });
  }

  it('accept ranges that touch without sharing a number, with the primary group between them (PAIN-08)', () => {
    accepted(
      `${minimal}users: {uidNumbers: {from: 1, to: 99}, primaryGroup: {gidNumber: 100}}\ngroups: {gidNumbers: {from: 101, to: 200}}\n`,
    );
  });

  it('judge the ranges although something else in the same sections is wrong', () => {
    const keys = refused(`${minimal}users: {guests: maybe, uidNumbers: {to: 1500000000}}\ngroups: {bogus: 1}\n`).map(
      ({ key }) => key,
    );
    assert.deepEqual(keys.toSorted(), ['groups.bogus', 'users.guests', 'users.uidNumbers', 'users.uidNumbers']);
  });

  const credentials: readonly [string, string, string, RegExp][] = [
    ['no credential', '{}', 'tenant.credential', /needs one of: secret, certificateFile/],
    ['two credentials', '{secret: abc~, certificateFile: /nope.pem}', 'tenant.credential', /has both/],
    [
      'a certificate chain for a secret',
      '{secret: abc~, sendCertificateChain: true}',
      'tenant.credential.sendCertificateChain',
      /no meaning/,
    ],
  ];
  for (const [what, credential, key, message] of credentials) {
    it(`refuse ${what}`, () => {
      const text = minimal.replace(/credential:\n.*\n/, `credential: ${credential}\n`);
      const problem = refused(text).find((candidate) => candidate.key === key);
      assert.match(problem?.message ?? '', message);
    });
  }

  it('notice the tenant id in the place of the client id', () => {
    const [problem] = refused(minimal.replace(clientId, tenantId));
    assert.equal(problem?.key, 'tenant.clientId');
    assert.match(problem.message, /same as tenant\.id/);
  });

  it('refuse one container for two kinds, whatever its spelling (RFC 4518)', () => {
    const problem = refused(`${minimal}  groups: OU=Users\n`)[0];
    assert.equal(problem?.key, 'directory.groups');
    assert.match(problem.message, /same as directory\.users/);
  });

  for (const container of ['users', 'ou=', 'ou=a,ou=b', 'ou=a+cn=b', 'cn=users', 'ou=a\\']) {
    it(`refuse ${JSON.stringify(container)} as a container`, () => {
      const problem = refused(`${minimal}  users: '${container}'\n`)[0];
      assert.equal(problem?.key, 'directory.users');
      assert.match(problem.message, /of the form ou=…/);
    });
  }

  it('accept a container whose name holds an escaped comma', () => {
    assert.equal(accepted(`${minimal}  users: 'ou=Users\\, all'\n`).config.directory.users, 'ou=Users\\, all');
  });

  for (const baseDn of [
    '""',
    'dc',
    'dc=example,,dc=com',
    '"dc=example,dc=com,"',
    '"=x"',
    'cn=x',
    'dc=',
    'dc=a+o=b',
    '"dc=#0402aabb"',
  ]) {
    it(`refuse ${baseDn} as a base DN (RFC 4514 §3)`, () => {
      const problem = refused(minimal.replace('dc=example,dc=com', baseDn))[0];
      assert.equal(problem?.key, 'directory.baseDn');
      assert.match(problem.message, /RFC 4514/);
    });
  }

  for (const baseDn of ['DC=example,DC=com', 'o=Example Ltd', 'ou=dir,dc=example,dc=com', 'dc = example, dc = com']) {
    it(`accept ${baseDn} as a base DN and take the blanks around its separators away`, () => {
      const { config } = accepted(minimal.replace('dc=example,dc=com', baseDn));
      assert.equal(config.projection.baseDn, baseDn.replaceAll(/ ?([=,]) ?/g, '$1'));
    });
  }

  it('want a certificate for LDAPS', () => {
    const problem = onlyProblem('ldap: {tlsListen: ["0.0.0.0:636"]}\n');
    assert.equal(problem.key, 'ldap.tlsListen');
    assert.match(problem.message, /add ldap\.tls/);
    accepted(`${minimal}ldap: {tlsListen: []}\n`);
  });

  it('refuse an address that is there twice, except port 0', () => {
    const problem = onlyProblem('ldap: {listen: ["127.0.0.1:389", "127.0.0.1:389"]}\n');
    assert.equal(problem.key, 'ldap.listen[1]');
    accepted(`${minimal}ldap: {listen: ["127.0.0.1:0", "127.0.0.1:0"]}\n`);
  });

  it('refuse more connections from one address than there may be at all', () => {
    assert.equal(onlyProblem('ldap: {limits: {maxConnections: 10}}\n').key, 'ldap.limits.maxConnectionsPerAddress');
    accepted(`${minimal}ldap: {limits: {maxConnections: 10, maxConnectionsPerAddress: 10}}\n`);
  });

  it('refuse an account that may be used from nowhere', () => {
    const problem = onlyProblem(`serviceAccounts: [{name: a, passwordHash: "${bcryptHash}", allowFrom: []}]\n`);
    assert.equal(problem.key, 'serviceAccounts[0].allowFrom');
    assert.match(problem.message, /nobody could use/);
  });

  const withoutCa = `serviceAccounts: [{name: a, certificateSubject: "CN=a"}]\n`;
  const proofs: readonly [what: string, addition: string, key: string, message: RegExp][] = [
    [
      'an account that nothing opens',
      'serviceAccounts: [{name: a}]\n',
      'serviceAccounts[0]',
      /needs passwordHash, certificateSubject or/,
    ],
    [
      'a certificate without authorities',
      withoutCa,
      'serviceAccounts[0].certificateSubject',
      /needs ldap\.tls\.clientCa/,
    ],
  ];
  for (const [what, addition, key, message] of proofs) {
    it(`refuse ${what}`, () => {
      const problem = onlyProblem(addition);
      assert.equal(problem.key, key);
      assert.match(problem.message, message);
    });
  }

  for (const subject of ['gitlab', '""', 'CN=', '"CN=a,,O=b"', '"CN=a\\nO=b"', '42']) {
    it(`refuse ${subject} as the subject of a certificate (RFC 4514 §3)`, () => {
      const problems = refused(`${minimal}serviceAccounts: [{name: a, certificateSubject: ${subject}}]\n`);
      const problem = problems.find(({ message }) => message.includes('RFC 4514'));
      assert.equal(problem?.key, 'serviceAccounts[0].certificateSubject');
    });
  }

  for (const name of ['gitlab', 'ip:10.0.0.1', '"dns:"', 'email:gitlab', '"dns:a b"', 'email:a@b@c', '"uri:a,b"', 42]) {
    it(`refuse ${name} as another name of a certificate`, () => {
      const problems = refused(`${minimal}serviceAccounts: [{name: a, certificateAltName: ${name}}]\n`);
      const problem = problems.find(({ message }) => message.includes('subject alternative name'));
      assert.equal(problem?.key, 'serviceAccounts[0].certificateAltName');
    });
  }

  it('refuse one other name for two accounts, and any without authorities (P5)', () => {
    const names = ['dns:a.example.com', 'DNS:A.Example.com'].map(
      (name, index) => `{name: a${index}, certificateAltName: "${name}"}`,
    );
    const problems = refused(`${minimal}serviceAccounts: [${names.join(', ')}]\n`);
    assert.deepEqual(
      problems.map(({ key, message }) => [key, /other name of serviceAccounts\[0\]|clientCa/.test(message)]),
      [0, 1, 1].map((index) => [`serviceAccounts[${index}].certificateAltName`, true]),
    );
  });

  it('refuse one certificate for two accounts, whatever its spelling (P5)', () => {
    const subjects = ['CN=a, O=Example', 'cn=A,o=example'].map(
      (subject, index) => `{name: a${index}, certificateSubject: "${subject}"}`,
    );
    const problems = refused(`${minimal}serviceAccounts: [${subjects.join(', ')}]\n`);
    assert.equal(problems.filter(({ message }) => message.includes('is the subject of serviceAccounts[0]')).length, 1);
  });

  it('refuse two service accounts whose names LDAP cannot tell apart (P5)', () => {
    const account = (name: string): string => `{name: "${name}", passwordHash: "${bcryptHash}"}`;
    const problem = onlyProblem(`serviceAccounts: [${account('Git Lab')}, ${account('x')}, ${account('git  lab')}]\n`);
    assert.equal(problem.key, 'serviceAccounts[2].name');
    assert.match(problem.message, /serviceAccounts\[0\]/);
  });
});

describe('doubts about a configuration', () => {
  function doubtedKeys(text: string): string[] {
    return accepted(text).warnings.map(({ key }) => key);
  }

  const quiet = `${minimal}ldap: {listen: ["127.0.0.1:389"]}\n`;

  it('are none when everything is as it should be', () => {
    assert.deepEqual(doubtedKeys(quiet), []);
  });

  it('name a client secret that stands in the file itself (FAM-07)', () => {
    assert.deepEqual(doubtedKeys(quiet.replace('${env:SECRET}', 'abc~plain')), ['tenant.credential.secret']);
  });

  it('name addresses at which passwords cross the network unencrypted', () => {
    assert.deepEqual(doubtedKeys(`${minimal}ldap: {listen: ["10.0.0.1:389"]}\n`), ['ldap.listen']);
    assert.deepEqual(doubtedKeys(minimal), ['ldap.listen']);
  });

  it('name hashes that are quick to guess or slow to check', () => {
    const hashes = ['$09$', '$10$', '$13$', '$14$'].map(
      (cost, index) => `{name: a${index}, passwordHash: "${bcryptHash.replace('$12$', cost)}"}`,
    );
    assert.deepEqual(doubtedKeys(`${quiet}serviceAccounts: [${hashes.join(', ')}]\n`), [
      'serviceAccounts[0].passwordHash',
      'serviceAccounts[3].passwordHash',
    ]);
  });
});
