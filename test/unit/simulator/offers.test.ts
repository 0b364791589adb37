import assert from 'node:assert/strict';

import { parseTenant, TenantFileError } from '../../../src/simulator/tenant-file.ts';
import { badge, everyPermission, offeringTenant } from '../../support/offering-tenant.ts';
import { object, objects, SimulatorClient, string } from '../../support/simulator-client.ts';

const extensionList = '/directoryObjects/getAvailableExtensionProperties';

describe('what a simulated tenant has defined', () => {
  let client: SimulatorClient;
  afterEach(async () => {
    await client.close();
  });

  async function start(permissions: readonly string[] = everyPermission): Promise<void> {
    client = await SimulatorClient.start({ tenant: offeringTenant(permissions) });
  }

  async function list(path: string): Promise<Readonly<Record<string, unknown>>[]> {
    const { status, text, json } = await client.get(path);
    assert.equal(status, 200, text);
    return objects(json['value']);
  }

  it('is told with the permission for each, and refused without', async () => {
    const cases: readonly [path: string, permission: string][] = [
      ['/schemaExtensions', 'Application.Read.All'],
      ['/applications', 'Application.Read.All'],
      ['/directory/customSecurityAttributeDefinitions', 'CustomSecAttributeDefinition.Read.All'],
    ];
    for (const [path, permission] of cases) {
      await start([permission]);
      assert.equal((await client.get(path)).status, 200, path);
      await client.close();
      await start(['User.Read.All']);
      assert.equal((await client.get(path)).status, 403, path);
      await client.close();
    }
    await start();
  });

  it('has directory extensions, all of them by an action and those of each application when expanded', async () => {
    await start();
    const answer = await client.post(extensionList, {});
    assert.equal(answer.status, 200, answer.text);
    const names = objects(answer.json['value']).map(({ name }) => name);
    assert.equal(names.length, 3);
    assert.ok(names.includes(badge));
    const [application] = await list('/applications?$expand=extensionProperties');
    assert.equal(objects(application?.['extensionProperties']).length, 3);
    assert.ok(!('extensionProperties' in ((await list('/applications'))[0] ?? {})));
    assert.equal((await client.get(extensionList)).status, 405);
  });

  it('is listed on pages', async () => {
    await start();
    const first = await client.get('/schemaExtensions?$top=1');
    assert.deepEqual(
      objects(first.json['value']).map(({ id }) => id),
      ['extabcdefgh_desk'],
    );
    const next = await client.get(string(first.json['@odata.nextLink']));
    assert.deepEqual(
      objects(next.json['value']).map(({ id }) => id),
      ['extabcdefgh_old'],
    );
    assert.equal(next.json['@odata.nextLink'], undefined);
  });

  it('can be selected in lists, schema extensions by their ids, and custom security attributes with a permission', async () => {
    const path = '/users?$select=id,extabcdefgh_desk,customSecurityAttributes';
    await start();
    const [anna, ben] = await list(path);
    assert.equal(object(anna?.['extabcdefgh_desk'])['number'], 7);
    assert.ok(!('extabcdefgh_desk' in (ben ?? {})), 'whoever has none has no such property');
    assert.equal(object(object(anna?.['customSecurityAttributes'])['Site'])['Floor'], 3);
    assert.equal((await client.get('/users?$select=extabcdefgh_unknown')).status, 400);
    await client.close();
    await start(['User.Read.All']);
    assert.deepEqual(
      (await list(path)).map(({ customSecurityAttributes }) => customSecurityAttributes),
      [null, null, null],
    );
  });

  it('is not part of delta queries, as far as Microsoft says that it is not tracked', async () => {
    await start();
    for (const name of ['customSecurityAttributes', 'extabcdefgh_desk']) {
      assert.equal((await client.get(`/users/delta?$select=${name}`)).status, 400, name);
    }
    assert.equal((await client.get(`/users/delta?$select=${badge}`)).status, 200);
  });
});

describe('managers in the simulated tenant', () => {
  let client: SimulatorClient;
  beforeEach(async () => {
    client = await SimulatorClient.start({ tenant: offeringTenant() });
  });
  afterEach(async () => {
    await client.close();
  });

  it('change by the control operation, and are told of by delta queries', async () => {
    const { deltaLink } = await client.round('/users/delta?$select=displayName,manager');
    const id = string((await client.get('/users/cleo@contoso.com')).json['id']);
    client.control.setManager('ben@contoso.com', 'cleo@contoso.com');
    const { entries, deltaLink: next } = await client.round(deltaLink);
    assert.deepEqual(
      entries.map((entry) => entry['manager@delta']),
      [[{ '@odata.type': '#microsoft.graph.user', id }]],
    );
    client.control.setManager('ben@contoso.com', null);
    const ended = (await client.round(next)).entries.map((entry) => objects(entry['manager@delta'])[0]?.['@removed']);
    assert.deepEqual(ended, [{ reason: 'deleted' }]);
    assert.throws(() => client.control.setManager('ben@contoso.com', 'nobody@contoso.com'), /no user nobody/);
  });

  it('are nobody while they are in the recycle bin', async () => {
    const ben = '/users/ben@contoso.com?$select=id&$expand=manager($select=id)';
    assert.ok('manager' in (await client.get(ben)).json);
    client.control.removeUser('anna@contoso.com');
    assert.ok(!('manager' in (await client.get(ben)).json));
    const { entries } = await client.round('/users/delta?$select=manager');
    assert.ok(entries.every((entry) => !('manager@delta' in entry)));
    client.control.restoreUser('anna@contoso.com');
    assert.ok('manager' in (await client.get(ben)).json);
  });
});

describe('a tenant file with definitions', () => {
  it('is refused where they make no sense, with the place of each', () => {
    const text = `tenant: {id: 5d8f9f6e-91c2-4b0e-8a53-3f6f3b1a7c11, domains: [contoso.com]}
extensionProperties:
  - {name: badge}
schemaExtensions:
  - {id: extension_x, properties: []}
securityAttributes:
  - {attributeSet: Site}
users:
  - {userPrincipalName: anna@contoso.com, extabcdefgh_desk: {number: 7}}
`;
    assert.throws(
      () => parseTenant(text, 'tenant.yaml'),
      (error: unknown) => {
        assert.ok(error instanceof TenantFileError);
        assert.deepEqual(error.problems.map(({ path }) => path).toSorted(), [
          'extensionProperties[0].name',
          'schemaExtensions[0].id',
          'securityAttributes[0].name',
          'users[0].extabcdefgh_desk',
        ]);
        return true;
      },
    );
  });
});
