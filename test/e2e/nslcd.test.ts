import assert from 'node:assert/strict';
import {
  activeDirectoryAccount,
  type ClientDirectory,
  clientGroups,
  startClientDirectory,
} from '../support/client-directory.ts';
import { clientPeople, clientTeams, enabledUids } from '../support/client-population.ts';
import { NslcdMachine } from '../support/nslcd-machine.ts';
import { describeOnPrivateMachine } from '../support/private-machine.ts';

/** What getent answers for what does not exist. */
const notFound = 2;

const packages = ['libnss-ldapd', 'libpam-ldapd', 'nslcd', 'pamtester'] as const;

describeOnPrivateMachine(packages, 'a machine whose users come from nslcd', function () {
  this.timeout(120_000);
  let directory: ClientDirectory;
  let machine: NslcdMachine;

  before(async () => {
    directory = await startClientDirectory({ people: clientPeople, groups: clientTeams });
    machine = await NslcdMachine.start();
  });

  after(async () => {
    await machine[Symbol.asyncDispose]();
    await directory[Symbol.asyncDispose]();
  });

  const ldaps = (): string => `ldaps://127.0.0.1:${directory.ldapsPort}`;

  const connections = [
    { title: 'over StartTLS', uri: () => `ldap://127.0.0.1:${directory.ldapPort}`, more: ['ssl start_tls'] },
    { title: 'over LDAPS, page by page', uri: ldaps, more: ['pagesize 100'] },
  ] as const;

  for (const { title, uri, more } of connections) {
    describe(title, () => {
      before(() => machine.serve(directory, uri(), more));

      it('knows users by name and by number', async () => {
        const line = 'alice:x:10001:20001:Alice Archer:/home/alice:/bin/bash\n';
        assert.equal((await machine.nss('passwd', 'alice')).stdout, line);
        assert.equal((await machine.nss('passwd', '10001')).stdout, line);
        assert.equal((await machine.nss('passwd', 'bob')).stdout, 'bob:x:10002:20001:Bob Baker:/srv/bob:/bin/sh\n');
        assert.equal((await machine.nss('passwd', 'nobodyhere')).code, notFound);
      });

      it('lists everybody, and every group with its members (PAIN-14)', async () => {
        const users = await machine.nss('passwd');
        assert.deepEqual(users.stdout.match(/^[^:]+/gm)?.toSorted(), clientPeople.map(({ uid }) => uid).toSorted());
        const groups = await machine.nss('group');
        const everyone = /^everyone:[^:]*:20003:(.*)$/m.exec(groups.stdout)?.[1];
        assert.deepEqual(everyone?.split(',').toSorted(), enabledUids.toSorted());
        assert.deepEqual(groups.stdout.match(/^[^:]+/gm)?.toSorted(), clientTeams.map(({ name }) => name).toSorted());
      });

      it('knows groups by name and by number, and every group of a user', async () => {
        assert.match((await machine.nss('group', 'staff')).stdout, /^staff:[^:]*:20001:(?=.*alice)(?=.*bob)(?=.*zoe)/);
        assert.match((await machine.nss('group', '20002')).stdout, /^admins:[^:]*:20002:alice$/m);
        const { stdout } = await machine.machine.run('id', ['alice']);
        assert.equal(stdout, 'uid=10001(alice) gid=20001(staff) groups=20001(staff),20002(admins),20003(everyone)\n');
      });

      it('reads from shadow that the disabled user has expired, and shows nobody a password', async () => {
        const fields = async (user: string): Promise<readonly string[]> =>
          (await machine.nss('shadow', user)).stdout.trim().split(':');
        const [, password, , , , , , expires] = await fields('alice');
        assert.deepEqual([password, expires], ['*', '']);
        assert.equal((await fields('dave'))[7], '1');
      });

      it('lets users in by their Entra passwords, and nobody by another one (P7)', async () => {
        for (const [user, password] of [
          ['alice', 'Alice-Pass-1'],
          ['zoe', 'Zoë pässwörd €3'],
        ] as const) {
          const { code, stdout, stderr } = await machine.pam(user, password, 'authenticate', 'acct_mgmt');
          assert.equal(code, 0, stdout + stderr);
        }
        for (const password of ['Bob-Pass-2', '']) {
          assert.notEqual((await machine.pam('alice', password, 'authenticate')).code, 0);
        }
      });

      it('shuts out a disabled user by the password and by the account phase (P7)', async () => {
        assert.equal((await machine.nss('passwd', 'dave')).code, 0);
        assert.notEqual((await machine.pam('dave', 'Dave-Pass-5', 'authenticate')).code, 0);
        assert.notEqual((await machine.pam('dave', '', 'acct_mgmt')).code, 0);
      });
    });
  }

  describe('that wants more of the directory', () => {
    it('follows groups in groups', async () => {
      await machine.serve(directory, ldaps(), ['nss_nested_groups yes']);
      assert.match((await machine.nss('group', 'nested')).stdout, /^nested:[^:]*:20004:(?=.*alice)(?=.*bob)(?=.*zoe)/);
      assert.match((await machine.machine.run('id', ['bob'])).stdout, /20004\(nested\)/);
    });

    it('lets in only the members of a group, by a search of its own (pam_authz_search)', async () => {
      const search = 'pam_authz_search (&(objectClass=posixGroup)(cn=admins)(memberUid=$username))';
      await machine.serve(directory, ldaps(), [search]);
      assert.equal((await machine.pam('alice', 'Alice-Pass-1', 'authenticate', 'acct_mgmt')).code, 0);
      assert.notEqual((await machine.pam('bob', 'Bob-Pass-2', 'authenticate', 'acct_mgmt')).code, 0);
    });

    it('takes members from memberOf of the users', async () => {
      const filter = `filter passwd (memberOf=cn=admins,${clientGroups})`;
      await machine.serve(directory, ldaps(), [filter]);
      assert.deepEqual((await machine.nss('passwd')).stdout.match(/^[^:]+/gm), ['alice']);
    });

    it('reads the tree as Active Directory, without computers', async () => {
      const people = '(&(objectClass=user)(!(objectClass=computer))(uidNumber=*))';
      const maps = ['map passwd uid sAMAccountName', `filter passwd ${people}`, 'filter group (objectClass=group)'];
      await machine.serve(directory, ldaps(), maps, activeDirectoryAccount.dn);
      assert.match((await machine.nss('passwd', 'alice')).stdout, /^alice:x:10001:20001:/);
      assert.match((await machine.machine.run('id', ['alice'])).stdout, /20002\(admins\)/);
    });
  });
});
