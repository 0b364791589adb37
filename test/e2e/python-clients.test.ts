import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  activeDirectoryAccount,
  type ClientDirectory,
  clientAccount,
  clientBase,
  clientUsers,
  startClientDirectory,
} from '../support/client-directory.ts';
import { clientPeople, clientTeams } from '../support/client-population.ts';
import { describeWithPackage } from '../support/debian-packages.ts';
import { runCommand } from '../support/program.ts';

const invalidCredentials = 49;
/** The base, three containers, two service accounts, and everybody and every group. */
const entryCount = 6 + clientPeople.length + clientTeams.length;

const scripts = scriptsFolder(dirname(fileURLToPath(import.meta.url)));

/** The scripts are not compiled, so they are where the sources of the tests are. */
function scriptsFolder(from: string): string {
  return existsSync(join(from, 'package.json')) ? join(from, 'test/e2e/python') : scriptsFolder(dirname(from));
}

/** Runs a script against the directory and gives what it has seen. */
async function run(
  script: string,
  directory: ClientDirectory,
  account: string = clientAccount.dn,
): Promise<Readonly<Record<string, unknown>>> {
  const { code, stdout, stderr } = await runCommand('/usr/bin/python3', [join(scripts, script)], {
    timeoutMs: 60_000,
    env: {
      LDAP_URI: `ldap://127.0.0.1:${directory.ldapPort}`,
      LDAP_PORT: String(directory.ldapPort),
      LDAP_CA: directory.caFile,
      LDAP_BASE: clientBase,
      LDAP_BIND_DN: account,
      LDAP_BIND_PW: clientAccount.password,
      PYTHONDONTWRITEBYTECODE: '1',
    },
  });
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout) as Readonly<Record<string, unknown>>;
}

describe('clients in Python', function () {
  this.timeout(120_000);
  let directory: ClientDirectory;

  before(async () => {
    directory = await startClientDirectory({ people: clientPeople, groups: clientTeams });
  });

  after(() => directory[Symbol.asyncDispose]());

  for (const { account, title, found } of [
    { account: clientAccount.dn, title: 'ldap3, with its schema checks', found: [] },
    {
      account: activeDirectoryAccount.dn,
      title: 'ldap3, as an account that sees Active Directory',
      found: [`uid=alice,${clientUsers}`],
    },
  ] as const) {
    describeWithPackage('python3-ldap3', title, () => {
      let seen: Readonly<Record<string, unknown>>;

      before(async () => {
        seen = await run('with_ldap3.py', directory, account);
      });

      it('connects with StartTLS, binds and is told who it is (RFC 4532)', () => {
        assert.deepEqual([seen['startTls'], seen['bound']], [true, true]);
        assert.equal(seen['whoAmI'], `dn:${account}`);
        assert.deepEqual(seen['namingContexts'], [clientBase]);
      });

      it('finds every name of its filters in the schema, and refuses those that are not (PAIN-15)', () => {
        assert.deepEqual([seen['knowsNames'], seen['refusesUnknownNames']], [true, true]);
      });

      it('finds no entry that breaks the published schema: MUST, MAY, SINGLE-VALUE (RFC 4512 §2.4, §2.5)', () => {
        assert.equal(seen['entries'], entryCount);
        assert.deepEqual(seen['breaches'], []);
        assert.equal(seen['unknownClasses'], undefined);
      });

      it('gives values the types that the schema says', () => {
        assert.deepEqual(seen['types'], { uidNumber: 'int', createTimestamp: 'datetime', memberOf: 'list', cn: 'str' });
      });

      it('compares, and reads through its abstraction of classes', () => {
        assert.deepEqual(seen['compare'], [true, false]);
        assert.deepEqual(seen['reader'], [`uid=alice,${clientUsers}`]);
      });

      it('binds users by their Entra passwords only, and the disabled one not at all (P7)', () => {
        assert.deepEqual(seen['binds'], [
          ['alice', true, 0],
          ['alice', false, invalidCredentials],
          ['dave', false, invalidCredentials],
        ]);
      });

      it('finds users by sAMAccountName only as Active Directory', () => {
        assert.deepEqual(seen['asActiveDirectory'], found);
      });
    });
  }

  describeWithPackage('python3-ldap', 'python-ldap', () => {
    let seen: Readonly<Record<string, unknown>>;

    before(async () => {
      seen = await run('with_python_ldap.py', directory);
    });

    it('connects with StartTLS, binds and is told who it is (RFC 4532)', () => {
      assert.equal(seen['whoAmI'], `dn:${clientAccount.dn}`);
    });

    it('walks through everybody page by page (RFC 2696, PAIN-14)', () => {
      assert.deepEqual(seen['paged'], { pages: Math.ceil(clientPeople.length / 60), users: clientPeople.length });
    });

    it('is given entries in the order that it asks for (RFC 2891)', () => {
      const numbers = [9, 8, 7, 6, 5, 4, 3, 2, 1];
      assert.deepEqual(
        seen['sorted'],
        numbers.map((number) => `u000${number}`),
      );
    });

    it('sees a window of a sorted list (draft-ietf-ldapext-ldapv3-vlv-09)', () => {
      assert.deepEqual(seen['listView'], { uids: ['u0003', 'u0004', 'u0005', 'u0006'], offset: 4, of: 300 });
    });

    it('is given with a group what it asks of the members (draft-masarati-ldap-deref)', () => {
      assert.deepEqual(seen['dereferenced'], [
        ['alice', '10001'],
        ['bob', '10002'],
        ['zoe', '10003'],
      ]);
    });

    it('is given only the values that match (RFC 3876)', () => {
      assert.deepEqual(seen['matchedValues'], [`uid=bob,${clientUsers}`]);
      assert.equal(seen['manageDsaIt'], 1);
    });

    it('can parse the schema, and finds every attribute of every entry in it (PAIN-15)', () => {
      assert.ok(Number(seen['attributeTypes']) > 100);
      assert.deepEqual(seen['unknownAttributes'], []);
    });

    it('finds a name with a comma, parentheses and a star (RFC 4515 §3)', () => {
      assert.deepEqual(seen['escaped'], ['carol']);
    });

    it('synchronizes with a cookie (RFC 4533)', () => {
      assert.deepEqual(seen['synchronized'], [clientPeople.length, clientPeople.length]);
      assert.equal(seen['hasCookie'], true);
    });

    it('binds users by their Entra passwords only (RFC 4513 §5.1.2, P7)', () => {
      assert.deepEqual(seen['binds'], {
        alice: 'success',
        'alice wrong': 'INVALID_CREDENTIALS',
        'alice empty': 'UNWILLING_TO_PERFORM',
        dave: 'INVALID_CREDENTIALS',
      });
    });
  });
});
