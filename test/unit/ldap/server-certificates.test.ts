import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import {
  type CertificatePair,
  createCertificateAuthority,
  issueServerCertificate,
} from '../../../src/certificates/authority.ts';
import { CertificateError } from '../../../src/ldap/certificate-files.ts';
import {
  ldapTls,
  loadServerTls,
  ServerCertificates,
  type ServerTlsFiles,
} from '../../../src/ldap/server-certificates.ts';
import type { LdapTls } from '../../../src/ldap/tls.ts';
import { RecordingLog } from '../../support/ldap-test-server.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

describe('several certificates of one server (PAIN-16)', () => {
  let folder: ReturnType<typeof temporaryFolder>;
  let authority: CertificatePair;
  let files: ServerTlsFiles;
  let clock: ManualClock;
  let log: RecordingLog;
  let applied: LdapTls[];

  async function put(name: string, ...hosts: readonly string[]): Promise<CertificatePair> {
    const pair = await issueServerCertificate({ authority, hosts, nowMs: clock.now(), days: 60 });
    writeFileSync(join(folder.path, `${name}.key`), pair.keyPem);
    writeFileSync(join(folder.path, `${name}.pem`), pair.certPem);
    return pair;
  }

  const pathsOf = (name: string): { certFile: string; keyFile: string } => ({
    certFile: join(folder.path, `${name}.pem`),
    keyFile: join(folder.path, `${name}.key`),
  });

  async function watch(): Promise<ServerCertificates> {
    const inUse = await loadServerTls(files);
    const apply = (tls: LdapTls): void => void applied.push(tls);
    const certificates = new ServerCertificates({ files, inUse, apply, log, clock });
    await clock.untilSleeping(3);
    return certificates;
  }

  /** Lets every watch look at its files until they rest. */
  async function look(): Promise<void> {
    for (let seconds = 0; seconds < 8; seconds++) {
      await clock.advance(1000);
      await clock.untilSleeping(3);
    }
  }

  beforeEach(async () => {
    folder = temporaryFolder();
    clock = new ManualClock(Date.now());
    log = new RecordingLog();
    applied = [];
    authority = await createCertificateAuthority({ commonName: 'Test CA', nowMs: clock.now(), days: 90 });
    await put('main', '127.0.0.1', 'main.example.com');
    await put('a', 'a.example.com');
    await put('b', 'b.example.com');
    files = {
      ...pathsOf('main'),
      further: [pathsOf('a'), { ...pathsOf('b'), names: ['chosen.example.com'] }],
    };
  });

  afterEach(() => folder[Symbol.dispose]());

  it('have the names in them, unless others are given', async () => {
    const loaded = await loadServerTls(files);
    assert.deepEqual(
      ldapTls(loaded).further?.map(({ names }) => names),
      [['a.example.com'], ['chosen.example.com']],
    );
  });

  it('are refused when one names no server and was given no names', async () => {
    await put('b', '127.0.0.1');
    const nameless = { ...files, further: [pathsOf('b')] };
    await assert.rejects(
      loadServerTls(nameless),
      (error) => error instanceof CertificateError && /names no server/.test(error.message),
    );
    await loadServerTls(files);
  });

  it('are refused when one does not belong to its key', async () => {
    const { keyPem } = await put('a', 'a.example.com');
    writeFileSync(join(folder.path, 'b.key'), keyPem);
    await assert.rejects(
      loadServerTls(files),
      (error) => error instanceof CertificateError && /b\.key does not belong/.test(error.message),
    );
  });

  it('are renewed one by one, with the names of the new one', async () => {
    await using certificates = await watch();
    const renewed = await put('a', 'new.example.com');
    await look();
    assert.equal(applied.length, 1);
    assert.deepEqual(applied[0]?.further?.[0], { ...renewed, names: ['new.example.com'] });
    assert.deepEqual(applied[0]?.further?.[1]?.names, ['chosen.example.com']);
    const main = await put('main', 'main.example.com');
    await look();
    assert.equal(applied[1]?.certPem, main.certPem);
    assert.equal(applied[1]?.further?.[0]?.certPem, renewed.certPem);
    assert.deepEqual(
      certificates.report().map(({ names }) => names),
      [['main.example.com'], ['new.example.com'], ['chosen.example.com']],
    );
  });

  it('are renewed although the files of another are broken, and each says its problem', async () => {
    await using certificates = await watch();
    writeFileSync(join(folder.path, 'a.key'), 'nothing');
    const renewed = await put('b', 'b.example.com');
    await look();
    assert.equal(applied.length, 1);
    assert.equal(applied[0]?.further?.[1]?.certPem, renewed.certPem);
    const problems = certificates.report().map(({ problem }) => problem !== null);
    assert.deepEqual(problems, [false, true, false]);
  });

  it('are all read again when it is asked for', async () => {
    await using certificates = await watch();
    certificates.readAgain();
    await clock.advance(0);
    while (log.of('certificate.unchanged').length < 3) await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(applied, []);
  });
});
