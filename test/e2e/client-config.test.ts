import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ClientDirectory, clientAccount, startClientDirectory } from '../support/client-directory.ts';
import { clientPeople, clientTeams } from '../support/client-population.ts';
import { eventually } from '../support/eventually.ts';
import { freePort, freeUdpPort } from '../support/free-port.ts';
import { NslcdMachine } from '../support/nslcd-machine.ts';
import { describeOnPrivateMachine, place } from '../support/private-machine.ts';
import { RunningProgram, runCommand, runProgram } from '../support/program.ts';
import { SssdMachine } from '../support/sssd-machine.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const packages = [
  'apache2',
  'dovecot-ldap',
  'freeradius',
  'freeradius-ldap',
  'freeradius-utils',
  'libnss-ldapd',
  'libnss-sss',
  'libpam-ldapd',
  'libpam-sss',
  'nslcd',
  'openvpn-auth-ldap',
  'pamtester',
  'postfix-ldap',
  'sssd-ldap',
] as const;

function findRoot(from: string): string {
  return existsSync(join(from, 'package.json')) ? from : findRoot(dirname(from));
}

/** The sources are not copied to where the tests are compiled to. */
const pluginCaller = join(findRoot(dirname(fileURLToPath(import.meta.url))), 'test/e2e/python/openvpn_plugin.py');

const [alice, bob] = [
  { uid: 'alice', password: 'Alice-Pass-1' },
  { uid: 'bob', password: 'Bob-Pass-2' },
];

describeOnPrivateMachine(packages, 'what client-config prints', function () {
  this.timeout(120_000);
  let directory: ClientDirectory;
  let caFile: string;
  const home = temporaryFolder();

  before(async () => {
    directory = await startClientDirectory({ people: clientPeople, groups: clientTeams });
    // Programs that have given up root go through it, and read the authority.
    chmodSync(home.path, 0o711);
    caFile = place(home.path, 'ca.pem', readFileSync(directory.caFile, 'utf8'));
  });

  after(async () => {
    await directory[Symbol.asyncDispose]();
    home[Symbol.dispose]();
  });

  /** The texts of a client's files as the program prints them, with the password put in, and nothing else changed. */
  async function printed(client: string, ...args: readonly string[]): Promise<readonly string[]> {
    const url = `ldaps://127.0.0.1:${directory.ldapsPort}`;
    const chosen = ['--service', clientAccount.name, '--url', url, '--ca', caFile, ...args];
    const config = join(directory.folder, 'entra-ldapd.yaml');
    const { code, stdout, stderr } = await runProgram([
      'client-config',
      client,
      '--json',
      '--config',
      config,
      ...chosen,
    ]);
    assert.equal(code, 0, stderr);
    const { files } = JSON.parse(stdout) as { readonly files: readonly { readonly text: string }[] };
    return files.map(({ text }) => text.replaceAll('SERVICE_PASSWORD', clientAccount.password));
  }

  it('lets SSSD know people and groups, and lets in the members of the group alone', async () => {
    const [text = ''] = await printed('sssd', '--group', 'admins');
    await using machine = await SssdMachine.start();
    await machine.serveConfigured(text, alice.uid);
    assert.match((await machine.nss('group', 'admins')).stdout, /^admins:\*:20002:alice$/m);
    assert.equal((await machine.pam(alice.uid, 'authenticate', alice.password)).code, 0);
    assert.equal((await machine.pam(alice.uid, 'acct_mgmt')).code, 0);
    assert.equal((await machine.pam(bob.uid, 'authenticate', bob.password)).code, 0);
    assert.notEqual((await machine.pam(bob.uid, 'acct_mgmt')).code, 0);
  });

  it('lets nslcd know people and groups, and lets in the members of the group alone', async () => {
    const [text = ''] = await printed('nslcd', '--group', 'admins');
    await using machine = await NslcdMachine.start();
    await machine.serveConfigured(text);
    assert.match((await machine.nss('group', 'admins')).stdout, /^admins:[^:]*:20002:alice$/m);
    assert.equal((await machine.pam(alice.uid, alice.password, 'authenticate', 'acct_mgmt')).code, 0);
    assert.notEqual((await machine.pam(bob.uid, bob.password, 'authenticate', 'acct_mgmt')).code, 0);
  });

  it('makes FreeRADIUS check passwords by a bind', async () => {
    const [module = '', site = ''] = await printed('freeradius', '--group', 'admins');
    const port = await freeUdpPort();
    const folder = join(home.path, 'radius');
    const client = 'client local {\nipaddr = 127.0.0.1\nsecret = testing123\nrequire_message_authenticator = no\n}';
    const listen = `listen {\ntype = auth\nipaddr = 127.0.0.1\nport = ${port}\n}`;
    const places = ['raddbdir', 'logdir', 'run_dir'].map((name) => `${name} = ${folder}`).join('\n');
    const whole = `libdir = /usr/lib/freeradius\n${places}\n${client}\nmodules {\n${module}}\nserver default {\n${listen}\n${site}}\n`;
    place(folder, 'radiusd.conf', whole);
    await using server = new RunningProgram('freeradius', ['-X', '-d', folder, '-n', 'radiusd']);
    await server.waitFor(/^Ready to process requests/m);
    const ask = async ({ uid }: { readonly uid: string }, password: string): Promise<string | undefined> => {
      const input = `User-Name = "${uid}"\nUser-Password = "${password}"\n`;
      const args = ['-x', '-r', '1', '-t', '10', `127.0.0.1:${port}`, 'auth', 'testing123'];
      const { stdout } = await runCommand('radclient', args, { input });
      return /Received (Access-\w+)/.exec(stdout)?.[1];
    };
    assert.equal(await ask(alice, alice.password), 'Access-Accept');
    assert.equal(await ask(alice, 'wrong'), 'Access-Reject');
    assert.equal(await ask(bob, bob.password), 'Access-Reject');
  });

  it('makes the plugin of OpenVPN let in the members of the group alone', async () => {
    const [text = ''] = await printed('openvpn', '--group', 'admins');
    const config = place(join(home.path, 'openvpn'), 'auth-ldap.conf', text, 0o600);
    const ask = async (user: string, password: string): Promise<string> => {
      const args = [pluginCaller, '/usr/lib/openvpn/openvpn-auth-ldap.so', config, user, password];
      const { stdout, stderr } = await runCommand('/usr/bin/python3', args);
      return stdout.trim() === '' ? stderr : stdout.trim();
    };
    assert.equal(await ask(alice.uid, alice.password), 'accepted');
    assert.equal(await ask(alice.uid, 'wrong'), 'refused');
    assert.equal(await ask(bob.uid, bob.password), 'refused');
  });

  it('makes Apache ask for passwords, and for a group', async () => {
    const port = await freePort();
    const folder = join(home.path, 'apache');
    const modules = ['authn_core', 'authz_core', 'authz_user', 'auth_basic', 'ldap', 'authnz_ldap', 'mpm_event'].map(
      (name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`,
    );
    const serve = async (text: string): Promise<readonly number[]> => {
      const own = [
        `ServerName localhost`,
        `Listen 127.0.0.1:${port}`,
        `PidFile ${folder}/pid`,
        'User www-data',
        'Group www-data',
      ];
      const rest = [`DefaultRuntimeDir ${folder}`, `ErrorLog ${folder}/error.log`, `DocumentRoot ${folder}`];
      const file = place(folder, 'httpd.conf', [...modules, ...own, ...rest, text].join('\n'));
      await using _server = new RunningProgram('apache2', ['-X', '-f', file]);
      const status = async (user: string, password: string): Promise<number> => {
        const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
        const answer = await fetch(`http://127.0.0.1:${port}/private`, { headers: { authorization } });
        return answer.status;
      };
      await eventually(
        () => status('', '').catch(() => 0),
        (code) => code !== 0,
      );
      return [
        await status(alice.uid, alice.password),
        await status(alice.uid, 'wrong'),
        await status(bob.uid, bob.password),
      ];
    };
    // There is nothing at that place, which only who was let in is told.
    assert.deepEqual(await serve((await printed('apache'))[0] ?? ''), [404, 401, 404]);
    assert.deepEqual(await serve((await printed('apache', '--group', 'admins'))[0] ?? ''), [404, 401, 401]);
  });

  it('makes Postfix find mailboxes, and the members of mail groups', async () => {
    const [mailboxes = '', groups = ''] = await printed('postfix');
    const folder = join(home.path, 'postfix');
    place(folder, 'main.cf', 'compatibility_level = 3.6\n');
    const query = async (table: string, key: string): Promise<string> =>
      (await runCommand('postmap', ['-c', folder, '-q', key, `ldap:${table}`])).stdout.trim();
    const [people, teams] = [place(folder, 'mailboxes.cf', mailboxes), place(folder, 'groups.cf', groups)];
    assert.equal(await query(people, 'alice@example.com'), 'alice');
    assert.equal(await query(people, 'nobody@example.com'), '');
    assert.equal(await query(teams, 'alice@example.com'), '');
  });

  it('makes Dovecot find people and check their passwords', async () => {
    const [text = ''] = await printed('dovecot');
    const folder = join(home.path, 'dovecot');
    mkdirSync(join(folder, 'run'), { recursive: true });
    const ldap = place(folder, 'ldap.conf', text, 0o600);
    const database = `{\n  driver = ldap\n  args = ${ldap}\n}`;
    const own = [
      `base_dir = ${folder}/run`,
      `state_dir = ${folder}/run`,
      'protocols =',
      'log_path = /dev/stderr',
      'ssl = no',
    ];
    const file = place(folder, 'dovecot.conf', `${own.join('\n')}\npassdb ${database}\nuserdb ${database}\n`);
    const server = new RunningProgram('dovecot', ['-F', '-c', file]);
    try {
      const doveadm = (...args: readonly string[]): ReturnType<typeof runCommand> =>
        runCommand('doveadm', ['-c', file, ...args]);
      const found = await eventually(
        () => doveadm('user', alice.uid),
        ({ code }) => code === 0,
      );
      assert.match(found.stdout, /^uid\s+10001\ngid\s+20001\nhome\s+\/home\/alice$/m);
      assert.equal((await doveadm('auth', 'test', alice.uid, alice.password)).code, 0);
      assert.equal((await doveadm('auth', 'test', 'alice@example.com', alice.password)).code, 0);
      assert.notEqual((await doveadm('auth', 'test', alice.uid, bob.password)).code, 0);
    } finally {
      // Its children go when it is asked to end, not when it is killed.
      await server.stop();
    }
  });
});
