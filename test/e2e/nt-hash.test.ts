import assert from 'node:assert/strict';
import { hashSync } from 'bcrypt';
import { createMD4 } from 'hash-wasm';
import { type Client, type Entry, NoSuchAttributeError } from 'ldapts';
import type { StatusReport } from '../../src/identity/admin.ts';
import { parseTenant } from '../../src/simulator/tenant-file.ts';
import { DaemonOnSimulator } from '../support/daemon-on-simulator.ts';
import { describeWithPackages } from '../support/debian-packages.ts';
import { describeOnPrivateMachine } from '../support/private-machine.ts';
import { RadiusServer } from '../support/radius-server.ts';
import { SambaServer } from '../support/samba-server.ts';

const base = 'dc=contoso,dc=com';
const secret = 's3cret';
const domainSid = 'S-1-5-21-1004336348-1177238915-682003330';
const passwords = { anna: 'Passw0rd!-of-anna', ben: 'Zoë pässwörd €3', carla: 'Passw0rd!-of-carla' };

const tenantText = JSON.stringify({
  tenant: { id: '5d8f9f6e-91c2-4b0e-8a53-3f6f3b1a7c17', domains: ['contoso.com'] },
  users: Object.entries(passwords).map(([name, password]) => ({
    userPrincipalName: `${name}@contoso.com`,
    displayName: name,
    password,
  })),
  groups: [{ displayName: 'Sales', members: ['anna@contoso.com'] }],
});

const account = (name: string, more: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> => ({
  name,
  passwordHash: hashSync(secret, 4),
  ...more,
});
const dnOf = (name: string): string => `cn=${name},ou=services,${base}`;

async function ntHash(password: string): Promise<string> {
  const md4 = await createMD4();
  return md4.init().update(Buffer.from(password, 'utf16le')).digest('hex').toUpperCase();
}

describe('NT hashes at a running daemon', () => {
  const nas = account('nas', { ntHash: true, allowFrom: ['127.0.0.1'] });
  const others = account('gitlab', {});
  const bind = { ntHash: { enabled: true, sambaDomains: ['FILESERVER'], sambaSid: domainSid } };
  let daemon: DaemonOnSimulator;

  before(async () => {
    const sections = { serviceAccounts: [nas, others], bind };
    daemon = await DaemonOnSimulator.serving({ tenant: parseTenant(tenantText, 'tenant.json'), sections });
  });

  after(() => daemon[Symbol.asyncDispose]());

  async function ask(client: Client, filter: string): Promise<readonly Entry[]> {
    return (await client.search(base, { filter, attributes: ['*', 'sambaNTPassword'] })).searchEntries;
  }

  async function hashOf(name: string): Promise<unknown> {
    const [entry = { dn: '' }] = await ask(await daemon.bound(dnOf('nas'), secret), `(uid=${name})`);
    // The client has an empty list for what it asked for and did not get.
    const { sambaNTPassword: hash = [] } = entry;
    return hash.length === 0 ? undefined : hash;
  }

  it('are shown, as soon as a password was found right, to the account that may read them and to nobody else', async () => {
    assert.equal(await hashOf('anna'), undefined);
    const anna = await daemon.bound('anna@contoso.com', passwords.anna);
    const hash = await ntHash(passwords.anna);
    assert.equal(await hashOf('anna'), hash);
    const uninformed = await daemon.bound(dnOf('gitlab'), secret);
    for (const client of [anna, uninformed]) {
      const [entry = { dn: '' }] = await ask(client, '(uid=anna)');
      assert.deepEqual(
        Object.entries(entry).filter(([name, values]) => name.startsWith('samba') && values.length > 0),
        [],
      );
      assert.deepEqual(await ask(client, `(|(sambaNTPassword=${hash})(sambaSID=*)(objectClass=sambaDomain))`), []);
      await assert.rejects(client.compare(`uid=anna,ou=users,${base}`, 'sambaNTPassword', hash), NoSuchAttributeError);
    }
    const { stdout } = await daemon.run('export');
    assert.match(stdout, /uid: anna/);
    for (const text of [stdout, daemon.output]) assert.doesNotMatch(text, new RegExp(`${hash}|samba(SID|NTPass)`, 'i'));
  });

  it('are doubted when the daemon starts, and status says of how many passwords and for whom', async () => {
    assert.match(daemon.output, /"key":"bind\.ntHash\.enabled","doubt":"keeps .*pass-the-hash/);
    const { binds } = await daemon.json<StatusReport>('status');
    assert.deepEqual(binds.ntHashes, { kept: 1, readers: ['nas'] });
    assert.match((await daemon.run('status')).stdout, /NT hashes are kept of 1 password, readable by nas/);
  });

  describeWithPackages(['freeradius', 'freeradius-ldap', 'freeradius-utils'], 'for FreeRADIUS', () => {
    let radius: RadiusServer;

    before(async () => {
      radius = await RadiusServer.start({ url: daemon.url, base, account: dnOf('nas'), password: secret });
    });

    after(() => radius[Symbol.asyncDispose]());

    it('let MS-CHAPv2 in as soon as the password was found right once, here by PAP', async () => {
      assert.equal(await radius.msChap2('ben', passwords.ben), false, 'nothing is kept yet');
      assert.equal(await radius.pap('ben', 'another'), false);
      assert.equal(await radius.pap('ben', passwords.ben), true);
      assert.equal(await radius.msChap2('ben', passwords.ben), true);
      assert.equal(await radius.msChap2('ben', 'another'), false);
    });
  });

  describeOnPrivateMachine(['samba', 'smbclient'], 'for Samba', function () {
    this.timeout(60_000);
    let samba: SambaServer;

    before(async () => {
      await daemon.bound('carla', passwords.carla);
      const [entry = { dn: '' }] = await ask(await daemon.bound(dnOf('nas'), secret), '(uid=carla)');
      const numbers = { uid: Number(entry['uidNumber']), gid: Number(entry['gidNumber']) };
      samba = await SambaServer.start({
        url: daemon.url,
        base,
        account: dnOf('nas'),
        password: secret,
        name: 'FILESERVER',
        users: [{ name: 'carla', ...numbers }],
      });
    });

    after(() => samba[Symbol.asyncDispose]());

    it('show it its accounts, under SIDs of its domain', async () => {
      const { stdout } = await samba.account('carla');
      assert.match(stdout, new RegExp(`^User SID: +${domainSid}-\\d+$`, 'm'));
      assert.match(stdout, new RegExp(`^Primary Group SID: +${domainSid}-\\d+$`, 'm'));
      assert.match(stdout, new RegExp(`^NT hash +: ${await ntHash(passwords.carla)}$`, 'm'));
    });

    it('let people in by their Entra password, and nobody by another one (P7)', async () => {
      const { code, stdout } = await samba.share('carla', passwords.carla, 'mkdir hers; ls');
      assert.equal(code, 0, stdout);
      assert.match(stdout, /hers +D/);
      for (const password of ['another', '']) {
        const refused = await samba.share('carla', password, 'ls');
        assert.equal(refused.code, 1);
        assert.match(refused.stdout, /NT_STATUS_LOGON_FAILURE/);
      }
    });

    it('let nobody in by a password that was changed, or while the account is disabled', async () => {
      const { control } = daemon.simulator;
      control.changePassword('carla@contoso.com', 'a new one');
      await daemon.sync();
      assert.match((await samba.share('carla', passwords.carla, 'ls')).stdout, /NT_STATUS_LOGON_FAILURE/);
      assert.match((await samba.share('carla', 'a new one', 'ls')).stdout, /NT_STATUS_LOGON_FAILURE/);
      await daemon.bound('carla', 'a new one');
      assert.equal((await samba.share('carla', 'a new one', 'ls')).code, 0);
      control.disableUser('carla@contoso.com');
      await daemon.sync();
      const { stdout } = await samba.share('carla', 'a new one', 'ls');
      assert.match(stdout, /NT_STATUS_(ACCOUNT_DISABLED|LOGON_FAILURE)/);
    });
  });

  it('are gone when they are turned off, and do not come back when they are turned on again', async () => {
    await daemon.bound('anna', passwords.anna);
    const reader = await daemon.bound(dnOf('gitlab'), secret);
    const reload = async (sections: Readonly<Record<string, unknown>>, times: number): Promise<void> => {
      daemon.edit(sections);
      daemon.reload();
      await daemon.waitFor(new RegExp(`(?:[^]*"event":"config\\.reloaded"){${times}}`));
    };
    await reload({ bind: {}, serviceAccounts: [account('nas', {}), others] }, 1);
    assert.equal(await hashOf('anna'), undefined);
    assert.equal((await daemon.json<StatusReport>('status')).binds.ntHashes, null);
    await reload({ bind, serviceAccounts: [nas, others] }, 2);
    assert.equal(await hashOf('anna'), undefined);
    assert.equal((await ask(reader, '(uid=anna)')).length, 1, 'whoever else is connected stays so');
    await daemon.bound('anna', passwords.anna);
    assert.equal(await hashOf('anna'), await ntHash(passwords.anna));
  });
});
