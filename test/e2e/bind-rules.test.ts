import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { hashSync } from 'bcrypt';

import type { StatusReport } from '../../src/identity/admin.ts';
import type { NewAppPassword } from '../../src/identity/app-password.ts';
import type { BindEvent } from '../../src/identity/bind-event.ts';
import type { ExplainAnswer } from '../../src/identity/inspection.ts';
import type { NewOneTimeCodes, OneTimeCodeReport } from '../../src/identity/one-time-code.ts';
import { parseTenant } from '../../src/simulator/tenant-file.ts';
import { DaemonOnSimulator } from '../support/daemon-on-simulator.ts';
import * as ber from '../support/ldap-ber.ts';
import type { RawClient } from '../support/ldap-raw-client.ts';
import { codeOf } from '../support/otpauth.ts';
import { startProgram } from '../support/program.ts';

const passwordOf = (name: string): string => `Passw0rd!-of-${name}`;
const tenantText = JSON.stringify({
  tenant: { id: '5d8f9f6e-91c2-4b0e-8a53-3f6f3b1a7c13', domains: ['contoso.com'] },
  users: ['anna', 'bert', 'cleo'].map((name) => ({
    userPrincipalName: `${name}@contoso.com`,
    displayName: name,
    password: passwordOf(name),
  })),
  groups: [
    { displayName: 'contractors', members: ['bert@contoso.com'] },
    { displayName: 'staff', members: ['anna@contoso.com', 'cleo@contoso.com'] },
  ],
});
const secret = 's3cret-of-a-service';
const passwordHash = hashSync(secret, 4);
const vpn = { name: 'vpn', passwordHash, allowFrom: ['127.0.0.2'] };
const rules = [
  { groups: ['contractors'], entra: false },
  { services: ['vpn'], codeRequired: true },
  { groups: ['gone'], appPasswords: false },
];
const fromVpn = '127.0.0.2';
const whoAmI = ber.extendedRequest('1.3.6.1.4.1.4203.1.11.3');
const strongerAuthRequired = 8;

/** A daemon over a tenant of three: Bert is in a group to which the password of Entra is closed, and the VPN demands one-time codes. */
describe('rules about who may log in how', () => {
  let daemon: DaemonOnSimulator;
  let reloads = 0;

  before(async () => {
    const tenant = parseTenant(tenantText, 'tenant.json');
    const bind = { rules, oneTimeCodes: { window: 10 } };
    daemon = await DaemonOnSimulator.serving({ tenant, sections: { serviceAccounts: [vpn], bind } });
  });

  after(() => daemon[Symbol.asyncDispose]());

  async function bound(name: string, password: string, from?: string): Promise<{ code: number; client: RawClient }> {
    const client = await daemon.connect(from);
    return { code: (await client.ask(1, ber.bindRequest(name, password))).code, client };
  }

  const code = async (...attempt: Parameters<typeof bound>): Promise<number> => (await bound(...attempt)).code;
  const attempts = (name: string): number =>
    daemon.simulator.control.statistics().signIns[`${name}@contoso.com`]?.attempts ?? 0;
  const audit = async (name: string): Promise<BindEvent | undefined> =>
    (await daemon.json<{ binds: BindEvent[] }>('audit', '--user', name)).binds.at(-1);

  async function follow(sections: Readonly<Record<string, unknown>>): Promise<void> {
    reloads += 1;
    daemon.edit(sections);
    daemon.reload();
    await daemon.waitFor(new RegExp(`(?:"event":"config\\.reloaded"[^]*){${reloads}}`));
  }

  it('close the password of Entra to a group, about which Entra is not asked, and leave app passwords open (PAIN-02)', async () => {
    assert.equal(await code('anna', passwordOf('anna')), 0);
    assert.equal(await code('bert', passwordOf('bert')), 49);
    assert.equal(attempts('bert'), 0);
    assert.equal((await audit('bert'))?.reason, 'this way to log in is not open to the user here');
    const { password } = await daemon.json<NewAppPassword>('app-password', 'create', 'bert', '--name', 'mail');
    assert.equal(await code('bert', password), 0);
  });

  it('demand a one-time code where binds of a service come from, and refuse who has none without asking Entra (P7)', async () => {
    const before = attempts('cleo');
    assert.equal(await code('cleo', passwordOf('cleo'), fromVpn), 49);
    assert.equal(await code('cleo', `${passwordOf('cleo')}123456`, fromVpn), 49);
    const event = await audit('cleo');
    assert.deepEqual([event?.link, event?.reason], ['oneTimeCode', 'a one-time code is demanded, and none are set up']);
    assert.equal(attempts('cleo'), before);
    assert.equal(await code('cleo', passwordOf('cleo')), 0, 'elsewhere none is demanded');
  });

  it('let in who types the code that the authenticator app shows, once, and never show Entra a wrong one (PAIN-02)', async () => {
    const { stdout } = await daemon.run('one-time-code', 'create', 'cleo');
    assert.match(stdout, /otpauth:\/\/totp\//);
    assert.match(stdout, /[█▀▄]{20}/);
    const otpauth = /^otpauth:.*$/m.exec(stdout)?.[0] ?? '';
    const right = `${passwordOf('cleo')}${codeOf(otpauth, Date.now())}`;
    const before = attempts('cleo');
    assert.equal(await code('cleo', `${passwordOf('cleo')}${codeOf(otpauth, Date.now(), -20)}`, fromVpn), 49);
    assert.equal(attempts('cleo'), before);
    assert.equal(await code('cleo', right, fromVpn), 0);
    assert.equal(await code('cleo', right, fromVpn), 49, 'a code is good for once');
    assert.equal(attempts('cleo'), before + 1);
    assert.ok(!daemon.output.includes(passwordOf('cleo')));
  });

  it('end connections that were made with codes when these are revoked or replaced', async () => {
    const made = await daemon.json<NewOneTimeCodes>('one-time-code', 'create', 'anna');
    const { code: first, client } = await bound(
      'anna',
      `${passwordOf('anna')}${codeOf(made.otpauth, Date.now())}`,
      fromVpn,
    );
    assert.equal(first, 0);
    const again = await daemon.run('one-time-code', 'create', 'anna');
    assert.equal(again.code, 8);
    assert.match(again.stderr, /has one-time codes already: --replace ends them/);
    await daemon.json('one-time-code', 'create', 'anna', '--replace');
    assert.equal(await client.notice(), strongerAuthRequired);
    const { oneTimeCodes } = await daemon.json<{ oneTimeCodes: OneTimeCodeReport[] }>('one-time-code', 'list');
    const owners = oneTimeCodes.map(({ dn }) => dn?.split(',')[0] ?? '');
    assert.deepEqual(new Set(owners), new Set(['uid=anna', 'uid=cleo']));
    const { revoked } = await daemon.json<{ revoked: OneTimeCodeReport }>('one-time-code', 'revoke', 'anna');
    assert.equal(revoked.dn?.split(',')[0], 'uid=anna');
    assert.equal((await daemon.run('one-time-code', 'revoke', 'anna')).code, 8);
  });

  it('are explained for each person, with the rule that says so, and listed by the status (P9)', async () => {
    const { stdout, stderr } = await daemon.run('explain', 'user', 'bert');
    assert.equal(stderr, '');
    assert.match(stdout, /^Bind +possible: by an app password alone$/m);
    assert.match(stdout, /entra off \(bind\.rules\[0\]\)/);
    assert.match(stdout, /from the networks of vpn: codeRequired on \(bind\.rules\[1\]\)/);
    const answer = await daemon.json<ExplainAnswer>('explain', 'user', 'cleo');
    assert.equal(answer.found === 'one' && answer.explanation.bind?.ways?.hasCodes, true);
    const status = await daemon.run('status');
    assert.match(status.stdout, /bind\.rules\[0\]: contractors: entra off/);
    assert.match(
      status.stdout,
      /bind\.rules\[2\]: gone: appPasswords off; no group is called gone, so nobody is in it/,
    );
    const { binds } = await daemon.json<StatusReport>('status');
    assert.ok((binds.byLink['oneTimeCode']?.refused ?? 0) > 0);
    assert.match(daemon.output, /"event":"bind\.group\.unknown".*"group":"gone"/);
  });

  it('end, within one publish, connections of whoever joins a group to which the way is closed (P7)', async () => {
    const { client } = await bound('anna', passwordOf('anna'));
    daemon.simulator.control.join('contractors', 'anna@contoso.com');
    await daemon.sync();
    assert.equal(await client.notice(), strongerAuthRequired);
    assert.equal(await code('anna', passwordOf('anna')), 49, 'what was accepted a moment ago is not');
    daemon.simulator.control.leave('contractors', 'anna@contoso.com');
    await daemon.sync();
    assert.equal(await code('anna', passwordOf('anna')), 0);
    assert.match(daemon.output, /"event":"bind\.revoked".*"reason":"linkClosed"/);
  });

  it('end, within one reload, connections whose way a rule or a setting closes, and no others (FAM-28, P7)', async () => {
    const { password } = await daemon.json<NewAppPassword>('app-password', 'create', 'cleo', '--name', 'nas');
    const [byAppPassword, byEntra] = [await bound('cleo', password), await bound('anna', passwordOf('anna'))];
    assert.deepEqual([byAppPassword.code, byEntra.code], [0, 0]);
    await follow({ bind: { rules, appPasswords: { codeRequired: true } } });
    assert.equal(await byAppPassword.client.notice(), strongerAuthRequired);
    assert.equal((await byEntra.client.ask(2, whoAmI)).code, 0);
    await follow({ bind: { rules: [...rules, { groups: ['staff'], codeRequired: true }] } });
    assert.equal(await byEntra.client.notice(), strongerAuthRequired);
    assert.equal(await code('anna', passwordOf('anna')), 49);
    await follow({ bind: { rules } });
    assert.equal(await code('anna', passwordOf('anna')), 0);
    const disabled = await bound('cleo', password);
    assert.equal(disabled.code, 0);
    await follow({ bind: { rules, appPasswords: { enabled: false } } });
    assert.equal(await disabled.client.notice(), strongerAuthRequired);
    await follow({ bind: { rules } });
  });

  it('do not concern service accounts, each of which can be turned off by itself', async () => {
    const reader = 'cn=reader,ou=services,dc=contoso,dc=com';
    await follow({ serviceAccounts: [vpn, { name: 'reader', passwordHash }] });
    const { code: first, client } = await bound(reader, secret, fromVpn);
    assert.equal(first, 0);
    await follow({ serviceAccounts: [vpn, { name: 'reader', passwordHash, enabled: false }] });
    assert.equal(await client.notice(), strongerAuthRequired);
    assert.equal(await code(reader, secret), 49);
    assert.equal((await audit('reader'))?.reason, 'the account is turned off');
  });

  it('are managed beside a daemon whose configuration file has a problem by now (FAM-28)', async () => {
    const text = readFileSync(daemon.config, 'utf8');
    daemon.write('entra-ldapd.yaml', JSON.stringify({ ...(JSON.parse(text) as object), bind: { rules: [{}] } }));
    for (const command of ['audit', 'auth status', 'app-password list', 'one-time-code list', 'sync held', 'sync']) {
      const { code: exit, stderr } = await daemon.run(...command.split(' '));
      assert.equal(exit, 0, `${command}: ${stderr}`);
    }
    daemon.write('entra-ldapd.yaml', text);
  });

  it('leave a trail that can be followed as it grows, until Ctrl-C or the end of the daemon', async () => {
    const args = ['audit', '--follow', '--user', 'cleo', '--config', daemon.config];
    await using people = startProgram([...args, '--limit', '1']);
    await using programs = startProgram([...args, '--limit', '1', '--json']);
    // The last login that is known says that it follows from here on.
    await Promise.all([people.waitFor(/\n/), programs.waitFor(/\n/)]);
    assert.equal(await code('cleo', 'something else'), 49);
    await people.waitFor(/refused .*cleo .*AADSTS50126/);
    const [line = ''] = await programs.waitFor(/^.*"aadsts":50126.*$/m);
    assert.deepEqual(
      [(JSON.parse(line) as BindEvent).name, (JSON.parse(line) as BindEvent).verdict],
      ['cleo', 'refused'],
    );
    people.signal('SIGINT');
    assert.deepEqual([(await people.ended()).code, (await people.ended()).stderr], [0, '']);
    await daemon.stop();
    assert.deepEqual([(await programs.ended()).code, (await programs.ended()).stderr], [0, '']);
    const alone = await daemon.run('audit', '--follow');
    assert.equal(alone.code, 6);
    assert.match(alone.stderr, /Without --follow, entra-ldapd audit reads what the store has/);
  });

  it('keep seeds that take over a new key also where the keys stand in the configuration (PAIN-19)', async () => {
    const older = /^k1:.*$/m.exec(readFileSync(join(daemon.folder, 'store', 'secrets'), 'utf8'))?.[0] ?? '';
    const newer = `k9:${randomBytes(32).toString('base64')}`;
    daemon.edit({ secrets: { keys: [newer, older] } });
    const people = await daemon.run('one-time-code', 'list');
    assert.match(people.stdout, /^uid=cleo,.* from 127\.0\.0\.2$/m, 'without a daemon too');
    assert.match((await daemon.run('explain', 'user', 'bert')).stdout, /entra off \(bind\.rules\[0\]\)/);
    const { rotated } = await daemon.json<{ rotated: unknown }>('secrets', 'rotate');
    // Those of Cleo; Anna's were revoked.
    assert.deepEqual(rotated, { file: null, current: 'k9', older: ['k1'], resealed: 1 });
    const { stdout } = await daemon.run('secrets', 'rotate', '--drop-old');
    assert.match(
      stdout,
      /0 one-time codes took it over\. Nothing needs the older ones any more, remove them from secrets\.keys: k1\./,
    );
  });
});
