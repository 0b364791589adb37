import assert from 'node:assert/strict';
import { copyFileSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hashPassword } from '../../src/auth/hash-password.ts';
import type { StatusReport } from '../../src/identity/admin.ts';
import type { NewAppPassword } from '../../src/identity/app-password.ts';
import type { CheckedBackup, RestoreReport } from '../../src/identity/backup.ts';
import type { IdRow } from '../../src/identity/inspection.ts';
import { generateTenant } from '../../src/simulator/generate.ts';
import { writeDaemonConfig } from '../support/daemon-config.ts';
import { DaemonOnSimulator } from '../support/daemon-on-simulator.ts';
import { principalName } from '../support/expected-directory.ts';
import * as ber from '../support/ldap-ber.ts';
import { RawClient } from '../support/ldap-raw-client.ts';
import { type Ended, programFile, runCommand, runProgram, startProgram } from '../support/program.ts';
import { readServedDirectory, type ServedDirectory } from '../support/served-directory.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const servicePassword = 'backup-test';
const bindDn = 'cn=reader,ou=services,dc=contoso,dc=com';
const refusedExit = 8;
const free = { count: 100_000, share: '100%' };

interface BackedUp {
  readonly backup: CheckedBackup & { readonly file: string };
}

interface Restored {
  readonly restore: RestoreReport & { readonly file: string };
}

describe('backup and restore of the daemon', function () {
  this.timeout(120_000);
  let daemon: DaemonOnSimulator;
  let other: ReturnType<typeof temporaryFolder>;
  let otherConfig: string;
  let person: string;
  let made: NewAppPassword;
  let shown: ServedDirectory;
  let ids: readonly IdRow[];
  let file: string;

  before(async () => {
    const sections = {
      serviceAccounts: [{ name: 'reader', passwordHash: await hashPassword(servicePassword) }],
      safety: { removals: free, locks: free, renames: free, groupShrink: free },
    };
    daemon = await DaemonOnSimulator.serving({
      tenant: generateTenant({ seed: 77, users: 400, groups: 40 }),
      sections,
    });
    await daemon.waitFor(/"event":"sync\.round\.finished"/);
    other = temporaryFolder();
    otherConfig = writeDaemonConfig(other.path, daemon.simulator, daemon.certificates.ca.certPem, sections);
    const anybody = [...daemon.simulator.control.snapshot().users].find(
      ({ state, properties }) =>
        state === 'live' && properties['userType'] !== 'Guest' && properties['accountEnabled'] === true,
    );
    person = principalName(anybody?.properties ?? assert.fail('nobody'));
    made = await daemon.json<NewAppPassword>('app-password', 'create', person, '--name', 'mail');
    shown = await served(daemon.url);
    ids = await idsOf(daemon.config);
    file = join(daemon.folder, 'one.backup');
  });

  after(async () => {
    other[Symbol.dispose]();
    await daemon[Symbol.asyncDispose]();
  });

  async function served(url: string): Promise<ServedDirectory> {
    return (await readServedDirectory(url, bindDn, servicePassword)) ?? assert.fail('nothing is served');
  }

  async function idsOf(config: string): Promise<readonly IdRow[]> {
    const { stdout, stderr } = await runProgram(['ids', 'export', '--json', '--config', config]);
    assert.equal(stderr, '');
    return (JSON.parse(stdout) as { ids: IdRow[] }).ids;
  }

  function elsewhere(...command: readonly string[]): Promise<Ended> {
    return runProgram([...command, '--config', otherConfig]);
  }

  async function restoreElsewhere(...options: readonly string[]): Promise<Restored['restore']> {
    const { code, stdout, stderr } = await elsewhere('restore', file, ...options, '--json');
    assert.equal(code, 0, stderr);
    return (JSON.parse(stdout) as Restored).restore;
  }

  it('is made while logins, searches and a publish go on, and is read back before it has its name (P3)', async () => {
    const newcomers = Array.from({ length: 120 }, (_, i) => `load${i}@contoso.com`);
    for (const userPrincipalName of newcomers) daemon.simulator.control.addUser({ userPrincipalName });
    const load = Promise.all([daemon.sync(), ...Array.from({ length: 4 }, () => served(daemon.url))]);
    const { backup } = await daemon.json<BackedUp>('backup', file);
    await load;
    assert.equal(backup.file, file);
    assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.equal(backup.fileBytes, statSync(file).size);
    assert.equal(backup.header.secrets, false);
    assert.deepEqual(backup.header.tenants, [daemon.simulator.tenant.tenantId]);
    assert.ok(backup.contents.ids >= ids.length);
    assert.equal(backup.contents.appPasswords, 1);
    const secrets = readFileSync(join(daemon.folder, 'store', 'secrets'), 'utf8');
    const key = /:(.{20})/.exec(secrets)?.[1] ?? assert.fail(secrets);
    assert.ok(!readFileSync(file).includes(key), 'the keys are not in it');
    assert.match(daemon.output, /"event":"backup\.made"/);
    // From here on nothing is under way, so that both sides can be compared.
    await daemon.json<BackedUp>('backup', file);
    shown = await served(daemon.url);
    ids = await idsOf(daemon.config);
    assert.deepEqual(
      readdirSync(daemon.folder).filter((name) => name.endsWith('.new')),
      [],
    );
  });

  it('says what is in it, that it is whole, and loudly that the keys are not, without changing anything', async () => {
    const text = await elsewhere('restore', file, '--dry-run');
    assert.equal(text.code, 0, text.stderr);
    assert.match(text.stdout, /1 tenant, [\d,]+ objects with name and number, [\d,]+ entries, 1 app password/);
    assert.match(text.stdout, /ITS KEYS \(k1\) ARE MISSING: put a copy of the file/);
    assert.match(text.stdout, /only a look; nothing was changed/);
    assert.ok(!existsSync(join(other.path, 'store')));
    const beside = await daemon.run('restore', file, '--dry-run');
    assert.equal(beside.code, 0, `beside the daemon: ${beside.stderr}`);
    assert.match(beside.stdout, /The keys in .* are those of the backup\.\nThis was only a look/);
    const made = await daemon.run('backup', file);
    assert.match(made.stdout, /Read back and whole, SHA-256 [0-9a-f]{64}\.\nThe keys \(k1\) are NOT in it/);
  });

  it('gives another machine the same names, numbers, entries and app passwords, and its first round is incremental (P3, P5)', async () => {
    const report = await restoreElsewhere();
    assert.equal(report.isRestored, true);
    assert.equal(report.keys, 'missing');
    assert.equal(report.replaced, null);
    copyFileSync(join(daemon.folder, 'store', 'secrets'), join(other.path, 'store', 'secrets'));
    assert.deepEqual(await idsOf(otherConfig), ids);
    await using second = startProgram(['serve', '--config', otherConfig]);
    const port = Number((await second.waitFor(/"event":"ldap\.server\.listening".*?"port":(\d+)/))[1]);
    assert.deepEqual(await served(`ldap://127.0.0.1:${port}`), shown);
    using client = await RawClient.connect(port);
    assert.equal((await client.ask(1, ber.bindRequest(person, made.password))).code, 0);
    await second.waitFor(/"event":"sync\.round\.started".*"users":"incremental","groups":"incremental"/);
    await second.waitFor(/"event":"sync\.round\.finished"/);
    await second.stop();
  });

  it('refuses a store that has something in it without --replace, and while a daemon runs', async () => {
    const filled = await elsewhere('restore', file);
    assert.equal(filled.code, refusedExit);
    assert.match(filled.stderr, /has data in it\. With --replace the backup takes its place/);
    const running = await daemon.run('restore', file, '--replace');
    assert.equal(running.code, refusedExit);
    assert.match(running.stderr, /The daemon is running: stop it first/);
  });

  it('replaces a store with --replace, keeps that, and tells of names and numbers that are only there (P5)', async () => {
    const late = daemon.simulator.control.addUser({ userPrincipalName: 'late@contoso.com' });
    const { code } = await elsewhere('sync');
    assert.equal(code, 0);
    const rows = await idsOf(otherConfig);
    assert.ok(rows.some(({ objectId }) => objectId === late));
    const report = await restoreElsewhere('--replace');
    assert.equal(report.keys, 'same');
    assert.equal(report.newerIds, 1);
    assert.equal(report.replaced, join(other.path, 'store', 'db.replaced'));
    assert.ok(existsSync(join(report.replaced ?? '', 'CURRENT')));
    assert.deepEqual(await idsOf(otherConfig), ids);
    const told = await elsewhere('restore', file, '--replace');
    assert.match(told.stdout, /app passwords that were revoked since the backup are good again: revoke them anew\./);
  });

  it('is refused when it is damaged or of another tenant, and the store stays as it is (PAIN-19)', async () => {
    const bytes = readFileSync(file);
    const at = bytes.length - 4000;
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    const damaged = join(other.path, 'damaged.backup');
    writeFileSync(damaged, bytes);
    const refused = await elsewhere('restore', damaged, '--replace');
    assert.equal(refused.code, refusedExit);
    assert.match(refused.stderr, /is damaged \(.*\) and was not used/);
    assert.deepEqual(await idsOf(otherConfig), ids);
    using third = temporaryFolder();
    const foreign = writeDaemonConfig(third.path, daemon.simulator, daemon.certificates.ca.certPem, {
      tenant: { id: '99999999-9999-4999-8999-999999999999' },
    });
    const wrong = await runProgram(['restore', file, '--config', foreign]);
    assert.equal(wrong.code, refusedExit);
    assert.match(wrong.stderr, /is a backup of the tenant .*, and the configuration is for 99999999-/);
    assert.ok(!existsSync(join(third.path, 'store')));
  });

  it('takes the keys along when it is asked to, and says so loudly; other keys are never overwritten', async () => {
    const withKeys = await daemon.run('backup', file, '--with-secrets');
    assert.match(withKeys.stdout, /THE KEYS ARE IN IT/);
    using third = temporaryFolder();
    const config = writeDaemonConfig(third.path, daemon.simulator, daemon.certificates.ca.certPem, {});
    const keys = join(third.path, 'store', 'secrets');
    const first = await runProgram(['restore', file, '--config', config]);
    assert.match(first.stdout, /Its keys were written to .*secrets/);
    assert.equal(statSync(keys).mode & 0o777, 0o600);
    assert.equal(readFileSync(keys, 'utf8'), readFileSync(join(daemon.folder, 'store', 'secrets'), 'utf8'));
    const others = `k1:${Buffer.alloc(32, 7).toString('base64')}\n`;
    writeFileSync(keys, others);
    const second = await runProgram(['restore', file, '--replace', '--config', config]);
    assert.equal(second.code, 0, second.stderr);
    assert.match(second.stdout, /OTHER KEYS are in .*secrets, not those of the backup \(k1\)/);
    assert.equal(readFileSync(keys, 'utf8'), others);
  });

  it('goes to standard output, and is made without a daemon too', async () => {
    const { sync } = await daemon.json<StatusReport>('status');
    assert.ok(sync.lastSuccessAtMs !== null);
    await daemon.stop();
    const piped = join(other.path, 'piped.backup');
    const backup = [process.execPath, programFile, 'backup', '-', '--config', daemon.config];
    const writing = await runCommand('sh', ['-c', 'file=$1; shift; exec "$@" > "$file"', 'sh', piped, ...backup]);
    assert.equal(writing.code, 0, writing.stderr);
    const { code, stdout } = await elsewhere('restore', piped, '--dry-run');
    assert.equal(code, 0);
    assert.match(stdout, /read to its end and whole/);
    const nothing = join(other.path, 'nowhere');
    const config = writeDaemonConfig(other.path, daemon.simulator, daemon.certificates.ca.certPem, {
      store: { path: nothing },
    });
    const empty = await runProgram(['backup', piped, '--config', config]);
    assert.equal(empty.code, refusedExit);
    assert.match(empty.stderr, /There is no store in .*nowhere: nothing to back up yet/);
    assert.ok(!existsSync(nothing));
  });
});
