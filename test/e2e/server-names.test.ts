import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from 'node:tls';
import {
  type CertificatePair,
  createCertificateAuthority,
  issueServerCertificate,
} from '../../src/certificates/authority.ts';
import type { StatusReport } from '../../src/identity/admin.ts';
import { absentTenantConfig, absentTenantEnvironment } from '../support/absent-tenant.ts';
import { type RunningProgram, runProgram, startProgram } from '../support/program.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const configuration = `${absentTenantConfig}ldap:
  listen: []
  tlsListen: ["127.0.0.1:0"]
  tls:
    certFile: main.pem
    keyFile: main.key
    certificates:
      - { certFile: org.pem, keyFile: org.key }
      - { certFile: net.pem, keyFile: net.key, names: ["*.example.net"] }
`;

describe('a daemon with certificates for several names (RFC 6066 §3, PAIN-16)', () => {
  const folder = temporaryFolder();
  let authority: CertificatePair;
  let daemon: RunningProgram;
  let config: string;
  let port: number;

  async function put(name: string, ...hosts: readonly string[]): Promise<void> {
    const pair = await issueServerCertificate({ authority, hosts, nowMs: Date.now(), days: 40 });
    writeFileSync(join(folder.path, `${name}.key`), pair.keyPem, { mode: 0o600 });
    writeFileSync(join(folder.path, `${name}.pem`), pair.certPem);
  }

  /** The names in the certificate that a client is shown who asks for `servername` and trusts our authority. */
  async function seen(servername: string, rejectUnauthorized = true): Promise<string> {
    const socket = connect({ port, host: '127.0.0.1', servername, ca: authority.certPem, rejectUnauthorized });
    await once(socket, 'secureConnect');
    const names = socket.getPeerX509Certificate()?.subjectAltName ?? '';
    socket.destroy();
    return names;
  }

  async function certificates(): Promise<StatusReport['certificates']> {
    const { stdout } = await runProgram(['status', '--json', '--config', config]);
    return (JSON.parse(stdout) as StatusReport).certificates;
  }

  before(async () => {
    authority = await createCertificateAuthority({ commonName: 'Test CA', nowMs: Date.now(), days: 50 });
    await Promise.all([put('main', 'main.example.com'), put('org', 'ldap.example.org'), put('net', 'a.example.net')]);
    config = join(folder.path, 'config.yaml');
    writeFileSync(config, configuration);
    daemon = startProgram(['serve', '--config', config], { env: absentTenantEnvironment });
    port = Number((await daemon.waitFor(/ldap\.server\.listening .*port=(\d+) tls=true/))[1]);
  });

  after(async () => {
    await daemon[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  });

  it('shows each client the certificate for the name it asks for, and who asks for another the first', async () => {
    assert.match(await seen('ldap.example.org'), /ldap\.example\.org/);
    assert.match(await seen('a.example.net'), /a\.example\.net/);
    assert.match(await seen('main.example.com'), /main\.example\.com/);
    assert.match(await seen('nobody.example.info', false), /main\.example\.com/);
  });

  it('lists them in its status', async () => {
    const listed = await certificates();
    assert.deepEqual(
      listed.map(({ names }) => names),
      [['main.example.com'], ['ldap.example.org'], ['*.example.net']],
    );
    assert.ok(listed.every(({ problem, validToMs }) => problem === null && validToMs > Date.now()));
    const { stdout } = await runProgram(['status', '--config', config]);
    assert.match(stdout, /^Certificate +for \*\.example\.net$/m);
  });

  it('takes a renewed one into use with its new names, and leaves the others alone', async () => {
    await put('org', 'new.example.org');
    daemon.signal('SIGHUP');
    await daemon.waitFor(/certificate\.renewed .*org\.pem/);
    assert.match(await seen('new.example.org'), /new\.example\.org/);
    assert.match(await seen('a.example.net'), /a\.example\.net/);
    assert.match(await seen('ldap.example.org', false), /main\.example\.com/);
    assert.deepEqual((await certificates())[1]?.names, ['new.example.org']);
  });

  it('keeps one whose new files are broken, and says which', async () => {
    writeFileSync(join(folder.path, 'net.pem'), 'nothing');
    daemon.signal('SIGHUP');
    await daemon.waitFor(/WARN +certificate\.kept .*net\.pem/);
    assert.match(await seen('a.example.net'), /a\.example\.net/);
    const problems = (await certificates()).map(({ problem }) => problem !== null);
    assert.deepEqual(problems, [false, false, true]);
  });

  it('does not start with a certificate that has no names and is given none', async () => {
    await put('net', '127.0.0.1');
    const nameless = join(folder.path, 'nameless.yaml');
    writeFileSync(nameless, configuration.replace(', names: ["*.example.net"]', ''));
    const { code, stderr } = await runProgram(['config', 'check', '--config', nameless], {
      env: absentTenantEnvironment,
    });
    assert.notEqual(code, 0);
    assert.match(stderr, /ldap\.tls\.certificates\[1\]\.certFile.*without DNS names/);
  });
});
