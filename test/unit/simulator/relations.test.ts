import assert from 'node:assert/strict';
import { generateTenant } from '../../../src/simulator/generate.ts';
import { SimulatorClient, graphError, objects, string } from '../../support/simulator-client.ts';

const ADVANCED = { ConsistencyLevel: 'eventual' };

describe('simulated relations and tenant resources', () => {
  const tenant = generateTenant({ seed: 5, users: 150, groups: 15 });
  let client: SimulatorClient;
  before(async () => {
    client = await SimulatorClient.start({ tenant });
  });
  after(async () => {
    await client.close();
  });

  const user = (index: number): string => tenant.users.id(index);
  const group = (index: number): string => tenant.groups.id(index);

  async function ids(path: string, headers: Record<string, string> = {}): Promise<string[]> {
    const answer = await client.get(path, headers);
    assert.equal(answer.status, 200, answer.text);
    return objects(answer.json['value']).map((each) => string(each['id']));
  }

  it('list direct members with their types and default properties', async () => {
    const { json } = await client.get(`/groups/${group(1)}/members`);
    assert.match(string(json['@odata.context']), /#directoryObjects$/);
    const members = objects(json['value']);
    assert.deepEqual(
      members.map((each) => each['id']),
      [0, 1, 2, 3, 4, 5].map(user).concat(group(2)),
    );
    assert.equal(members[0]?.['@odata.type'], '#microsoft.graph.user');
    assert.equal(members[6]?.['@odata.type'], '#microsoft.graph.group');
    assert.equal(members[0]?.['userPrincipalName'], 'alice@contoso.com');
  });

  it('list devices and service principals among members by type, id and name', async () => {
    const { json } = await client.get(`/groups/${group(11)}/members`);
    const others = objects(json['value']).slice(1);
    assert.deepEqual(
      others.map((each) => [each['@odata.type'], each['displayName']]),
      [
        ['#microsoft.graph.device', 'BUILD-01'],
        ['#microsoft.graph.servicePrincipal', 'build-pipeline'],
      ],
    );
    const single = await client.get(`/directoryObjects/${string(others[0]?.['id'])}`);
    assert.equal(single.json['@odata.type'], '#microsoft.graph.device');
    assert.equal((await client.get('/directoryObjects/c9a559d2-7aab-4f13-a6ed-e7e9c52aec87')).status, 404);
  });

  it('page members by $top and leave soft-deleted ones out', async () => {
    const first = await client.get(`/groups/${group(0)}/members?$top=100&$select=id`);
    const second = await client.get(string(first.json['@odata.nextLink']));
    assert.equal(objects(first.json['value']).length + objects(second.json['value']).length, 150);
  });

  it('cast members to one type as an advanced query only', async () => {
    const path = `/groups/${group(1)}/members/microsoft.graph.group`;
    assert.equal((await client.get(path)).status, 400);
    assert.deepEqual(await ids(`${path}?$count=true`, ADVANCED), [group(2)]);
    assert.equal((await client.get(`/groups/${group(1)}/members/$count`, ADVANCED)).text, '7');
    assert.equal((await client.get(`/groups/${group(1)}/members/microsoft.graph.user/$count`, ADVANCED)).text, '6');
  });

  it('list transitive members through a circle of groups once each (PAIN-12)', async () => {
    const found = await ids(`/groups/${group(3)}/transitiveMembers`);
    assert.equal(new Set(found).size, found.length);
    assert.deepEqual([...found].sort(), [...[0, 1, 2, 3, 4, 5].map(user), group(1), group(2)].sort());
    const groups = await ids(`/groups/${group(3)}/transitiveMembers/microsoft.graph.group?$count=true`, ADVANCED);
    assert.deepEqual([...groups].sort(), [group(1), group(2)].sort());
  });

  it('list the groups of a user, directly and through others', async () => {
    const direct = await ids(`/users/${user(4)}/memberOf`);
    const all = await ids(`/users/${user(4)}/transitiveMemberOf`);
    assert.ok(direct.includes(group(1)) && !direct.includes(group(3)));
    assert.ok(all.includes(group(3)) && all.includes(group(2)));
    const answer = await client.post(`/users/${user(4)}/getMemberGroups`, { securityEnabledOnly: false });
    assert.match(string(answer.json['@odata.context']), /#Collection\(Edm\.String\)$/);
    assert.deepEqual(answer.json['value'], all);
    const secure = await client.post(`/directoryObjects/${user(4)}/getMemberGroups`, { securityEnabledOnly: true });
    assert.ok(Array.isArray(secure.json['value']) && secure.json['value'].length < all.length);
  });

  it('resolve many ids at once, by type', async () => {
    const wanted = [user(0), group(1), 'c9a559d2-7aab-4f13-a6ed-e7e9c52aec87'];
    const all = await client.post('/directoryObjects/getByIds', { ids: wanted });
    assert.deepEqual(
      objects(all.json['value']).map((each) => each['@odata.type']),
      ['#microsoft.graph.user', '#microsoft.graph.group'],
    );
    const groups = await client.post('/directoryObjects/getByIds', { ids: wanted, types: ['group'] });
    assert.deepEqual(
      objects(groups.json['value']).map((each) => each['id']),
      [group(1)],
    );
    assert.equal(
      (await client.post('/directoryObjects/getByIds', { ids: Array<string>(1001).fill(user(0)) })).status,
      400,
    );
    assert.equal((await client.post('/directoryObjects/getByIds', '{')).status, 400);
    assert.equal((await client.post('/directoryObjects/getByIds', '[]')).status, 400);
  });

  it('tell only type and id of members that the application may not read', async () => {
    const limited = await SimulatorClient.start({
      tenant: generateTenant({ seed: 5, users: 10, groups: 3, permissions: ['GroupMember.Read.All'] }),
    });
    try {
      const { json } = await limited.get(`/groups/${group(1)}/members`);
      const [member = {}] = objects(json['value']);
      assert.equal(member['id'], user(0));
      assert.equal(member['@odata.type'], '#microsoft.graph.user');
      assert.equal(member['displayName'], null);
    } finally {
      await limited.close();
    }
  });

  it('name the manager of a user', async () => {
    assert.equal((await client.get(`/users/${user(20)}/manager`)).json['id'], user(1));
    assert.equal((await client.get(`/users/${user(0)}/manager`)).status, 404);
  });

  it('list domains, the organization and the service principal with its assignments (FED-17, FOX-20)', async () => {
    const domains = objects((await client.get('/domains')).json['value']);
    assert.deepEqual(
      domains.map((each) => [each['id'], each['isDefault'], each['authenticationType']]),
      [
        ['contoso.onmicrosoft.com', false, 'Managed'],
        ['contoso.com', true, 'Managed'],
        ['fabrikam.com', false, 'Managed'],
        ['corp.contoso.com', false, 'Federated'],
      ],
    );
    assert.equal((await client.get('/domains/fabrikam.com')).json['id'], 'fabrikam.com');
    const [organization = {}] = objects((await client.get('/organization')).json['value']);
    assert.equal(organization['id'], tenant.tenantId);
    assert.equal(objects(organization['verifiedDomains']).length, 4);
    assert.equal((await client.get(`/organization/${tenant.tenantId}`)).json['id'], tenant.tenantId);
    for (const missing of ['/organization/elsewhere', '/domains/elsewhere.example', '/servicePrincipals/none']) {
      assert.equal((await client.get(missing)).status, 404, missing);
    }
    assert.equal(
      (await client.get(`/servicePrincipals?$filter=${encodeURIComponent("displayName eq 'a'")}`)).status,
      400,
    );
    const [application] = tenant.facts.applications;
    const byAppId = await client.get(`/servicePrincipals(appId='${application?.clientId ?? ''}')`);
    assert.equal(byAppId.json['id'], application?.objectId);
    const filter = encodeURIComponent(`appId eq '${application?.clientId ?? ''}'`);
    assert.deepEqual(await ids(`/servicePrincipals?$filter=${filter}`), [application?.objectId]);
    const { json } = await client.get(`/servicePrincipals/${application?.objectId ?? ''}/appRoleAssignedTo`);
    assert.deepEqual(
      objects(json['value']).map((each) => [each['principalType'], each['principalId']]),
      [
        ['User', user(0)],
        ['Group', group(1)],
      ],
    );
  });

  it('list soft-deleted users and groups with the time of their deletion', async () => {
    const { json } = await client.get('/directory/deletedItems/microsoft.graph.user?$select=id,deletedDateTime');
    const [deleted = {}] = objects(json['value']);
    assert.equal(deleted['id'], user(150));
    assert.match(string(deleted['deletedDateTime']), /^2026-/);
    assert.deepEqual(await ids('/directory/deletedItems/microsoft.graph.group'), []);
    assert.equal((await client.get('/directory/deletedItems/microsoft.graph.device')).status, 400);
  });

  it('perform up to twenty requests in a batch, each with its own status', async () => {
    const { json } = await client.post('/$batch', {
      requests: [
        { id: '1', method: 'GET', url: '/users/alice@contoso.com?$select=id' },
        { id: '2', method: 'GET', url: '/users/$count' },
        { id: '3', method: 'GET', url: '/users/$count', headers: { ConsistencyLevel: 'eventual' } },
        { id: '4', method: 'GET', url: '/users/nobody@contoso.com', dependsOn: ['1'] },
        { id: '5', method: 'GET', url: '/organization', dependsOn: ['4'] },
        { id: '6', method: 'POST', url: '/directoryObjects/getByIds', body: { ids: [user(0)] } },
      ],
    });
    const responses = objects(json['responses']);
    assert.deepEqual(
      responses.map((each) => [each['id'], each['status']]),
      [
        ['1', 200],
        ['2', 400],
        ['3', 200],
        ['4', 404],
        ['5', 424],
        ['6', 200],
      ],
    );
    assert.equal(responses[2]?.['body'], '150');
    const request = (id: number): unknown => ({ id: String(id), method: 'GET', url: '/organization' });
    const many = (count: number): unknown => ({ requests: Array.from({ length: count }, (_, id) => request(id)) });
    assert.equal((await client.post('/$batch', many(20))).status, 200);
    const refused = await client.post('/$batch', many(21));
    assert.match(string(graphError(refused)['message']), /maximum value of 20/);
    assert.equal((await client.post('/$batch', { requests: [request(1), request(1)] })).status, 400);
    for (const body of ['', '{}', '{"requests":[]}', 'null'])
      assert.equal((await client.post('/$batch', body)).status, 400, body);
  });

  it('answer unknown segments, versions and methods in the envelope of Graph', async () => {
    const unknown = await client.get('/planets');
    assert.deepEqual(
      [unknown.status, graphError(unknown)['message']],
      [400, "Resource not found for the segment 'planets'."],
    );
    assert.equal((await client.get(`/users/${user(0)}/messages`)).status, 400);
    const version = await client.raw('/v3.0/users', { headers: { authorization: `Bearer ${await client.token()}` } });
    assert.equal(graphError(version)['code'], 'BadRequest');
    const patch = await client.raw('/v1.0/users', {
      method: 'PATCH',
      headers: { authorization: `Bearer ${await client.token()}` },
      body: '{}',
    });
    assert.deepEqual([patch.status, patch.headers['allow']], [405, 'GET']);
  });
});
