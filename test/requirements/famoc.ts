import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET } from '../../src/simulator/tenant/registration.ts';
import { runProgram } from '../support/program.ts';
import { cns, peopleOf, type Row, uids, values } from './bench.ts';
import { annaId, registered } from './town.ts';

const projectFile = (path: string): string => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');

/** FAMOC manage. */
export const famoc: readonly Row[] = [
  {
    id: 'FAM-01',
    says: '"init" prints how the application is registered, and which values of it are needed',
    check: async () => {
      const { code, stdout, stderr } = await runProgram(['init', '--steps']);
      assert.equal(code, 0, stderr);
      for (const said of [/App registrations > New registration/, /Directory \(tenant\) ID/, /User\.Read\.All/])
        assert.match(stdout, said);
    },
  },
  {
    id: 'FAM-02',
    says: 'the tenant is named in the configuration, and nothing asks for a redirect URI',
    check: async (bench) => {
      const { code, stdout } = await runProgram(['config', 'check', '--config', await bench.file()]);
      assert.equal(code, 0, stdout);
      assert.match(await bench.problems({ tenant: { redirectUri: 'https://localhost' } }), /redirectUri/);
    },
  },
  {
    id: 'FAM-03',
    says: 'application permissions are enough: no delegated one is asked for while the tenant is read',
    check: async (bench) => {
      const permissions = ['User.Read.All', 'GroupMember.Read.All'];
      await bench.published({ bind: { entra: { enabled: false } } }, registered({ permissions }));
    },
  },
  {
    id: 'FAM-04',
    says: 'the directory-wide permission alone is enough',
    check: async (bench) => void (await bench.published({}, registered({ permissions: ['Directory.Read.All'] }))),
  },
  {
    id: 'FAM-05',
    says: 'a missing consent is named with the permission that it is missing for',
    check: async (bench) => {
      const { daemon } = await bench.stage({}, registered({ adminConsent: false }));
      const { outcome, error } = await daemon.round();
      assert.equal(outcome, 'failed');
      assert.match(error ?? '', /User\.Read\.All.*admin consent/);
    },
  },
  {
    id: 'FAM-06',
    says: 'the end of a secret is known and told',
    check: async (bench) => {
      const secretExpires = '2026-12-01';
      const credential = { secret: DEFAULT_CLIENT_SECRET, secretExpires };
      const { daemon } = await bench.published({ tenant: { credential } });
      assert.equal(daemon.graph.credentials()[0]?.expiresAtMs, Date.UTC(2026, 11, 1));
    },
  },
  {
    id: 'FAM-07',
    says: 'a secret comes from a file or the environment, and appears nowhere',
    check: async (bench) => {
      const folder = bench.newFolder();
      writeFileSync(join(folder, 'secret'), `${DEFAULT_CLIENT_SECRET}\n`);
      const credential = { secret: `\${file:${join(folder, 'secret')}}` };
      const { daemon } = await bench.published({ tenant: { credential } });
      const told = JSON.stringify([daemon.log.events, daemon.graph.credentials(), await bench.config({})]);
      assert.ok(!told.includes(DEFAULT_CLIENT_SECRET));
    },
  },
  {
    id: 'FAM-08',
    says: 'checking a configuration imports nothing',
    check: async (bench) => {
      const file = await bench.file();
      const { code, stdout } = await runProgram(['check', '--config', file]);
      assert.equal(code, 0, stdout);
      assert.ok(!existsSync(join(dirname(file), 'store')));
    },
  },
  {
    id: 'FAM-09',
    says: 'a configuration has a name for people, the client id, the tenant id and the secret',
    check: async (bench) => {
      const { daemon } = await bench.published({ tenant: { displayName: 'Our phones, all of them' } });
      assert.equal(daemon.config.tenant.displayName, 'Our phones, all of them');
      assert.equal(daemon.config.tenant.clientId, DEFAULT_CLIENT_ID);
    },
  },
  {
    id: 'FAM-10',
    says: 'a wrong secret or client is refused with its cause, and nothing is served',
    check: async (bench) => {
      const wrong = [
        [{ credential: { secret: 'not-the-right-Secret~1' } }, /AADSTS7000215/],
        [{ clientId: '99999999-2222-4333-8444-555555555555' }, /AADSTS700016/],
      ] as const;
      for (const [tenant, cause] of wrong) {
        const { daemon } = await bench.stage({ tenant });
        const { outcome, error } = await daemon.round();
        assert.equal(outcome, 'failed');
        assert.match(error ?? '', cause);
        assert.equal(await daemon.search({}), undefined);
      }
    },
  },
  {
    id: 'FAM-11',
    says: 'which property of a user an attribute shows can be chosen',
    check: async (bench) => {
      const people = await bench.people({ users: { attributes: { title: 'department', pager: 'mobilePhone' } } });
      assert.deepEqual(values(people, 'anna', 'title'), ['Sales']);
      assert.deepEqual(values(people, 'anna', 'pager'), ['+49 170 1234']);
    },
  },
  {
    id: 'FAM-12',
    says: 'which property of a group an attribute shows can be chosen',
    check: async (bench) => {
      const people = await bench.people({ groups: { attributes: { description: 'mail' } } });
      assert.deepEqual(values(people, 'Staff', 'description'), ['staff@contoso.com']);
    },
  },
  {
    id: 'FAM-13',
    says: 'users and groups have a filter each',
    check: async (bench) => {
      const filters = { users: { filter: "department eq 'Sales'" }, groups: { filter: 'mailEnabled eq true' } };
      const people = await bench.people(filters);
      assert.deepEqual(uids(people), ['anna', 'kim']);
      assert.deepEqual(cns(people), ['LDAP-List', 'Mail and rights', 'Staff']);
    },
  },
  {
    id: 'FAM-14',
    says: 'rounds come every 30 minutes, and at least every 24 hours',
    check: async (bench) => {
      const { daemon } = await bench.published({});
      assert.equal(daemon.config.sync.intervalMs, 30 * 60_000);
      assert.equal(await bench.problems({ sync: { interval: '24h' } }), '');
      assert.match(await bench.problems({ sync: { interval: '24h1m' } }), /sync\.interval/);
    },
  },
  filtered('FAM-15', 'users', "?$filter=startswith(givenName, 'J')", ['jack']),
  filtered('FAM-16', 'groups', "?$filter=displayName in ('Inner')", ['Inner']),
  filtered('FAM-17', 'users', `?$filter=id in ('${annaId}')`, ['anna']),
  filtered('FAM-18', 'users', "department in ('Retail','Sales')", ['anna', 'ben', 'jack', 'kim']),
  {
    id: 'FAM-19',
    says: 'the example configuration and the documentation link the syntax of filters',
    check: async () => {
      for (const path of ['config/entra-ldapd.example.yaml', 'docs/scope.md'])
        assert.match(projectFile(path), /learn\.microsoft\.com\/graph\/filter-query-parameter/);
      return await Promise.resolve();
    },
  },
  filtered('FAM-20', 'users', "endsWith(userPrincipalName,'@fabrikam.com')", ['kim']),
  {
    id: 'FAM-21',
    says: '"filter test" tells how many a filter lets through and shows some, or what Microsoft Graph objects to',
    check: async (bench) => {
      const found = JSON.stringify(await bench.json('filter', 'test', 'users', "department eq 'Sales'"));
      assert.match(found, /"count":2/);
      assert.match(found, /anna@contoso\.com/);
      const { code, stdout, stderr } = await bench.command('filter', 'test', 'users', "departmint eq 'Sales'");
      assert.notEqual(code, 0);
      assert.match(stdout + stderr, /departmint/);
    },
  },
  {
    id: 'FAM-22',
    says: 'the first round begins as soon as the daemon runs',
    check: async (bench) => {
      const { daemon, time } = await bench.stage();
      daemon.run();
      await time.untilIdle();
      assert.equal(daemon.sync.last?.outcome, 'published');
    },
  },
  {
    id: 'FAM-23',
    says: 'a round ends with a summary of what was imported',
    check: async (bench) => {
      const { daemon } = await bench.published();
      const { users, groups } = daemon.sync.last?.collections ?? assert.fail('there is a summary');
      assert.deepEqual([users.entries.created, groups.entries.created], [7, 9]);
      assert.deepEqual(users.skipped, { guest: 1 });
    },
  },
  {
    id: 'FAM-24',
    says: 'a daemon that works says so',
    check: async (bench) => {
      const { config } = await bench.served();
      const { code, stdout } = await runProgram(['status', '--config', config]);
      assert.equal(code, 0);
      assert.match(stdout, /is serving\.$/m);
    },
  },
  {
    id: 'FAM-25',
    says: 'imported users and groups are listed',
    check: async (bench) => {
      assert.match(JSON.stringify(await bench.json('users')), /"anna@contoso\.com"/);
      assert.match(JSON.stringify(await bench.json('groups')), /"Staff"/);
    },
  },
  {
    id: 'FAM-26',
    says: "removing the connection takes the tenant's data away, after it was confirmed",
    check: async (bench) => {
      const file = await bench.file();
      assert.equal((await runProgram(['sync', '--config', file])).code, 0);
      assert.notEqual((await runProgram(['purge', '--config', file], { input: 'no\n' })).code, 0);
      assert.match((await runProgram(['users', '--config', file])).stdout, /anna/);
      assert.equal((await runProgram(['purge', '--yes', '--config', file])).code, 0);
      assert.doesNotMatch((await runProgram(['users', '--config', file])).stdout, /anna/);
    },
  },
  {
    id: 'FAM-27',
    says: 'a round can be asked for at any time',
    check: async (bench) => {
      const { daemon, time, simulator } = await bench.stage();
      daemon.run();
      await time.untilIdle();
      simulator.control.setUserProperties('anna@contoso.com', { jobTitle: 'Retired' });
      assert.ok(daemon.sync.request(false).started);
      await time.untilIdle();
      assert.deepEqual(values(await peopleOf(daemon), 'anna', 'title'), ['Retired']);
    },
  },
  {
    id: 'FAM-28',
    says: 'another configuration is taken over without losing what is known of anybody',
    check: async (bench) => {
      const { daemon, surroundings, time } = await bench.stage();
      daemon.run();
      await time.untilIdle();
      const number = values(await peopleOf(daemon), 'anna', 'uidNumber');
      assert.deepEqual(daemon.configure(surroundings, { users: { guests: true } }), []);
      await time.untilIdle();
      const people = await peopleOf(daemon);
      assert.ok(uids(people).includes('gina_home.example'));
      assert.deepEqual(values(people, 'anna', 'uidNumber'), number);
    },
  },
];

/** A filter as an administrator pastes it, and who is left. */
function filtered(id: string, collection: 'users' | 'groups', filter: string, left: readonly string[]): Row {
  return {
    id,
    says: `${collection} are those that ${filter} lets through`,
    check: async (bench) => {
      const people = await bench.people({ [collection]: { filter } });
      assert.deepEqual((collection === 'users' ? uids : cns)(people), left);
    },
  };
}
