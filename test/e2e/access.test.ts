import assert from 'node:assert/strict';
import { hashSync } from 'bcrypt';
import { type Client, InsufficientAccessError, NoSuchObjectError } from 'ldapts';
import { parseTenant } from '../../src/simulator/tenant-file.ts';
import { DaemonOnSimulator } from '../support/daemon-on-simulator.ts';

const base = 'dc=contoso,dc=com';
const password = 'Passw0rd!';
const secret = 's3cret';

const people = ['anna', 'ben', 'carla', 'dirk'];
const tenantText = JSON.stringify({
  tenant: { id: '5d8f9f6e-91c2-4b0e-8a53-3f6f3b1a7c11', domains: ['contoso.com'] },
  users: people.map((name) => ({
    userPrincipalName: `${name}@contoso.com`,
    displayName: name,
    mobilePhone: '+1 555 0100',
    password,
  })),
  groups: [
    { displayName: 'Sales', members: ['anna@contoso.com', 'ben@contoso.com'] },
    { displayName: 'Board', members: ['carla@contoso.com'] },
  ],
});

const account = (name: string, more: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> => ({
  name,
  passwordHash: hashSync(secret, 4),
  ...more,
});

const sections = {
  serviceAccounts: [
    account('everything', {}),
    account('sales', { rights: { users: ['Sales'], groups: ['Sales', 'Missing'], hiddenAttributes: ['mobile'] } }),
    account('few', { limits: { sizeLimit: 2, maxConnections: 1 } }),
  ],
};

/** A daemon over a tenant of four, of whom one account sees two. */
describe('Access at a running daemon', () => {
  let daemon: DaemonOnSimulator;

  before(async () => {
    daemon = await DaemonOnSimulator.serving({ tenant: parseTenant(tenantText, 'tenant.json'), sections });
  });

  after(() => daemon[Symbol.asyncDispose]());

  function bound(name: string, withPassword = secret): Promise<Client> {
    return daemon.bound(name.includes('@') ? name : `cn=${name},ou=services,${base}`, withPassword);
  }

  async function uids(client: Client, filter = '(uid=*)'): Promise<readonly string[]> {
    const { searchEntries } = await client.search(base, { scope: 'sub', filter, attributes: ['uid'] });
    return searchEntries.map(({ uid }) => String(uid)).toSorted();
  }

  it('shows each service account what it was granted, and reports a group that nobody has', async () => {
    assert.deepEqual(await uids(await bound('everything')), people);
    const sales = await bound('sales');
    assert.deepEqual(await uids(sales), ['anna', 'ben']);
    assert.deepEqual(await uids(sales, '(mobile=*)'), []);
    assert.deepEqual(await uids(sales, '(!(mobile=*))'), []);
    await assert.rejects(sales.search(`uid=carla,ou=users,${base}`, { scope: 'base' }), NoSuchObjectError);
    await assert.rejects(sales.search(`cn=Board,ou=groups,${base}`, { scope: 'base' }), NoSuchObjectError);
    const { searchEntries } = await sales.search(`ou=users,${base}`, {
      scope: 'base',
      attributes: ['numSubordinates'],
    });
    assert.equal(searchEntries[0]?.['numSubordinates'], '2');
    const [report] = await daemon.waitFor(/.*"event":"rights\.group\.unknown".*/);
    assert.match(report, /"whose":"sales"/);
    assert.match(report, /"group":"Missing"/);
  });

  it('shows a user who has bound the own entry and groups (PAIN-23), and anonymous nothing', async () => {
    const anna = await bound('anna@contoso.com', password);
    assert.deepEqual(await uids(anna), ['anna']);
    const { searchEntries } = await anna.search(base, {
      filter: '(objectClass=posixGroup)',
      attributes: ['cn', 'member'],
    });
    assert.deepEqual(searchEntries, [
      { dn: `cn=Sales,ou=groups,${base}`, cn: 'Sales', member: `uid=anna,ou=users,${base}` },
    ]);
    const nobody = daemon.client();
    await assert.rejects(nobody.search(base, {}), InsufficientAccessError);
    const root = await nobody.search('', { scope: 'base', attributes: ['namingContexts'] });
    assert.equal(root.searchEntries[0]?.['namingContexts'], base);
  });

  it('holds an account to its limits', async () => {
    const few = await bound('few');
    await assert.rejects(few.search(base, {}), { code: 4 });
    await assert.rejects(bound('few'), { code: 51 });
  });

  // Last, because it changes the tenant.
  it('takes from connections that are bound already what a publish takes away (P7)', async () => {
    const sales = await bound('sales');
    const anna = await bound('anna@contoso.com', password);
    const ben = await bound('ben@contoso.com', password);
    assert.deepEqual(await uids(sales), ['anna', 'ben']);
    daemon.simulator.control.leave('Sales', 'ben@contoso.com');
    daemon.simulator.control.join('Sales', 'dirk@contoso.com');
    daemon.simulator.control.disableUser('anna@contoso.com');
    await daemon.sync();
    assert.deepEqual(await uids(sales), ['anna', 'dirk']);
    await assert.rejects(uids(anna), InsufficientAccessError);
    const { searchEntries } = await ben.search(base, { filter: '(objectClass=posixGroup)' });
    assert.deepEqual(searchEntries, []);
  });
});
