import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { runProgram } from '../support/program.ts';
import { cns, type Row, uids, values } from './bench.ts';
import { registered } from './town.ts';

const example = fileURLToPath(new URL('../../../config/entra-ldapd.example.yaml', import.meta.url));
const readme = new URL('../../../README.md', import.meta.url);

/** Oomnitza. */
export const oomnitza: readonly Row[] = [
  {
    id: 'OOM-01',
    says: 'people are pulled from Entra into the store',
    check: async (bench) => {
      const expected = ['anna', 'ben', 'dora', 'jack', 'kim', 'kim@fabrikam.com', 'plain'];
      assert.deepEqual(uids(await bench.people()), expected);
    },
  },
  {
    id: 'OOM-02',
    says: 'the usual properties are mapped without a word in the configuration',
    check: async (bench) => {
      const people = await bench.people();
      const usual = {
        department: 'Sales',
        givenName: 'Anna',
        accountEnabled: 'TRUE',
        title: 'Head of Sales',
        mail: 'anna.lindstroem@contoso.com',
        mailNickname: 'annika',
        sn: 'Lindström',
        userPrincipalName: 'anna@contoso.com',
      };
      for (const [name, value] of Object.entries(usual)) assert.deepEqual(values(people, 'anna', name), [value], name);
    },
  },
  {
    id: 'OOM-03',
    says: 'mappings of its own have a place in the configuration',
    check: async (bench) => {
      const people = await bench.people({ users: { attributes: { roomNumber: 'officeLocation' } } });
      assert.deepEqual(values(people, 'anna', 'roomNumber'), ['B 12']);
    },
  },
  {
    id: 'OOM-04',
    says: 'tenant, client and secret are all that a configuration needs',
    check: async (bench) =>
      assert.match(
        await bench.problems({ directory: undefined }),
        /^directory needs baseDn, or follows from the primary domain of the tenant, which was not asked yet[^\n]*$/,
      ),
  },
  {
    id: 'OOM-05',
    says: 'the role that an administrator needs, and how long a secret lasts, are explained',
    check: async () => {
      const text = `${readFileSync(readme, 'utf8')}${(await runProgram(['init', '--help'])).stdout}`;
      assert.match(text, /Administrator/i);
      assert.match(readFileSync(example, 'utf8'), /choose a long expiry/);
    },
  },
  {
    id: 'OOM-06',
    says: 'the directory-wide permission alone is enough',
    check: async (bench) => void (await bench.published({}, registered({ permissions: ['Directory.Read.All'] }))),
  },
  {
    id: 'OOM-07',
    says: 'nothing but Microsoft Graph is asked',
    check: async (bench) => {
      const { simulator } = await bench.published();
      const { requests } = simulator.control.statistics();
      assert.equal(requests['other'], undefined);
      assert.ok((requests['usersDelta'] ?? 0) > 0);
      assert.doesNotMatch(readFileSync(example, 'utf8'), /graph\.windows\.net/);
    },
  },
  {
    id: 'OOM-08',
    says: 'a missing consent is found by a check',
    check: async (bench) => {
      const file = await bench.file({}, registered({ adminConsent: false }));
      const { code, stdout } = await runProgram(['check', '--config', file]);
      assert.equal(code, 4);
      assert.match(stdout, /consent/);
    },
  },
  {
    id: 'OOM-09',
    says: 'the connection is turned on and off by a line',
    check: async (bench) => {
      const people = await bench.people({ users: { enabled: false }, groups: { enabled: false } });
      assert.deepEqual([uids(people), cns(people)], [[], []]);
    },
  },
  {
    id: 'OOM-10',
    says: 'who is new has a primary group and the values that are set for all',
    check: async (bench) => {
      const attributes = { employeeType: { constant: 'Role 25' } };
      const people = await bench.people({ users: { attributes, primaryGroup: { gidNumber: 2_000_000_000 } } });
      assert.deepEqual(values(people, 'plain', 'gidNumber'), ['2000000000']);
      assert.deepEqual(values(people, 'plain', 'employeeType'), ['Role 25']);
    },
  },
  {
    id: 'OOM-11',
    says: 'a default value counts only where the tenant has none',
    check: async (bench) => {
      const attributes = { employeeType: { from: 'employeeType', default: 'Employee' } };
      const people = await bench.people({ users: { attributes } });
      assert.deepEqual(values(people, 'anna', 'employeeType'), ['Manager']);
      assert.deepEqual(values(people, 'plain', 'employeeType'), ['Employee']);
    },
  },
  {
    id: 'OOM-12',
    says: 'a whole example is shipped, and "config check" accepts it',
    check: async () => {
      const hash = `$2b$12$${'a'.repeat(53)}`;
      const env = { ENTRA_CLIENT_SECRET: 'Some~Secret.Value-0123456789', GITLAB_PASSWORD_HASH: hash };
      const { code, stdout, stderr } = await runProgram(['config', 'check', '--config', example], { env });
      assert.equal(code, 0, stdout + stderr);
    },
  },
];
