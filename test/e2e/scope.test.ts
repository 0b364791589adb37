import assert from 'node:assert/strict';
import { parseTenant } from '../../src/simulator/tenant-file.ts';
import type { ConfigChanges } from '../support/daemon-config.ts';
import { DaemonOnSimulator } from '../support/daemon-on-simulator.ts';
import type { Ended } from '../support/program.ts';
import { parseLdif } from '../support/ldif-text.ts';

type Properties = Readonly<Record<string, unknown>>;

function person(name: string, properties: Properties): Properties {
  return { userPrincipalName: `${name}@contoso.com`, displayName: name, givenName: name, ...properties };
}

const outerId = '00000000-0000-4000-8000-0000000000aa';

/** People of three departments; `Outer` holds `Inner`, which holds Judy. */
const tenantText = JSON.stringify({
  tenant: { id: '11111111-2222-4333-8444-555555555555', domains: ['contoso.com', 'fabrikam.com'] },
  users: [
    person('jack', { department: 'Retail' }),
    person('judy', { department: 'Sales', companyName: 'R&D + Co' }),
    person('kim', { department: 'Sales' }),
    person('lee', { department: 'Legal', mail: "lee.o'neil@contoso.com" }),
    person('max', { userPrincipalName: 'max@fabrikam.com' }),
  ],
  groups: [
    { displayName: 'Inner', members: ['judy@contoso.com'] },
    { displayName: 'Outer', id: outerId, members: ['Inner', 'kim@contoso.com'] },
    { displayName: 'LDAP-All', members: ['jack@contoso.com', 'lee@contoso.com', 'max@fabrikam.com'] },
  ],
  assignments: ['judy@contoso.com', 'LDAP-All'],
});

describe('the scope of the configuration', function () {
  this.timeout(300_000);
  let daemon: DaemonOnSimulator;

  beforeEach(async () => {
    daemon = await DaemonOnSimulator.open({ tenant: parseTenant(tenantText, 'scope') });
  });

  afterEach(() => daemon[Symbol.asyncDispose]());

  function sync(changes: ConfigChanges, ...options: readonly string[]): Promise<Ended> {
    daemon.configure(changes);
    return daemon.run('sync', ...options);
  }

  /** What is served: the short names of users and the names of groups, with the members of each. */
  async function served(): Promise<Readonly<Record<string, readonly string[]>>> {
    const { code, stdout, stderr } = await daemon.run('export');
    assert.equal(code, 0, stderr);
    const names = parseLdif(stdout).flatMap((record) => {
      const dn = String(record.get('dn'));
      const name = /^(?:uid|cn)=([^,]+),ou=(?:users|groups),/.exec(dn)?.[1];
      if (name === undefined || name === 'domain-users') return [];
      return [[name, (record.get('memberUid') ?? []).map(String).toSorted()] as const];
    });
    return Object.fromEntries(names.toSorted(([a], [b]) => (a < b ? -1 : 1)));
  }

  async function synced(changes: ConfigChanges, ...options: readonly string[]): Promise<ReturnType<typeof served>> {
    const { code, stderr } = await sync(changes, ...options);
    assert.equal(code, 0, stderr);
    return await served();
  }

  it("imports who a pasted filter lets through, with or without '?$filter=' and encoded (FAM-13, FAM-15, FAM-18)", async () => {
    const names = async (filter: string): Promise<readonly string[]> =>
      Object.keys(await synced({ users: { filter }, groups: { filter: "displayName eq 'nobody'" } }));
    assert.deepEqual(await names("?$filter=startswith(givenName, 'J')"), ['jack', 'judy']);
    assert.deepEqual(await names("$filter=department in ('Retail','Sales')"), ['jack', 'judy', 'kim']);
    assert.deepEqual(await names('%24filter=department%20eq%20%27Legal%27&$count=true'), ['lee']);
    assert.deepEqual(await names("companyName eq 'R&D + Co' or mail eq 'lee.o''neil@contoso.com'"), ['judy', 'lee']);
  });

  it('sends advanced queries as such: endsWith, not, ne and $count work (FAM-20)', async () => {
    const names = async (filter: string): Promise<readonly string[]> =>
      Object.keys(await synced({ users: { filter }, groups: { filter: "displayName eq 'nobody'" } }));
    assert.deepEqual(await names("endsWith(userPrincipalName,'@fabrikam.com')"), ['max']);
    assert.deepEqual(await names("not startsWith(displayName,'j') and department ne 'Legal'"), ['kim', 'max']);
  });

  it('imports exactly the groups that a filter lets through, with members through groups that it does not (FAM-16, P1)', async () => {
    assert.deepEqual(await synced({ groups: { filter: "?$filter=displayName in ('Outer')" } }), {
      Outer: ['judy', 'kim'],
      jack: [],
      judy: [],
      kim: [],
      lee: [],
      max: [],
    });
    assert.deepEqual(Object.keys(await synced({ groups: { filter: `id in ('${outerId}')` } })).slice(0, 2), [
      'Outer',
      'jack',
    ]);
  });

  it('takes in and lets go who comes into and out of scope, between two configurations and between two rounds', async () => {
    const sales = { users: { filter: "department eq 'Sales'" } };
    assert.deepEqual(Object.keys(await synced(sales)), ['Inner', 'LDAP-All', 'Outer', 'judy', 'kim']);
    daemon.simulator.control.setUserProperties('lee@contoso.com', { department: 'Sales' });
    daemon.simulator.control.setUserProperties('kim@contoso.com', { department: 'Legal' });
    const moved = await synced(sales);
    assert.deepEqual(Object.keys(moved), ['Inner', 'LDAP-All', 'Outer', 'judy', 'lee']);
    assert.deepEqual([moved['LDAP-All'], moved['Outer']], [['lee'], ['judy']]);
    const all = await synced({});
    assert.deepEqual(all['LDAP-All'], ['jack', 'lee', 'max']);
  });

  it('holds a change of the scope that would remove most people, until it is approved (P4)', async () => {
    const before = await synced({});
    const retail = { users: { filter: "department eq 'Retail'" } };
    assert.equal((await sync(retail)).code, 9);
    assert.deepEqual(await served(), before);
    const approved = await daemon.run('sync', 'approve');
    assert.equal(approved.code, 0, approved.stderr);
    assert.deepEqual(Object.keys(await synced(retail)), ['Inner', 'LDAP-All', 'Outer', 'jack']);
  });

  it('reads only members of given groups, nested ones included, and later more of them under the same numbers (FAM-17, SNP-09, SNP-10)', async () => {
    const numbers = async (): Promise<readonly string[]> => {
      const { stdout } = await daemon.run('export');
      return parseLdif(stdout).flatMap((record) =>
        (record.get('uid') ?? []).map((uid) => `${String(uid)} ${String(record.get('uidNumber'))}`),
      );
    };
    assert.deepEqual(Object.keys(await synced({ users: { memberOf: ['outer'] } })).slice(3), ['judy', 'kim']);
    const first = await numbers();
    const wider = { users: { memberOf: [outerId, 'LDAP-All'] } };
    assert.deepEqual(Object.keys(await synced(wider)).slice(3), ['jack', 'judy', 'kim', 'lee', 'max']);
    const second = await numbers();
    for (const number of first) assert.ok(second.includes(number), number);
    daemon.simulator.control.leave('LDAP-All', 'max@fabrikam.com');
    assert.deepEqual(Object.keys(await synced(wider)).slice(3), ['jack', 'judy', 'kim', 'lee']);
    const unknown = await sync({ users: { memberOf: ['Nobody here'] } });
    assert.equal(unknown.code, 4);
    assert.match(unknown.stdout, /users\.memberOf names a group that does not exist: Nobody here/);
  });

  it('reads only what is assigned to the enterprise application: users directly or by a group (FED-17, SNP-14)', async () => {
    const assigned = await synced({ sync: { assignedOnly: true } });
    assert.deepEqual(Object.keys(assigned), ['LDAP-All', 'jack', 'judy', 'lee', 'max']);
    assert.deepEqual(assigned['LDAP-All'], ['jack', 'lee', 'max']);
  });

  it('reads no groups when they are off, and asks nobody for them (FED-15, FOX-11)', async () => {
    assert.deepEqual(Object.keys(await synced({ groups: { enabled: false } })), ['jack', 'judy', 'kim', 'lee', 'max']);
    assert.equal(daemon.simulator.control.statistics().requests['groupsDelta'] ?? 0, 0);
    assert.deepEqual(Object.keys(await synced({})).slice(0, 3), ['Inner', 'LDAP-All', 'Outer']);
  });

  it("passes on Graph's own words for a filter that it refuses, and removes nobody (FAM-21, P2)", async () => {
    await synced({});
    const before = await served();
    const wrong = await sync({ users: { filter: "departmen eq 'Sales'" } });
    assert.equal(wrong.code, 4, wrong.stdout);
    assert.match(
      wrong.stdout,
      /users\.filter is refused\. Microsoft Graph says: Could not find a property named 'departmen'/,
    );
    const names = Array.from({ length: 18 }, (_, index) => `'d${index}'`).join(',');
    const long = await sync({ users: { filter: `department in (${names})` } });
    assert.match(long.stdout, /Max allowed: 15\. A filter can have at most 15 alternatives/);
    assert.deepEqual(await served(), before);
  });

  it('tries a filter without importing anything: count, some of them, or what Graph objects to (FAM-21)', async () => {
    daemon.configure({ users: { filter: "department eq 'Sales'" } });
    const run = (...words: readonly string[]): Promise<Ended> => daemon.run('filter', 'test', ...words);
    const found = await run('users', "?$filter=startswith(givenName, 'j')");
    assert.equal(found.code, 0, found.stderr);
    assert.match(found.stdout, /^The filter lets 2 users through:\n\njack +jack@contoso\.com +[0-9a-f-]{36}\njudy /);
    const json = await run('groups', "startsWith(displayName,'LDAP')", '--json', '--sample', '1');
    const { count, sample } = JSON.parse(json.stdout) as { count: number; sample: readonly { displayName: string }[] };
    assert.deepEqual([count, sample.map(({ displayName }) => displayName)], [1, ['LDAP-All']]);
    assert.match((await run('users')).stdout, /^The filter lets 2 users through:\n\njudy /);
    assert.match((await run('users', "department eq 'none'")).stdout, /^The filter lets no user through\.$/m);
    const refused = await run('groups', "departmen eq 'x'");
    assert.equal(refused.code, 4);
    assert.match(refused.stderr, /^The filter is refused\. Microsoft Graph says: Could not find a property named/);
    for (const words of [['people', 'x eq 1'], ['groups'], ['users', "it's"]]) {
      assert.equal((await run(...words)).code, 2, words.join(' '));
    }
    const nothing = await daemon.run('export');
    assert.equal(nothing.code, 8, 'nothing was imported');
  });
});
