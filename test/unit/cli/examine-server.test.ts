import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createCertificateAuthority, issueServerCertificate } from '../../../src/certificates/authority.ts';
import { examineServer } from '../../../src/cli/check/examine-server.ts';
import type { Config, ListenerConfig } from '../../../src/config/config.ts';
import type { Finding } from '../../../src/identity/examination.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { accepted, minimal } from '../config/config-fixture.ts';
import { selfSigned } from '../config/self-signed.ts';

const loopback: ListenerConfig = { host: '127.0.0.1', port: 0, tls: false };
const nowMs = Date.UTC(2026, 10, 21);
const dayMs = 86_400_000;

describe('what serving needs', () => {
  let folder: ReturnType<typeof temporaryFolder>;

  beforeEach(() => {
    folder = temporaryFolder();
  });

  afterEach(() => {
    folder[Symbol.dispose]();
  });

  async function examined(
    ldap: Partial<Config['ldap']>,
    atMs = nowMs,
    http: Partial<Config['http']> = { listeners: [] },
  ): Promise<Finding[]> {
    const { config } = accepted(minimal);
    const whole = {
      ...config,
      store: { ...config.store, path: folder.path },
      ldap: { ...config.ldap, listeners: [loopback], ...ldap },
      http: { ...config.http, ...http },
    };
    const findings: Finding[] = [];
    for await (const finding of examineServer(whole, atMs)) findings.push(finding);
    return findings;
  }

  async function certificateFinding(pem: string | undefined, atMs = nowMs): Promise<Finding> {
    const certFile = join(folder.path, 'tls.pem');
    if (pem !== undefined) writeFileSync(certFile, pem);
    const tls = {
      certFile,
      keyFile: certFile,
      minVersion: 'TLSv1.2',
      ciphers: undefined,
      clientCaFile: undefined,
      clientCertificates: 'none',
      further: [],
    } as const;
    const finding = (await examined({ tls }, atMs)).find(({ id }) => id === 'tls');
    assert.ok(finding);
    return finding;
  }

  it('is an address that can be listened at, which is free again afterwards', async () => {
    for (let time = 0; time < 2; time += 1) {
      const [address] = await examined({});
      assert.deepEqual([address?.id, address?.verdict], ['listen', 'good']);
    }
  });

  it('is not an address that this machine does not have', async () => {
    const listeners = [{ host: '192.0.2.1', port: 0, tls: true }];
    const finding = (await examined({ listeners })).find(({ id }) => id === 'listen');
    assert.equal(finding?.verdict, 'bad');
    assert.match(`${finding.finding}. ${finding.fix}`, /no such address\. Correct ldap\.tlsListen\.$/);
  });

  it('is an address for HTTP, where somebody has asked for it', async () => {
    const listeners = [{ host: '192.0.2.1', port: 0 }];
    const [, asked] = await examined({}, nowMs, { listeners, isListenGiven: true });
    assert.deepEqual([asked?.subject, asked?.verdict], ['http://192.0.2.1:0', 'bad']);
    assert.match(asked?.fix ?? '', /Correct http\.listen\.$/);
    const [, unasked] = await examined({}, nowMs, { listeners, isListenGiven: false });
    assert.equal(unasked?.verdict, 'doubtful', 'the directory is served without');
  });

  it('is no certificate where only this machine can connect, and a doubt everywhere else', async () => {
    assert.ok((await examined({})).every(({ id }) => id !== 'tls'));
    const listeners = [{ host: '0.0.0.0', port: 0, tls: false }];
    const refusing = (await examined({ listeners, requireTlsForBind: true })).find(({ id }) => id === 'tls');
    assert.match(refusing?.finding ?? '', /passwords from other machines are refused/);
    const open = (await examined({ listeners, requireTlsForBind: false })).find(({ id }) => id === 'tls');
    assert.match(open?.finding ?? '', /cross the network in the clear/);
    assert.equal(open?.verdict, 'doubtful');
  });

  it('is a certificate that is valid for more than a month, with a name that clients check (PAIN-16)', async () => {
    const authority = await createCertificateAuthority({ commonName: 'A', nowMs, days: 400 });
    const { certPem } = await issueServerCertificate({ authority, hosts: ['ldap.example'], nowMs, days: 200 });
    const cases: readonly [atMs: number, verdict: Finding['verdict'], says: RegExp][] = [
      [nowMs, 'good', /DNS:ldap\.example; valid until 2027-06-09 \((?:199|200) days left\)/],
      [nowMs + 180 * dayMs, 'doubtful', /(?:19|20) days left/],
      [nowMs + 201 * dayMs, 'bad', /expired on 2027-06-09/],
      [nowMs - 9 * dayMs, 'bad', /not valid before/],
    ];
    for (const [atMs, verdict, says] of cases) {
      const finding = await certificateFinding(certPem, atMs);
      assert.equal(finding.verdict, verdict, finding.finding);
      assert.match(finding.finding, says);
      assert.equal(finding.fix === null, verdict === 'good');
    }
  });

  it('is a certificate with a subject alternative name, and one that can be read', async () => {
    const nameless = await certificateFinding(selfSigned().certPem);
    assert.deepEqual([nameless.verdict, /subject alternative name/.test(nameless.fix ?? '')], ['doubtful', true]);
    assert.match((await certificateFinding('no certificate')).finding, /holds no certificate/);
    folder[Symbol.dispose]();
    folder = temporaryFolder();
    const missing = await certificateFinding(undefined);
    assert.match(missing.finding, /cannot be read: there is no such file/);
    assert.equal(missing.verdict, 'bad');
  });
});
