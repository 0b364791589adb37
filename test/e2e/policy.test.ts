import assert from 'node:assert/strict';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { hashSync } from 'bcrypt';
import { Client, InvalidCredentialsError } from 'ldapts';
import type { StatusReport } from '../../src/identity/admin.ts';
import { type Simulator, startSimulator } from '../../src/simulator/simulator.ts';
import { parseTenant } from '../../src/simulator/tenant-file.ts';
import { writeDaemonConfig } from '../support/daemon-config.ts';
import { type RunningProgram, runProgram, startProgram } from '../support/program.ts';
import { type LoopbackCertificates, loopbackCertificates } from '../support/simulator-client.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

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
  let certificates: LoopbackCertificates;
  let simulator: Simulator;
  let folder: ReturnType<typeof temporaryFolder>;
  let daemon: RunningProgram;
  let config: string;
  let url: string;
  let clients: Client[];

  before(async () => {
    certificates = await loopbackCertificates();
  });

  async function start(sections: Readonly<Record<string, unknown>>): Promise<void> {
    config = writeDaemonConfig(folder.path, simulator, certificates.ca.certPem, {
      serviceAccounts: [reader],
      directory: { baseDn: base, activeDirectory: true },
      ...sections,
    });
    daemon = startProgram(['serve', '--config', config]);
    const [, port] = await daemon.waitFor(/"event":"ldap\.server\.listening".*"port":(\d+)/);
    url = `ldap://127.0.0.1:${port}`;
    await daemon.waitFor(/"event":"directory\.published"/);
  }

  beforeEach(async () => {
    folder = temporaryFolder();
    clients = [];
    simulator = await startSimulator({
      tenant: parseTenant(tenantText, 'tenant.json'),
      certificate: certificates.server,
    });
  });

  afterEach(async () => {
    for (const client of clients) await client.unbind();
    await daemon[Symbol.asyncDispose]();
    await simulator.close();
    folder[Symbol.dispose]();
  });

  async function bound(name = `cn=reader,ou=services,${base}`, withPassword = secret): Promise<Client> {
    const client = new Client({ url, timeout: 10_000 });
    clients.push(client);
    await client.bind(name, withPassword);
    return client;
  }

  /** Short names of everybody whom a filter finds. */
  async function uids(filter: string): Promise<readonly string[]> {
    const client = await bound();
    const { searchEntries } = await client.search(base, { scope: 'sub', filter, attributes: ['uid'] });
    return searchEntries.map(({ uid }) => String(uid)).toSorted();
  }

  const locked = (): Promise<readonly string[]> => uids('(&(uid=*)(nsAccountLock=TRUE))');

  /** Replaces sections of the configuration as an editor does, by another file of the same name. */
  function edit(sections: Readonly<Record<string, unknown>>): void {
    const before = JSON.parse(readFileSync(config, 'utf8')) as Readonly<Record<string, unknown>>;
    replace(JSON.stringify({ ...before, ...sections }));
  }

  function replace(text: string): void {
    writeFileSync(`${config}.new`, text);
    renameSync(`${config}.new`, config);
  }

  async function status(): Promise<StatusReport> {
    const { stdout, stderr } = await runProgram(['status', '--json', '--config', config]);
    assert.equal(stderr, '');
    return JSON.parse(stdout) as StatusReport;
  }

  function published(number: number): Promise<unknown> {
    return daemon.waitFor(new RegExp(`"event":"directory\\.published".*"publication":${number}\\b`));
  }

  function requests(): unknown {
    return simulator.control.statistics().requests;
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
    simulator.control.leave('Sales', 'ben@contoso.com');
    simulator.control.leave('Leavers', 'carla@contoso.com');
    simulator.control.join('Sales', 'dirk@contoso.com');
    const { code, stderr } = await runProgram(['sync', '--config', config]);
    assert.equal(code, 0, stderr);
    assert.deepEqual(await locked(), ['ben']);
  });

  it('changes with the file, without a restart and without a question to Microsoft (FOX-17, FOX-18, FAM-28)', async () => {
    await start({});
    assert.deepEqual(await locked(), []);
    const before = requests();
    edit({ policy });
    await published(2);
    assert.deepEqual(await locked(), ['carla', 'dirk']);
    edit({ policy: { ...policy, nested: false } });
    daemon.signal('SIGHUP');
    await published(3);
    assert.deepEqual(await locked(), ['ben', 'carla', 'dirk']);
    edit({ policy: {} });
    await published(4);
    assert.deepEqual(await locked(), []);
    assert.deepEqual(requests(), before);
    const { config: report } = await status();
    assert.deepEqual([report?.problems, report?.needsRestart], [[], []]);
  });

  it('does not lock everybody because of a name that no group has: that is held back (P4)', async () => {
    await start({});
    edit({ policy: { allowedGroups: ['Nobody'] } });
    await daemon.waitFor(/"event":"sync\.round\.held"/);
    assert.deepEqual(await locked(), []);
    edit({ policy });
    await published(2);
    assert.deepEqual(await locked(), ['carla', 'dirk']);
  });

  it('stays as it is while the file is wrong, and the log and the status say where (FAM-28)', async () => {
    await start({ policy });
    const good = readFileSync(config, 'utf8');
    replace(`${good.slice(0, -1)},\n "policie": {},\n "log": {"level": "loud"}}`);
    const [line] = await daemon.waitFor(/.*"event":"config\.kept".*/);
    const fields = JSON.parse(line) as { level: string; fields: { line: number; column: number; key: string } };
    assert.equal(fields.level, 'error');
    assert.deepEqual([fields.fields.line, fields.fields.column, fields.fields.key], [2, 2, 'policie']);
    assert.deepEqual(await locked(), ['carla', 'dirk']);
    const { stdout } = await runProgram(['status', '--config', config]);
    assert.match(stdout, /Configuration +not taken over:/);
    assert.match(stdout, /entra-ldapd\.yaml:2:2 policie: /);
    replace(good);
    await daemon.waitFor(/"event":"config\.unchanged"/);
    assert.deepEqual((await status()).config?.problems, []);
  });

  it('says which keys only a restart takes over, and takes over the others (FAM-28)', async () => {
    await start({ policy });
    edit({ policy: {}, ldap: { listen: ['127.0.0.1:0', '127.0.0.1:0'], tlsListen: [] }, store: { path: 'elsewhere' } });
    await published(2);
    assert.deepEqual(await locked(), []);
    const [line] = await daemon.waitFor(/.*"event":"config\.reloaded".*/);
    assert.match(line, /"level":"warn".*"needsRestart":"store\.path; ldap\.listen, ldap\.tlsListen"/);
    edit({ store: { path: 'store' } });
    await daemon.waitFor(/"needsRestart":"ldap\.listen, ldap\.tlsListen"/);
    assert.deepEqual((await status()).config?.needsRestart, ['ldap.listen, ldap.tlsListen']);
  });

  it('takes over service accounts: the new password opens, the old one and open connections end (FAM-28)', async () => {
    await start({});
    const client = await bound();
    edit({
      serviceAccounts: [{ ...reader, passwordHash: hashSync('another', 4) }],
      log: { level: 'debug', format: 'json' },
    });
    await daemon.waitFor(/"event":"config\.reloaded"/);
    await assert.rejects(bound(), InvalidCredentialsError);
    await bound(`cn=reader,ou=services,${base}`, 'another');
    await assert.rejects(client.search(base, { scope: 'base' }));
    await daemon.waitFor(/"level":"debug"/);
  });

  it('is decided by no group of a name that nobody or several have, and that is reported', async () => {
    simulator.control.addGroup({ displayName: 'Leavers' });
    await start({ policy: { allowedGroups: ['LDAP users', 'Nobody'], disabledGroups: ['Leavers'] } });
    assert.deepEqual(await locked(), ['dirk']);
    await daemon.waitFor(
      /"level":"warn","event":"policy\.group\.unknown".*"group":"Leavers","found":2|"group":"Leavers","found":2/,
    );
    const { unknownPolicyGroups } = await status();
    assert.deepEqual(unknownPolicyGroups, [
      { list: 'allowedGroups', group: 'Nobody', found: 0 },
      { list: 'disabledGroups', group: 'Leavers', found: 2 },
    ]);
    const { stdout } = await runProgram(['status', '--config', config]);
    assert.match(stdout, /Policy +policy\.allowedGroups: no group is called Nobody, so it lets nobody in/);
    assert.match(stdout, /policy\.disabledGroups: 2 groups are called Leavers, so it locks nobody/);
  });
});
