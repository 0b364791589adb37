import assert from 'node:assert/strict';
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CertificatePair } from '../../src/certificates/authority.ts';
import type { StatusReport } from '../../src/identity/admin.ts';
import { absentTenantConfig, absentTenantEnvironment } from '../support/absent-tenant.ts';
import * as ber from '../support/ldap-ber.ts';
import { RawClient } from '../support/ldap-raw-client.ts';
import { testCertificate } from '../support/ldap-test-server.ts';
import { type RunningProgram, runProgram, startProgram } from '../support/program.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const whoAmI = ber.extendedRequest('1.3.6.1.4.1.4203.1.11.3');

type TestCertificate = Awaited<ReturnType<typeof testCertificate>>;

const configuration = `${absentTenantConfig}ldap:
  listen: ["127.0.0.1:0"]
  tlsListen: ["127.0.0.1:0"]
  tls: { certFile: ldap.pem, keyFile: ldap.key }
`;

describe('a renewed certificate (PAIN-16)', () => {
  let folder: ReturnType<typeof temporaryFolder>;
  let daemon: RunningProgram;
  let config: string;
  let tlsPort: number;
  let original: TestCertificate;

  function replace(name: string, text: string): void {
    const path = join(folder.path, name);
    writeFileSync(`${path}.tmp`, text, { mode: 0o600 });
    renameSync(`${path}.tmp`, path);
  }

  function put({ certPem, keyPem }: CertificatePair): void {
    replace('ldap.key', keyPem);
    replace('ldap.pem', certPem);
  }

  async function answers(client: RawClient, id: number): Promise<void> {
    assert.equal((await client.ask(id, whoAmI)).code, 0);
  }

  async function connects(ca: string): Promise<void> {
    using client = await RawClient.connectTls(tlsPort, ca);
    await answers(client, 1);
  }

  async function status(): Promise<StatusReport> {
    const { stdout, stderr } = await runProgram(['status', '--json', '--config', config]);
    assert.equal(stderr, '');
    return JSON.parse(stdout) as StatusReport;
  }

  beforeEach(async () => {
    folder = temporaryFolder();
    config = join(folder.path, 'config.yaml');
    writeFileSync(config, configuration);
    original = await testCertificate();
    put(original);
    daemon = startProgram(['serve', '--config', config], { env: absentTenantEnvironment });
    const [, port] = await daemon.waitFor(/ldap\.server\.listening .*port=(\d+) tls=true/);
    tlsPort = Number(port);
  });

  afterEach(async () => {
    await daemon[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  });

  it('is taken into use by itself: new connections see it, open ones go on', async () => {
    using open = await RawClient.connectTls(tlsPort, original.ca);
    await answers(open, 1);
    const renewed = await testCertificate();
    put(renewed);
    await daemon.waitFor(/certificate\.renewed .*ldap\.pem/);
    await connects(renewed.ca);
    await assert.rejects(connects(original.ca));
    await answers(open, 2);
  });

  it('is taken into use at SIGHUP, which does not end the daemon', async () => {
    const renewed = await testCertificate();
    put(renewed);
    daemon.signal('SIGHUP');
    await daemon.waitFor(/certificate\.renewed/);
    await connects(renewed.ca);
  });

  it('may be announced by SIGHUP while the daemon still starts, without an end of it', async () => {
    await daemon.stop();
    await using starting = startProgram(['serve', '--config', config], { env: absentTenantEnvironment });
    await starting.waitFor(/config\.loaded/);
    starting.signal('SIGHUP');
    await starting.waitFor(/ldap\.server\.listening .*tls=true/);
    assert.equal((await starting.stop()).code, 0);
  });

  it('is not taken into use while it is broken: the old one serves, the log and the status say why, once', async () => {
    using open = await RawClient.connectTls(tlsPort, original.ca);
    const renewed = await testCertificate();
    replace('ldap.pem', renewed.certPem);
    await daemon.waitFor(/WARN +certificate\.kept .*does not belong/);
    await connects(original.ca);
    await answers(open, 1);
    const [certificate] = (await status()).certificates;
    assert.match(certificate?.problem ?? '', /The private key in .*ldap\.key does not belong to the first certificate/);
    assert.equal(daemon.output.match(/certificate\.kept/g)?.length, 1);
    replace('ldap.key', renewed.keyPem);
    daemon.signal('SIGHUP');
    await daemon.waitFor(/certificate\.renewed/);
    await connects(renewed.ca);
    assert.equal((await status()).certificates[0]?.problem, null);
  });

  it('is warned about when it is due, and its last day is in the status', async () => {
    await daemon.waitFor(/WARN +certificate\.expiring .*daysLeft=0/);
    const [certificate] = (await status()).certificates;
    const leftMs = (certificate?.validToMs ?? 0) - Date.now();
    assert.ok(leftMs > 0 && leftMs <= 86_400_000);
  });
});
