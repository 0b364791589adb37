import assert from 'node:assert/strict';
import { selfSigned } from './self-signed.ts';
import { accepted, clientId, minimal, refused, secretValue, source } from './config-fixture.ts';

const identity = '12345678-9ABC-4def-8123-456789abcdef';

/** The minimal configuration with other credentials. */
function withCredentials(text: string): string {
  return minimal.replace(/ {2}credential:\n.*\n/, text);
}

describe('credentials of a configuration', () => {
  it('are one, or several in the order in which they are used (FOX-09)', () => {
    assert.deepEqual(
      accepted(minimal).config.tenant.credentials.map(({ name, kind }) => [name, kind]),
      [['tenant.credential', 'secret']],
    );
    const text = withCredentials(`  credentials:
    - secret: \${env:SECRET}
      secretExpires: 2028-01-31
    - certificateFile: /run/app.pem
      sendCertificateChain: true
    - federatedTokenFile: token
    - managedIdentity: ${identity}
`);
    const pem = Object.values(selfSigned('rsa')).join('');
    const files = { '/run/app.pem': pem, '/etc/entra-ldapd/token': 'x' };
    const [secret, certificate, workload, managed] = accepted(text, source(files)).config.tenant.credentials;
    assert.ok(secret?.kind === 'secret');
    assert.deepEqual([secret.name, secret.secret.reveal()], ['tenant.credentials[0]', secretValue]);
    assert.equal(secret.expiresAtMs, Date.UTC(2028, 0, 31));
    assert.ok(certificate?.kind === 'certificate' && certificate.sendCertificateChain);
    const name = 'tenant.credentials[2]';
    assert.deepEqual(workload, { name, kind: 'workloadIdentity', tokenFile: '/etc/entra-ldapd/token' });
    assert.deepEqual(managed, {
      name: 'tenant.credentials[3]',
      kind: 'managedIdentity',
      clientId: identity.toLowerCase(),
    });
  });

  it('can be the identity of the machine, which has no client id', () => {
    const [managed] = accepted(withCredentials('  credential: {managedIdentity: system}\n')).config.tenant.credentials;
    assert.deepEqual(managed, { name: 'tenant.credential', kind: 'managedIdentity', clientId: undefined });
  });

  const wrong: readonly [what: string, text: string, key: string, says: RegExp][] = [
    ['are missing', '', 'tenant', /needs credential/],
    ['are given in both ways', '  credential: {secret: abc~}\n  credentials: []\n', 'tenant.credential', /both there/],
    ['are an empty list', '  credentials: []\n', 'tenant.credentials', /is empty/],
    [
      'are more than four',
      `  credentials: [${Array.from({ length: 5 }, () => '{managedIdentity: system}').join(', ')}]\n`,
      'tenant.credentials',
      /at most 4/,
    ],
    [
      'have an entry of two kinds',
      '  credentials: [{managedIdentity: system, secret: abc~}]\n',
      'tenant.credentials[0]',
      /both secret and managedIdentity/,
    ],
    [
      'have the id of a secret (SNP-27)',
      `  credentials: [{managedIdentity: system}, {secret: ${clientId}}]\n`,
      'tenant.credentials[1].secret',
      /ID of a client secret, not its value/,
    ],
    [
      'have an end for what is no secret',
      '  credential: {managedIdentity: system, secretExpires: 2028-01-31}\n',
      'tenant.credential.secretExpires',
      /no meaning with managedIdentity/,
    ],
    [
      'end at no known day',
      '  credential: {secret: abc~, secretExpires: 31.1.2028}\n',
      'tenant.credential.secretExpires',
      /for instance 2028-01-31/,
    ],
    [
      'name no identity',
      '  credential: {managedIdentity: me}\n',
      'tenant.credential.managedIdentity',
      /must be system, or the client ID/,
    ],
    [
      'name a token file that is not there',
      '  credential: {federatedTokenFile: /nowhere}\n',
      'tenant.credential.federatedTokenFile',
      /does not exist/,
    ],
  ];
  for (const [what, text, key, says] of wrong) {
    it(`are refused when they ${what}`, () => {
      const problem = refused(withCredentials(text)).find((each) => each.key === key);
      assert.match(problem?.message ?? '', says);
    });
  }

  it('are doubted when a secret stands in the file itself, in the list too (FAM-07)', () => {
    const { warnings } = accepted(withCredentials('  credentials: [{secret: abc~plain}]\n'));
    assert.ok(warnings.some(({ key }) => key === 'tenant.credentials[0].secret'));
  });
});

describe('the interval of full readings', () => {
  const everyMs = (value: string): number | undefined =>
    accepted(`${minimal}sync: {fullInterval: ${value}}\n`).config.sync.fullIntervalMs;

  it('is a week unless the file says otherwise, and can be switched off', () => {
    assert.equal(accepted(minimal).config.sync.fullIntervalMs, 7 * 86_400_000);
    assert.deepEqual([everyMs('1h'), everyMs('90d'), everyMs('never')], [3_600_000, 90 * 86_400_000, undefined]);
  });

  for (const value of ['59m', '91d', 'weekly', '7', '""']) {
    it(`cannot be ${value}`, () => {
      const [problem] = refused(`${minimal}sync: {fullInterval: ${value}}\n`);
      assert.equal(problem?.key, 'sync.fullInterval');
      assert.match(problem.message, /from 1h to 90d, for instance 7d, or never/);
    });
  }
});
