import assert from 'node:assert/strict';
import { runProgram } from '../support/program.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { ModelTenant, modelId } from '../support/model-tenant.ts';
import { openTestStore, testEngine } from '../support/sync-bench.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { cns, peopleOf, type Row, uids, values } from './bench.ts';
import { password, town } from './town.ts';

/** Federated Directory. */
export const federatedDirectory: readonly Row[] = [
  {
    id: 'FED-01',
    says: 'the attributes of an address book are served',
    check: async (bench) => {
      const people = await bench.people();
      const served = ['cn', 'sn', 'givenName', 'mail', 'telephoneNumber', 'mobile', 'title', 'department'];
      const shown = served.map((name) => values(people, 'anna', name)[0]);
      const expected = ['Anna', 'Lindström', 'Anna', 'anna.lindstroem@contoso.com', '+49 30 1234', '+49 170 1234'];
      assert.deepEqual(shown, [...expected, 'Head of Sales', 'Sales']);
    },
  },
  {
    id: 'FED-02',
    says: 'sign-in by Entra and the synchronization are switched by themselves',
    check: async (bench) => {
      const { daemon } = await bench.published({ bind: { entra: { enabled: false } } });
      assert.equal(daemon.config.bind.entra.enabled, false);
      assert.ok(uids(await peopleOf(daemon)).length > 0);
      const other = await bench.config({ users: { enabled: false }, groups: { enabled: false } });
      assert.ok(other.ok && other.config.bind.entra.enabled);
    },
  },
  {
    id: 'FED-03',
    says: "people's passwords are checked by Microsoft when the configuration says so",
    check: async (bench) => {
      const { simulator } = await bench.served();
      simulator.control.resetStatistics();
      assert.equal(await bench.bindCode('anna@contoso.com', password), 0);
      assert.equal(simulator.control.statistics().signIns['anna@contoso.com']?.succeeded, 1);
    },
  },
  {
    id: 'FED-04',
    says: 'who is not in this directory cannot sign in, and Entra is not even asked',
    check: async (bench) => {
      const { simulator } = await bench.served();
      simulator.control.resetStatistics();
      assert.equal(await bench.bindCode('plain@contoso.com', password), 49);
      assert.deepEqual(simulator.control.statistics().signIns, {});
    },
  },
  {
    id: 'FED-05',
    says: 'the user principal name is what people sign in with, and what their uid comes from',
    check: async (bench) => {
      assert.equal(await bench.bindCode('JACK@contoso.com', password), 0);
      assert.deepEqual(values(await bench.people(), 'jack', 'userPrincipalName'), ['jack@contoso.com']);
    },
  },
  {
    id: 'FED-06',
    says: 'users without a user principal name are counted, and not shown',
    check: () => countsNameless(),
  },
  {
    id: 'FED-07',
    says: 'who joins, changes and leaves is created, updated and removed by the next round',
    check: async (bench) => {
      const { daemon, simulator } = await bench.published();
      const { control } = simulator;
      control.addUser({ userPrincipalName: 'new@contoso.com' });
      control.setUserProperties('anna@contoso.com', { jobTitle: 'Retired' });
      control.removeUser('plain@contoso.com');
      assert.equal((await daemon.round()).outcome, 'published');
      const people = await peopleOf(daemon);
      assert.deepEqual(uids(people), ['anna', 'ben', 'dora', 'jack', 'kim', 'kim@fabrikam.com', 'new']);
      assert.deepEqual(values(people, 'anna', 'title'), ['Retired']);
    },
  },
  {
    id: 'FED-09',
    says: 'the directory of a tenant has a place of its own, and is managed by that tenant alone',
    check: async (bench) => {
      const { daemon } = await bench.published();
      const [first] = (await daemon.search({ filter: '(uid=anna)' })) ?? [];
      assert.equal(first?.dn, 'uid=anna,ou=users,dc=example,dc=com');
      assert.equal(daemon.config.tenant.id, town.tenant.id);
    },
  },
  {
    id: 'FED-15',
    says: 'with groups off no group is read, stored or shown',
    check: async (bench) => {
      const { daemon, simulator } = await bench.published({ groups: { enabled: false } });
      assert.deepEqual(cns(await peopleOf(daemon)), []);
      assert.equal(simulator.control.statistics().requests['groupsDelta'], undefined);
      for await (const block of daemon.store.mirror.records('groups')) assert.deepEqual(block, []);
    },
  },
  {
    id: 'FED-16',
    says: 'without a scope all users and groups are read',
    check: async (bench) => {
      const people = await bench.people({ users: { guests: true } });
      assert.deepEqual([uids(people).length, cns(people).length], [town.users.length, town.groups.length]);
    },
  },
  {
    id: 'FED-17',
    says: 'with assignedOnly those are read who are assigned to the application, by a group too',
    check: async (bench) => {
      const people = await bench.people({ sync: { assignedOnly: true } });
      assert.deepEqual([uids(people), cns(people)], [['jack', 'plain'], ['Leavers']]);
    },
  },
  {
    id: 'FED-18',
    says: 'what no attribute is taken from is not read, stored or shown',
    check: async (bench) => {
      const { daemon } = await bench.published({ users: { attributes: { title: false } } });
      assert.deepEqual(values(await peopleOf(daemon), 'anna', 'title'), []);
      for await (const block of daemon.store.mirror.records('users')) {
        for (const { properties } of block) assert.ok(!('jobTitle' in properties));
      }
    },
  },
  {
    id: 'FED-19',
    says: 'a name to sign in with and a display name are enough',
    check: async (bench) => {
      const people = await bench.people();
      assert.deepEqual(values(people, 'plain', 'cn'), ['Plain']);
      assert.deepEqual(values(people, 'plain', 'sn'), ['Plain']);
    },
  },
  {
    id: 'FED-20',
    says: 'how old what is served may be is known',
    check: async (bench) => {
      const { daemon, time } = await bench.stage({ sync: { interval: '15m', jitter: '0%' } });
      daemon.run();
      await time.untilIdle();
      assert.equal((daemon.sync.nextAtMs ?? 0) - (daemon.sync.lastSuccessAtMs ?? 0), 15 * 60_000);
    },
  },
  {
    id: 'FED-21',
    says: 'the last round is told with its time and its error',
    check: async (bench) => {
      const { daemon, simulator, time } = await bench.published();
      const successAtMs = daemon.sync.lastSuccessAtMs;
      time.skip(60_000);
      simulator.control.injectFault({ kind: 'forbidden' });
      await daemon.round();
      const { last, lastSuccessAtMs } = daemon.sync;
      assert.deepEqual([last?.startedAtMs, lastSuccessAtMs], [time.nowMs, successAtMs]);
      assert.match(last?.error ?? '', /User\.Read\.All/);
    },
  },
  {
    id: 'FED-22',
    says: '"check" looks at the configuration, the tenant, the permissions and the addresses',
    check: async (bench) => {
      const { code, stdout } = await runProgram(['check', '--config', await bench.file(), '--json']);
      assert.equal(code, 0, stdout);
      for (const found of ['User.Read.All', 'GroupMember.Read.All', 'ldap://127.0.0.1'])
        assert.ok(stdout.includes(found), found);
    },
  },
  {
    id: 'FED-23',
    says: 'without the section of attributes the default map is back',
    check: async (bench) => {
      const mapped = await bench.published({ users: { attributes: { title: 'department', pager: 'mobilePhone' } } });
      await mapped.daemon[Symbol.asyncDispose]();
      const { daemon } = await bench.restage(mapped.surroundings, {});
      assert.equal((await daemon.round()).outcome, 'published');
      assert.deepEqual(values(await peopleOf(daemon), 'anna', 'title'), ['Head of Sales']);
      assert.deepEqual(values(await peopleOf(daemon), 'anna', 'pager'), []);
    },
  },
  {
    id: 'FED-24',
    says: 'everything can be read anew, and nobody loses a name or a number by it',
    check: async (bench) => {
      const { daemon } = await bench.published();
      const before = await peopleOf(daemon);
      const { outcome, collections } = await daemon.round(true);
      assert.deepEqual([outcome, collections.users.mode], ['unchanged', 'full']);
      assert.deepEqual(await peopleOf(daemon), before);
    },
  },
  {
    id: 'FED-25',
    says: 'how far a round has come is told while it runs',
    check: async (bench) => {
      const { daemon, time } = await bench.stage();
      const following = (async (): Promise<readonly string[]> => {
        const kinds: string[] = [];
        for await (const { kind } of daemon.sync.follow(1, AbortSignal.timeout(30_000))) kinds.push(kind);
        return kinds;
      })();
      daemon.run();
      await time.untilIdle();
      const kinds = await following;
      assert.deepEqual([kinds[0], kinds.at(-1)], ['progress', 'finished']);
    },
  },
];

/** A tenant that has a user without a user principal name, which Microsoft Graph never gives. */
export async function countsNameless(): Promise<void> {
  using folder = temporaryFolder();
  const tenant = new ModelTenant((below) => below - 1);
  tenant.putUser(modelId('user', 1), { displayName: 'Nameless', accountEnabled: true });
  tenant.putUser(modelId('user', 2), { displayName: 'Named', userPrincipalName: 'named@example.com' });
  await using store = await openTestStore(folder.path);
  const round = await testEngine(store, tenant, new ManualClock()).runRound(false, new AbortController().signal);
  const { entries, skipped } = round.summary.collections.users;
  assert.deepEqual([entries.created, skipped], [1, { 'no user principal name': 1 }]);
}
