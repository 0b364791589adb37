import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import * as fc from 'fast-check';
import { demoConfigText } from '../../../src/cli/demo/demo-config.ts';
import { openOwnFolder, replaceFile } from '../../../src/cli/demo/own-folder.ts';
import { serverCertificate } from '../../../src/cli/demo/server-certificate.ts';
import { parseConfig } from '../../../src/config/load.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const nowMs = Date.UTC(2026, 0, 1);
const dayMs = 86_400_000;

describe('the folder of a demo', () => {
  it('is made for this user only, with the folders above it', () => {
    using folder = temporaryFolder();
    const path = openOwnFolder(join(folder.path, 'data', 'demo'), '--data');
    assert.equal(path, join(folder.path, 'data', 'demo'));
    assert.equal(statSync(path).mode & 0o777, 0o700);
  });

  it('is an empty one that exists, or one that was made before', () => {
    using folder = temporaryFolder();
    const path = openOwnFolder(folder.path, '--data');
    writeFileSync(join(path, 'more'), '');
    assert.equal(openOwnFolder(folder.path, '--data'), path);
  });

  it('is never one with other files, and those are left alone', () => {
    using folder = temporaryFolder();
    writeFileSync(join(folder.path, '.hidden'), 'precious');
    assert.throws(() => openOwnFolder(folder.path, '--data'), {
      exitCode: 5,
      message: /holds files that entra-ldapd did not make\. Nothing was changed; choose another folder with --data\.$/,
    });
    assert.deepEqual(readdirSync(folder.path), ['.hidden']);
  });

  it('is no file, and no link to nowhere', () => {
    using folder = temporaryFolder();
    writeFileSync(join(folder.path, 'file'), 'precious');
    assert.throws(() => openOwnFolder(join(folder.path, 'file'), '--data'), {
      exitCode: 5,
      message: /is not a folder/,
    });
    assert.throws(() => openOwnFolder(join(folder.path, 'file', 'below'), '--data'), { exitCode: 5 });
    symlinkSync('/nonexistent/target', join(folder.path, 'link'));
    assert.throws(() => openOwnFolder(join(folder.path, 'link'), '--data'), { exitCode: 5 });
  });

  it('has files that are replaced as a whole and that only this user may read', () => {
    using folder = temporaryFolder();
    const file = join(folder.path, 'file');
    replaceFile(file, 'one');
    replaceFile(file, 'two');
    assert.equal(readFileSync(file, 'utf8'), 'two');
    assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.deepEqual(readdirSync(folder.path), ['file']);
  });
});

describe('the certificate of a demo', () => {
  it('stays the same from start to start', async () => {
    using folder = temporaryFolder();
    const first = await serverCertificate(folder.path, ['localhost', '127.0.0.1'], nowMs);
    const second = await serverCertificate(folder.path, ['127.0.0.1'], nowMs + 300 * dayMs);
    assert.deepEqual(second, first);
  });

  it('is made anew a month before it expires, for another host, and when a file is damaged', async () => {
    using folder = temporaryFolder();
    const make = (host: string, atMs: number) => serverCertificate(folder.path, [host], atMs);
    const first = await make('localhost', nowMs);
    const renewed = await make('localhost', nowMs + 336 * dayMs);
    assert.notEqual(renewed.certPem, first.certPem);
    const other = await make('ldap.example.com', nowMs + 336 * dayMs);
    assert.notEqual(other.certPem, renewed.certPem);
    for (const file of [other.keyFile, other.certFile, other.caFile]) {
      truncateSync(file, 10);
      const repaired = await make('ldap.example.com', nowMs + 336 * dayMs);
      assert.notEqual(repaired.certPem, other.certPem);
      assert.deepEqual(await make('ldap.example.com', nowMs + 336 * dayMs), repaired);
    }
  });

  it('is not one of another authority', async () => {
    using folder = temporaryFolder();
    using elsewhere = temporaryFolder();
    const mine = await serverCertificate(folder.path, ['localhost'], nowMs);
    const other = await serverCertificate(elsewhere.path, ['localhost'], nowMs);
    writeFileSync(mine.caFile, other.caPem);
    const repaired = await serverCertificate(folder.path, ['localhost'], nowMs);
    assert.notEqual(repaired.certPem, mine.certPem);
    assert.notEqual(repaired.caPem, other.caPem);
  });
});

describe('the configuration of a demo', () => {
  it('is valid without a warning, whatever its folder is called', async () => {
    using folder = temporaryFolder();
    const certificate = await serverCertificate(folder.path, ['localhost'], Date.now());
    replaceFile(join(folder.path, 'client-secret'), 'a secret: with # "quotes"');
    const contents = (path: string): string => readFileSync(join(folder.path, basename(path)), 'utf8');
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }), (name) => {
        const safe = name.replaceAll(/[\p{Control}/]/gu, '_').trim() || 'x';
        const inFolder = (file: string): string => join(folder.path, safe, file);
        const text = demoConfigText({
          tenantId: '01234567-89ab-cdef-0123-456789abcdef',
          clientId: '01234567-89ab-cdef-0123-456789abcde0',
          simulatorUrl: 'https://127.0.0.1:4567',
          port: 0,
          tlsPort: 3636,
          httpPort: 8389,
          passwordHash: `$2b$10$${'a'.repeat(53)}`,
          logLevel: 'info',
        });
        const result = parseConfig(text, { file: inFolder('entra-ldapd.yaml'), env: {}, readFile: contents });
        assert.ok(result.ok, result.ok ? '' : JSON.stringify(result.problems));
        assert.deepEqual(result.warnings, []);
        const {
          ca,
          credentials: [credential],
        } = result.config.tenant;
        assert.equal(ca, certificate.caPem);
        assert.equal(credential?.kind === 'secret' && credential.secret.reveal(), 'a secret: with # "quotes"');
        assert.equal(result.config.ldap.tls?.keyFile, inFolder('server.key'));
        assert.equal(result.config.ldap.requireTlsForBind, false, 'the lines to copy bind without TLS too');
      }),
      { numRuns: 50 },
    );
  });
});
