import assert from 'node:assert/strict';
import { hashSync } from 'bcrypt';
import { Client } from 'ldapts';
import type { StatusReport } from '../../src/identity/admin.ts';
import {
  activeDirectoryAccount,
  clientAccount,
  clientBase,
  type ClientDirectory,
  startClientDirectory,
} from '../support/client-directory.ts';
import { clientPeople, clientTeams } from '../support/client-population.ts';
import { eventually } from '../support/eventually.ts';
import { describeOnPrivateMachine } from '../support/private-machine.ts';
import { type Ended, runProgram } from '../support/program.ts';
import { SssdMachine } from '../support/sssd-machine.ts';

const container = `ou=SUDOers,${clientBase}`;
const passwordHash = hashSync(clientAccount.password, 4);
const account = (name: string, more: object = {}) => ({ name, passwordHash, ...more });

const rules = [
  {
    name: 'admins',
    groups: ['Admins'],
    hosts: ['ALL', '!db.example.com'],
    commands: ['/usr/bin/id', '/usr/bin/systemctl restart nginx'],
    runAsUsers: ['root', 'bob'],
    options: ['!authenticate'],
    order: 10,
  },
  {
    name: 'zoe',
    users: ['zoe@example.com'],
    commands: ['/usr/bin/true'],
    options: ['!authenticate'],
    notAfter: '2020-01-01T00:00Z',
  },
  { name: 'nobody', groups: ['no such group'] },
];

const changes = {
  sudo: { defaults: ['!lecture', 'timestamp_timeout=5'], rules },
  serviceAccounts: [
    account(clientAccount.name),
    account(activeDirectoryAccount.name, { activeDirectory: true }),
    account('linux', { rights: { users: 'all', groups: 'all', sudoRules: true } }),
    account('phones', { rights: { users: 'all', groups: 'all' } }),
  ],
};

function startDirectory(): Promise<ClientDirectory> {
  return startClientDirectory({ people: clientPeople, groups: clientTeams, changes });
}

async function searchAs(directory: ClientDirectory, name: string, filter: string, base = clientBase) {
  const client = new Client({ url: `ldap://127.0.0.1:${directory.ldapPort}`, timeout: 10_000 });
  try {
    const isUser = name.includes('@');
    await client.bind(
      isUser ? name : `cn=${name},ou=services,${clientBase}`,
      isUser ? 'Alice-Pass-1' : clientAccount.password,
    );
    const attributes = ['*', 'modifyTimestamp', 'uSNChanged'];
    return (await client.search(base, { scope: 'sub', filter, attributes })).searchEntries;
  } finally {
    await client.unbind();
  }
}

describe('sudo rules', function () {
  this.timeout(120_000);
  let directory: ClientDirectory;

  before(async () => {
    directory = await startDirectory();
  });

  after(() => directory[Symbol.asyncDispose]());

  const names = async (who: string, filter: string): Promise<readonly string[]> =>
    (await searchAs(directory, who, filter)).map(({ dn }) => dn);
  const dn = (name: string): string => `cn=${name},${container}`;

  it('are served below ou=SUDOers with the attributes of sudoers.ldap(5)', async () => {
    const [entry] = await searchAs(directory, 'svc', '(&(objectClass=sudoRole)(cn=admins))');
    assert.match(String(entry?.['modifyTimestamp']), /^\d{14}Z$/);
    assert.deepEqual(entry, {
      modifyTimestamp: entry?.['modifyTimestamp'],
      // What this client shows of attributes that it has asked for and that there are not.
      '*': [],
      uSNChanged: [],
      dn: dn('admins'),
      objectClass: ['top', 'sudoRole'],
      cn: 'admins',
      sudoUser: '%admins',
      sudoHost: ['ALL', '!db.example.com'],
      sudoCommand: ['/usr/bin/id', '/usr/bin/systemctl restart nginx'],
      sudoRunAsUser: ['root', 'bob'],
      sudoOption: '!authenticate',
      sudoOrder: '10',
    });
    const [defaults] = await searchAs(directory, 'svc', '(cn=defaults)', container);
    assert.deepEqual(defaults?.['sudoOption'], ['!lecture', 'timestamp_timeout=5']);
    assert.deepEqual(await names('svc', '(objectClass=sudoRole)'), [dn('defaults'), dn('admins'), dn('zoe')]);
  });

  it('answer the searches that sudo with its own LDAP plugin sends (sudoers.ldap(5))', async () => {
    assert.deepEqual(await names('svc', '(cn=defaults)'), [dn('defaults')]);
    const first =
      '(|(sudoUser=alice)(sudoUser=#10001)(sudoUser=%staff)(sudoUser=%admins)(sudoUser=%#20001)(sudoUser=%#20002)(sudoUser=ALL))';
    assert.deepEqual(await names('svc', `(&(objectClass=sudoRole)${first})`), [dn('admins')]);
    const now = '20261121120000.0Z';
    const inTime = `(&(|(!(sudoNotAfter=*))(sudoNotAfter>=${now}))(|(!(sudoNotBefore=*))(sudoNotBefore<=${now})))`;
    assert.deepEqual(await names('svc', `(&(objectClass=sudoRole)(sudoUser=zoe)${inTime})`), []);
    assert.deepEqual(await names('svc', `(&(objectClass=sudoRole)(sudoUser=%admins)${inTime})`), [dn('admins')]);
    const netgroups = '(&(sudoUser=*)(sudoUser=+*))';
    assert.deepEqual(await names('svc', `(&(objectClass=sudoRole)${netgroups})`), []);
  });

  it('answer the full and the smart refresh of SSSD (sssd-sudo(5))', async () => {
    const host =
      '(|(!(sudoHost=*))(sudoHost=ALL)(sudoHost=web1)(sudoHost=web1.example.com)(sudoHost=192.0.2.7)(sudoHost=+*))';
    const full = `(&(objectClass=sudoRole)(|(cn=defaults)${host}))`;
    assert.deepEqual(await names('svc', full), [dn('defaults'), dn('admins'), dn('zoe')]);
    const [entry] = await searchAs(directory, 'svc', '(&(objectClass=sudoRole)(cn=admins))');
    const since = String(entry?.['modifyTimestamp']);
    assert.ok((await names('svc', `(&(objectClass=sudoRole)(modifyTimestamp>=${since}))`)).includes(dn('admins')));
    assert.deepEqual(await names('svc', '(&(objectClass=sudoRole)(modifyTimestamp>=20990101000000Z))'), []);
    const [counted] = await searchAs(directory, 'svc-ad', '(&(objectClass=sudoRole)(cn=admins))');
    const usn = Number(counted?.['uSNChanged']);
    assert.ok((await names('svc-ad', `(&(objectClass=sudoRole)(uSNChanged>=${usn}))`)).includes(dn('admins')));
    assert.deepEqual(await names('svc-ad', `(&(objectClass=sudoRole)(uSNChanged>=${usn + 1_000_000}))`), []);
  });

  it('do not exist for who was not granted them: users, and accounts with rights of their own (P7)', async () => {
    assert.deepEqual(await names('linux', '(objectClass=sudoRole)'), [dn('defaults'), dn('admins'), dn('zoe')]);
    for (const who of ['phones', 'alice@example.com']) {
      assert.deepEqual(await names(who, '(|(objectClass=sudoRole)(ou=SUDOers))'), [], who);
      await assert.rejects(searchAs(directory, who, '(objectClass=*)', container), /0x20/, who);
    }
  });

  it('follow a group that is renamed in the round that reads it, and say in the status what nobody is left in (P2, P9)', async () => {
    const { control } = directory.simulator;
    control.renameGroup('admins', 'Operators');
    await directory.synchronize();
    assert.deepEqual(await names('svc', '(sudoUser=%Operators)'), []);
    const config = ['--config', `${directory.folder}/entra-ldapd.yaml`];
    const { sudo } = JSON.parse((await runProgram(['status', '--json', ...config])).stdout) as StatusReport;
    assert.deepEqual(sudo, {
      shown: 1,
      hidden: ['admins', 'nobody'],
      unknown: [
        { rule: 'admins', kind: 'group', name: 'Admins', found: 0 },
        { rule: 'nobody', kind: 'group', name: 'no such group', found: 0 },
      ],
    });
    const { stdout } = await runProgram(['status', ...config]);
    assert.match(stdout, /Sudo +1 rule\n +admins is not served, because nobody is left in it\n/);
    assert.match(stdout, /admins: no group that is shown answers to Admins, so it gives nothing by this name/);
    await directory.daemon.waitFor(/"level":"warn".*"event":"sudo\.rule\.hidden".*"rule":"admins"/);
    control.renameGroup('Operators', 'Admins');
    await directory.synchronize();
    assert.deepEqual(await names('svc', '(sudoUser=%Admins)'), [dn('admins')]);
  });
});

const packages = ['libnss-sss', 'libpam-sss', 'libsss-sudo', 'sssd-ldap', 'sssd-tools', 'sudo'] as const;

describeOnPrivateMachine(packages, 'a machine whose sudo asks SSSD', function () {
  this.timeout(180_000);
  let directory: ClientDirectory;
  let machine: SssdMachine;

  before(async () => {
    directory = await startDirectory();
    machine = await SssdMachine.start();
    const uri = `ldap://127.0.0.1:${directory.ldapPort}`;
    const domain = ['sudo_provider = ldap', `ldap_sudo_search_base = ${container}`, 'entry_cache_timeout = 1'];
    await machine.serve(directory, { schema: 'rfc2307bis', uri, startTls: true, services: ['sudo'], domain }, 'alice');
  });

  after(async () => {
    await machine[Symbol.asyncDispose]();
    await directory[Symbol.asyncDispose]();
  });

  const as = (uid: number, gid: number, ...command: readonly string[]): Promise<Ended> =>
    machine.machine.run('setpriv', ['--reuid', String(uid), '--regid', String(gid), '--init-groups', ...command]);
  const allowed = (uid: number): Promise<Ended> => as(uid, 20_001, 'sudo', '-n', '-l');

  it('lists what the rules of the directory allow a member of the group, and nothing to others', async () => {
    const { stdout } = await eventually(
      () => allowed(10_001),
      ({ stdout: text }) => text.includes('/usr/bin/id'),
    );
    assert.match(stdout, /\(root, bob\) NOPASSWD: \/usr\/bin\/id, \/usr\/bin\/systemctl restart nginx/);
    assert.match(stdout, /!lecture, timestamp_timeout=5/);
    assert.notEqual((await allowed(10_002)).code, 0);
  });

  it('runs a command of the rule as another user, and refuses every other command and user (P7)', async () => {
    const ran = await as(10_001, 20_001, 'sudo', '-n', '-u', 'bob', '/usr/bin/id', '-un');
    assert.deepEqual([ran.code, ran.stdout], [0, 'bob\n'], ran.stderr);
    assert.notEqual((await as(10_001, 20_001, 'sudo', '-n', '/usr/bin/whoami')).code, 0);
    assert.notEqual((await as(10_002, 20_001, 'sudo', '-n', '-u', 'bob', '/usr/bin/id')).code, 0);
  });

  it('does not run a command by a rule whose time is over', async () => {
    assert.notEqual((await as(10_003, 20_001, 'sudo', '-n', '/usr/bin/true')).code, 0);
  });

  it('takes the rule away from who has left the group', async () => {
    directory.simulator.control.leave('admins', 'alice@example.com');
    await directory.synchronize();
    await eventually(
      async () => {
        await machine.forget();
        return allowed(10_001);
      },
      ({ code }) => code !== 0,
    );
    assert.notEqual((await as(10_001, 20_001, 'sudo', '-n', '-u', 'bob', '/usr/bin/id')).code, 0);
  });
});
