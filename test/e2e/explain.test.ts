import assert from 'node:assert/strict';
import { parseTenant } from '../../src/simulator/tenant-file.ts';
import { DaemonOnSimulator } from '../support/daemon-on-simulator.ts';
import type { Ended } from '../support/program.ts';

const alice = '10000000-0000-4000-8000-000000000001';
const otherAlice = '10000000-0000-4000-8000-000000000002';
const larry = '10000000-0000-4000-8000-000000000003';
const guest = '10000000-0000-4000-8000-000000000004';
const sales = '20000000-0000-4000-8000-000000000001';
const europe = '20000000-0000-4000-8000-000000000002';

const tenant = {
  tenant: {
    id: '0b5c9a5e-6f0c-4b0e-9d56-2f8f0e7a1c11',
    displayName: 'Contoso',
    domains: ['contoso.com', 'fabrikam.com'],
  },
  users: [
    {
      id: alice,
      userPrincipalName: 'alice@contoso.com',
      displayName: 'Alice Archer',
      createdDateTime: '2020-01-01T00:00:00Z',
    },
    {
      id: otherAlice,
      userPrincipalName: 'alice@fabrikam.com',
      displayName: 'Alice Adams',
      createdDateTime: '2021-01-01T00:00:00Z',
    },
    { id: larry, userPrincipalName: 'larry@contoso.com', displayName: 'Larry \u001b[2JLocked', accountEnabled: false },
    {
      id: guest,
      userPrincipalName: 'gina_example.org#EXT#@contoso.com',
      mail: 'gina@example.org',
      displayName: 'Gina Guest',
      userType: 'Guest',
    },
  ],
  groups: [
    { id: sales, displayName: 'Sales', members: ['alice@contoso.com', 'larry@contoso.com'] },
    { id: europe, displayName: 'Europe', members: [sales] },
    { id: '20000000-0000-4000-8000-000000000003', displayName: 'Sales', members: [] },
  ],
};

describe('"explain", "users", "groups" and "conflicts"', function () {
  this.timeout(120_000);
  let daemon: DaemonOnSimulator;

  before(async () => {
    // JSON is YAML.
    daemon = await DaemonOnSimulator.open({ tenant: parseTenant(JSON.stringify(tenant), 'explain') });
  });

  after(() => daemon[Symbol.asyncDispose]());

  const run = (...args: readonly string[]): Promise<Ended> => daemon.run(...args);

  it('say before the first sync that nothing is known (P9)', async () => {
    const { code, stdout } = await run('explain', 'user', 'alice');
    assert.equal(code, 0);
    assert.match(stdout, /^No user "alice" is known .* Nothing has been read from it yet/);
    assert.equal((await run('users', '--json')).stdout, '{"users":[]}\n');
  });

  it('answer the same beside a running daemon and without one (P9)', async () => {
    assert.equal((await run('sync', '--once')).code, 0);
    const questions = [
      ['explain', 'user', 'alice', '--json'],
      ['explain', 'group', 'Europe'],
      ['users', '--json'],
      ['groups'],
      ['conflicts'],
    ];
    const ask = async (): Promise<readonly string[]> => {
      const answers: string[] = [];
      for (const question of questions) {
        const { code, stdout, stderr } = await run(...question);
        assert.equal(code, 0, stderr);
        answers.push(stdout);
      }
      return answers;
    };
    const alone = await ask();
    await daemon.start();
    await daemon.waitFor(/sync\.round\.finished/);
    assert.deepEqual(await ask(), alone);
    await daemon.kill();
  });

  it('tell who is visible, through which groups, under which name and number, and may bind (P9)', async () => {
    const { stdout } = await run('explain', 'user', 'uid=ALICE,ou=users,dc=contoso,dc=com');
    assert.match(stdout, /^User Alice Archer, object id 10000000-0000-4000-8000-000000000001: shown\.$/m);
    assert.match(stdout, /^DN +uid=alice,ou=users,dc=contoso,dc=com$/m);
    assert.match(stdout, /^uidNumber +\d+, worked out from the object id, since 20/m);
    assert.match(stdout, /^ {2}passed {3}guests \(users\.guests\)$/m);
    assert.match(stdout, /^ {2}Sales$/m);
    assert.match(stdout, /^ {2}Europe, through Sales$/m);
    assert.match(stdout, /^Bind +possible: Entra checks the password/m);
  });

  it('tell both sides of a clash of names and what decided (P5, PAIN-07)', async () => {
    const { stdout } = await run('explain', 'user', 'alice@fabrikam.com');
    assert.match(
      stdout,
      /^Name +alice@fabrikam\.com, since .*; not "alice", which is kept by alice@contoso\.com: its holder is the older object in Entra$/m,
    );
    const clashes = (await run('conflicts')).stdout.trim().split('\n');
    assert.equal(clashes.length, 2);
    assert.match(
      clashes[0] ?? '',
      /^name {4}user alice@fabrikam\.com <alice@fabrikam\.com> asks for "alice", which is kept by alice@contoso\.com/,
    );
    assert.match(clashes[1] ?? '', /^name {4}group Sales-20000000 asks for "Sales", which is kept by Sales 20000000-/);
  });

  it('tell why somebody is locked, and keep control characters of names off the terminal (P9)', async () => {
    const { stdout } = await run('explain', 'user', larry);
    assert.match(stdout, /^User Larry \ufffd\[2JLocked, .*: locked \(disabled\)\.$/m);
    assert.match(stdout, /^ {2}locked {3}account enabled in Entra: disabled$/m);
    assert.match(stdout, /^Bind +refused, because the account is locked \(disabled\)$/m);
    assert.match((await run('users', '--locked')).stdout, /^locked {3}larry /);
  });

  it('tell which rule leaves somebody out, whom clients do not find at all (P9, FAM-25, FOX-07)', async () => {
    const { stdout } = await run('explain', 'user', 'gina@example.org');
    assert.match(stdout, /^User Gina Guest, .*: skipped \(guest\)\.$/m);
    assert.match(stdout, /^ {2}skipped {2}guests \(users\.guests\): guest$/m);
    assert.match((await run('users', '--skipped')).stdout, /^skipped {2}- .*Gina Guest .* \(guest\)\n$/);
    const several = await run('explain', 'user', 'Alice A');
    assert.match(several.stdout, /^No user "Alice A" is known/);
  });

  it('tell of groups who is in them (P9, FOX-15, FAM-25, SNP-17)', async () => {
    const { explanation } = JSON.parse((await run('explain', 'group', 'Europe', '--json')).stdout) as {
      explanation: { members: unknown };
    };
    assert.deepEqual(explanation.members, {
      direct: { users: 0, groups: 1, others: 0 },
      shown: 2,
      nested: [{ name: 'Sales', objectId: sales, isDirect: true, isShown: true, through: [] }],
    });
    assert.match((await run('groups', '--search', 'EURO')).stdout, /^shown {4}Europe .*\n$/);
  });

  it('tell of people who are gone when they went, and keep their numbers (P5, P9)', async () => {
    daemon.simulator.control.removeUser(otherAlice);
    const before = JSON.parse((await run('users', '--search', 'alice@fabrikam', '--json')).stdout) as {
      users: { number: number }[];
    };
    assert.equal((await run('sync', '--once')).code, 0);
    const { stdout } = await run('explain', 'user', 'alice@fabrikam.com', '--json');
    const { explanation } = JSON.parse(stdout) as {
      explanation: { state: string; removal: { reason: string; atMs: number }; number: { number: number } };
    };
    assert.equal(explanation.state, 'removed');
    assert.equal(explanation.removal.reason, 'softDeleted');
    assert.ok(Math.abs(explanation.removal.atMs - Date.now()) < 600_000);
    assert.equal(explanation.number.number, before.users[0]?.number);
    assert.match((await run('users', '--removed')).stdout, /^removed {2}alice@fabrikam\.com /);
  });

  it('refuse what makes no sense as a command line', async () => {
    const missing = await run('explain', 'user');
    assert.deepEqual([missing.code, missing.stdout], [2, '']);
    assert.match(missing.stderr, /needs a NAME/);
    assert.equal((await run('users', '--locked', '--skipped')).code, 2);
  });
});
