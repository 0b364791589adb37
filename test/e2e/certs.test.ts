import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { once } from 'node:events';
import type { Finding } from '../../src/identity/examination.ts';
import { generateTenant } from '../../src/simulator/generate.ts';
import { createCertificateAuthority, issueServerCertificate } from '../../src/certificates/authority.ts';
import { DaemonOnSimulator } from '../support/daemon-on-simulator.ts';
import { FakeShell } from '../support/fake-shell.ts';
import { runCli } from '../../src/cli/cli.ts';
import type { Ended } from '../support/program.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const refusedExit = 8;
const usageExit = 2;
const dayMs = 86_400_000;

interface Checked {
  readonly ok: boolean;
  readonly findings: readonly Finding[];
}

async function run(...args: readonly string[]): Promise<Ended> {
  const shell = new FakeShell();
  const code = await runCli(args, shell);
  return { code, stdout: shell.stdout.text, stderr: shell.stderr.text };
}

describe('certificates made and checked by the command line', function () {
  this.timeout(60_000);
  let folder: ReturnType<typeof temporaryFolder>;
  let certs: string;

  const file = (name: string): string => join(certs, name);
  const read = (name: string): X509Certificate => new X509Certificate(readFileSync(file(name)));
  const create = (...options: readonly string[]): Promise<Ended> =>
    run('certs', 'create', '--folder', certs, ...options);

  async function check(
    path: string,
    ...options: readonly string[]
  ): Promise<Checked & { readonly code: number | null }> {
    const { code, stdout, stderr } = await run('certs', 'check', path, ...options, '--json');
    assert.equal(stderr, '');
    return { code, ...(JSON.parse(stdout) as Checked) };
  }

  function bad(findings: readonly Finding[]): readonly string[] {
    for (const { verdict, fix } of findings)
      assert.equal(verdict === 'good', fix === null, 'what is wrong says what to do');
    return findings.filter(({ verdict }) => verdict === 'bad').map(({ id }) => id);
  }

  before(async () => {
    folder = temporaryFolder();
    certs = join(folder.path, 'certs');
    const { code, stdout, stderr } = await create('--names', 'LDAP.example.com,192.0.2.7,::1');
    assert.equal(code, 0, stderr);
    assert.match(
      stdout,
      /ldap\.pem is for ldap\.example\.com, 192\.0\.2\.7, ::1, valid until .*, signed by a new authority/,
    );
    assert.match(stdout, /ca\.key is needed to renew it, .*: keep it away from others/);
  });

  after(() => folder[Symbol.dispose]());

  it('come with a private authority, names and addresses, and keys that their owner alone may read', async () => {
    const [authority, server] = [read('ca.pem'), read('ldap.pem')];
    assert.ok(authority.ca && server.checkIssued(authority) && server.verify(authority.publicKey));
    assert.equal(server.checkHost('ldap.example.com'), 'ldap.example.com');
    assert.equal(server.checkIP('192.0.2.7'), '192.0.2.7');
    assert.equal(server.checkHost('other.example.com'), undefined);
    for (const name of ['ca.key', 'ldap.key']) assert.equal(statSync(file(name)).mode & 0o777, 0o600);
    const { code, ok, findings } = await check(file('ldap.pem'), '--names', 'ldap.example.com,::1');
    assert.deepEqual([code, ok, bad(findings)], [0, true, []]);
  });

  it('are not replaced by accident, and renewed under the same authority with the same names', async () => {
    const before = { authority: read('ca.pem'), server: read('ldap.pem') };
    const again = await create();
    assert.equal(again.code, refusedExit);
    assert.match(again.stderr, /is there already: --renew replaces/);
    assert.equal(read('ldap.pem').fingerprint256, before.server.fingerprint256);
    assert.equal((await create('--renew', '--days', '30')).code, 0);
    const server = read('ldap.pem');
    assert.equal(read('ca.pem').fingerprint256, before.authority.fingerprint256);
    assert.notEqual(server.fingerprint256, before.server.fingerprint256);
    assert.equal(server.subjectAltName, before.server.subjectAltName);
    assert.ok(server.verify(before.authority.publicKey));
    assert.ok(Date.parse(server.validTo) < Date.now() + 31 * dayMs);
    assert.equal(statSync(file('ldap.key')).mode & 0o777, 0o600);
  });

  it('are refused where half of the authority is missing, and with names that are none', async () => {
    renameSync(file('ca.key'), file('away.key'));
    const missing = await create('--name', 'http');
    assert.equal(missing.code, refusedExit);
    assert.match(missing.stderr, /ca\.key is missing, and the other half of the authority is there/);
    assert.ok(!existsSync(file('http.pem')));
    copyFileSync(file('ldap.key'), file('ca.key'));
    const wrong = await create('--name', 'http');
    assert.equal(wrong.code, refusedExit);
    assert.match(wrong.stderr, /cannot sign for the authority beside it/);
    assert.ok(!existsSync(file('http.pem')));
    renameSync(file('away.key'), file('ca.key'));
    const nowhere = await run('certs', 'create', '--folder', join(file('ldap.pem'), 'below'));
    assert.equal(nowhere.code, refusedExit);
    assert.match(nowhere.stderr, /below cannot be made: a part of its path is not a folder\./);
    for (const options of [
      ['--names', 'not a name'],
      ['--names', ','],
      ['--name', '../up'],
      ['--name', 'ca'],
    ]) {
      assert.equal((await create(...options)).code, usageExit, options.join(' '));
    }
  });

  it('are found wrong for each reason that clients refuse them for, with what to do', async () => {
    assert.deepEqual(bad((await check(file('ldap.pem'), '--names', 'other.example.com')).findings), [
      'certificate.names',
    ]);
    chmodSync(file('ldap.key'), 0o644);
    const open = await check(file('ldap.pem'));
    assert.deepEqual([open.code, bad(open.findings)], [refusedExit, ['certificate.rights']]);
    chmodSync(file('ldap.key'), 0o600);
    assert.deepEqual(bad((await check(file('ldap.pem'), '--key', file('ca.key'))).findings), ['certificate.key']);
    assert.deepEqual(bad((await check(file('ca.pem'))).findings).toSorted(), [
      'certificate.names',
      'certificate.purpose',
    ]);
    assert.deepEqual(bad((await check(file('ldap.key'))).findings), ['certificate.file']);
    const nowMs = Date.now() - 100 * dayMs;
    const stranger = await createCertificateAuthority({ commonName: 'Stranger', nowMs, days: 365 });
    const old = await issueServerCertificate({ authority: stranger, hosts: ['old.example.com'], nowMs, days: 99 });
    mkdirSync(join(folder.path, 'old'));
    const oldFile = join(folder.path, 'old', 'old.pem');
    writeFileSync(oldFile, old.certPem);
    const expired = await check(oldFile, '--ca', file('ca.pem'));
    assert.deepEqual(bad(expired.findings), ['certificate.validity', 'certificate.trust']);
    const [own = '', authority = ''] = old.certPem.split(/(?<=-----END CERTIFICATE-----\n)/);
    writeFileSync(oldFile, `${own}${readFileSync(file('ca.pem'), 'utf8')}\n${authority}`);
    assert.ok(bad((await check(oldFile)).findings).includes('certificate.chain'));
  });

  it('serve LDAPS to clients that trust the authority, also after a renewal without a restart (PAIN-16)', async () => {
    assert.equal((await create('--renew', '--names', 'localhost,127.0.0.1')).code, 0);
    const authority = readFileSync(file('ca.pem'), 'utf8');
    await using daemon = await DaemonOnSimulator.serving({
      tenant: generateTenant({ seed: 9, users: 3, groups: 1 }),
      sections: {
        ldap: {
          listen: ['127.0.0.1:0'],
          tlsListen: ['127.0.0.1:0'],
          tls: { certFile: file('ldap.pem'), keyFile: file('ldap.key') },
        },
      },
    });
    const port = Number((await daemon.waitFor(/"port":(\d+),"tls":true/))[1]);
    const shown = async (): Promise<string> => {
      const socket = connect({ host: '127.0.0.1', port, servername: 'localhost', ca: authority });
      await once(socket, 'secureConnect');
      const { fingerprint256 } = socket.getPeerCertificate();
      socket.destroy();
      return fingerprint256;
    };
    assert.equal(await shown(), read('ldap.pem').fingerprint256);
    const { code, stdout } = await daemon.run('certs', 'check');
    assert.equal(code, 0, stdout);
    assert.match(stdout, /ldap\.pem {2}.*is for localhost, 127\.0\.0\.1/);
    assert.equal((await create('--renew')).code, 0);
    daemon.reload();
    await daemon.waitFor(/"event":"certificate\.renewed"/);
    assert.equal(await shown(), read('ldap.pem').fingerprint256);
  });
});
