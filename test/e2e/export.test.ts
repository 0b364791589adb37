import assert from 'node:assert/strict';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hashPassword } from '../../src/auth/hash-password.ts';
import { DaemonOnSimulator } from '../support/daemon-on-simulator.ts';
import { differentialTenant } from '../support/differential-tenant.ts';
import { parseLdif } from '../support/ldif-text.ts';
import { type Ended, programFile, runCommand } from '../support/program.ts';

describe('"export"', function () {
  this.timeout(120_000);
  let daemon: DaemonOnSimulator;

  before(async () => {
    daemon = await DaemonOnSimulator.open({
      tenant: differentialTenant(),
      sections: { serviceAccounts: [{ name: 'reader', passwordHash: await hashPassword('export') }] },
    });
  });

  after(() => daemon[Symbol.asyncDispose]());

  const run = (...args: readonly string[]): Promise<Ended> => daemon.run('export', ...args);

  it('says that there is nothing yet before the first sync, and writes nothing (P1)', async () => {
    const output = join(daemon.folder, 'early.ldif');
    const { code, stdout, stderr } = await run('--ldif', '--output', output);
    assert.equal(code, 8);
    assert.match(stderr, /no complete directory to export yet: run entra-ldapd sync first/);
    assert.equal(stdout, '');
    assert.ok(!existsSync(output) && !existsSync(`${output}.new`));
  });

  it('writes the same beside a running daemon and without one', async () => {
    assert.equal((await daemon.run('sync', '--once')).code, 0);
    const alone = await run('--ldif', '--operational');
    assert.equal(alone.code, 0, alone.stderr);
    await daemon.start();
    await daemon.waitFor(/sync\.round\.finished/);
    const beside = await run('--ldif', '--operational');
    assert.equal(beside.code, 0, beside.stderr);
    assert.equal(beside.stdout, alone.stdout);
    const names = new Set(parseLdif(beside.stdout).map((record) => String(record.get('dn'))));
    assert.ok(names.has('uid=alice,ou=users,dc=contoso,dc=com'));
    assert.ok(names.has(String.raw`cn=Größe & Höhe,ou=groups,dc=contoso,dc=com`));
    const refused = await run('--base', 'ou=nowhere,dc=contoso,dc=com');
    assert.deepEqual([refused.code, refused.stdout], [8, '']);
    assert.match(refused.stderr, /^The directory has no entry ou=nowhere,dc=contoso,dc=com\.$/m);
    const invalid = await run('--base', 'nowhere');
    assert.deepEqual([invalid.code, invalid.stderr], [8, '"nowhere" is not a distinguished name.\n']);
    await daemon.kill();
  });

  it('writes a file that only its owner can read, whole or not at all', async () => {
    const output = join(daemon.folder, 'groups.ldif');
    writeFileSync(output, 'what was there before');
    const refused = await run('--base', 'ou=nowhere,dc=contoso,dc=com', '--output', output);
    assert.equal(refused.code, 8);
    assert.equal(readFileSync(output, 'utf8'), 'what was there before');
    const { code, stdout, stderr } = await run('--base', 'ou=groups,dc=contoso,dc=com', '--output', output);
    assert.deepEqual([code, stdout, stderr], [0, '', '']);
    assert.equal(statSync(output).mode & 0o777, 0o600);
    const records = parseLdif(readFileSync(output, 'utf8'));
    assert.ok(
      records.length > 5 && records.every((record) => String(record.get('dn')).endsWith('ou=groups,dc=contoso,dc=com')),
    );
    const nowhere = await run('--output', join(daemon.folder, 'no', 'such', 'folder.ldif'));
    assert.equal(nowhere.code, 1);
    assert.match(nowhere.stderr, /folder\.ldif cannot be written: there is no such file\.$/m);
  });

  it('writes the schema for OpenLDAP, which goes with no other choice', async () => {
    const { code, stdout } = await run('--openldap-schema');
    assert.equal(code, 0);
    assert.match(stdout, /^attributetype \( 2\.5\.4\.4 NAME \( 'sn' 'surname' \)/m);
    assert.match(stdout, /^objectclass \( 2\.16\.840\.1\.113730\.3\.2\.2 NAME 'inetOrgPerson'/m);
    for (const other of ['--ldif', '--operational', '--without-version', '--base=dc=contoso,dc=com']) {
      assert.equal((await run('--openldap-schema', other)).code, 2, other);
    }
  });

  it('does no harm to a reader that closes its pipe early', async () => {
    const script = '"$0" "$1" export --config "$2" | head -n 1';
    const words = ['-c', script, process.execPath, programFile, daemon.config];
    const { code, stdout, stderr } = await runCommand('sh', words);
    assert.deepEqual([code, stdout, stderr], [0, 'version: 1\n', '']);
  });
});
