import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import {
  type CertificatePair,
  createCertificateAuthority,
  issueServerCertificate,
} from '../../../src/certificates/authority.ts';
import { CertificateError, type LoadedTls, loadTls, type TlsFiles } from '../../../src/ldap/certificate-files.ts';
import { CertificateWatch } from '../../../src/ldap/certificate-watch.ts';
import type { LdapTls } from '../../../src/ldap/tls.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { type RecordingLog, recordingLog } from '../../support/recording-log.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const dayMs = 86_400_000;

async function issue(nowMs: number, days: number): Promise<CertificatePair> {
  const authority = await createCertificateAuthority({ commonName: 'CA', nowMs, days });
  return issueServerCertificate({ authority, hosts: ['localhost'], nowMs, days });
}

describe('certificate files', () => {
  let folder: ReturnType<typeof temporaryFolder>;
  let files: TlsFiles;
  let clock: ManualClock;
  let log: RecordingLog;
  let first: CertificatePair;
  let second: CertificatePair;

  before(async () => {
    const nowMs = new ManualClock().now();
    first = await issue(nowMs, 90);
    second = await issue(nowMs, 120);
  });

  beforeEach(() => {
    folder = temporaryFolder();
    files = { certFile: join(folder.path, 'ldap.pem'), keyFile: join(folder.path, 'ldap.key') };
    clock = new ManualClock();
    log = recordingLog();
    put(first);
  });

  afterEach(() => folder[Symbol.dispose]());

  /** Replaces the files as certbot and editors do. */
  function put({ certPem, keyPem }: CertificatePair): void {
    for (const [path, text] of [
      [files.keyFile, keyPem],
      [files.certFile, certPem],
    ] as const) {
      writeFileSync(`${path}.new`, text);
      renameSync(`${path}.new`, path);
    }
  }

  const eventNames = (): readonly string[] => log.events.map(({ event }) => event);

  describe('when they are loaded', () => {
    it('give the certificate, its key and its validity', async () => {
      const loaded = await loadTls({ ...files, minVersion: 'TLSv1.3' });
      assert.deepEqual(loaded.tls, { ...first, minVersion: 'TLSv1.3' });
      assert.equal(loaded.validToMs, Math.floor((clock.now() + 90 * dayMs) / 1000) * 1000);
      assert.ok(loaded.validFromMs < clock.now());
    });

    const broken: readonly [what: string, spoil: () => void, message: RegExp][] = [
      ['a missing certificate', () => rmSync(files.certFile), /The file .*ldap\.pem cannot be read \(ENOENT\)\.$/],
      ['a missing key', () => rmSync(files.keyFile), /ldap\.key cannot be read \(ENOENT\)\.$/],
      ['a folder', () => [rmSync(files.keyFile), mkdirSync(files.keyFile)], /ldap\.key cannot be read \(EISDIR\)\.$/],
      ['an empty certificate', () => writeFileSync(files.certFile, ''), /ldap\.pem holds no certificate/],
      [
        'half a certificate',
        () => writeFileSync(files.certFile, first.certPem.slice(0, 200)),
        /ldap\.pem holds no certificate/,
      ],
      ['no key', () => writeFileSync(files.keyFile, 'x'), /ldap\.key holds no private key/],
      ['the key of another', () => writeFileSync(files.keyFile, second.keyPem), /does not belong to the first/],
    ];
    for (const [what, spoil, message] of broken) {
      it(`are refused with a sentence for ${what}`, async () => {
        spoil();
        await assert.rejects(
          loadTls(files),
          (error) => error instanceof CertificateError && message.test(error.message),
        );
      });
    }
  });

  describe('while they are watched (PAIN-16)', () => {
    let applied: LdapTls[];
    let watch: CertificateWatch;

    async function startWatch(): Promise<void> {
      applied = [];
      const apply = ({ tls }: LoadedTls): void => {
        applied.push(tls);
      };
      watch = new CertificateWatch({ files, inUse: await loadTls(files), apply, log, clock });
      await clock.untilDueIn((ms) => ms === 5000);
    }

    /** Lets the watch look at the files, wait until they rest, and go back to sleep. */
    async function look(): Promise<void> {
      await clock.advance(5000);
      await clock.untilDueIn((ms) => ms === 1000);
      await clock.advance(1000);
      await clock.untilDueIn((ms) => ms === 5000);
    }

    beforeEach(startWatch);
    afterEach(() => watch[Symbol.asyncDispose]());

    it('are taken into use when they were replaced', async () => {
      put(second);
      await look();
      assert.deepEqual(applied, [second]);
      const { names, validToMs } = await loadTls(files);
      assert.deepEqual(watch.report(), { names, validToMs, problem: null });
      const fields = { file: files.certFile, validTo: new Date(watch.report().validToMs).toISOString() };
      assert.deepEqual(log.events, [{ level: 'info', event: 'certificate.renewed', fields, cause: undefined }]);
    });

    it('are taken into use when they were written in place', async () => {
      writeFileSync(files.keyFile, second.keyPem);
      writeFileSync(files.certFile, `${second.certPem}\n`);
      await look();
      assert.equal(applied.length, 1);
    });

    it('are taken into use when a symbolic link above them changes, as in Kubernetes', async () => {
      await watch[Symbol.asyncDispose]();
      for (const [name, pair] of [
        ['..1', first],
        ['..2', second],
      ] as const) {
        mkdirSync(join(folder.path, name));
        writeFileSync(join(folder.path, name, 'tls.crt'), pair.certPem);
        writeFileSync(join(folder.path, name, 'tls.key'), pair.keyPem);
      }
      const link = join(folder.path, '..data');
      symlinkSync('..1', link);
      files = { certFile: join(link, 'tls.crt'), keyFile: join(link, 'tls.key') };
      await startWatch();
      symlinkSync('..2', `${link}.tmp`);
      renameSync(`${link}.tmp`, link);
      await look();
      assert.deepEqual(applied, [second]);
    });

    it('are not read while one of them still changes', async () => {
      writeFileSync(files.certFile, second.certPem);
      await clock.advance(5000);
      await clock.untilDueIn((ms) => ms === 1000);
      put(second);
      await clock.advance(1000);
      await clock.untilDueIn((ms) => ms === 1000);
      assert.deepEqual([applied, log.events], [[], []]);
      await clock.advance(1000);
      await clock.untilDueIn((ms) => ms === 5000);
      assert.deepEqual(applied, [second]);
      assert.deepEqual(eventNames(), ['certificate.renewed']);
    });

    it('leave the old certificate in use when they are broken, and say so once', async () => {
      const before = watch.report().validToMs;
      writeFileSync(files.keyFile, second.keyPem);
      await look();
      for (let looks = 0; looks < 3; looks++) {
        await clock.advance(5000);
        await clock.untilDueIn((ms) => ms === 5000);
      }
      assert.deepEqual(applied, []);
      assert.deepEqual(eventNames(), ['certificate.kept']);
      assert.equal(log.events[0]?.level, 'warn');
      assert.match(String(log.events[0]?.fields['reason']), /does not belong/);
      assert.equal(watch.report().validToMs, before);
      assert.match(watch.report().problem ?? '', /does not belong/);
    });

    it('are taken into use once they are mended, and no problem is left', async () => {
      rmSync(files.certFile);
      await look();
      assert.match(watch.report().problem ?? '', /cannot be read \(ENOENT\)/);
      put(second);
      await look();
      assert.deepEqual(applied, [second]);
      assert.equal(watch.report().problem, null);
    });

    it('leave no problem behind when the old ones come back', async () => {
      writeFileSync(files.certFile, 'half');
      await look();
      put(first);
      await look();
      assert.deepEqual(applied, []);
      assert.equal(watch.report().problem, null);
      assert.deepEqual(eventNames(), ['certificate.kept', 'certificate.unchanged']);
    });

    it('are not taken into use when they have expired or are not valid yet, while the old one is', async () => {
      put(await issue(clock.now() - 10 * dayMs, 5));
      await look();
      assert.match(watch.report().problem ?? '', / expired on /);
      put(await issue(clock.now() + 10 * dayMs, 5));
      await look();
      assert.match(watch.report().problem ?? '', / is not valid before /);
      assert.deepEqual(applied, []);
    });

    it('are taken into use whatever their dates when the old one has expired', async () => {
      await clock.advance(91 * dayMs);
      await clock.untilDueIn((ms) => ms === 5000);
      put(await issue(clock.now() - 10 * dayMs, 5));
      await look();
      assert.equal(applied.length, 1);
    });

    it('are read at once when somebody asks, and the log says what came of it', async () => {
      watch.readAgain();
      await clock.untilDueIn((ms) => ms === 5000);
      assert.deepEqual(eventNames(), ['certificate.unchanged']);
      put(second);
      watch.readAgain();
      await clock.untilDueIn((ms) => ms === 5000);
      assert.deepEqual(applied, [second]);
      assert.deepEqual(eventNames(), ['certificate.unchanged', 'certificate.renewed']);
    });

    it('are not looked at any more after the end', async () => {
      await watch[Symbol.asyncDispose]();
      assert.equal(clock.sleeping, 0);
    });

    it('are not touched by a change of mode that leaves their content as it is', async () => {
      chmodSync(files.certFile, 0o600);
      await look();
      assert.deepEqual([applied, log.events], [[], []]);
    });

    it('lead to a warning once a day when the certificate has less than 21 days', async () => {
      const runs = async (ms: number): Promise<void> => {
        for (const part of [ms, 5000]) {
          await clock.advance(part);
          await clock.untilDueIn((due) => due === 5000);
        }
      };
      await runs(68 * dayMs);
      assert.deepEqual(eventNames(), []);
      await runs(1.5 * dayMs);
      for (let hours = 0; hours < 30; hours += 10) await runs(10 * 3_600_000);
      assert.deepEqual(
        log.events.map(({ level, event, fields }) => [level, event, fields['daysLeft']]),
        [
          ['warn', 'certificate.expiring', 20],
          ['warn', 'certificate.expiring', 19],
        ],
      );
    });
  });
});
