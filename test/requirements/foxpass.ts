import assert from 'node:assert/strict';
import { DEFAULT_CLIENT_SECRET } from '../../src/simulator/tenant/registration.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { openTestStore, testEngine } from '../support/sync-bench.ts';
import { syncTenant } from '../support/sync-tenant.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { runProgram } from '../support/program.ts';
import { type Bench, cns, peopleOf, type Row, uids, values } from './bench.ts';
import { registered, staffId } from './town.ts';

const wrongSecret = 'not-the-right-Secret~1';

/** Foxpass. */
export const foxpass: readonly Row[] = [
  {
    id: 'FOX-01',
    says: 'where people come from is an interface, and Entra is one that has it',
    check: async () => {
      using folder = temporaryFolder();
      await using store = await openTestStore(folder.path);
      const engine = testEngine(store, syncTenant(), new ManualClock());
      const { summary } = await engine.runRound(false, new AbortController().signal);
      assert.equal(summary.collections.users.entries.created, 6);
    },
  },
  {
    id: 'FOX-02',
    says: 'users are read, or not',
    check: async (bench) => {
      const { daemon, simulator } = await bench.published({ users: { enabled: false } });
      assert.deepEqual(uids(await peopleOf(daemon)), []);
      assert.equal(simulator.control.statistics().requests['usersDelta'], undefined);
    },
  },
  {
    id: 'FOX-03',
    says: 'the application signs in by itself: nobody has to be there',
    check: async (bench) => {
      const { simulator } = await bench.published();
      assert.deepEqual(simulator.control.statistics().signIns, {});
      assert.equal(simulator.control.statistics().tokensIssued, 1);
    },
  },
  {
    id: 'FOX-04',
    says: 'a check of everything ends with a clear yes',
    check: async (bench) => {
      const { code, stdout } = await runProgram(['check', '--config', await bench.file()]);
      assert.equal(code, 0);
      assert.match(stdout, /Everything needed is there/);
    },
  },
  {
    id: 'FOX-05',
    says: 'who asks for a round is answered at once, and a second request is not a second round',
    check: async (bench) => {
      const { daemon, time } = await bench.stage();
      daemon.run();
      await time.untilIdle();
      const [first, second] = [daemon.sync.request(false), daemon.sync.request(false)];
      assert.deepEqual([first.started, second.started, second.round], [true, false, first.round]);
      await time.untilIdle();
    },
  },
  twoSummaries('FOX-06', 'a round is told as a table of what became of users and of groups'),
  {
    id: 'FOX-07',
    says: 'the people that were synchronized are listed with how they stand',
    check: async (bench) => {
      const { code, stdout } = await bench.command('users');
      assert.equal(code, 0);
      assert.match(stdout, /ben.*locked|locked.*ben/);
    },
  },
  {
    id: 'FOX-08',
    says: 'two permissions to read are enough',
    check: async (bench) => {
      await bench.published({}, registered({ permissions: ['User.Read.All', 'GroupMember.Read.All'] }));
    },
  },
  {
    id: 'FOX-09',
    says: 'when the first credential is refused the second is used, and that is told',
    check: async (bench) => {
      const credentials = [{ secret: wrongSecret }, { secret: DEFAULT_CLIENT_SECRET }];
      const { daemon } = await bench.published({ tenant: { credential: undefined, credentials } });
      const [first, second] = daemon.graph.credentials().map((each) => JSON.stringify(each));
      assert.match(first ?? '', /AADSTS7000215/);
      assert.doesNotMatch(second ?? '', /AADSTS/);
    },
  },
  {
    id: 'FOX-10',
    says: 'Conditional Access that keeps the application out is recognized, with what to do',
    check: async (bench) => {
      const file = await bench.file({}, registered({ blockedAddress: true }));
      const { code, stdout } = await runProgram(['check', '--config', file]);
      assert.equal(code, 4);
      assert.match(stdout, /AADSTS53003/);
      assert.match(stdout, /Conditional Access[^]*address/);
    },
  },
  {
    id: 'FOX-11',
    says: 'groups are read, or not, whether users are or not',
    check: async (bench) => {
      assert.deepEqual(cns(await bench.people({ groups: { enabled: false } })), []);
      assert.equal(cns(await bench.people({ users: { enabled: false } })).length, 9);
    },
  },
  twoSummaries('FOX-12', 'users and groups each have their own status'),
  {
    id: 'FOX-13',
    says: 'groups without a mail address are left out when that is wanted',
    check: async (bench) => {
      const people = await bench.people({ groups: { withoutEmail: false } });
      assert.deepEqual(cns(people), ['LDAP-List', 'Mail and rights', 'Staff']);
    },
  },
  {
    id: 'FOX-14',
    says: 'groups without a mail address are shown otherwise',
    check: async (bench) => {
      assert.ok(cns(await bench.people({ groups: { withoutEmail: true } })).includes('Inner'));
      assert.ok(cns(await bench.people()).includes('Inner'));
    },
  },
  {
    id: 'FOX-15',
    says: '"explain group" tells whether Microsoft Graph returns it and whether it has a mail address',
    check: async (bench) => {
      const told = JSON.stringify(await bench.json('explain', 'group', 'Staff'));
      assert.match(told, /staff@contoso\.com/);
      assert.match(told, /groups without a mail address/);
      assert.match(JSON.stringify(await bench.json('explain', 'group', 'Unheard of')), /"found":"none"/);
    },
  },
  {
    id: 'FOX-16',
    says: 'groups are shown whose names begin as listed, in any letter case',
    check: async (bench) => {
      const people = await bench.people({ groups: { namePrefixes: ['ldap-', 'Twi'] } });
      assert.deepEqual(
        cns(people).map((name) => name.slice(0, 5)),
        ['LDAP-', 'LDAP-', 'Twins', 'Twins'],
      );
    },
  },
  {
    id: 'FOX-17',
    says: 'who is in none of the allowed groups is locked',
    check: async (bench) => {
      const locked = await lockedBy(bench, { allowedGroups: [staffId] });
      assert.deepEqual(locked, ['ben', 'kim@fabrikam.com', 'plain']);
    },
  },
  {
    id: 'FOX-18',
    says: 'who is in a disabled group is locked, also when in an allowed one',
    check: async (bench) => {
      const locked = await lockedBy(bench, { allowedGroups: ['staff'], disabledGroups: ['Leavers'] });
      assert.deepEqual(locked, ['ben', 'jack', 'kim@fabrikam.com', 'plain']);
    },
  },
  {
    id: 'FOX-19',
    says: 'only people of chosen domains are shown',
    check: async (bench) => {
      assert.deepEqual(uids(await bench.people({ users: { domains: ['fabrikam.com'] } })), ['kim']);
    },
  },
  {
    id: 'FOX-20',
    says: 'the verified domains of the tenant are listed, and read anew when they have changed',
    check: async (bench) => {
      const told = JSON.stringify(await bench.json('domains', 'refresh'));
      for (const domain of ['contoso.com', 'fabrikam.com']) assert.match(told, new RegExp(`"${domain}"`));
    },
  },
  {
    id: 'FOX-21',
    says: 'what the synchronization has done can be read afterwards',
    check: async (bench) => {
      const { config } = await bench.served();
      for (const command of ['logs', 'history']) {
        const { code, stdout, stderr } = await runProgram([command, '--config', config]);
        assert.equal(code, 0, stderr);
        assert.match(stdout, /round|published/, command);
      }
    },
  },
];

/** Users and groups with what a round did with each of them. */
function twoSummaries(id: string, says: string): Row {
  return {
    id,
    says,
    check: async (bench) => {
      const { daemon, simulator } = await bench.published();
      simulator.control.setGroupProperties(staffId, { description: 'Otherwise' });
      const { collections } = await daemon.round();
      assert.deepEqual([collections.users.entries.changed, collections.groups.entries.changed], [0, 1]);
    },
  };
}

async function lockedBy(bench: Bench, policy: object): Promise<readonly string[]> {
  const people = await bench.people({ policy });
  return uids(people).filter((uid) => values(people, uid, 'nsAccountLock').includes('TRUE'));
}
