import assert from 'node:assert/strict';
import { Client, type Entry } from 'ldapts';
import { hashPassword } from '../../src/auth/hash-password.ts';
import {
  clientAccount,
  clientBase,
  type ClientDirectory,
  clientGroups,
  clientUsers,
  startClientDirectory,
} from '../support/client-directory.ts';
import { runProgram } from '../support/program.ts';

const people = ['alice', 'bob', 'dave'].map((uid, index) => ({
  uid,
  displayName: `${uid} example`,
  surname: 'Example',
  givenName: uid,
  uidNumber: 10_001 + index,
  gidNumber: 20_001,
  accountEnabled: uid !== 'dave',
  ...(uid === 'alice' ? { password: 'Alice-Pass-1' } : {}),
}));
const groups = [{ name: 'staff', gidNumber: 20_001, members: ['alice', 'bob'] }];
const account = (name: string): string => `cn=${name},ou=services,${clientBase}`;

/** The three kinds of settings: one account, the whole tree but one account, and nothing. */
const one = { tree: false, accounts: { crowd: true, posix: undefined } } as const;
const all = { tree: true, accounts: { crowd: undefined, posix: false } } as const;
const none = { tree: false, accounts: { crowd: undefined, posix: undefined } } as const;

describe('a daemon in the flavour of Active Directory', function () {
  this.timeout(120_000);
  let passwordHash: string;

  before(async () => {
    passwordHash = await hashPassword(clientAccount.password);
  });

  async function start({ tree, accounts }: typeof one | typeof all | typeof none): Promise<ClientDirectory> {
    return await startClientDirectory({
      people,
      groups,
      changes: {
        directory: { baseDn: clientBase, activeDirectory: tree },
        serviceAccounts: Object.entries(accounts).map(([name, activeDirectory]) => ({
          name,
          passwordHash,
          ...(activeDirectory === undefined ? {} : { activeDirectory }),
        })),
      },
    });
  }

  async function connect(
    directory: ClientDirectory,
    name: string,
    password: string = clientAccount.password,
  ): Promise<Client> {
    const client = new Client({ url: `ldap://127.0.0.1:${directory.ldapPort}` });
    await client.bind(name, password);
    return client;
  }

  async function find(
    client: Client,
    filter: string,
    attributes: string[] = [],
    base = clientBase,
  ): Promise<readonly Entry[]> {
    const { searchEntries } = await client.search(base, { scope: base === '' ? 'base' : 'sub', filter, attributes });
    return searchEntries;
  }

  /** What does not depend on when it was published. */
  function timeless(entries: readonly Entry[]): readonly Entry[] {
    return entries.map(({ modifyTimestamp, createTimestamp, entryCSN, contextCSN, ...rest }) => {
      const stamps = [modifyTimestamp, createTimestamp, entryCSN, contextCSN].map((value) => value !== undefined);
      return { ...rest, stamps: stamps.map(String) };
    });
  }

  it('shows it to the account that wants it, and to others what they saw before (PAIN-15)', async () => {
    await using chosen = await start(one);
    await using without = await start(none);
    const crowd = await connect(chosen, account('crowd'));
    const posix = await connect(chosen, account('posix'));
    const before = await connect(without, account('posix'));
    try {
      const filter = '(&(objectCategory=Person)(sAMAccountName=*))';
      assert.equal((await find(crowd, filter)).length, 3);
      assert.deepEqual(await find(posix, filter), []);
      for (const attributes of [[], ['*', '+'], ['objectGUID', 'name', '@user']]) {
        const seen = timeless(await find(posix, '(objectClass=*)', attributes));
        assert.deepEqual(seen, timeless(await find(before, '(objectClass=*)', attributes)), attributes.join());
        assert.equal(seen.length, 10);
      }
      const [dse] = await find(posix, '(objectClass=*)', ['*', '+'], '');
      assert.ok(dse !== undefined && !('highestCommittedUSN' in dse));
    } finally {
      await Promise.all([crowd.unbind(), posix.unbind(), before.unbind()]);
    }
  });

  it('shows it to everybody but the account that does not want it, and users bind by DOMAIN\\name (PAIN-10)', async () => {
    await using directory = await start(all);
    const crowd = await connect(directory, account('crowd'));
    const posix = await connect(directory, account('posix'));
    const alice = await connect(directory, 'EXAMPLE\\ALICE', 'Alice-Pass-1');
    try {
      const [own] = await find(alice, '(sAMAccountName=alice)', []);
      assert.equal(own?.['distinguishedName'], `uid=alice,${clientUsers}`);
      assert.equal(own['memberOf'], `cn=staff,${clientGroups}`);
      const disabled = '(&(objectClass=user)(userAccountControl:1.2.840.113556.1.4.803:=2))';
      assert.deepEqual(
        (await find(crowd, disabled)).map(({ dn }) => dn),
        [`uid=dave,${clientUsers}`],
      );
      assert.deepEqual(await find(posix, disabled), []);
    } finally {
      await Promise.all([crowd.unbind(), posix.unbind(), alice.unbind()]);
    }
  });

  it('gives a client that remembers highestCommittedUSN all that changed since, and nothing else', async () => {
    await using directory = await start(one);
    const client = await connect(directory, account('crowd'));
    const newest = async (): Promise<bigint> => {
      const [dse] = await find(client, '(objectClass=*)', ['highestCommittedUSN'], '');
      return BigInt(String(dse?.['highestCommittedUSN']));
    };
    const since = async (usn: bigint): Promise<readonly string[]> =>
      (await find(client, `(&(|(objectCategory=person)(objectCategory=group))(uSNChanged>=${usn + 1n}))`)).map(
        ({ dn }) => dn,
      );
    try {
      const first = await newest();
      assert.deepEqual(await since(first), []);
      await directory.synchronize();
      assert.equal(await newest(), first, 'nothing was published');
      const { control } = directory.simulator;
      control.setUserProperties('bob@example.com', { jobTitle: 'Director' });
      await directory.synchronize();
      assert.deepEqual(await since(first), [`uid=bob,${clientUsers}`]);
      const second = await newest();
      assert.ok(second > first);
      control.join('staff', 'dave@example.com');
      await directory.synchronize();
      // The member changes too, for its memberOf did: a client that reads memberOf of what changed must learn of it.
      assert.deepEqual(await since(second), [`uid=dave,${clientUsers}`, `cn=staff,${clientGroups}`]);
    } finally {
      await client.unbind();
    }
  });

  it('exports the tree as those see it who are no service account', async () => {
    await using directory = await start(one);
    const { code, stdout, stderr } = await runProgram(['export', '--config', `${directory.folder}/entra-ldapd.yaml`]);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^uid: alice$/m);
    assert.doesNotMatch(stdout, /^(?:sAMAccountName|objectGUID|uSNChanged)|^objectClass: (?:user|group)$/m);
  });
});
