import assert from 'node:assert/strict';
import { runProgram } from '../support/program.ts';
import { cns, peopleOf, type Row, uids, values } from './bench.ts';
import { annaId, password, registered } from './town.ts';

/** What people report of comparable servers, as far as it is about what is synchronized and how it is shown. */
export const pain: readonly Row[] = [
  {
    id: 'PAIN-05',
    says: 'a page that is missing removes nobody and empties no group',
    check: async (bench) => {
      const { daemon, simulator } = await bench.published();
      const before = await peopleOf(daemon);
      simulator.control.expireDeltaTokens();
      simulator.control.injectFault({ kind: 'truncatedBody', match: { kind: 'groupsDelta' }, after: 1, count: 50 });
      assert.equal((await daemon.round()).outcome, 'failed');
      assert.deepEqual(await peopleOf(daemon), before);
    },
  },
  {
    id: 'PAIN-06',
    says: 'before anything was published nothing is answered, not even that there is nobody',
    check: async (bench) => {
      const { daemon, simulator } = await bench.stage();
      simulator.control.injectFault({ kind: 'forbidden', match: { kind: 'groupsDelta' } });
      assert.equal((await daemon.round()).outcome, 'failed');
      assert.equal(await daemon.search({ filter: '(uid=anna)' }), undefined);
    },
  },
  {
    id: 'PAIN-07',
    says: 'two people of one short name, and two groups of one name, stay two',
    check: async (bench) => {
      const people = await bench.people();
      assert.deepEqual(
        uids(people).filter((uid) => uid.startsWith('kim')),
        ['kim', 'kim@fabrikam.com'],
      );
      assert.deepEqual(values(people, 'kim', 'userPrincipalName'), ['kim@contoso.com'], 'the older has the short name');
      const twins = cns(people).filter((cn) => cn.startsWith('Twins'));
      const members = twins.map((cn) => values(people, cn, 'memberUid').join(' '));
      assert.deepEqual(members.toSorted(), ['anna', 'plain']);
    },
  },
  {
    id: 'PAIN-08',
    says: 'numbers come from ranges that share none, and ranges that do are refused',
    check: async (bench) => {
      const people = await bench.people();
      const numbers = [
        ...uids(people).flatMap((uid) => values(people, uid, 'uidNumber')),
        ...cns(people).flatMap((cn) => values(people, cn, 'gidNumber')),
      ];
      assert.equal(new Set(numbers).size, people.size);
      const overlapping = {
        users: { uidNumbers: { from: 1000, to: 5000 } },
        groups: { gidNumbers: { from: 5000, to: 6000 } },
      };
      assert.match(await bench.problems(overlapping), /gidNumbers|uidNumbers/);
    },
  },
  {
    id: 'PAIN-09',
    says: 'who is renamed keeps the number, the groups and the entryUUID',
    check: async (bench) => {
      const { daemon, simulator } = await bench.published();
      const before = await peopleOf(daemon);
      simulator.control.renameUser('anna@contoso.com', 'anna.berg@contoso.com');
      simulator.control.renameGroup('Inner', 'Innermost');
      assert.equal((await daemon.round()).outcome, 'published');
      const after = await peopleOf(daemon);
      assert.deepEqual(values(after, 'anna.berg', 'entryUUID'), [annaId]);
      for (const attribute of ['uidNumber', 'memberOf'])
        assert.deepEqual(values(after, 'anna.berg', attribute), values(before, 'anna', attribute));
      assert.deepEqual(values(after, 'Innermost', 'gidNumber'), values(before, 'Inner', 'gidNumber'));
      assert.deepEqual(values(after, 'Innermost', 'memberUid'), values(before, 'Inner', 'memberUid'));
    },
  },
  {
    id: 'PAIN-10',
    says: 'people sign in by short name, user principal name, mail address, DN and DOMAIN\\name, in any letter case',
    check: async (bench) => {
      const dn = 'UID=Anna,ou=users,dc=contoso,dc=com';
      for (const name of ['Anna', 'ANNA@contoso.com', 'anna.Lindstroem@contoso.com', 'CONTOSO\\anna', dn])
        assert.equal(await bench.bindCode(name, password), 0, name);
    },
  },
  {
    id: 'PAIN-11',
    says: 'guests are off, and have readable names when they are on',
    check: async (bench) => {
      assert.ok(!uids(await bench.people()).some((uid) => uid.startsWith('gina')));
      assert.ok(uids(await bench.people({ users: { guests: true } })).includes('gina_home.example'));
    },
  },
  {
    id: 'PAIN-12',
    says: 'nested groups count, in circles too, in both directions',
    check: async (bench) => {
      const people = await bench.people();
      for (const group of ['Inner', 'Deeper']) assert.deepEqual(values(people, group, 'memberUid'), ['dora', 'kim']);
      const groups = ['Deeper', 'Inner', 'Staff'].map((cn) => `cn=${cn},ou=groups,dc=example,dc=com`);
      assert.deepEqual(values(people, 'dora', 'memberOf'), groups);
    },
  },
  {
    id: 'PAIN-18',
    says: 'extension attributes, phones, the manager and whether an account is enabled are served',
    check: async (bench) => {
      const people = await bench.people({ users: { attributes: { manager: 'manager' } } });
      assert.deepEqual(values(people, 'anna', 'telephoneNumber'), ['+49 30 1234']);
      assert.deepEqual(values(people, 'anna', 'extensionAttribute1'), ['badge 7']);
      assert.deepEqual(values(people, 'ben', 'accountEnabled'), ['FALSE']);
      assert.deepEqual(values(people, 'anna', 'manager'), ['uid=jack,ou=users,dc=example,dc=com']);
    },
  },
  {
    id: 'PAIN-20',
    says: 'serving, serving something old and holding back are told apart',
    check: async (bench) => {
      const { config, simulator } = await bench.served();
      const state = async (): Promise<string> => {
        const { stdout } = await runProgram(['status', '--json', '--config', config]);
        return (JSON.parse(stdout) as { readonly state: string }).state;
      };
      assert.equal(await state(), 'serving');
      simulator.control.injectFault({ kind: 'forbidden', match: { kind: 'usersDelta' } });
      const { code } = await runProgram(['sync', '--config', config]);
      assert.equal(code, 4);
      assert.equal(await state(), 'stale');
      assert.equal((await runProgram(['sync', '--config', config])).code, 0);
    },
  },
  {
    id: 'PAIN-21',
    says: 'two permissions are enough, and what needs another says which',
    check: async (bench) => {
      const tenant = registered({ permissions: ['User.Read.All', 'GroupMember.Read.All'] });
      await bench.published({}, tenant);
      const { daemon } = await bench.stage({ sync: { assignedOnly: true } }, tenant);
      assert.match((await daemon.round()).error ?? '', /Application\.Read\.All/);
    },
  },
];
