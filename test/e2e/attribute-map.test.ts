import assert from 'node:assert/strict';
import { join } from 'node:path';
import { hashSync } from 'bcrypt';
import type { Client } from 'ldapts';
import { standardSchema } from '../../src/directory/schema.ts';
import type { StatusReport } from '../../src/identity/admin.ts';
import { parseTenantId } from '../../src/identity/ids.ts';
import { parseTenant } from '../../src/simulator/tenant-file.ts';
import { openStore } from '../../src/store/store.ts';
import type { ConfigChanges } from '../support/daemon-config.ts';
import { DaemonOnSimulator } from '../support/daemon-on-simulator.ts';
import { describeWithPackage } from '../support/debian-packages.ts';
import { bindRequest, searchRequest } from '../support/ldap-ber.ts';
import { RawClient } from '../support/ldap-raw-client.ts';
import { parseLdif } from '../support/ldif-text.ts';
import { Slapd } from '../support/slapd.ts';

const base = 'dc=contoso,dc=com';
const secret = 's3cret';
const badge = 'extension_22222222222222222222222222222222_badge';
const salesId = '00000000-0000-4000-8000-00000000000b';

const tenantText = JSON.stringify({
  tenant: { id: '5d8f9f6e-91c2-4b0e-8a53-3f6f3b1a7c12', domains: ['contoso.com'] },
  users: [
    {
      userPrincipalName: 'Anna.Meyer@contoso.com',
      displayName: 'Anna Meyer',
      surname: 'Meyer',
      givenName: 'Anna',
      jobTitle: 'Head of Sales',
      mobilePhone: '+49 30 1234567',
      department: 'Sales',
      employeeType: 'Contractor',
      employeeHireDate: '2020-02-03T00:00:00Z',
      otherMails: ['anna@home.example', 'ANNA@HOME.EXAMPLE', 'meyer@home.example'],
      onPremisesExtensionAttributes: { extensionAttribute1: 'B-17', extensionAttribute2: 'not a number' },
      [badge]: 'red',
    },
    { userPrincipalName: 'ben@contoso.com', displayName: 'Ben', manager: 'Anna.Meyer@contoso.com' },
    { userPrincipalName: 'carla@contoso.com', displayName: 'Carla', manager: 'Anna.Meyer@contoso.com' },
  ],
  groups: [
    {
      id: salesId,
      displayName: 'Sales',
      mailNickname: 'sales-team',
      description: 'Who sells',
      members: ['ben@contoso.com'],
    },
  ],
});

const reader = { name: 'reader', passwordHash: hashSync(secret, 4) };

describe('the map of attributes', function () {
  this.timeout(60_000);
  let daemon: DaemonOnSimulator;

  beforeEach(async () => {
    daemon = await DaemonOnSimulator.open({ tenant: parseTenant(tenantText, 'map') });
  });
  afterEach(() => daemon[Symbol.asyncDispose]());

  function write(changes: ConfigChanges): void {
    daemon.configure({ directory: { baseDn: base }, serviceAccounts: [reader], ...changes });
  }

  async function run(...words: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await daemon.run(...words);
    assert.equal(code, 0, `${stderr}\n${stdout}`);
    return stdout;
  }

  type Entry = Readonly<Record<string, readonly string[]>>;

  /** What is served after a sync: the attributes of each user and group by uid and cn. */
  async function served(changes: ConfigChanges): Promise<Readonly<Record<string, Entry>>> {
    write(changes);
    await run('sync');
    const records = parseLdif(await run('export')).map(
      (record): Entry => Object.fromEntries([...record].map(([name, values]) => [name, [values].flat().map(String)])),
    );
    return Object.fromEntries(records.map((record) => [String(record['uid'] ?? record['cn'] ?? record['dn']), record]));
  }

  /** The names of all properties that the local copy has of anybody. */
  async function kept(): Promise<readonly string[]> {
    const tenantId = parseTenantId(daemon.simulator.tenant.tenantId);
    assert.ok(tenantId);
    await using store = await openStore({ directory: join(daemon.folder, 'store'), tenantId, schema: standardSchema });
    const names = new Set<string>();
    for (const collection of ['users', 'groups'] as const) {
      for await (const block of store.mirror.records(collection)) {
        for (const { properties } of block) for (const name of Object.keys(properties)) names.add(name);
      }
    }
    return [...names];
  }

  async function serve(changes: ConfigChanges): Promise<void> {
    write(changes);
    await daemon.start();
    await daemon.published(1);
  }

  function bound(name = 'reader'): Promise<Client> {
    return daemon.bound(`cn=${name},ou=services,${base}`, secret);
  }

  async function found(client: Client, filter: string, ...attributes: readonly string[]): Promise<readonly unknown[]> {
    const wanted = ['uid', ...attributes];
    const { searchEntries } = await client.search(base, { scope: 'sub', filter, attributes: wanted });
    return searchEntries.map((entry) => [entry['uid'], ...attributes.map((name) => entry[name])]);
  }

  it('takes attributes of users and groups from other properties, lists, templates, defaults and fixed values (FAM-11, FAM-12, OOM-03, OOM-10, OOM-11, SNP-05, PAIN-18)', async () => {
    const entries = await served({
      users: {
        uidFrom: '{givenName|prefix:1|lower}{surname|lower}',
        homeDirectory: '/home/{userPrincipalName|domain}/{uid}',
        attributes: {
          title: ['extensionAttribute1', 'jobTitle'],
          labeledURI: 'https://intra.contoso.com/{userPrincipalName|local|lower}',
          employeeType: { from: 'employeeType', default: 'Employee' },
          o: { constant: 'Contoso' },
          roomNumber: badge,
          mail: 'otherMails',
          initials: '{givenName|prefix:1}{surname|prefix:1|default:?}',
        },
      },
      groups: {
        nameFrom: 'mailNickname',
        attributes: { description: '{displayName}: {description}', o: { constant: ['Contoso', 'Fabrikam'] } },
      },
    });
    const anna = entries['ameyer'] ?? {};
    assert.deepEqual(anna['title'], ['B-17']);
    assert.deepEqual(anna['labeledURI'], ['https://intra.contoso.com/anna.meyer']);
    assert.deepEqual(anna['employeeType'], ['Contractor']);
    assert.deepEqual(anna['o'], ['Contoso']);
    assert.deepEqual(anna['roomNumber'], ['red']);
    assert.deepEqual(anna['mail'], ['anna@home.example', 'meyer@home.example'], 'no two values are equal');
    assert.deepEqual(anna['initials'], ['AM']);
    assert.deepEqual(anna['homeDirectory'], ['/home/contoso.com/ameyer']);
    assert.deepEqual(anna['mobile'], ['+49 30 1234567'], 'what the configuration does not name stays as it was');
    const { ben = {} } = entries;
    assert.deepEqual(ben['employeeType'], ['Employee'], 'a default counts where the source is empty');
    assert.equal(ben['title'], undefined);
    assert.equal(ben['initials'], undefined, 'a template without a value gives none');
    const group = entries['sales-team'] ?? {};
    assert.deepEqual(group['description'], ['Sales: Who sells']);
    assert.deepEqual(group['o'], ['Contoso', 'Fabrikam']);
    assert.deepEqual(group['displayName'], ['Sales']);
  });

  it('neither asks for, nor keeps, nor shows what was removed, and has it again when the line is gone (FED-18, FED-23)', async () => {
    const removed = { mobile: false, title: null, department: false, departmentNumber: false };
    const without = await served({ users: { attributes: removed }, groups: { attributes: { description: false } } });
    const anna = without['anna.meyer'] ?? {};
    for (const name of Object.keys(removed)) assert.equal(anna[name], undefined, name);
    assert.equal(without['Sales']?.['description'], undefined);
    const { selections } = daemon.simulator.control.statistics();
    const asked = Object.values(selections).join(',').split(',');
    for (const name of ['mobilePhone', 'jobTitle', 'department', 'description']) assert.ok(!asked.includes(name), name);
    for (const name of ['surname', 'displayName', 'members']) assert.ok(asked.includes(name), name);
    const explained = await run('explain', 'user', 'anna.meyer', '--json');
    assert.doesNotMatch(explained, /1234567|Head of Sales/);
    const again = await served({});
    assert.deepEqual(again['anna.meyer']?.['mobile'], ['+49 30 1234567']);
    assert.deepEqual(again['Sales']?.['description'], ['Who sells']);
    assert.ok((await kept()).includes('mobilePhone'));
    await served({ users: { attributes: removed }, groups: { attributes: { description: false } } });
    const properties = await kept();
    for (const name of ['mobilePhone', 'jobTitle', 'department', 'description'])
      assert.ok(!properties.includes(name), name);
    assert.ok(properties.includes('surname'));
  });

  it('makes attributes that no schema has, which are in the subschema and can be searched and granted like others', async () => {
    const narrow = { ...reader, name: 'narrow', rights: { users: 'all', attributes: ['cn', 'badgeColor'] } };
    const blind = { ...reader, name: 'blind', rights: { users: 'all', hiddenAttributes: ['badgeColor'] } };
    await serve({
      users: {
        attributes: {
          badgeColor: badge,
          badgeNumber: 'extensionAttribute1',
          associatedDomain: { constant: 'contoso.com' },
        },
      },
      serviceAccounts: [reader, narrow, blind],
    });
    const client = await bound();
    assert.deepEqual(await found(client, '(badgeColor=RED)', 'badgeColor'), [['anna.meyer', 'red']]);
    assert.deepEqual(await found(client, '(badgeNumber=b*7)', 'badgeNumber'), [['anna.meyer', 'B-17']]);
    assert.deepEqual(await found(client, '(objectClass=entraCustomUser)').then((all) => all.length), 3);
    assert.deepEqual(await found(client, '(&(associatedDomain=contoso.com)(cn=ben))'), [['ben']]);
    const { searchEntries } = await client.search('cn=Subschema', {
      scope: 'base',
      attributes: ['attributeTypes', 'objectClasses'],
    });
    const [subschema] = searchEntries;
    const type = [subschema?.['attributeTypes']].flat().find((text) => String(text).includes("'badgeColor'"));
    assert.match(String(type), /^\( 2\.25\.\d+\.9\.\d+ NAME 'badgeColor' EQUALITY caseIgnoreMatch SUBSTR /);
    const added = [subschema?.['objectClasses']].flat().find((text) => String(text).includes("'entraCustomUser'"));
    assert.match(String(added), /MAY \( associatedDomain \$ badgeColor \$ badgeNumber \) \)$/);
    const [cut] = (await (await bound('narrow')).search(base, { scope: 'sub', filter: '(cn=Anna Meyer)' }))
      .searchEntries;
    assert.equal(cut?.['badgeColor'], 'red');
    assert.equal(cut?.['badgeNumber'], undefined);
    const [hidden] = (await (await bound('blind')).search(base, { scope: 'sub', filter: '(cn=Anna Meyer)' }))
      .searchEntries;
    assert.equal(hidden?.['badgeColor'], undefined);
    assert.equal(hidden?.['badgeNumber'], 'B-17');
  });

  it('is taken over while the daemon runs, new attributes included; what is not read waits for a restart (FAM-28, FED-23)', async () => {
    await serve({});
    const client = await bound();
    assert.deepEqual(await found(client, '(workPlace=*)'), []);
    daemon.edit({ users: { attributes: { workPlace: '{department}, {jobTitle}', o: { constant: 'Contoso' } } } });
    daemon.reload();
    await daemon.published(2);
    assert.deepEqual(await found(client, '(workPlace=sales, head*)', 'o'), [['anna.meyer', 'Contoso']]);
    daemon.edit({ users: { attributes: { workPlace: badge } } });
    daemon.reload();
    await daemon.waitFor(/"event":"config\.reloaded".*users\.attributes/);
    const status = JSON.parse(await run('status', '--json')) as StatusReport;
    assert.deepEqual(status.config?.needsRestart, ['users.attributes']);
    assert.deepEqual(await found(client, '(workPlace=sales, head*)', 'o'), [['anna.meyer', 'Contoso']]);
    daemon.edit({ users: {} });
    daemon.reload();
    await daemon.published(3);
    assert.deepEqual(await found(client, '(workPlace=*)'), []);
    assert.deepEqual(await found(client, '(&(uid=*)(o=Contoso))'), []);
  });

  it('leaves out values that the syntax of an attribute does not admit, counts them, and names them for whoever debugs', async () => {
    await serve({
      users: {
        attributes: {
          mobile: ['extensionAttribute2', 'mobilePhone'],
          telephoneNumber: { constant: '+1 555' },
          c: 'department',
        },
      },
      log: { level: 'debug', format: 'json' },
    });
    await daemon.waitFor(
      /"event":"attribute\.value\.left-out","fields":\{"kind":"user","objectId":"[0-9a-f-]{36}","attribute":"c"\}/,
    );
    assert.match(await run('status'), /users with a value that does not fit the attribute: 1 \(c\)/);
    assert.doesNotMatch(await run('export'), /^c: /m);
  });

  it('names managers by their entries, whatever becomes of these (PAIN-18)', async () => {
    await serve({ users: { attributes: { manager: 'manager', supervisor: 'manager' } }, sync: { interval: '24h' } });
    const client = await bound();
    const managers = async (): Promise<unknown> => (await found(client, '(cn=ben)', 'manager', 'supervisor'))[0];
    const dn = (uid: string): string => `uid=${uid},ou=users,${base}`;
    assert.deepEqual(await managers(), ['ben', dn('anna.meyer'), dn('anna.meyer')]);
    assert.deepEqual(await found(client, `(supervisor=${dn('ANNA.meyer')})`), [['ben'], ['carla']]);
    daemon.simulator.control.renameUser('Anna.Meyer@contoso.com', 'anna.huber@contoso.com');
    await run('sync');
    assert.deepEqual(await managers(), ['ben', dn('anna.huber'), dn('anna.huber')]);
    daemon.simulator.control.setManager('ben@contoso.com', 'carla@contoso.com');
    await run('sync');
    assert.deepEqual(await managers(), ['ben', dn('carla'), dn('carla')]);
    daemon.simulator.control.removeUser('carla@contoso.com');
    await run('sync');
    assert.deepEqual(await managers(), ['ben', [], []]);
    daemon.simulator.control.restoreUser('carla@contoso.com');
    daemon.simulator.control.setManager('ben@contoso.com', 'carla@contoso.com');
    await run('sync');
    assert.deepEqual(await managers(), ['ben', dn('carla'), dn('carla')]);
  });

  it('is printed as it is in effect: by default, configured or removed, and from which property (FED-23, OOM-02)', async () => {
    write({
      users: {
        attributes: {
          mobile: false,
          title: { from: 'jobTitle', default: 'none' },
          badgeColor: badge,
          postalAddress: '{streetAddress}\n{city}',
        },
      },
    });
    const text = await run('attributes', 'list', 'users');
    assert.match(text, /^mobile +removed$/m);
    assert.match(text, /^title +configured +\{"from":"jobTitle","default":"none"\} +jobTitle$/m);
    assert.match(text, /^givenName +default +givenName +givenName$/m);
    assert.match(text, new RegExp(`^badgeColor +configured, new +${badge} +${badge}$`, 'm'));
    const json = JSON.parse(await run('attributes', 'list', '--json')) as { users: readonly { attribute: string }[] };
    assert.ok(json.users.some(({ attribute }) => attribute === 'department'));
    assert.match(text, /^postalAddress +configured +"\{streetAddress\}\\n\{city\}" +streetAddress, city$/m);
    const wrong = await daemon.run('attributes', 'list', 'people');
    assert.equal(wrong.code, 2);
    assert.match(wrong.stderr, /is for users or groups, not "people"/);
    const columns = ['department', 'givenName', 'accountEnabled', 'mail', 'mailNickname', 'sn'];
    for (const name of columns) assert.match(text, new RegExp(`^${name} +default`, 'm'), name);
  });
});

describeWithPackage('slapd', 'OpenLDAP', function () {
  this.timeout(120_000);

  it('takes the schema with what the map adds, and the entries that have it', async () => {
    await using daemon = await DaemonOnSimulator.open({
      tenant: parseTenant(tenantText, 'map'),
      sections: {
        directory: { baseDn: base },
        users: {
          attributes: {
            badgeColor: badge,
            manager: 'manager',
            boss: 'manager',
            since: 'employeeHireDate',
            isActive: 'accountEnabled',
            associatedDomain: { constant: 'contoso.com' },
          },
        },
        groups: { attributes: { badgeColor: { constant: 'blue' }, telephoneNumber: { constant: '+1 555' } } },
      },
    });
    const run = async (...words: readonly string[]): Promise<string> => {
      const { code, stdout, stderr } = await daemon.run(...words);
      assert.equal(code, 0, stderr);
      return stdout;
    };
    await run('sync');
    const rootDn = `cn=root,${base}`;
    await using slapd = await Slapd.start(daemon.folder, {
      baseDn: base,
      schema: await run('export', '--openldap-schema'),
      ldif: await run('export', '--without-version'),
      rootDn,
      rootPassword: 'root',
      modules: [],
      database: [],
    });
    using client = await RawClient.connect(slapd.port);
    assert.equal((await client.ask(1, bindRequest(rootDn, 'root'))).code, 0);
    const attributes = ['badgeColor', 'boss', 'isActive', 'since', 'telephoneNumber'];
    const { entries } = await client.ask(2, searchRequest({ base, attributes }));
    const values = new Set(entries.flatMap((entry) => [...entry.attributes.values()].flat().map(String)));
    for (const value of ['red', 'blue', 'TRUE', '+1 555', '20200203000000Z', `uid=anna.meyer,ou=users,${base}`])
      assert.ok(values.has(value), value);
  });
});
