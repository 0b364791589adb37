import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { hashSync } from 'bcrypt';
import { type Client, InvalidCredentialsError } from 'ldapts';
import type { StatusReport } from '../../src/identity/admin.ts';
import { parseTenant } from '../../src/simulator/tenant-file.ts';
import { DaemonOnSimulator } from '../support/daemon-on-simulator.ts';

const base = 'dc=contoso,dc=com';
const password = 'Passw0rd!';
const secret = 's3cret';
const leaversId = '0f3f9c7e-52ab-4a68-9a0c-1b1d6a4c7e11';

const tenantText = JSON.stringify({
  tenant: { id: '5d8f9f6e-91c2-4b0e-8a53-3f6f3b1a7c12', domains: ['contoso.com'] },
  users: ['anna', 'ben', 'carla', 'dirk'].map((name) => ({
    userPrincipalName: `${name}@contoso.com`,
    displayName: name,
    password,
  })),
  groups: [
    { displayName: 'LDAP users', members: ['anna@contoso.com', 'carla@contoso.com', 'Sales'] },
    { displayName: 'Sales', members: ['ben@contoso.com'] },
    { id: leaversId, displayName: 'Leavers', members: ['carla@contoso.com'] },
  ],
});

const reader = { name: 'reader', passwordHash: hashSync(secret, 4) };
const policy = { allowedGroups: ['ldap USERS'], disabledGroups: [leaversId] };

/** A daemon over a tenant of four: Anna is allowed, Ben by a nested group, Carla too but disabled, and Dirk is not. */
describe('who may sign in', () => {
  let daemon: DaemonOnSimulator;

  beforeEach(async () => {
    daemon = await DaemonOnSimulator.open({ tenant: parseTenant(tenantText, 'tenant.json') });
  });

  afterEach(() => daemon[Symbol.asyncDispose]());

  async function start(sections: Readonly<Record<string, unknown>>): Promise<void> {
    daemon.configure({
      serviceAccounts: [reader],
      directory: { baseDn: base, activeDirectory: true },
      ...sections,
    });
    await daemon.start();
    await daemon.published(1);
  }

  function bound(name = `cn=reader,ou=services,${base}`, withPassword = secret): Promise<Client> {
    return daemon.bound(name, withPassword);
  }

  /** Short names of everybody whom a filter finds. */
  async function uids(filter: string): Promise<readonly string[]> {
    const client = await bound();
    const { searchEntries } = await client.search(base, { scope: 'sub', filter, attributes: ['uid'] });
    return searchEntries.map(({ uid }) => String(uid)).toSorted();
  }

  const locked = (): Promise<readonly string[]> => uids('(&(uid=*)(nsAccountLock=TRUE))');

  function requests(): unknown {
    return daemon.simulator.control.statistics().requests;
  }

  it('is who is in an allowed group, also nested, and in no disabled one; the others are shown with every lock (FOX-17, FOX-18)', async () => {
    await start({ policy });
    assert.deepEqual(await uids('(uid=*)'), ['anna', 'ben', 'carla', 'dirk']);
    assert.deepEqual(await locked(), ['carla', 'dirk']);
    const locks =
      '(&(shadowExpire=1)(pwdAccountLockedTime=000001010000Z)(userAccountControl:1.2.840.113556.1.4.803:=2))';
    assert.deepEqual(await uids(locks), ['carla', 'dirk']);
    await bound('ben@contoso.com', password);
    const before = requests();
    await assert.rejects(bound('carla@contoso.com', password), InvalidCredentialsError);
    await assert.rejects(bound('dirk@contoso.com', password), InvalidCredentialsError);
    assert.deepEqual(requests(), before, 'Entra is not asked about who may not sign in (P7)');
  });

  it('can be hidden instead of locked (FOX-17, FOX-18)', async () => {
    await start({ policy, users: { whenLocked: 'hide' } });
    assert.deepEqual(await uids('(uid=*)'), ['anna', 'ben']);
    assert.deepEqual(await uids(`(memberOf=cn=LDAP users,ou=groups,${base})`), ['anna', 'ben']);
  });

  it('changes with the memberships that a round reads (FOX-17, FOX-18)', async () => {
    await start({ policy });
    daemon.simulator.control.leave('Sales', 'ben@contoso.com');
    daemon.simulator.control.leave('Leavers', 'carla@contoso.com');
    daemon.simulator.control.join('Sales', 'dirk@contoso.com');
    await daemon.sync();
    assert.deepEqual(await locked(), ['ben']);
  });

  it('changes with the file, without a restart and without a question to Microsoft (FOX-17, FOX-18, FAM-28)', async () => {
    await start({});
    assert.deepEqual(await locked(), []);
    const before = requests();
    daemon.edit({ policy });
    await daemon.published(2);
    assert.deepEqual(await locked(), ['carla', 'dirk']);
    daemon.edit({ policy: { ...policy, nested: false } });
    daemon.reload();
    await daemon.published(3);
    assert.deepEqual(await locked(), ['ben', 'carla', 'dirk']);
    daemon.edit({ policy: {} });
    await daemon.published(4);
    assert.deepEqual(await locked(), []);
    assert.deepEqual(requests(), before);
    const { config: report } = await daemon.json<StatusReport>('status');
    assert.deepEqual([report?.problems, report?.needsRestart], [[], []]);
  });

  it('does not lock everybody because of a name that no group has: that is held back (P4)', async () => {
    await start({});
    daemon.edit({ policy: { allowedGroups: ['Nobody'] } });
    daemon.reload();
    await daemon.waitFor(/"event":"sync\.round\.held"/);
    assert.deepEqual(await locked(), []);
    daemon.edit({ policy });
    daemon.reload();
    await daemon.published(2);
    assert.deepEqual(await locked(), ['carla', 'dirk']);
  });

  it('stays as it is while the file is wrong, and the log and the status say where (FAM-28)', async () => {
    await start({ policy });
    const good = readFileSync(daemon.config, 'utf8');
    daemon.write('entra-ldapd.yaml', `${good.slice(0, -1)},\n "policie": {},\n "log": {"level": "loud"}}`);
    daemon.reload();
    const [line] = await daemon.waitFor(/.*"event":"config\.kept".*/);
    const fields = JSON.parse(line) as { level: string; fields: { line: number; column: number; key: string } };
    assert.equal(fields.level, 'error');
    assert.deepEqual([fields.fields.line, fields.fields.column, fields.fields.key], [2, 2, 'policie']);
    assert.deepEqual(await locked(), ['carla', 'dirk']);
    const { stdout } = await daemon.run('status');
    assert.match(stdout, /Configuration +not taken over:/);
    assert.match(stdout, /entra-ldapd\.yaml:2:2 policie: /);
    daemon.write('entra-ldapd.yaml', good);
    daemon.reload();
    await daemon.waitFor(/"event":"config\.unchanged"/);
    assert.deepEqual((await daemon.json<StatusReport>('status')).config?.problems, []);
  });

  it('says which keys only a restart takes over, and takes over the others (FAM-28)', async () => {
    await start({ policy });
    daemon.edit({
      policy: {},
      ldap: { listen: ['127.0.0.1:0', '127.0.0.1:0'], tlsListen: [] },
      store: { path: 'elsewhere' },
    });
    daemon.reload();
    await daemon.published(2);
    assert.deepEqual(await locked(), []);
    const [line] = await daemon.waitFor(/.*"event":"config\.reloaded".*/);
    assert.match(line, /"level":"warn".*"needsRestart":"store\.path; ldap\.listen, ldap\.tlsListen"/);
    daemon.edit({ store: { path: 'store' } });
    daemon.reload();
    await daemon.waitFor(/"needsRestart":"ldap\.listen, ldap\.tlsListen"/);
    assert.deepEqual((await daemon.json<StatusReport>('status')).config?.needsRestart, ['ldap.listen, ldap.tlsListen']);
  });

  it('takes over service accounts: the new password opens, the old one and open connections end (FAM-28)', async () => {
    await start({});
    const client = await bound();
    daemon.edit({
      serviceAccounts: [{ ...reader, passwordHash: hashSync('another', 4) }],
      log: { level: 'debug', format: 'json' },
    });
    daemon.reload();
    await daemon.waitFor(/"event":"config\.reloaded"/);
    await assert.rejects(bound(), InvalidCredentialsError);
    await bound(`cn=reader,ou=services,${base}`, 'another');
    await assert.rejects(client.search(base, { scope: 'base' }));
    await daemon.waitFor(/"level":"debug"/);
  });

  it('is decided by no group of a name that nobody or several have, and that is reported', async () => {
    daemon.simulator.control.addGroup({ displayName: 'Leavers' });
    await start({ policy: { allowedGroups: ['LDAP users', 'Nobody'], disabledGroups: ['Leavers'] } });
    assert.deepEqual(await locked(), ['dirk']);
    await daemon.waitFor(
      /"level":"warn","event":"policy\.group\.unknown".*"group":"Leavers","found":2|"group":"Leavers","found":2/,
    );
    const { unknownPolicyGroups } = await daemon.json<StatusReport>('status');
    assert.deepEqual(unknownPolicyGroups, [
      { list: 'allowedGroups', group: 'Nobody', found: 0 },
      { list: 'disabledGroups', group: 'Leavers', found: 2 },
    ]);
    const { stdout } = await daemon.run('status');
    assert.match(stdout, /Policy +policy\.allowedGroups: no group is called Nobody, so it lets nobody in/);
    assert.match(stdout, /policy\.disabledGroups: 2 groups are called Leavers, so it locks nobody/);
  });
});
