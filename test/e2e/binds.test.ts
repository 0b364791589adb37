import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { hashSync } from 'bcrypt';

import type { StatusReport } from '../../src/identity/admin.ts';
import type { ShieldReport, UnlockOutcome } from '../../src/identity/auth-report.ts';
import type { BindEvent } from '../../src/identity/bind-event.ts';
import { parseTenant } from '../../src/simulator/tenant-file.ts';
import { DaemonOnSimulator } from '../support/daemon-on-simulator.ts';
import * as ber from '../support/ldap-ber.ts';

const base = 'dc=contoso,dc=com';
const readerDn = `cn=reader,ou=services,${base}`;
const password = 'Passw0rd!-of-anna';
const readerPassword = 's3cret-of-the-reader';
const attacker = '127.0.0.66';

const names = ['anna', 'ben', 'carla'];
const upn = (name: string): string => `${name}@contoso.com`;

const tenantText = JSON.stringify({
  tenant: { id: '5d8f9f6e-91c2-4b0e-8a53-3f6f3b1a7c13', domains: ['contoso.com'] },
  users: names.map((name) => ({ userPrincipalName: upn(name), displayName: name, password })),
});

const reader = { name: 'reader', passwordHash: hashSync(readerPassword, 4) };

/** A daemon over a tenant of three, of whom Entra locks anybody after ten different wrong passwords. */
describe('binds', () => {
  let daemon: DaemonOnSimulator;

  afterEach(() => daemon[Symbol.asyncDispose]());

  async function start(bind: Readonly<Record<string, unknown>> = {}): Promise<void> {
    daemon = await DaemonOnSimulator.serving({
      tenant: parseTenant(tenantText, 'tenant.json'),
      sections: { serviceAccounts: [reader], bind },
    });
  }

  /** The result codes of binds one after the other on one connection. */
  async function codes(name: string, passwords: readonly string[], from?: string): Promise<readonly number[]> {
    const client = await daemon.connect(from);
    const found: number[] = [];
    for (const [index, text] of passwords.entries()) {
      found.push((await client.ask(index + 1, ber.bindRequest(name, text))).code);
    }
    return found;
  }

  async function code(name: string, text: string, from?: string): Promise<number | undefined> {
    return (await codes(name, [text], from))[0];
  }

  const attempts = (name: string): number => daemon.simulator.control.statistics().signIns[upn(name)]?.attempts ?? 0;
  const distinct = (count: number): string[] => Array.from({ length: count }, (_, i) => `wrong ${i}`);

  it('with the same wrong password cost Entra one attempt, and the right one works at once (PAIN-22)', async () => {
    await start();
    const printer = Array.from({ length: 12 }, () => 'forgotten');
    assert.deepEqual(new Set(await codes(upn('anna'), printer)), new Set([49]));
    assert.equal(attempts('anna'), 1);
    daemon.simulator.control.changePassword(upn('anna'), 'a new one');
    assert.deepEqual(await codes('anna', ['a new one', 'forgotten']), [0, 49]);
    assert.equal(attempts('anna'), 2);
  });

  it('with many wrong passwords stay below the lockout of Entra, until somebody unlocks the account (PAIN-22)', async () => {
    await start({ shield: { account: { attempts: 6, refill: '1h' } } });
    assert.deepEqual(new Set(await codes('anna', distinct(15), attacker)), new Set([49]));
    assert.equal(attempts('anna'), 4);
    assert.equal(await code('anna', password, attacker), 49, 'nobody gets in while nothing is tried');
    const { accounts } = await daemon.json<ShieldReport>('auth', 'status');
    assert.deepEqual(
      accounts.map(({ dn, left }) => [dn, left]),
      [[`uid=anna,ou=users,${base}`, 2]],
    );
    const unlocked = await daemon.json<UnlockOutcome>('auth', 'unlock', 'anna');
    assert.deepEqual(unlocked, { kind: 'user', name: `uid=anna,ou=users,${base}`, wasHeld: true });
    assert.equal(await code('anna', password), 0);
    const nobody = await daemon.run('auth', 'unlock', 'nobody');
    assert.equal(nobody.code, 8);
    assert.match(nobody.stderr, /is called "nobody"\. Give a uid/);
  });

  it('go on for everybody else while one address tries passwords at full speed (P6, P8)', async () => {
    // Nobody is let in from memory, so that it is the shield that tells who knows the address from who does not.
    const account = { attempts: 6, refill: '1h' };
    await start({ shield: { account, address: { attempts: 10, refill: '1h' } }, memory: { accepted: '0s' } });
    assert.equal(await code(upn('anna'), password), 0);
    assert.equal(await code(readerDn, readerPassword), 0);
    const flood = Promise.all(
      Array.from({ length: 6 }, (_, each) =>
        codes(
          ['anna', 'nobody', readerDn][each % 3] ?? '',
          distinct(25).map((text) => `${text} ${each}`),
          attacker,
        ),
      ),
    );
    for (const name of names) assert.equal(await code(upn(name), password), 0, name);
    assert.equal(await code(readerDn, readerPassword), 0);
    const answers = (await flood).flat();
    assert.ok(answers.every((each) => each === 49 || each === 51));
    assert.ok(
      answers.filter((each) => each === 51).length > answers.length / 2,
      'the attacker is told to come back later',
    );
    assert.equal(
      await code('anna', password, attacker),
      51,
      'also with a right password, which would tell that it is right',
    );
    assert.ok(attempts('anna') <= 2 + 4, `Entra was asked ${attempts('anna')} times about Anna`);
    assert.deepEqual(await daemon.json('auth', 'unlock', attacker), {
      kind: 'address',
      name: attacker,
      wasHeld: true,
    });
    assert.equal(await code('ben', password, attacker), 0);
  });

  it('are remembered for a moment, and for none when the configuration says so (PAIN-04)', async () => {
    await start();
    assert.deepEqual(await codes('anna', [password, password, password]), [0, 0, 0]);
    assert.equal(attempts('anna'), 1);
    daemon.edit({ bind: { memory: { accepted: '0s' } } });
    daemon.reload();
    await daemon.waitFor(/"event":"config\.reloaded"/);
    daemon.simulator.control.changePassword(upn('anna'), 'a new one');
    assert.deepEqual(await codes('anna', [password, 'a new one', 'a new one']), [49, 0, 0]);
    assert.equal(attempts('anna'), 4);
  });

  it('with a right password and no second factor are refused unless the code is let through (PAIN-01, PAIN-03)', async () => {
    await start();
    daemon.simulator.control.setSignIn(upn('anna'), 'mfaRequired');
    daemon.simulator.control.setSignIn(upn('ben'), 'conditionalAccess');
    assert.deepEqual([await code('anna', password), await code('ben', password)], [49, 49]);
    const { stdout } = await daemon.run('explain', 'user', 'anna');
    assert.match(
      stdout,
      /Last login +refused by Entra .*Z: multi-factor authentication is required \(AADSTS50076\)\n +A password alone /,
    );
    daemon.edit({ bind: { entra: { acceptProven: [50076] } } });
    daemon.reload();
    await daemon.waitFor(/"event":"config\.reloaded"/);
    assert.deepEqual([await code('anna', password), await code('ben', password)], [0, 49]);
    assert.doesNotMatch((await daemon.run('explain', 'user', 'anna')).stdout, /Last login/);
    assert.equal(await code('anna', 'wrong'), 49);
    assert.deepEqual((await daemon.json<StatusReport>('status')).binds.acceptProven, [50076]);
    assert.match((await daemon.run('status')).stdout, /Logins .*\n.*although Entra wants one: AADSTS50076/);
  });

  it('raise an alarm when Entra refuses the application, which ends when it answers again', async () => {
    await start();
    daemon.simulator.control.setSignIn(upn('anna'), 'consentRequired');
    assert.equal(await code('anna', password), 52);
    const { alarm } = (await daemon.json<StatusReport>('status')).binds;
    assert.equal(alarm?.aadsts, 65001);
    assert.match((await daemon.run('status')).stdout, /ALARM since .*admin consent/);
    assert.equal(await code('ben', password), 0);
    assert.equal((await daemon.json<StatusReport>('status')).binds.alarm, null);
  });

  it('say why in the words of Active Directory only to who has the right password, when they may say so at all', async () => {
    await start({ diagnostics: 'activeDirectory' });
    daemon.simulator.control.setSignIn(upn('anna'), 'passwordExpired');
    const client = await daemon.connect();
    const data = async (id: number, name: string, text: string): Promise<string | undefined> =>
      /AcceptSecurityContext error, data (\w+), v\w+$/.exec(
        (await client.ask(id, ber.bindRequest(name, text))).text,
      )?.[1];
    assert.equal(await data(1, 'anna', password), '532');
    assert.equal(await data(2, 'nobody', password), '52e');
    assert.equal(await data(3, 'ben', 'wrong'), '52e');
  });

  it('are over within one publish for who is disabled, renamed or removed (RFC 4511 §4.4.1)', async () => {
    await start();
    const bound = await Promise.all(
      names.map(async (name) => {
        const client = await daemon.connect();
        assert.equal((await client.ask(1, ber.bindRequest(upn(name), password))).code, 0);
        return client;
      }),
    );
    const service = await daemon.connect();
    assert.equal((await service.ask(1, ber.bindRequest(readerDn, readerPassword))).code, 0);
    daemon.simulator.control.disableUser(upn('anna'));
    daemon.simulator.control.removeUser(upn('ben'));
    const { code: exit, stderr } = await daemon.run('sync');
    assert.equal(exit, 0, stderr);
    assert.deepEqual([await bound[0]?.notice(), await bound[1]?.notice()], [8, 8]);
    assert.equal(await code('anna', password), 49);
    assert.equal(await code('ben', password), 49);
    assert.equal((await bound[2]?.ask(2, ber.extendedRequest('1.3.6.1.4.1.4203.1.11.3')))?.code, 0);
    assert.equal((await service.ask(2, ber.searchRequest({ base, scope: 0 }))).code, 0);
    daemon.edit({ serviceAccounts: [] });
    daemon.reload();
    assert.equal(await service.notice(), 8);
    assert.equal(await code(readerDn, readerPassword), 49);
  });

  it('are written down, and nothing of a password is (P7)', async () => {
    await start();
    assert.equal(await code(upn('anna'), password), 0);
    assert.equal(await code('ANNA', 'wrong-of-anna', attacker), 49);
    assert.deepEqual(await codes('nobody', ['x', 'x', 'x'], attacker), [49, 49, 49]);
    assert.equal(await code(readerDn, readerPassword), 0);
    const { binds } = await daemon.json<{ binds: readonly BindEvent[] }>('audit');
    const found = binds.map(({ verdict, name, dn, address, link, aadsts, reason, count }) => ({
      verdict,
      name,
      dn,
      address,
      link,
      aadsts,
      reason,
      count,
    }));
    const annaDn = `uid=anna,ou=users,${base}`;
    assert.deepEqual(found[0], {
      verdict: 'accepted',
      name: upn('anna'),
      dn: annaDn,
      address: '127.0.0.1',
      link: 'entra',
      aadsts: null,
      reason: null,
      count: 1,
    });
    assert.deepEqual(found[1], {
      verdict: 'refused',
      name: 'ANNA',
      dn: annaDn,
      address: attacker,
      link: 'entra',
      aadsts: 50126,
      reason: 'wrong',
      count: 1,
    });
    assert.equal(
      found.filter(({ name }) => name === 'nobody').reduce((sum, { count }) => sum + count, 0),
      3,
    );
    assert.equal(found.at(-1)?.link, 'service');
    assert.match(binds[0]?.correlationId ?? '', /^[0-9a-f-]{36}$/);
    const of = async (...filter: string[]): Promise<number> =>
      (await daemon.json<{ binds: unknown[] }>('audit', ...filter)).binds.length;
    assert.deepEqual(
      [await of('--user', 'anna'), await of('--user', 'reader'), await of('--verdict', 'refused', '--user', 'Anna')],
      [2, 1, 1],
    );
    assert.deepEqual([await of('--address', '127.0.0.1'), await of('--since', '1h', '--limit', '1')], [2, 1]);
    const running = await daemon.run('audit');
    await daemon.stop();
    assert.equal((await daemon.run('audit')).stdout, running.stdout, 'the store says the same');
    assert.match(running.stdout, /refused +127\.0\.0\.66 +ANNA \(uid=anna,[^)]*\): wrong, AADSTS50126, by entra, /);
    const files = readdirSync(daemon.folder, { recursive: true, withFileTypes: true }).filter((each) => each.isFile());
    const stored = files
      .filter(({ name }) => name !== 'entra-ldapd.yaml')
      .map(({ parentPath, name }) => readFileSync(join(parentPath, name)));
    assert.ok(stored.length > 3);
    for (const secret of [password, 'wrong-of-anna', readerPassword]) {
      assert.ok(stored.every((bytes) => !bytes.includes(secret)));
      assert.ok(!daemon.output.includes(secret));
    }
    assert.ok(!daemon.output.includes(upn('anna')), 'the log has no names above debug');
  });
});
