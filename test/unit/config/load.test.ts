import assert from 'node:assert/strict';
import { clouds } from '../../../src/config/endpoints.ts';
import { formatProblem } from '../../../src/config/problem.ts';
import { noOverlay } from '../../../src/projection/overlay.ts';
import {
  accepted,
  bcryptHash,
  clientId,
  minimal,
  missingFile,
  onlyProblem,
  refused,
  secretValue,
  source,
  tenantId,
} from './config-fixture.ts';

describe('a configuration', () => {
  it('needs nothing but tenant id, client id, secret and base DN (OOM-04), and fills in the rest', () => {
    const { config } = accepted(minimal);
    assert.equal(config.tenant.id, tenantId);
    assert.equal(config.tenant.clientId, clientId);
    const [credential] = config.tenant.credentials;
    assert.ok(credential?.kind === 'secret');
    assert.equal(credential.secret.reveal(), secretValue);
    assert.equal(config.tenant.authorityHost, 'https://login.microsoftonline.com');
    assert.equal(config.tenant.graphUrl, 'https://graph.microsoft.com');
    assert.equal(config.sync.intervalMs, 30 * 60_000);
    assert.equal(config.store.path, '/etc/entra-ldapd/data');
    assert.deepEqual(config.ldap.listeners, [{ host: '0.0.0.0', port: 389, tls: false }]);
    assert.deepEqual(config.bind.entra, { enabled: true, timeoutMs: 10_000, acceptProven: [] });
    assert.deepEqual(config.log, { level: 'info', format: 'auto' });
  });

  it('gives the projection its settings', () => {
    const { config } = accepted(`${minimal}
users:
  uidFrom: mailNickname
  guests: true
  accountTypes: [synchronized]
  domains: [Example.com]
  whenLocked: hide
  uidNumbers: {from: 5000, to: 5999}
  uidNumberFrom: extensionAttribute15
  homeDirectory: /srv/home/{uid}
  homeDirectoryFrom: extension_0123456789abcdef0123456789abcdef_home
  loginShell: /bin/zsh
  loginShellFrom: employeeType
  sshPublicKeyFrom: [extensionAttribute1, extensionAttribute2]
  primaryGroup: {name: people, gidNumber: 500, gidNumberFrom: employeeId, shown: false}
  attributes:
    mobile:
    title: [jobTitle, '{department} {uid}']
    o: {constant: [Contoso, true]}
groups:
  withoutEmail: false
  types: [security]
  membershipTypes: [dynamic]
  namePrefixes: [LDAP-]
  gidNumbers: {from: 6000, to: 6999}
  gidNumberFrom: extension_0123456789abcdef0123456789abcdef_gid
  nameFrom: [mailNickname, displayName]
  attributes: {mail: false, description: {from: description, default: 7}}
  membership: direct
serviceAccounts:
  - {name: gitlab, description: GitLab, passwordHash: ${bcryptHash}}
`);
    assert.deepEqual(config.projection, {
      baseDn: 'dc=example,dc=com',
      activeDirectory: false,
      create: true,
      users: {
        container: 'ou=users',
        uidFrom: 'mailNickname',
        includeGuests: true,
        accountTypes: ['synchronized'],
        domains: ['example.com'],
        whenLocked: 'hide',
        duplicates: 'report',
        uidNumbers: { from: 5000, to: 5999 },
        uidNumberFrom: 'extensionAttribute15',
        homeDirectory: '/srv/home/{uid}',
        homeDirectoryFrom: 'extension_0123456789abcdef0123456789abcdef_home',
        loginShell: '/bin/zsh',
        loginShellFrom: 'employeeType',
        sshPublicKeyFrom: ['extensionAttribute1', 'extensionAttribute2'],
        primaryGroup: {
          kind: 'shared',
          name: 'people',
          gidNumber: 500,
          gidNumberFrom: 'employeeId',
          shown: false,
          groups: [],
          nested: true,
          container: 'ou=private-groups',
        },
        attributes: {
          mobile: false,
          title: ['jobTitle', '{department} {uid}'],
          o: { constant: ['Contoso', 'TRUE'] },
        },
      },
      groups: {
        container: 'ou=groups',
        withoutEmail: false,
        types: ['security'],
        membershipTypes: ['dynamic'],
        namePrefixes: ['ldap-'],
        gidNumbers: { from: 6000, to: 6999 },
        gidNumberFrom: 'extension_0123456789abcdef0123456789abcdef_gid',
        nameFrom: ['mailNickname', 'displayName'],
        attributes: { mail: false, description: { from: 'description', default: '7' } },
        membership: 'direct',
      },
      policy: { allowedGroups: undefined, disabledGroups: [], nested: true },
      services: { container: 'ou=services', accounts: [{ name: 'gitlab', description: 'GitLab' }] },
      overlay: noOverlay,
      sudo: undefined,
    });
  });

  it('gives each service account its DN, with the name escaped (RFC 4514 §2.4)', () => {
    const { config } = accepted(`${minimal}serviceAccounts: [{name: "a, b", passwordHash: "${bcryptHash}"}]\n`);
    const [account] = config.serviceAccounts;
    assert.ok(account);
    assert.equal(account.dn, 'cn=a\\, b,ou=services,dc=example,dc=com');
    assert.equal(account.passwordHash?.reveal(), bcryptHash);
  });

  it('gives a service account the subject of its certificate and the networks that it may bind from', () => {
    const account = (keys: string): unknown => {
      const text = `${minimal}serviceAccounts: [{name: a, passwordHash: "${bcryptHash}"${keys}}]\n`;
      const { allowFrom, certificateSubject } = accepted(text).config.serviceAccounts[0] ?? {};
      return { allowFrom, certificateSubject };
    };
    assert.deepEqual(account(''), { allowFrom: undefined, certificateSubject: undefined });
    assert.deepEqual(account(', allowFrom: [10.0.0.0/8, "::1"]'), {
      allowFrom: [
        { family: 'ipv4', address: '10.0.0.0', prefix: 8 },
        { family: 'ipv6', address: '::1', prefix: 128 },
      ],
      certificateSubject: undefined,
    });
  });

  it('cannot be changed after it was read', () => {
    const { config } = accepted(minimal);
    const attempt = (change: () => void): void => assert.throws(change, TypeError);
    attempt(() => Object.assign(config.sync, { intervalMs: 1 }));
    attempt(() => Object.assign(config.projection.users.uidNumbers, { from: 1 }));
    attempt(() => Object.assign(config.ldap.listeners, { 0: 1 }));
  });

  for (const [name, endpoints] of Object.entries(clouds)) {
    it(`reaches the cloud ${name} at its own addresses`, () => {
      const { config } = accepted(minimal.replace('tenant:', `tenant:\n  cloud: ${name}`));
      assert.equal(config.tenant.authorityHost, endpoints.authorityHost);
      assert.equal(config.tenant.graphUrl, endpoints.graphUrl);
    });
  }

  it('lets authorityHost and graphUrl replace the addresses of the cloud', () => {
    const own = 'tenant:\n  authorityHost: https://localhost:1/\n  graphUrl: https://localhost:2';
    const { config } = accepted(minimal.replace('tenant:', own));
    assert.equal(config.tenant.authorityHost, 'https://localhost:1');
    assert.equal(config.tenant.graphUrl, 'https://localhost:2');
  });

  it('treats a section whose keys are all commented out as an empty section', () => {
    const { config } = accepted(`${minimal}users:\n  # guests: true\nldap:\n  limits:\nsync:\n`);
    assert.equal(config.projection.users.includeGuests, false);
    assert.equal(config.ldap.limits.connectionsMax, 8192);
  });

  it('does not take a key without a value for its default: no port opens by accident (P7)', () => {
    const problem = onlyProblem('ldap:\n  listen:\n');
    assert.equal(problem.key, 'ldap.listen');
    assert.match(problem.message, /has no value.*write \[\] for none/);
  });

  it('joins relative paths to the folder of the file and keeps absolute ones', () => {
    assert.equal(accepted(`${minimal}store: {path: ../var/store}\n`).config.store.path, '/etc/var/store');
    assert.equal(accepted(`${minimal}store: {path: /var/lib/store}\n`).config.store.path, '/var/lib/store');
  });

  it('reads ${file:…} from the folder of the file and drops one line break at its end (FAM-07)', () => {
    const text = minimal.replace('${env:SECRET}', '${file:secret.txt}');
    const { config } = accepted(text, source({ '/etc/entra-ldapd/secret.txt': `${secretValue}\n` }));
    const [credential] = config.tenant.credentials;
    assert.ok(credential?.kind === 'secret');
    assert.equal(credential.secret.reveal(), secretValue);
  });

  it('takes numbers, flags and words from the environment too', () => {
    const text = `${minimal}users: {guests: "\${env:GUESTS}", primaryGroup: {gidNumber: "\${env:GID}"}}\nlog: {level: "\${env:LEVEL}"}\n`;
    const { config } = accepted(text, source({}, { GUESTS: 'true', GID: '77', LEVEL: 'debug' }));
    assert.equal(config.projection.users.includeGuests, true);
    assert.equal(config.projection.users.primaryGroup.gidNumber, 77);
    assert.equal(config.log.level, 'debug');
  });

  it('names a missing environment variable once, with its place, and does not complain about its value', () => {
    const [problem, ...others] = refused(minimal, { file: 'c.yaml', env: {}, readFile: missingFile });
    assert.ok(problem);
    assert.deepEqual(others, []);
    assert.equal(
      formatProblem(problem),
      'c.yaml:5:13 tenant.credential.secret: the environment variable SECRET is not set; set it before the start',
    );
  });

  it('accepts a sync interval of 24 hours and refuses more (FAM-14), and 40 minutes are fine (SNP-16)', () => {
    assert.equal(accepted(`${minimal}sync: {interval: 24h}\n`).config.sync.intervalMs, 86_400_000);
    assert.equal(accepted(`${minimal}sync: {interval: 40m}\n`).config.sync.intervalMs, 2_400_000);
    const problem = onlyProblem('sync: {interval: 24h1ms}\n');
    assert.equal(problem.key, 'sync.interval');
    assert.match(problem.message, /from 1m to 24h/);
    assert.match(onlyProblem('sync: {interval: 59s}\n').message, /from 1m to 24h/);
  });

  it('recognises the ID of a client secret in the place of its value (SNP-27)', () => {
    const problems = refused(minimal, source({}, { SECRET: '0A1B2C3D-0000-4000-8000-123456789abc' }));
    assert.deepEqual(
      problems.map(({ key }) => key),
      ['tenant.credential.secret'],
    );
    assert.match(problems[0]?.message ?? '', /ID of a client secret, not its value.*long expiry/);
  });

  it('refuses a secret that was copied with a blank or line break, or is empty', () => {
    for (const value of ['', ' x', 'x\n', 'x\ny']) {
      const [problem] = refused(minimal, source({}, { SECRET: value }));
      assert.match(problem?.message ?? '', /empty, or has a blank/);
    }
  });

  it('refuses a plain password where a hash belongs, and names the command that makes one', () => {
    const problem = onlyProblem('serviceAccounts: [{name: a, passwordHash: hunter2}]\n');
    assert.equal(problem.key, 'serviceAccounts[0].passwordHash');
    assert.match(problem.message, /entra-ldapd hash-password.*plain passwords are not accepted/);
  });

  for (const hash of [
    bcryptHash.slice(0, -1),
    `${bcryptHash}x`,
    bcryptHash.replace('$12$', '$31$'),
    bcryptHash.replace('$12$', '$03$'),
  ]) {
    it(`refuses a bcrypt hash that is cut short, too long or of an absurd cost (${hash.slice(0, 7)}…, ${hash.length} characters)`, () => {
      assert.match(onlyProblem(`serviceAccounts: [{name: a, passwordHash: "${hash}"}]\n`).message, /cut short/);
    });
  }

  for (const variant of ['2a', '2b', '2y']) {
    it(`accepts a bcrypt hash of the kind $${variant}$`, () => {
      const hash = bcryptHash.replace('2b', variant);
      const { config } = accepted(`${minimal}serviceAccounts: [{name: a, passwordHash: "${hash}"}]\n`);
      assert.equal(config.serviceAccounts[0]?.passwordHash?.reveal(), hash);
    });
  }
});

describe('the flavour of the tree', () => {
  const accounts = (lines: string): string => `serviceAccounts:
  - { name: crowd, passwordHash: '${bcryptHash}', activeDirectory: true }
  - { name: gitlab, passwordHash: '${bcryptHash}', activeDirectory: false }
  - { name: other, passwordHash: '${bcryptHash}' }
${lines}`;
  const flavours = (text: string): readonly boolean[] =>
    accepted(text).config.serviceAccounts.map(({ activeDirectory }) => activeDirectory);

  it('is plain unless the configuration says otherwise', () => {
    const { directory, projection } = accepted(minimal).config;
    assert.deepEqual(
      [directory.activeDirectory, directory.memberOf, projection.activeDirectory],
      [false, undefined, false],
    );
  });

  it('is that of the tree for service accounts that do not have their own', () => {
    assert.deepEqual(flavours(minimal + accounts('')), [true, false, false]);
    assert.deepEqual(flavours(`${minimal}  activeDirectory: true\n${accounts('')}`), [true, false, true]);
  });

  it('is in the entries as soon as anybody sees it', () => {
    assert.equal(accepted(minimal + accounts('')).config.projection.activeDirectory, true);
    assert.equal(accepted(`${minimal}  activeDirectory: true\n`).config.projection.activeDirectory, true);
  });

  it('may have memberOf as a user or an operational attribute', () => {
    assert.equal(accepted(`${minimal}  memberOf: user\n`).config.directory.memberOf, 'user');
    assert.equal(refused(`${minimal}  memberOf: both\n`)[0]?.key, 'directory.memberOf');
  });
});
