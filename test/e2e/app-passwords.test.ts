import assert from 'node:assert/strict';
import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { AppPasswordReport, NewAppPassword } from '../../src/identity/app-password.ts';
import { parseTenant } from '../../src/simulator/tenant-file.ts';
import { DaemonOnSimulator } from '../support/daemon-on-simulator.ts';
import * as ber from '../support/ldap-ber.ts';
import { RawClient } from '../support/ldap-raw-client.ts';

const password = 'Passw0rd!-of-anna';
const tenantText = JSON.stringify({
  tenant: { id: '5d8f9f6e-91c2-4b0e-8a53-3f6f3b1a7c13', domains: ['contoso.com'] },
  users: [{ userPrincipalName: 'anna@contoso.com', displayName: 'Anna', password }],
});

/** A daemon over a tenant of one, made and asked through the command line as an administrator does. */
describe('app passwords', () => {
  let daemon: DaemonOnSimulator;

  before(async () => {
    daemon = await DaemonOnSimulator.serving({ tenant: parseTenant(tenantText, 'tenant.json') });
  });

  after(() => daemon[Symbol.asyncDispose]());

  async function start(): Promise<void> {
    await daemon.start();
    await daemon.waitFor(/"event":"sync\.round\.finished"/);
  }

  async function code(text: string): Promise<number> {
    using client = await RawClient.connect(daemon.port);
    return (await client.ask(1, ber.bindRequest('anna', text))).code;
  }

  const attempts = (): number => daemon.simulator.control.statistics().signIns['anna@contoso.com']?.attempts ?? 0;
  const secretsFile = (): string => join(daemon.folder, 'store', 'secrets');

  it('open an account without Entra, where it wants a second factor and where it is down (PAIN-01, P6)', async () => {
    const made = await daemon.json<NewAppPassword>('app-password', 'create', 'anna', '--name', 'mail');
    assert.equal(made.dn.startsWith('uid=anna,'), true);
    assert.equal(await code(made.password), 0);
    assert.equal(attempts(), 0);
  });

  it('are shown once: neither the list, nor the store, nor the log has them (P7)', async () => {
    const made = await daemon.json<NewAppPassword>('app-password', 'create', 'anna@contoso.com', '--name', 'printer');
    const { appPasswords } = await daemon.json<{ appPasswords: AppPasswordReport[] }>(
      'app-password',
      'list',
      '--user',
      'anna',
    );
    assert.ok(appPasswords.some(({ id, label }) => id === made.id && label === 'printer'));
    const plain = made.password.replaceAll('-', '').slice(6);
    assert.ok(!JSON.stringify(appPasswords).includes(plain));
    const log = daemon.output;
    assert.match(log, /"event":"app_password\.made"/);
    assert.ok(!log.includes(plain) && !log.includes(made.password));
  });

  it('end at once when they are revoked, together with the connections of their user', async () => {
    const made = await daemon.json<NewAppPassword>('app-password', 'create', 'anna', '--name', 'nas');
    using client = await RawClient.connect(daemon.port);
    assert.equal((await client.ask(1, ber.bindRequest('anna', made.password))).code, 0);
    const { revoked } = await daemon.json<{ revoked: AppPasswordReport }>('app-password', 'revoke', made.id);
    assert.equal(revoked.label, 'nas');
    assert.notEqual(await client.notice(), undefined);
    assert.equal(await client.next(), undefined);
    assert.equal(await code(made.password), 49);
    assert.equal(attempts(), 0);
    const again = await daemon.run('app-password', 'revoke', made.id);
    assert.equal(again.code, 8);
    assert.match(again.stderr, /There is no app password/);
  });

  it('show a QR code for an authenticator app, and want its code from then on (PAIN-02)', async () => {
    const { stdout } = await daemon.run('app-password', 'create', 'anna', '--name', 'vpn', '--code');
    assert.match(stdout, /otpauth:\/\/totp\//);
    assert.match(stdout, /[█▀▄]{20}/);
    const text = /^ {2}([a-z0-9-]{24})$/m.exec(stdout)?.[1] ?? '';
    assert.equal(await code(text), 49);
  });

  it('survive the end of the process and are made, listed and revoked without a daemon too (P3)', async () => {
    const kept = await daemon.json<NewAppPassword>('app-password', 'create', 'anna', '--name', 'kept');
    await daemon.kill();
    const made = await daemon.json<NewAppPassword>(
      'app-password',
      'create',
      'anna',
      '--name',
      'offline',
      '--expires',
      'never',
    );
    assert.equal(made.expiresAtMs, null);
    const { stdout } = await daemon.run('app-password', 'list');
    assert.match(stdout, /kept/);
    assert.match(stdout, /offline/);
    await start();
    assert.deepEqual([await code(kept.password), await code(made.password)], [0, 0]);
  });

  it('are protected by keys in a file of its own, which others may not read (P7, PAIN-19)', async () => {
    assert.equal(statSync(secretsFile()).mode & 0o777, 0o600);
    await daemon.kill();
    chmodSync(secretsFile(), 0o640);
    const refused = await daemon.run('serve');
    assert.equal(refused.code, 3);
    assert.match(refused.stderr, /Others may read the keys in .*secrets: chmod 600/);
    chmodSync(secretsFile(), 0o600);
    const before = readFileSync(secretsFile(), 'utf8');
    writeFileSync(secretsFile(), 'nonsense\n');
    const broken = await daemon.run('serve');
    assert.equal(broken.code, 3);
    assert.match(broken.stderr, /a line that is no key/);
    assert.ok(!broken.stderr.includes('nonsense'));
    writeFileSync(secretsFile(), before);
    await start();
  });

  it('take over a new key, and need the older one no longer', async () => {
    const { stdout } = await daemon.run('app-password', 'create', 'anna', '--name', 'rotated', '--code', '--json');
    const made = JSON.parse(stdout) as NewAppPassword;
    const refused = await daemon.run('secrets', 'rotate');
    assert.equal(refused.code, 8);
    assert.match(refused.stderr, /The daemon is running and uses the keys/);
    await daemon.kill();
    const before = readFileSync(secretsFile(), 'utf8');
    const { rotated } = await daemon.json<{ rotated: { current: string; resealed: number } }>(
      'secrets',
      'rotate',
      '--drop-old',
    );
    assert.deepEqual([rotated.current, rotated.resealed >= 1], ['k2', true]);
    const after = readFileSync(secretsFile(), 'utf8');
    assert.match(after, /^k2:/m);
    assert.ok(!/^k1:/m.test(after) && after !== before);
    assert.equal(statSync(secretsFile()).mode & 0o777, 0o600);
    await start();
    const wrongCode = await code(`${made.password}000000`);
    assert.equal(wrongCode, 49, 'the seed is read with the new key');
  });

  for (const [command, message] of [
    [['create', 'anna'], /--name is missing/],
    [['create', 'anna', '--name', 'x', '--expires', 'soon'], /--expires must be a duration/],
    [['create', 'anna', '--name', 'x', '--from', '10.0.0.1/8'], /bits behind its prefix/],
  ] as const) {
    it(`say what is wrong with "app-password ${command.join(' ')}"`, async () => {
      const { code: exit, stderr } = await daemon.run('app-password', ...command);
      assert.equal(exit, 2);
      assert.match(stderr, message);
    });
  }
});
