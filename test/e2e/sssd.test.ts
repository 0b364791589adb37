import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { GraphProperties } from '../../src/identity/change.ts';
import { type ClientDirectory, startClientDirectory } from '../support/client-directory.ts';
import { aliceKey, clientPeople, clientTeams, enabledUids } from '../support/client-population.ts';
import { eventually } from '../support/eventually.ts';
import { describeOnPrivateMachine, place } from '../support/private-machine.ts';
import { type Ended, runCommand } from '../support/program.ts';
import { SearchCounter } from '../support/search-counter.ts';
import { SssdMachine } from '../support/sssd-machine.ts';

const alice = 'alice:*:10001:20001:Alice Archer:/home/alice:/bin/bash\n';
/** What getent answers for what does not exist. */
const notFound = 2;

const packages = [
  'libnss-sss',
  'libpam-sss',
  'openssh-client',
  'openssh-server',
  'pamtester',
  'sssd-ldap',
  'sssd-tools',
] as const;

describeOnPrivateMachine(packages, 'a machine whose users come from SSSD', function () {
  this.timeout(120_000);
  let directory: ClientDirectory;
  let machine: SssdMachine;

  before(async () => {
    directory = await startClientDirectory({ people: clientPeople, groups: clientTeams });
    machine = await SssdMachine.start();
  });

  after(async () => {
    await machine[Symbol.asyncDispose]();
    await directory[Symbol.asyncDispose]();
  });

  const ldap = (): string => `ldap://127.0.0.1:${directory.ldapPort}`;
  const ldaps = (): string => `ldaps://127.0.0.1:${directory.ldapsPort}`;

  /** Group numbers and names as id(1) prints them. */
  const groupsOf = async (user: string): Promise<readonly string[]> => {
    const { stdout } = await machine.machine.run('id', [user]);
    return [...(stdout.split('groups=')[1] ?? '').matchAll(/\d+\([^)]*\)/g)].map(([group]) => group).sort();
  };

  const flavours = [
    {
      title: 'with ldap_schema = rfc2307bis over StartTLS',
      settings: () => ({
        schema: 'rfc2307bis' as const,
        uri: ldap(),
        startTls: true,
        domain: ['access_provider = ldap', 'ldap_access_order = expire', 'ldap_account_expire_policy = rhds'],
      }),
      nested: ['20004(nested)'],
    },
    {
      title: 'with ldap_schema = rfc2307 over LDAPS',
      settings: () => ({
        schema: 'rfc2307' as const,
        uri: ldaps(),
        domain: ['access_provider = ldap', 'ldap_access_order = expire', 'ldap_account_expire_policy = shadow'],
      }),
      // RFC 2307 knows no groups in groups.
      nested: [],
    },
    {
      title: 'with ldap_schema = ad over LDAPS',
      settings: () => ({
        schema: 'ad' as const,
        uri: ldaps(),
        domain: [
          'ldap_id_mapping = false',
          'ldap_user_home_directory = homeDirectory',
          'access_provider = ldap',
          'ldap_access_order = expire',
          'ldap_account_expire_policy = ad',
        ],
      }),
      nested: ['20004(nested)'],
    },
  ];

  for (const { title, settings, nested } of flavours) {
    describe(title, () => {
      before(() => machine.serve(directory, settings(), 'alice'));

      it('knows users by name and by number, with the numbers that the tenant keeps (PAIN-08, PAIN-18)', async () => {
        assert.equal((await machine.nss('passwd', 'alice')).stdout, alice);
        assert.equal((await machine.nss('passwd', '10001')).stdout, alice);
        assert.equal((await machine.nss('passwd', 'bob')).stdout, 'bob:*:10002:20001:Bob Baker:/srv/bob:/bin/sh\n');
        assert.equal((await machine.nss('passwd', 'zoe')).stdout, 'zoe:*:10003:20001:Zoë Müller:/home/zoe:/bin/bash\n');
        assert.equal((await machine.nss('passwd', 'nobodyhere')).code, notFound);
      });

      it('knows groups with their members, the largest too', async () => {
        assert.equal(membersIn(await machine.nss('group', 'staff')), '20001 alice,bob,zoe');
        assert.equal(membersIn(await machine.nss('group', '20002')), '20002 alice');
        assert.equal(membersIn(await machine.nss('group', 'everyone')), `20003 ${enabledUids.toSorted().join(',')}`);
        assert.equal((await machine.nss('group', 'nosuchgroup')).code, notFound);
      });

      it('knows every group of a user (initgroups)', async () => {
        const all = ['20001(staff)', '20002(admins)', '20003(everyone)', ...nested];
        assert.deepEqual(await groupsOf('alice'), all);
        assert.deepEqual(await groupsOf('carol'), ['20003(everyone)']);
      });

      it('lets users in by their Entra passwords, and nobody by another one (P7)', async () => {
        for (const [user, password] of [
          ['alice', 'Alice-Pass-1'],
          ['zoe', 'Zoë pässwörd €3'],
        ] as const) {
          const { code, stdout, stderr } = await machine.pam(user, 'authenticate', password);
          assert.equal(code, 0, stdout + stderr);
        }
        for (const password of ['Bob-Pass-2', 'alice-pass-1', '']) {
          assert.notEqual((await machine.pam('alice', 'authenticate', password)).code, 0);
        }
        assert.equal((await machine.pam('alice', 'acct_mgmt')).code, 0);
      });

      it('shuts out a disabled user by the password and by the account phase, though he is known (P7)', async () => {
        assert.equal((await machine.nss('passwd', 'dave')).code, 0);
        assert.notEqual((await machine.pam('dave', 'authenticate', 'Dave-Pass-5')).code, 0);
        assert.notEqual((await machine.pam('dave', 'acct_mgmt')).code, 0);
      });

      it('gives sshd the keys of a user (PAIN-18)', async () => {
        const { stdout } = await machine.machine.run('sss_ssh_authorizedkeys', ['alice']);
        assert.equal(stdout.trim(), aliceKey);
        const none = await machine.machine.run('sss_ssh_authorizedkeys', ['bob']);
        assert.equal(none.stdout.trim(), '');
      });
    });
  }

  describe('with sshd', () => {
    const keys = { alice: '', dave: '' };

    before(async () => {
      for (const user of ['alice', 'dave'] as const) {
        keys[user] = join(machine.folder, `key-${user}`);
        await runCommand('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', user, '-f', keys[user]]);
        const key = readFileSync(`${keys[user]}.pub`, 'utf8').trim();
        directory.simulator.control.setUserProperties(`${user}@example.com`, withKey(user, key));
        machine.makeHome(user, user === 'alice' ? 10_001 : 10_005, 20_001);
      }
      await runCommand('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(machine.folder, 'host-key')]);
      await directory.synchronize();
      await machine.serve(
        directory,
        {
          schema: 'rfc2307bis',
          uri: ldaps(),
          domain: ['access_provider = ldap', 'ldap_access_order = expire', 'ldap_account_expire_policy = rhds'],
        },
        'alice',
      );
    });

    /** Signs in and tells who one is then. sshd speaks through the command's own pipe, so that nothing listens. */
    const signIn = (user: string, how: { readonly key: string } | { readonly password: string }): Promise<Ended> => {
      const server = place(
        machine.folder,
        'sshd_config',
        [
          `HostKey ${machine.folder}/host-key`,
          'UsePAM yes',
          'StrictModes no',
          'AuthorizedKeysFile none',
          'AuthorizedKeysCommand /usr/bin/sss_ssh_authorizedkeys %u',
          'AuthorizedKeysCommandUser root',
          '',
        ].join('\n'),
      );
      const options = [
        `ProxyCommand=/usr/sbin/sshd -i -f ${server}`,
        'StrictHostKeyChecking=no',
        'UserKnownHostsFile=/dev/null',
        'LogLevel=ERROR',
        'NumberOfPasswordPrompts=1',
        ...('key' in how
          ? ['BatchMode=yes', 'IdentitiesOnly=yes', `IdentityFile=${how.key}`]
          : ['PubkeyAuthentication=no']),
      ];
      const answer = place(
        machine.folder,
        'answer',
        'password' in how ? `#!/bin/sh\necho '${how.password}'\n` : '',
        0o755,
      );
      const args = [...options.flatMap((option) => ['-o', option]), `${user}@localhost`, 'id', '-un'];
      return machine.machine.run('ssh', args, { env: { SSH_ASKPASS: answer, SSH_ASKPASS_REQUIRE: 'force' } });
    };

    it('lets a user in by her key and by her password, and nobody by a wrong one (PAIN-18, P7)', async () => {
      for (const how of [{ key: keys.alice }, { password: 'Alice-Pass-1' }]) {
        const { code, stdout, stderr } = await signIn('alice', how);
        assert.equal(code, 0, stderr);
        assert.equal(stdout, 'alice\n');
      }
      for (const how of [{ key: keys.dave }, { password: 'wrong' }]) {
        assert.notEqual((await signIn('alice', how)).code, 0);
      }
    });

    it('shuts out a disabled user who has the right key, and lets him in when he is enabled (P7)', async () => {
      const refused = await signIn('dave', { key: keys.dave });
      assert.notEqual(refused.code, 0);
      assert.equal(refused.stdout, '');
      directory.simulator.control.enableUser('dave@example.com');
      await directory.synchronize();
      await machine.forget();
      const accepted = await signIn('dave', { key: keys.dave });
      assert.equal(accepted.stdout, 'dave\n', accepted.stderr);
      directory.simulator.control.disableUser('dave@example.com');
      await directory.synchronize();
      await machine.forget();
      const again = await signIn('dave', { key: keys.dave });
      assert.notEqual(again.code, 0);
    });

    it('offers no more a key that the tenant has taken away', async () => {
      directory.simulator.control.setUserProperties('alice@example.com', withKey('alice', ''));
      await directory.synchronize();
      await machine.forget();
      assert.notEqual((await signIn('alice', { key: keys.alice })).code, 0);
      assert.equal((await signIn('alice', { password: 'Alice-Pass-1' })).code, 0);
    });
  });

  describe('that asks as little as it can', () => {
    let counter: SearchCounter;

    before(async () => {
      counter = await SearchCounter.start(directory.ldapPort);
    });

    after(() => counter[Symbol.asyncDispose]());

    const countSearches = async (domain: readonly string[]): Promise<number> => {
      await machine.serve(
        directory,
        { schema: 'rfc2307bis', uri: `ldap://127.0.0.1:${counter.port}`, domain },
        'alice',
      );
      counter.take();
      const members = membersIn(await machine.nss('group', 'everyone'));
      assert.equal(members, `20003 ${enabledUids.toSorted().join(',')}`);
      return counter.take();
    };

    it(`learns who is in a group of ${enabledUids.length} by two searches, because it may dereference`, async () => {
      assert.equal(await countSearches([]), 2);
      // With a threshold of 0 SSSD never does: one search for the group, and one for each member but alice, whom it knows.
      assert.equal(await countSearches(['ldap_deref_threshold = 0']), enabledUids.length);
    });
  });

  describe('that lists everybody', () => {
    it('lists every user and group, page by page (RFC 2696, PAIN-14)', async () => {
      const settings = {
        schema: 'rfc2307bis' as const,
        uri: ldaps(),
        domain: ['enumerate = true', 'ldap_page_size = 100'],
      };
      await machine.serve(directory, settings, 'alice');
      const users = await eventually(
        async () => namesIn(await machine.nss('passwd')),
        (names) => names.length >= clientPeople.length,
      );
      assert.deepEqual(users.toSorted(), clientPeople.map(({ uid }) => uid).toSorted());
      const groups = await eventually(
        async () => namesIn(await machine.nss('group')),
        (names) => names.length >= clientTeams.length,
      );
      assert.deepEqual(groups.toSorted(), clientTeams.map(({ name }) => name).toSorted());
    });
  });

  describe('when the tenant changes', () => {
    before(() => machine.serve(directory, { schema: 'rfc2307bis', uri: ldaps() }, 'alice'));

    it('follows a new name, which keeps number and groups (PAIN-09)', async () => {
      assert.equal((await machine.nss('passwd', 'zoe')).code, 0);
      directory.simulator.control.renameUser('zoe@example.com', 'zora@example.com', 'Zora Müller');
      await directory.synchronize();
      await machine.forget();
      const line = 'zora:*:10003:20001:Zora Müller:/home/zora:/bin/bash\n';
      assert.equal((await machine.nss('passwd', 'zora')).stdout, line);
      assert.equal((await machine.nss('passwd', '10003')).stdout, line);
      assert.equal((await machine.nss('passwd', 'zoe')).code, notFound);
      assert.equal(membersIn(await machine.nss('group', 'staff')), '20001 alice,bob,zora');
      assert.deepEqual(await groupsOf('zora'), ['20001(staff)', '20003(everyone)', '20004(nested)']);
    });

    it('forgets who has left, in the groups too', async () => {
      assert.equal((await machine.nss('passwd', 'bob')).code, 0);
      directory.simulator.control.removeUser('bob@example.com');
      await directory.synchronize();
      await machine.forget();
      assert.equal((await machine.nss('passwd', 'bob')).code, notFound);
      assert.equal(membersIn(await machine.nss('group', 'staff')), '20001 alice,zora');
    });
  });
});

/** Number and sorted members of a line of group(5). */
function membersIn({ stdout }: Ended): string {
  const [, , number = '', members = ''] = stdout.trim().split(':');
  return `${number} ${members.split(',').sort().join(',')}`;
}

/** The names in lines of passwd(5) or group(5). */
function namesIn({ stdout }: Ended): readonly string[] {
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split(':')[0] ?? '');
}

/** The tenant's properties of a user with another key in place of the first; none when it is empty. */
function withKey(user: 'alice' | 'dave', key: string): GraphProperties {
  const number = user === 'alice' ? '10001' : '10005';
  return {
    onPremisesExtensionAttributes: {
      extensionAttribute1: number,
      extensionAttribute2: '20001',
      extensionAttribute5: key === '' ? null : key,
    },
  };
}
