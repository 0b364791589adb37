import assert from 'node:assert/strict';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { Client } from 'ldapts';
import type { StatusReport } from '../../src/identity/admin.ts';
import type { Conflict, ExplainAnswer } from '../../src/identity/inspection.ts';
import { clientAccount, clientBase, type ClientDirectory, startClientDirectory } from '../support/client-directory.ts';
import { clientPeople, clientTeams } from '../support/client-population.ts';
import { describeOnPrivateMachine } from '../support/private-machine.ts';
import { runProgram } from '../support/program.ts';
import { SssdMachine } from '../support/sssd-machine.ts';

const named = clientPeople.slice(0, 5);
const groups = [
  ...clientTeams.filter(({ name }) => name !== 'everyone'),
  // Called as a user is.
  { name: 'Zoe', gidNumber: 20_009, members: ['alice'] },
];
const container = `ou=private-groups,${clientBase}`;

function start(primaryGroup: object, more: object = {}): Promise<ClientDirectory> {
  return startClientDirectory({
    people: named,
    groups,
    changes: { users: { uidNumberFrom: 'extensionAttribute1', primaryGroup }, ...more },
  });
}

async function search(directory: ClientDirectory, filter: string, base = clientBase, who: string = clientAccount.dn) {
  const client = new Client({ url: `ldap://127.0.0.1:${directory.ldapPort}`, timeout: 10_000 });
  try {
    await client.bind(who, who === clientAccount.dn ? clientAccount.password : 'Alice-Pass-1');
    const attributes = ['*', 'memberOf', 'numSubordinates'];
    return (await client.search(base, { scope: 'sub', filter, attributes })).searchEntries;
  } finally {
    await client.unbind();
  }
}

const configOf = (directory: ClientDirectory): string => `${directory.folder}/entra-ldapd.yaml`;

async function ask<T>(directory: ClientDirectory, ...args: readonly string[]): Promise<T> {
  const { code, stdout, stderr } = await runProgram([...args, '--json', '--config', configOf(directory)]);
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout) as T;
}

/** Replaces the users section of the configuration as an editor does. */
function edit(directory: ClientDirectory, primaryGroup: object, policy: object = {}): void {
  const file = configOf(directory);
  const before = JSON.parse(readFileSync(file, 'utf8')) as Readonly<Record<string, unknown>>;
  const users = { uidNumberFrom: 'extensionAttribute1', primaryGroup };
  writeFileSync(`${file}.new`, JSON.stringify({ ...before, users, ...policy }));
  renameSync(`${file}.new`, file);
}

describe('private groups', function () {
  this.timeout(120_000);
  let directory: ClientDirectory;

  before(async () => {
    directory = await start({ kind: 'private' });
  });

  after(() => directory[Symbol.asyncDispose]());

  it('are found by every filter that clients ask for groups with, and show in memberOf', async () => {
    const dn = `cn=alice,${container}`;
    for (const filter of [
      '(&(objectClass=posixGroup)(gidNumber=10001))',
      '(&(objectClass=posixGroup)(cn=alice))',
      `(&(objectClass=posixGroup)(gidNumber=10001)(member=uid=alice,ou=users,${clientBase}))`,
      '(&(objectClass=posixGroup)(gidNumber=10001)(memberUid=alice))',
    ]) {
      assert.deepEqual(
        (await search(directory, filter)).map((entry) => entry.dn),
        [dn],
        filter,
      );
    }
    const [alice] = await search(directory, `(memberOf=${dn})`);
    assert.deepEqual([alice?.['uid'], alice?.['gidNumber']], ['alice', '10001']);
    const [parent] = await search(directory, '(ou=private-groups)');
    assert.equal(parent?.['numSubordinates'], '5');
  });

  it('give way to a group of the tenant that is called as their user is, and conflicts says so (P5)', async () => {
    const ofZoe = await search(directory, '(&(objectClass=posixGroup)(cn=zoe))');
    assert.deepEqual(
      ofZoe.map(({ gidNumber }) => gidNumber),
      [String(ofZoe[0]?.['gidNumber'])],
    );
    const [own] = await search(directory, '(&(objectClass=posixGroup)(gidNumber=10003))');
    assert.match(String(own?.dn), new RegExp(`^cn=zoe-[0-9a-f]{8},${container}$`));
    const { conflicts } = await ask<{ conflicts: readonly Conflict[] }>(directory, 'conflicts');
    const conflict = conflicts.find(({ about }) => about === 'privateGroup');
    assert.ok(conflict?.about === 'privateGroup');
    assert.deepEqual([conflict.name, conflict.group, conflict.holderName], ['zoe', own?.['cn'], 'Zoe']);
    const { stdout } = await runProgram(['conflicts', '--config', configOf(directory)]);
    assert.match(
      stdout,
      /group {3}user zoe <zoe@example\.com> has a group of their own called "zoe-[0-9a-f]{8}", because/,
    );
  });

  it('are explained and counted (P9)', async () => {
    const { directory: published } = await ask<StatusReport>(directory, 'status');
    assert.deepEqual([published?.users, published?.groups, published?.privateGroups], [5, groups.length, 5]);
    const { stdout } = await runProgram(['explain', 'user', 'alice', '--config', configOf(directory)]);
    assert.match(stdout, /Primary group +alice \(10001\), of the user alone/);
  });

  it('can be read by their user, and by nobody else who was not granted groups', async () => {
    const seen = await search(directory, '(objectClass=posixGroup)', container, 'alice@example.com');
    assert.deepEqual(
      seen.map(({ dn }) => dn),
      [`cn=alice,${container}`],
    );
  });

  it('are exported with everything else, each behind its container (RFC 2849)', async () => {
    const { stdout } = await runProgram(['export', '--config', configOf(directory)]);
    const dns = [...stdout.matchAll(/^dn: (.+)$/gm)].map(([, dn]) => dn);
    assert.ok(dns.indexOf(container) > 0 && dns.indexOf(container) < dns.indexOf(`cn=alice,${container}`));
    assert.equal(dns.filter((dn) => dn?.endsWith(`,${container}`)).length, 5);
  });
});

describe('the primary group of users, changed while the daemon runs (FAM-28)', function () {
  this.timeout(120_000);

  it('goes from shared to the first match and to private groups, after somebody has agreed (P4)', async () => {
    await using directory = await start({ kind: 'shared' });
    const gidOf = async (uid: string): Promise<unknown> => (await search(directory, `(uid=${uid})`))[0]?.['gidNumber'];
    const numberOf = async (cn: string): Promise<unknown> =>
      (await search(directory, `(&(cn=${cn})(objectClass=posixGroup))`))[0]?.['gidNumber'];
    assert.equal(await gidOf('alice'), '1000000000');
    edit(directory, { kind: 'firstMatch', groups: ['admins', 'no such group', 'staff'] });
    await directory.daemon.waitFor(/"event":"directory\.published".*"publication":2/);
    assert.equal(await gidOf('alice'), await numberOf('admins'));
    assert.equal(await gidOf('bob'), await numberOf('staff'));
    assert.equal(await gidOf('carol'), '1000000000');
    const answer = await ask<ExplainAnswer>(directory, 'explain', 'user', 'bob');
    assert.ok(answer.found === 'one');
    assert.deepEqual([answer.explanation.primaryGroup?.by, answer.explanation.primaryGroup?.group], ['group', 'staff']);
    const { stdout } = await runProgram(['status', '--config', configOf(directory)]);
    assert.match(
      stdout,
      /users\.primaryGroup\.groups: no group is called no such group, so it is nobody's primary group/,
    );
    edit(directory, { kind: 'private' });
    await directory.daemon.waitFor(/"event":"sync\.round\.held"/);
    assert.equal((await search(directory, '(ou=private-groups)')).length, 0);
    const held = await runProgram(['sync', 'held', '--config', configOf(directory)]);
    assert.match(held.stdout, /regroup user {2}uid=alice,.*primary group 10001/);
    assert.equal((await runProgram(['sync', 'approve', '--config', configOf(directory)])).code, 0);
    await directory.daemon.waitFor(/"event":"directory\.published".*"publication":3/);
    assert.equal(await gidOf('alice'), '10001');
    assert.equal((await search(directory, '(objectClass=posixGroup)', container)).length, 5);
  });
});

const packages = ['libnss-sss', 'libpam-sss', 'sssd-ldap', 'sssd-tools'] as const;

describeOnPrivateMachine(packages, 'a machine whose users have groups of their own', function () {
  this.timeout(180_000);
  let machine: SssdMachine;

  before(async () => {
    machine = await SssdMachine.start();
  });

  after(() => machine[Symbol.asyncDispose]());

  for (const [title, shown, domain] of [
    ['as entries', true, []],
    ['made up by SSSD (auto_private_groups)', false, ['auto_private_groups = true']],
  ] as const) {
    it(`knows them by name and by number, ${title}`, async () => {
      await using directory = await start({ kind: 'private', shown });
      const uri = `ldap://127.0.0.1:${directory.ldapPort}`;
      await machine.serve(directory, { schema: 'rfc2307bis', uri, startTls: true, domain }, 'alice');
      assert.match((await machine.nss('passwd', 'alice')).stdout, /^alice:\*:10001:10001:/);
      assert.match((await machine.nss('group', '10001')).stdout, /^alice:\*:10001:(?:alice)?\n$/);
      assert.match((await machine.nss('group', 'alice')).stdout, /^alice:\*:10001:(?:alice)?\n$/);
      const { stdout } = await machine.machine.run('id', ['alice']);
      assert.match(stdout, /^uid=10001\(alice\) gid=10001\(alice\) groups=/);
      assert.equal(
        [...stdout.matchAll(/10001\(alice\)/g)].length,
        3,
        'as user, as primary group, and once among the groups',
      );
    });
  }
});
