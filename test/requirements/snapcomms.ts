import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { runProgram } from '../support/program.ts';
import { cns, peopleOf, type Row, uids, values } from './bench.ts';
import { countsNameless } from './federated-directory.ts';
import { registered, staffId } from './town.ts';

/** SnapComms. */
export const snapcomms: readonly Row[] = [
  {
    id: 'SNP-02',
    says: 'people from an on-premises directory are one with their account in Entra, and can be chosen or left out',
    check: async (bench) => {
      assert.deepEqual(uids(await bench.people({ users: { accountTypes: ['synchronized'] } })), ['dora']);
      const people = await bench.people();
      assert.equal(uids(people).filter((uid) => uid.startsWith('d')).length, 1);
      assert.deepEqual(values(people, 'dora', 'onPremisesSamAccountName'), ['DLEGAL']);
    },
  },
  {
    id: 'SNP-04',
    says: 'nested groups and Microsoft 365 groups have their members',
    check: async (bench) => {
      const people = await bench.people();
      assert.deepEqual(values(people, 'Staff', 'memberUid'), ['anna', 'dora', 'jack', 'kim']);
    },
  },
  {
    id: 'SNP-05',
    says: 'extension attributes are served',
    check: async (bench) => {
      const people = await bench.people({ users: { attributes: { employeeNumber: 'extensionAttribute1' } } });
      assert.deepEqual(values(people, 'anna', 'employeeNumber'), ['badge 7']);
      assert.deepEqual(values(await bench.people(), 'anna', 'extensionAttribute1'), ['badge 7']);
    },
  },
  { id: 'SNP-06', says: 'users without a user principal name are counted', check: () => countsNameless() },
  {
    id: 'SNP-07',
    says: 'what is said here of somebody known by user principal name is added to the entry that there is',
    check: async (bench) => {
      const file = join(bench.newFolder(), 'rooms.yaml');
      writeFileSync(file, 'overrides:\n  anna@contoso.com: {roomNumber: "12"}\n');
      const people = await bench.people({ overlay: { files: [file] } });
      assert.deepEqual(values(people, 'anna', 'roomNumber'), ['12']);
      assert.deepEqual(values(people, 'anna', 'title'), ['Head of Sales']);
    },
  },
  {
    id: 'SNP-08',
    says: 'a source has a name for people, and an address that can be set',
    check: async (bench) => {
      const result = await bench.config({ tenant: { displayName: 'Alerts', graphUrl: 'https://graph.example.com' } });
      assert.ok(result.ok);
      const { displayName, graphUrl } = result.config.tenant;
      assert.deepEqual([displayName, graphUrl], ['Alerts', 'https://graph.example.com']);
    },
  },
  {
    id: 'SNP-09',
    says: 'the groups to synchronize are chosen',
    check: async (bench) => {
      const people = await bench.people({ groups: { filter: "displayName in ('Staff','Inner')" } });
      assert.deepEqual(cns(people), ['Inner', 'Staff']);
    },
  },
  {
    id: 'SNP-10',
    says: 'who begins with one group and widens later changes no number and no name',
    check: async (bench) => {
      const pilot = await bench.published({ users: { memberOf: ['Inner'] } });
      const before = await peopleOf(pilot.daemon);
      assert.deepEqual(uids(before), ['dora', 'kim']);
      await pilot.daemon[Symbol.asyncDispose]();
      const { daemon } = await bench.restage(pilot.surroundings, {});
      assert.equal((await daemon.round()).outcome, 'published');
      const after = await peopleOf(daemon);
      assert.equal(uids(after).length, 7);
      for (const uid of uids(before))
        assert.deepEqual(values(after, uid, 'uidNumber'), values(before, uid, 'uidNumber'));
    },
  },
  {
    id: 'SNP-11',
    says: 'a secret shows itself to nobody who prints it',
    check: async (bench) => {
      const secret = 'Some~Secret.Value-0123456789';
      const result = await bench.config({ tenant: { credential: { secret } } });
      assert.ok(result.ok);
      assert.ok(!JSON.stringify(result).includes(secret) && !inspect(result, { depth: 10 }).includes(secret));
    },
  },
  {
    id: 'SNP-12',
    says: 'the connection is tried before anything is stored',
    check: async (bench) => {
      const file = await bench.file({ tenant: { credential: { secret: 'not-the-right-Secret~1' } } });
      const { code, stdout } = await runProgram(['check', '--config', file]);
      assert.equal(code, 4);
      assert.match(stdout, /AADSTS7000215/);
    },
  },
  {
    id: 'SNP-13',
    says: 'with create off, who is known is updated and removed, and nobody comes in',
    check: async (bench) => {
      const first = await bench.published();
      await first.daemon[Symbol.asyncDispose]();
      const { daemon, simulator } = await bench.restage(first.surroundings, { sync: { create: false } });
      simulator.control.addUser({ userPrincipalName: 'new@contoso.com' });
      simulator.control.setUserProperties('anna@contoso.com', { jobTitle: 'Retired' });
      simulator.control.removeUser('plain@contoso.com');
      assert.equal((await daemon.round()).outcome, 'published');
      const people = await peopleOf(daemon);
      assert.deepEqual(uids(people), ['anna', 'ben', 'dora', 'jack', 'kim', 'kim@fabrikam.com']);
      assert.deepEqual(values(people, 'anna', 'title'), ['Retired']);
    },
  },
  {
    id: 'SNP-14',
    says: 'only who is assigned is read when that is wanted',
    check: async (bench) => {
      assert.deepEqual(uids(await bench.people({ sync: { assignedOnly: true } })), ['jack', 'plain']);
    },
  },
  {
    id: 'SNP-15',
    says: 'everything can be read from the beginning, with progress to the end',
    check: async (bench) => {
      const { code, stderr } = await bench.command('sync', '--full');
      assert.equal(code, 0, stderr);
      assert.match(stderr, /reading users/);
    },
  },
  {
    id: 'SNP-16',
    says: 'the interval is chosen, 40 minutes too',
    check: async (bench) => {
      const result = await bench.config({ sync: { interval: '40m' } });
      assert.ok(result.ok && result.config.sync.intervalMs === 40 * 60_000);
    },
  },
  {
    id: 'SNP-17',
    says: 'imported groups can be looked at, with their members',
    check: async (bench) => {
      const { code, stdout } = await bench.command('explain', 'group', 'Staff');
      assert.equal(code, 0);
      assert.match(stdout, /Inner/);
    },
  },
  {
    id: 'SNP-18',
    says: '"attributes discover" lists what the tenant has, with values, and how to map it',
    check: async (bench) => {
      const told = JSON.stringify(await bench.json('attributes', 'discover', 'users'));
      assert.match(told, /employeeType/);
      assert.match(told, /badge 7/);
    },
  },
  {
    id: 'SNP-19',
    says: 'a check says whether the tenant is hybrid',
    check: async (bench) => {
      const { stdout } = await runProgram(['check', '--config', await bench.file()]);
      assert.match(stdout, /hybrid|cloud-only/);
    },
  },
  {
    id: 'SNP-20',
    says: 'every kind of group is shown, and kinds can be chosen',
    check: async (bench) => {
      assert.equal(cns(await bench.people()).length, 9);
      assert.deepEqual(cns(await bench.people({ groups: { types: ['distribution'] } })), ['LDAP-List']);
      assert.deepEqual(cns(await bench.people({ groups: { membershipTypes: ['dynamic'] } })), ['LDAP-Dynamic']);
      assert.deepEqual(cns(await bench.people({ groups: { types: ['mailEnabledSecurity'] } })), ['Mail and rights']);
    },
  },
  {
    id: 'SNP-21',
    says: 'groups are chosen by what their name begins with',
    check: async (bench) => {
      const people = await bench.people({ groups: { filter: "startsWith(displayName, 'LDAP-')" } });
      assert.deepEqual(cns(people), ['LDAP-Dynamic', 'LDAP-List']);
    },
  },
  {
    id: 'SNP-22',
    says: 'what people are known by is chosen',
    check: async (bench) => {
      assert.ok(uids(await bench.people({ users: { uidFrom: 'mailNickname' } })).includes('annika'));
      assert.ok(uids(await bench.people({ users: { uidFrom: 'userPrincipalName' } })).includes('anna@contoso.com'));
    },
  },
  {
    id: 'SNP-23',
    says: 'one round alone can be run by a scheduler',
    check: async (bench) => {
      const { code, stdout, stderr } = await runProgram(['sync', '--once', '--config', await bench.file()]);
      assert.equal(code, 0, stderr);
      assert.match(stdout, /published/);
    },
  },
  {
    id: 'SNP-24',
    says: 'further attributes come from a CSV file',
    check: async (bench) => {
      const file = join(bench.newFolder(), 'badges.csv');
      writeFileSync(file, 'employeeId,roomNumber\nE7,R 7\n');
      assert.deepEqual(values(await bench.people({ overlay: { files: [file] } }), 'anna', 'roomNumber'), ['R 7']);
    },
  },
  {
    id: 'SNP-25',
    says: 'every entry tells which object of the tenant it comes from, and who has made it',
    check: async (bench) => {
      const people = await bench.people();
      assert.deepEqual(values(people, 'Staff', 'entryUUID'), [staffId]);
      for (const [name, { creatorsName }] of people) assert.ok(creatorsName?.length === 1, name);
    },
  },
  {
    id: 'SNP-26',
    says: 'the permissions that others ask for are enough, and the right to export is not needed',
    check: async (bench) => {
      const permissions = ['Group.Read.All', 'GroupMember.Read.All', 'User.Read.All'];
      await bench.published({}, registered({ permissions }));
    },
  },
  {
    id: 'SNP-27',
    says: 'the id of a secret in place of its value is recognized before anybody is asked',
    check: async (bench) => {
      const credential = { secret: '99999999-9999-4999-8999-999999999999' };
      assert.match(await bench.problems({ tenant: { credential } }), /ID of a client secret, not its value/);
    },
  },
];
