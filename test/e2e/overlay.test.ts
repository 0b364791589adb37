import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { hashSync } from 'bcrypt';
import { type Client, InvalidCredentialsError } from 'ldapts';
import type { StatusReport } from '../../src/identity/admin.ts';
import { parseTenant } from '../../src/simulator/tenant-file.ts';
import { DaemonOnSimulator } from '../support/daemon-on-simulator.ts';

const base = 'dc=contoso,dc=com';
const password = 'Passw0rd!';
const glass = 'in case of fire';
const hash = hashSync('in case of fire', 4);
const annaId = '0f3f9c7e-52ab-4a68-9a0c-1b1d6a4c7e11';

const tenantText = JSON.stringify({
  tenant: { id: '5d8f9f6e-91c2-4b0e-8a53-3f6f3b1a7c12', domains: ['contoso.com'] },
  users: ['anna', 'ben', 'carla'].map((name, index) => ({
    ...(name === 'anna' ? { id: annaId } : {}),
    userPrincipalName: `${name}@contoso.com`,
    displayName: name,
    employeeId: String(100 + index),
    password,
  })),
  groups: [
    { displayName: 'Sales', members: ['ben@contoso.com'] },
    { displayName: 'Europe', members: ['Sales'] },
  ],
});

const reader = { name: 'reader', passwordHash: hashSync('s3cret', 4) };

const overlay = `
users:
  - uid: breakglass
    displayName: Break Glass
    passwordHash: '${hash}'
    uidNumber: 4711
    attributes:
      loginShell: /bin/sh
  - userPrincipalName: dora@contoso.com
    uid: dora
    displayName: Dora Local
    attributes: { title: Contractor }
groups:
  - name: Fire brigade
    gidNumber: 4712
    members: [breakglass, anna@contoso.com]
members:
  Sales: [breakglass, dora, nobody@contoso.com]
overrides:
  carla@contoso.com: { loginShell: /bin/zsh, displayName: Carla of the overlay, enabled: false }
  ${annaId}:
    title: [Chief]
`;

const files = {
  'overlay.yaml': overlay,
  'badges.csv': 'employeeId,roomNumber,mobile\n101,R 7,+49 1\n999,R 8,\n',
};

/** A daemon over a tenant of three, with an overlay in YAML and one in CSV. */
describe('overlay files', () => {
  let daemon: DaemonOnSimulator;

  beforeEach(async () => {
    daemon = await DaemonOnSimulator.open({ tenant: parseTenant(tenantText, 'tenant.json') });
  });

  afterEach(() => daemon[Symbol.asyncDispose]());

  function configure(files: Readonly<Record<string, string>>): void {
    for (const [name, text] of Object.entries(files)) daemon.write(name, text);
    daemon.configure({ serviceAccounts: [reader], overlay: { files: Object.keys(files) } });
  }

  async function start(files: Readonly<Record<string, string>>): Promise<void> {
    configure(files);
    await daemon.start();
    await daemon.published(1);
  }

  function bound(name = `cn=reader,ou=services,${base}`, withPassword = 's3cret'): Promise<Client> {
    return daemon.bound(name, withPassword);
  }

  async function search(filter: string, attributes: readonly string[]) {
    const client = await bound();
    const { searchEntries } = await client.search(base, { scope: 'sub', filter, attributes: [...attributes] });
    return searchEntries.map((entry) => Object.fromEntries(attributes.map((name) => [name, entry[name]])));
  }

  function status(): Promise<StatusReport> {
    return daemon.json<StatusReport>('status');
  }

  /** Sorted by name, each with these attributes. */
  async function people(...attributes: readonly string[]): Promise<readonly (readonly unknown[])[]> {
    const found = await search('(uid=*)', ['uid', ...attributes]);
    return found
      .map((entry) => ['uid', ...attributes].map((name) => entry[name]))
      .toSorted((a, b) => (String(a[0]) < String(b[0]) ? -1 : 1));
  }

  async function membersOf(group: string): Promise<readonly unknown[]> {
    const [entry] = await search(`(cn=${group})`, ['memberUid']);
    return [entry?.['memberUid'] ?? []].flat().map(String).toSorted();
  }

  it('add users, groups, members and attributes beside the tenant, and each entry has its source (SNP-24, SNP-25)', async () => {
    await start(files);
    assert.deepEqual(await people('loginShell', 'title', 'roomNumber', 'nsAccountLock', 'entraSource'), [
      ['anna', '/bin/bash', 'Chief', [], [], ['tenant', 'overlay']],
      ['ben', '/bin/bash', [], 'R 7', [], ['tenant', 'overlay']],
      ['breakglass', '/bin/sh', [], [], [], 'overlay'],
      ['carla', '/bin/zsh', [], [], 'TRUE', ['tenant', 'overlay']],
      ['dora', '/bin/bash', 'Contractor', [], [], 'overlay'],
    ]);
    const [local] = await search('(uid=breakglass)', ['uidNumber', 'cn', 'sn', 'memberOf']);
    assert.deepEqual(
      { ...local, memberOf: [local?.['memberOf']].flat().map(String).toSorted() },
      {
        uidNumber: '4711',
        cn: 'Break Glass',
        sn: 'Break Glass',
        memberOf: ['Europe', 'Fire brigade', 'Sales'].map((cn) => `cn=${cn},ou=groups,${base}`),
      },
    );
    assert.deepEqual(await membersOf('Fire brigade'), ['anna', 'breakglass']);
    assert.deepEqual(await membersOf('Sales'), ['ben', 'breakglass', 'dora']);
    assert.deepEqual(await membersOf('Europe'), ['ben', 'breakglass', 'dora'], 'members of nested groups count');
    assert.deepEqual(await search('(&(entraSource=overlay)(gidNumber=4712))', ['cn']), [{ cn: 'Fire brigade' }]);
  });

  it('let a break-glass account bind while Entra is down, and Entra is never asked about it (P6, P7)', async () => {
    await start(files);
    daemon.simulator.control.injectFault({ kind: 'connectionReset', count: 1_000 });
    const before = daemon.simulator.control.statistics().requests;
    const client = await bound('breakglass', glass);
    await bound(`uid=breakglass,ou=users,${base}`, glass);
    assert.equal((await client.search(base, { scope: 'base' })).searchEntries.length, 1);
    await assert.rejects(bound('breakglass', 'guess'), InvalidCredentialsError);
    await assert.rejects(bound('dora@contoso.com', password), InvalidCredentialsError, 'no hash, no password');
    assert.deepEqual(daemon.simulator.control.statistics().requests, before);
    assert.match(daemon.output, /"event":"bind\.accepted".*"by":"local"/);
    await daemon.stop();
    await daemon.start();
    await bound('breakglass', glass);
    assert.deepEqual(await membersOf('Fire brigade'), ['anna', 'breakglass']);
    assert.match((await daemon.run('explain', 'user', 'breakglass')).stdout, /the overlay has the password/);
  });

  it('lock whoever is enabled: false, and take over a new password and the rest while the daemon runs (FAM-28)', async () => {
    await start(files);
    await assert.rejects(bound('carla@contoso.com', password), InvalidCredentialsError);
    daemon.write('overlay.yaml', overlay.replace('uidNumber: 4711', 'enabled: false').replace(', enabled: false', ''));
    await daemon.published(2);
    await assert.rejects(bound('breakglass', glass), InvalidCredentialsError);
    await bound('carla@contoso.com', password);
    assert.deepEqual((await search('(uid=breakglass)', ['uidNumber', 'nsAccountLock']))[0], {
      uidNumber: '4711',
      nsAccountLock: 'TRUE',
    });
    daemon.write('overlay.yaml', overlay.replace(hash, hashSync('another', 4)));
    daemon.reload();
    await daemon.published(3);
    await assert.rejects(bound('breakglass', glass), InvalidCredentialsError);
    await bound('breakglass', 'another');
  });

  it('make one person of a local user and a user of the tenant, who keeps name and number (SNP-06, SNP-07)', async () => {
    await start(files);
    const [dora] = await search('(uid=dora)', ['uidNumber', 'entryUUID']);
    daemon.simulator.control.addUser({
      userPrincipalName: 'Dora@contoso.com',
      properties: { displayName: 'Dora of the tenant' },
      password,
    });
    await daemon.sync();
    const [merged, ...others] = await search('(|(uid=dora*)(userPrincipalName=dora@contoso.com))', [
      'uid',
      'cn',
      'title',
      'uidNumber',
      'entryUUID',
      'entraSource',
    ]);
    assert.deepEqual(others, []);
    assert.deepEqual(
      [merged?.['uid'], merged?.['cn'], merged?.['title'], merged?.['uidNumber'], merged?.['entraSource']],
      ['dora', 'Dora of the tenant', 'Contractor', dora?.['uidNumber'], ['tenant', 'overlay']],
    );
    assert.notEqual(merged?.['entryUUID'], dora?.['entryUUID']);
    assert.deepEqual(await membersOf('Sales'), ['ben', 'breakglass', 'dora']);
    await bound('dora@contoso.com', password);
    const { overlay: report } = await status();
    assert.deepEqual(
      report?.findings.map(({ about, kind }) => [about, kind]),
      [
        ['user', 'merged'],
        ['member', 'none'],
        ['override', 'none'],
      ],
    );
    daemon.simulator.control.removeUser('dora@contoso.com');
    await daemon.sync();
    const [again] = await search('(userPrincipalName=dora@contoso.com)', ['uidNumber', 'entryUUID']);
    assert.equal(again?.['entryUUID'], dora?.['entryUUID']);
    assert.notEqual(again?.['uidNumber'], dora?.['uidNumber'], 'the number is that of the one who may come back (P5)');
  });

  it('report what means nobody, with its line, until the object appears (SNP-06)', async () => {
    await start(files);
    const places = async (): Promise<unknown> =>
      (await status()).overlay?.findings.map(({ place: { file, line }, kind }) => [
        file.replace(/.*\//, ''),
        line,
        kind,
      ]);
    const line = overlay.split('\n').findIndex((each) => each.includes('Sales: [')) + 1;
    assert.deepEqual(await places(), [
      ['overlay.yaml', line, 'none'],
      ['badges.csv', 3, 'none'],
    ]);
    await daemon.waitFor(/"event":"overlay\.line\.doubted".*"finding":"none"/);
    daemon.simulator.control.addUser({ userPrincipalName: 'nobody@contoso.com', password });
    await daemon.sync();
    assert.deepEqual(await membersOf('Sales'), ['ben', 'breakglass', 'dora', 'nobody']);
    assert.deepEqual(await places(), [['badges.csv', 3, 'none']]);
    assert.match(
      (await daemon.run('status')).stdout,
      /Overlay +2 files: 2 users, 1 group, 5 further members, 3 objects changed/,
    );
  });

  it('explain with file and line what they say, and list whom they are about (P9)', async () => {
    await start(files);
    const carla = (await daemon.run('explain', 'user', 'carla@contoso.com')).stdout;
    assert.match(carla, /locked +enabled in the overlay \(overlay\): disabled in the overlay/);
    assert.match(
      carla,
      /What the overlay says:\n {2}\S*overlay\.yaml:\d+ {2}enabled: false\n {2}\S*overlay\.yaml:\d+ {2}loginShell: \/bin\/zsh/,
    );
    const glassText = (await daemon.run('explain', 'user', 'breakglass')).stdout;
    assert.match(glassText, /^Bind +possible: the overlay has the password; Entra is not asked$/m);
    assert.doesNotMatch(glassText, /guests \(users\.guests\)/, 'rules about the tenant are not asked');
    const { stdout, stderr } = await daemon.run('users', '--overlay');
    assert.equal(stderr, '');
    assert.deepEqual(stdout.match(/\[[a-z ]+\]$/gm), [
      '[overlay]',
      '[overlay]',
      '[tenant and overlay]',
      '[tenant and overlay]',
      '[tenant and overlay]',
    ]);
    const nobody = (await daemon.run('explain', 'user', 'nobody@contoso.com')).stdout;
    assert.match(
      nobody,
      /overlay\.yaml:\d+: nothing is known by the name of the member; it has no effect until there is/,
    );
    const { stdout: gone } = await daemon.run('users', '--removed');
    assert.equal(gone, '');
  });

  it('that are wrong change nothing: what is in use stays, and each problem is told with line and column (FAM-28)', async () => {
    await start(files);
    daemon.write('overlay.yaml', overlay.replace('loginShell: /bin/zsh', 'loginShel: /bin/zsh'));
    daemon.write('badges.csv', 'employeeId,roomNumber\n101,"R" 7\n');
    daemon.reload();
    await daemon.waitFor(/"event":"config\.kept"/);
    const { stdout } = await daemon.run('status');
    assert.match(
      stdout,
      /overlay\.yaml:\d+:\d+ overrides\.\?\.loginShel: is not an attribute of the schema; did you mean loginShell\?/,
    );
    assert.match(stdout, /badges\.csv:2:5 a quotation mark stands where none can be/);
    assert.equal((await search('(uid=carla)', ['loginShell']))[0]?.['loginShell'], '/bin/zsh');
    const check = await daemon.run('config', 'check');
    assert.equal(check.code, 3);
    assert.match(check.stderr, /has 2 problems/);
    rmSync(join(daemon.folder, 'overlay.yaml'));
    daemon.write('badges.csv', files['badges.csv']);
    daemon.reload();
    await daemon.waitFor(/"event":"config\.kept".*does not exist/);
    await bound('breakglass', glass);
    daemon.write('overlay.yaml', overlay);
    daemon.reload();
    await daemon.waitFor(/"event":"config\.unchanged"/);
  });

  it('that are missing at the start are an error of the configuration', async () => {
    configure(files);
    rmSync(join(daemon.folder, 'badges.csv'));
    const { code, stderr } = await daemon.run('serve');
    assert.equal(code, 3);
    assert.match(stderr, /badges\.csv:1:1 this overlay file does not exist/);
  });

  it('are held back when they would remove too many, and published when that is approved (P4)', async () => {
    const many = Array.from({ length: 100 }, (_, i) => `  - uid: local${i}`).join('\n');
    await start({ 'many.yaml': `users:\n${many}\n` });
    assert.equal((await people()).length, 103);
    daemon.write('many.yaml', 'users: []\n');
    daemon.reload();
    await daemon.waitFor(/"event":"sync\.round\.held"/);
    assert.equal((await people()).length, 103);
    const { code } = await daemon.run('sync', 'approve');
    assert.equal(code, 0);
    assert.equal((await people()).length, 3);
    const { stdout } = await daemon.run('users', '--removed', '--limit', '1');
    assert.match(stdout, /not in the overlay any more/);
  });

  it('work for every command without a daemon too', async () => {
    configure(files);
    await daemon.sync();
    daemon.write(
      'overlay.yaml',
      overlay.replace('uid: breakglass', 'uid: fireaxe').replaceAll('breakglass', 'fireaxe'),
    );
    const plan = await daemon.json<{ items: { dn: string; changes: string[] }[] }>('plan');
    const changes = new Map(plan.items.map((item) => [item.dn.split(',')[0], item.changes]));
    assert.deepEqual(changes.get('uid=breakglass'), ['removed']);
    assert.deepEqual(changes.get('uid=fireaxe'), ['created']);
    assert.match((await daemon.run('explain', 'user', 'dora')).stdout, /overlay\.yaml:\d+ {2}title: Contractor/);
    await daemon.start();
    await daemon.published(2);
    assert.deepEqual(await membersOf('Sales'), ['ben', 'dora', 'fireaxe']);
  });

  it('put every user into groups for all, those who come later included (OOM-10)', async () => {
    await start({ 'overlay.yaml': 'everyone: [Staff]\ngroups:\n  - name: Staff\nusers:\n  - uid: local\n' });
    assert.deepEqual(await membersOf('Staff'), ['anna', 'ben', 'carla', 'local']);
    daemon.simulator.control.addUser({ userPrincipalName: 'emil@contoso.com', password });
    daemon.simulator.control.removeUser('ben@contoso.com');
    await daemon.sync();
    assert.deepEqual(await membersOf('Staff'), ['anna', 'carla', 'emil', 'local']);
    assert.deepEqual((await search('(uid=emil)', ['memberOf']))[0], { memberOf: `cn=Staff,ou=groups,${base}` });
  });
});
