import assert from 'node:assert/strict';
import { generateTenant } from '../../../src/simulator/generate.ts';
import { type Answer, SimulatorClient, graphError, object, objects, string } from '../../support/simulator-client.ts';

const ADVANCED = { ConsistencyLevel: 'eventual' };

function q(options: Record<string, string>): string {
  return Object.entries(options)
    .map(([name, value]) => `$${name}=${encodeURIComponent(value)}`)
    .join('&');
}

describe('simulated lists', () => {
  const tenant = generateTenant({ seed: 11, users: 260, groups: 130 });
  let client: SimulatorClient;
  before(async () => {
    client = await SimulatorClient.start({ tenant });
  });
  after(async () => {
    await client.close();
  });

  async function names(path: string, headers: Record<string, string> = {}): Promise<string[]> {
    const answer = await client.get(path, headers);
    assert.equal(answer.status, 200, answer.text);
    return objects(answer.json['value']).map((each) => string(each['userPrincipalName'] ?? each['displayName']));
  }

  async function refused(
    path: string,
    headers: Record<string, string> = {},
  ): Promise<Readonly<Record<string, unknown>>> {
    const answer = await client.get(path, headers);
    assert.equal(answer.status, 400, answer.text);
    return graphError(answer);
  }

  it('give 100 objects by default and at most 999 by $top', async () => {
    assert.equal((await names('/users')).length, 100);
    assert.equal((await names('/users?$top=7')).length, 7);
    assert.equal((await names('/groups?$top=999')).length, 130);
    for (const top of ['1000', '0', '-1', 'x', '1.5']) {
      const error = await refused(`/users?$top=${top}`);
      assert.equal(error['code'], 'Request_UnsupportedQuery');
      assert.match(string(error['message']), /between 1 and 999 inclusive/);
    }
  });

  it('lead through all pages by links that carry the name and the id of the last object', async () => {
    const seen: unknown[] = [];
    let link = '';
    for (let next: string | undefined = '/users?$select=id,userPrincipalName&$top=50'; next !== undefined; ) {
      const { json } = await client.get(next);
      seen.push(...objects(json['value']).map((each) => each['id']));
      next = json['@odata.nextLink'] === undefined ? undefined : string(json['@odata.nextLink']);
      link = next ?? link;
    }
    assert.equal(new Set(seen).size, 260);
    const token = new URL(link).searchParams.get('$skiptoken') ?? '';
    const text = Buffer.from(token, 'base64url').toString();
    assert.match(text, /^DSpt/);
    assert.ok(text.includes(`User_${tenant.users.id(249)}`));
    assert.ok(text.includes('@'), 'the link is personal data');
  });

  it('refuse a next link of an advanced query that lost its header with Directory_ExpiredPageToken', async () => {
    const page = await client.get(
      `/users?${q({ filter: 'accountEnabled ne true', count: 'true', top: '2' })}`,
      ADVANCED,
    );
    const link = string(page.json['@odata.nextLink']);
    assert.equal(graphError(await client.get(link))['code'], 'Directory_ExpiredPageToken');
    assert.equal((await client.get(link, ADVANCED)).status, 200);
    assert.equal((await refused('/users?$skiptoken=AAAA'))['code'], 'Directory_ExpiredPageToken');
  });

  it('give the default properties, null or [] for those never set, and the selected ones only', async () => {
    const [alice = {}] = objects((await client.get('/users?$top=1')).json['value']);
    assert.deepEqual(Object.keys(alice).sort(), [
      'businessPhones',
      'displayName',
      'givenName',
      'id',
      'jobTitle',
      'mail',
      'mobilePhone',
      'officeLocation',
      'preferredLanguage',
      'surname',
      'userPrincipalName',
    ]);
    const { json } = await client.get(
      '/users?$top=1&$select=employeeLeaveDateTime,imAddresses,onPremisesExtensionAttributes',
    );
    const [selected = {}] = objects(json['value']);
    assert.equal(selected['employeeLeaveDateTime'], null);
    assert.deepEqual(selected['imAddresses'], []);
    assert.equal(Object.keys(object(selected['onPremisesExtensionAttributes'])).length, 15);
    assert.match(
      string(json['@odata.context']),
      /#users\(employeeLeaveDateTime,imAddresses,onPremisesExtensionAttributes\)$/,
    );
  });

  it('count by /$count and $count=true with the eventual header only', async () => {
    const count = await client.get('/users/$count', ADVANCED);
    assert.deepEqual([count.text, count.headers['content-type']], ['260', 'text/plain']);
    const error = await refused('/users/$count');
    assert.deepEqual([error['code'], error['message']], ['Request_BadRequest', '$count is not currently supported.']);
    assert.equal('@odata.count' in (await client.get('/users?$count=true')).json, false, 'silently ignored');
    assert.equal((await client.get('/users?$count=true&$top=1', ADVANCED)).json['@odata.count'], 260);
    const guests = await client.get(`/users/$count?${q({ filter: "userType eq 'Guest'" })}`, ADVANCED);
    assert.ok(Number(guests.text) > 5 && Number(guests.text) < 40);
  });

  const WORKING: readonly [string, (record: Readonly<Record<string, unknown>>) => boolean][] = [
    ["startsWith(givenName,'J')", (each) => /^j/i.test(String(each['givenName']))],
    ["department in ('Retail','Sales')", (each) => each['department'] === 'Retail' || each['department'] === 'Sales'],
    ["displayName eq 'bob o''neil'", (each) => each['displayName'] === "Bob O'Neil"],
    ["userType eq 'Guest'", (each) => each['userType'] === 'Guest'],
    ['accountEnabled eq false', (each) => each['accountEnabled'] === false],
    [
      "department eq 'Sales' and accountEnabled eq true",
      (each) => each['department'] === 'Sales' && each['accountEnabled'] === true,
    ],
    [
      "(department eq 'Sales' or department eq 'Legal') and startsWith(surname,'M')",
      (each) => ['Sales', 'Legal'].includes(String(each['department'])) && /^m/i.test(String(each['surname'])),
    ],
    ['createdDateTime ge 2020-01-01T00:00:00Z', (each) => String(each['createdDateTime']) >= '2020'],
    [
      "proxyAddresses/any(p:p eq 'smtp:alice@contoso.com')",
      (each) => JSON.stringify(each['proxyAddresses']).includes('SMTP:alice@contoso.com'),
    ],
    ["otherMails/any(m:startsWith(m,'frank@'))", (each) => JSON.stringify(each['otherMails']).includes('"frank@')],
    [
      "identities/any(c:c/issuerAssignedId eq 'alice@contoso.com' and c/issuer eq 'contoso.com')",
      (each) => each['userPrincipalName'] === 'alice@contoso.com',
    ],
  ];
  for (const [filter, expected] of WORKING) {
    it(`answer ${filter} by default (FAM-15, FAM-18)`, async () => {
      const wanted = Array.from({ length: 260 }, (_, index) => tenant.users.record(index)).filter(expected);
      assert.ok(wanted.length > 0, 'the test would see nothing');
      const found = await names(`/users?${q({ filter, top: '999' })}`);
      assert.deepEqual(found.sort(), wanted.map((each) => string(each['userPrincipalName'])).sort());
    });
  }

  const ADVANCED_ONLY: readonly [string, (record: Readonly<Record<string, unknown>>) => boolean][] = [
    ['accountEnabled ne true', (each) => each['accountEnabled'] !== true],
    ["NOT startsWith(displayName,'A')", (each) => !/^a/i.test(String(each['displayName']))],
    ["endsWith(mail,'@northwind.example')", (each) => String(each['mail']).endsWith('@northwind.example')],
    ["companyName eq 'contoso'", (each) => each['companyName'] === 'Contoso'],
    ['mail eq null', (each) => each['mail'] === undefined],
    ['assignedLicenses/$count eq 0', () => true],
    ["onPremisesSamAccountName eq 'none'", () => false],
  ];
  for (const [filter, expected] of ADVANCED_ONLY) {
    it(`answer ${filter} as an advanced query only (FAM-20)`, async () => {
      const error = await refused(`/users?${q({ filter })}`);
      assert.equal(error['code'], 'Request_UnsupportedQuery');
      assert.match(string(error['message']), /aka\.ms\/graph-docs\/advanced-queries/);
      await refused(`/users?${q({ filter })}`, ADVANCED);
      await refused(`/users?${q({ filter, count: 'true' })}`);
      const found = await client.get(`/users?${q({ filter, count: 'true', top: '999', select: 'id' })}`, ADVANCED);
      const wanted = Array.from({ length: 260 }, (_, index) => index).filter((index) =>
        expected(tenant.users.record(index)),
      );
      assert.deepEqual(
        objects(found.json['value']).map((each) => each['id']),
        wanted.map((index) => tenant.users.id(index)),
      );
      assert.equal(found.json['@odata.count'], wanted.length);
    });
  }

  const WRONG: readonly [string, string, RegExp][] = [
    ["id ge '398164b1-5196-49dd-ada2-364b49f99b27'", 'Request_UnsupportedQuery', /not indexed/],
    ["contains(displayName,'a')", 'Request_UnsupportedQuery', /displayName/],
    ["endsWith(displayName,'a')", 'Request_UnsupportedQuery', /displayName/],
    ["nickname eq 'a'", 'BadRequest', /Could not find a property named 'nickname'/],
    ["displayName eq 'a", 'BadRequest', /Invalid filter clause/],
    ["displayName is 'a'", 'BadRequest', /binary operator/],
    ['displayName eq', 'BadRequest', /Invalid filter clause/],
    ["displayName eq 'a' extra", 'BadRequest', /Syntax error/],
    ['startsWith(displayName)', 'BadRequest', /Invalid filter clause/],
    [`${'('.repeat(60)}accountEnabled eq true${')'.repeat(60)}`, 'BadRequest', /nested too deeply/],
    [
      `displayName in (${Array.from({ length: 18 }, (_, n) => `'${n}'`).join(',')})`,
      'Request_UnsupportedQuery',
      /'OR' operators: 18\. Max allowed: 15/,
    ],
    [
      Array.from({ length: 16 }, (_, n) => `displayName eq '${n}'`).join(' or '),
      'Request_UnsupportedQuery',
      /'OR' operators: 16\. Max allowed: 15/,
    ],
  ];
  for (const [filter, code, message] of WRONG) {
    it(`refuse ${filter.length > 60 ? `${filter.slice(0, 60)}…` : filter} with ${code}`, async () => {
      const error = await refused(`/users?${q({ filter, count: 'true' })}`, ADVANCED);
      assert.equal(error['code'], code);
      assert.match(string(error['message']), message);
    });
  }

  it('take fifteen values of in, and groups by name (FAM-16, FAM-17)', async () => {
    const values = [tenant.users.id(3), ...Array.from({ length: 14 }, () => tenant.users.id(4))].map((id) => `'${id}'`);
    assert.equal((await names(`/users?${q({ filter: `id in (${values.join(',')})` })}`)).length, 2);
    assert.deepEqual(await names(`/groups?${q({ filter: "displayName in ('Engineering')" })}`), ['Engineering']);
    assert.equal((await names(`/groups?${q({ filter: "displayName eq 'Project Falcon'" })}`)).length, 2);
    const unified = await names(`/groups?${q({ filter: "groupTypes/any(c:c eq 'Unified')", top: '999' })}`);
    assert.ok(unified.includes('Sales'));
  });

  it('sort by the properties that Graph sorts by, with $filter as an advanced query only', async () => {
    const sorted = await names('/users?$orderby=userPrincipalName&$top=999');
    assert.deepEqual(
      sorted,
      [...sorted].sort((a, b) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1)),
    );
    const down = await names('/users?$orderby=userPrincipalName%20desc&$top=999');
    assert.deepEqual(down, [...sorted].reverse());
    const both = q({ filter: "startsWith(displayName,'A')", orderby: 'displayName' });
    assert.match(string((await refused(`/users?${both}`))['message']), /Sorting not supported/);
    assert.ok((await names(`/users?${both}&$count=true`, ADVANCED)).length > 0);
    await refused('/users?$orderby=jobTitle');
    await refused('/users?$orderby=createdDateTime');
    assert.equal((await client.get('/users?$orderby=createdDateTime&$count=true', ADVANCED)).status, 200);
  });

  it('page through a sorted list without losing anybody', async () => {
    const seen: unknown[] = [];
    for (let next: string | undefined = '/users?$orderby=displayName&$top=80&$select=id'; next !== undefined; ) {
      const { json } = await client.get(next);
      seen.push(...objects(json['value']).map((each) => each['id']));
      next = json['@odata.nextLink'] === undefined ? undefined : string(json['@odata.nextLink']);
    }
    assert.equal(new Set(seen).size, 260);
  });

  it('search words with the eventual header only', async () => {
    const path = `/users?${q({ search: '"displayName:alice"' })}`;
    assert.match(string((await refused(path))['message']), /'ConsistencyLevel: eventual'$/);
    assert.deepEqual((await names(path, ADVANCED)).sort(), ['alice@contoso.com', 'alice@fabrikam.com']);
    const either = q({ search: '"displayName:Ångström" OR "mail:bob@"' });
    assert.deepEqual((await names(`/users?${either}`, ADVANCED)).sort(), ['alice@contoso.com', 'bob@contoso.com']);
    const both = q({ search: '"displayName:alice" AND "mail:alice@fabrikam"' });
    assert.deepEqual(await names(`/users?${both}`, ADVANCED), ['alice@fabrikam.com']);
    for (const search of ['displayName:alice', '"alice"', '"displayName:a" "displayName:b"', '"department:x"']) {
      assert.equal((await client.get(`/users?${q({ search })}`, ADVANCED)).status, 400, search);
    }
  });

  it('expand the manager of users, as its type and id, and leave it out for whoever has none', async () => {
    const { json } = await client.get('/users?$select=id&$expand=manager($select=id)&$top=20');
    const [first, second] = objects(json['value']);
    assert.deepEqual(Object.keys(first ?? {}), ['id'], "the first one is nobody's report");
    assert.deepEqual(second?.['manager'], { '@odata.type': '#microsoft.graph.user', id: first?.['id'] });
  });

  it('refuse $skip, other $expand, an option given twice, an unknown property and a malformed query', async () => {
    assert.equal((await refused('/users?$skip=5'))['code'], 'Request_BadRequest');
    await refused('/users?$expand=memberOf');
    await refused('/groups?$expand=manager');
    await refused('/users?$expand=manager&$count=true', ADVANCED);
    await refused('/users?$top=5&$top=6');
    await refused('/users?top=5&$top=6');
    assert.match(
      string((await refused('/users?$select=nope'))['message']),
      /property named 'nope' on type 'microsoft\.graph\.user'/,
    );
    await refused('/users?$filter=%E0%A4');
  });

  it('demand AuditLog.Read.All for signInActivity', async () => {
    assert.equal((await client.get('/users?$select=id,signInActivity')).status, 403);
  });

  it('give null for custom security attributes to an application that may not read them', async () => {
    const other = await SimulatorClient.start({ tenant: generateTenant({ seed: 1, users: 3, groups: 0 }) });
    try {
      const attributes = { Marketing: { '@odata.type': '#microsoft.graph.customSecurityAttributeValue', Level: 'x' } };
      other.control.setUserProperties('bob@contoso.com', { customSecurityAttributes: attributes });
      const { json } = await other.get('/users/bob@contoso.com?$select=id,customSecurityAttributes');
      assert.equal(json['customSecurityAttributes'], null);
    } finally {
      await other.close();
    }
    const permissions = ['User.Read.All', 'CustomSecAttributeAssignment.Read.All'];
    const trusted = await SimulatorClient.start({
      tenant: generateTenant({ seed: 1, users: 3, groups: 0, permissions }),
    });
    try {
      trusted.control.setUserProperties('bob@contoso.com', { customSecurityAttributes: { A: { B: 'x' } } });
      const { json } = await trusted.get('/users/bob@contoso.com?$select=id,customSecurityAttributes');
      assert.deepEqual(json['customSecurityAttributes'], { A: { B: 'x' } });
    } finally {
      await trusted.close();
    }
  });

  it('find one user by id, by name in any letter case and by an encoded guest name; # unencoded finds nobody', async () => {
    const read = async (key: string): Promise<Answer> => client.get(`/users/${key}?$select=id,userPrincipalName`);
    assert.equal((await read(tenant.users.id(1))).json['userPrincipalName'], 'bob@contoso.com');
    assert.equal((await read('BOB@contoso.com')).json['id'], tenant.users.id(1));
    const guest = string(tenant.users.record(6)['userPrincipalName']);
    assert.equal((await read(encodeURIComponent(guest))).json['id'], tenant.users.id(6));
    assert.equal((await client.get(`/users/${guest.split('#')[0] ?? ''}`)).status, 404);
    assert.match(string((await client.get("/users('bob@contoso.com')")).json['@odata.context']), /#users\/\$entity$/);
    const missing = await read('c9a559d2-7aab-4f13-a6ed-e7e9c52aec87');
    assert.deepEqual([missing.status, graphError(missing)['code']], [404, 'Request_ResourceNotFound']);
  });

  it('compute the security identifier from the object id', async () => {
    const { json } = await client.get('/users/alice@contoso.com?$select=securityIdentifier');
    const id = Buffer.from(tenant.users.id(0).replaceAll('-', ''), 'hex');
    const swapped = Buffer.from([3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15].map((at) => id[at] ?? 0));
    const words = [0, 4, 8, 12].map((at) => swapped.readUInt32LE(at));
    assert.equal(json['securityIdentifier'], `S-1-12-1-${words.join('-')}`);
  });
});
