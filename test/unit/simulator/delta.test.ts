import assert from 'node:assert/strict';
import { generateTenant } from '../../../src/simulator/generate.ts';
import { parseTenant } from '../../../src/simulator/tenant-file.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { type Answer, SimulatorClient, graphError, object, objects, string } from '../../support/simulator-client.ts';

type Entry = Readonly<Record<string, unknown>>;

function byId(entries: readonly Entry[], id: string): Entry[] {
  return entries.filter((entry) => entry['id'] === id);
}

function memberIds(entries: readonly Entry[]): string[] {
  return entries.flatMap((entry) =>
    (entry['members@delta'] === undefined ? [] : objects(entry['members@delta'])).map((each) => string(each['id'])),
  );
}

const GROUP_SELECT = '/groups/delta?$select=displayName,description,members';

describe('simulated delta queries', () => {
  const clock = new ManualClock();
  let client: SimulatorClient;
  beforeEach(async () => {
    client = await SimulatorClient.start({
      tenant: generateTenant({ seed: 7, users: 230, groups: 30, memberships: 900 }),
      clock,
      pageSize: 50,
      memberSliceSize: 40,
    });
  });
  afterEach(async () => {
    await client.close();
  });

  const user = (index: number): string => client.simulator.tenant.users.id(index);
  const group = (index: number): string => client.simulator.tenant.groups.id(index);

  it('bring every user once in pages of the size that the server chose', async () => {
    const { pages, entries } = await client.round('/users/delta?$select=displayName,mail');
    assert.equal(pages.length, 5);
    assert.equal(entries.length, 232);
    assert.equal(new Set(entries.map((entry) => entry['id'])).size, 232);
    assert.equal(pages.filter((page) => page['@odata.deltaLink'] !== undefined).length, 1);
    assert.match(string(pages[0]?.['@odata.context']), /\/v1\.0\/\$metadata#users\(displayName,mail\)$/);
    assert.match(string(pages[1]?.['@odata.context']), /\/v1\.0\/\$metadata#users$/);
  });

  it('are found under all three spellings of delta', async () => {
    for (const spelling of ['delta', 'delta()', 'microsoft.graph.delta()']) {
      const { entries, deltaLink } = await client.round(`/users/${spelling}?$select=id`);
      assert.equal(entries.length, 232, spelling);
      assert.ok(deltaLink.includes(`/users/${spelling}?$deltatoken=`));
    }
  });

  it('leave out properties that were never set and send null for cleared ones', async () => {
    client.control.setUserProperties(user(1), { jobTitle: null });
    const { entries } = await client.round('/users/delta?$select=jobTitle,employeeHireDate,employeeLeaveDateTime');
    const [entry = {}] = byId(entries, user(1));
    assert.deepEqual(entry, { id: user(1), jobTitle: null });
  });

  it('report the default properties without $select, and members for groups', async () => {
    const users = await client.round('/users/delta');
    const alice = byId(users.entries, user(0))[0] ?? {};
    assert.equal(alice['displayName'], 'Alice Ångström');
    assert.equal('accountEnabled' in alice, false);
    const groups = await client.round('/groups/delta');
    assert.ok(byId(groups.entries, group(1)).some((entry) => 'members@delta' in entry && 'securityEnabled' in entry));
  });

  it('leave members@delta out for groups when $select does not name it', async () => {
    const { entries } = await client.round('/groups/delta?$select=displayName');
    assert.ok(entries.every((entry) => !('members@delta' in entry)));
  });

  it('have no members@delta key for a group without members', async () => {
    const { entries } = await client.round(GROUP_SELECT);
    assert.equal(byId(entries, group(10))[0]?.['displayName'], 'Empty Room');
    assert.equal('members@delta' in (byId(entries, group(10))[0] ?? {}), false);
  });

  it('repeat a large group on consecutive pages, each with another slice of its members', async () => {
    const { pages, entries } = await client.round(GROUP_SELECT);
    const slices = byId(entries, group(0));
    assert.equal(slices.length, Math.ceil(232 / 40));
    for (const slice of slices) {
      assert.equal(slice['displayName'], 'All Employees', 'properties are repeated');
      assert.ok(objects(slice['members@delta']).length <= 40);
    }
    assert.equal(new Set(memberIds(slices)).size, 232);
    const holding = pages
      .map((page, at) => (byId(objects(page['value']), group(0)).length > 0 ? at : -1))
      .filter((at) => at >= 0);
    assert.deepEqual(holding, [0, 1, 2, 3, 4, 5]);
  });

  it('tell users, groups and devices among members apart by @odata.type and never expand nested groups', async () => {
    const { entries } = await client.round(GROUP_SELECT);
    const types = (index: number): unknown[] =>
      byId(entries, group(index))
        .flatMap((entry) => objects(entry['members@delta']))
        .map((member) => member['@odata.type']);
    assert.ok(types(1).includes('#microsoft.graph.group'));
    assert.deepEqual(types(11), [
      '#microsoft.graph.user',
      '#microsoft.graph.device',
      '#microsoft.graph.servicePrincipal',
    ]);
    assert.deepEqual(memberIds(byId(entries, group(3))), [user(0), group(1)]);
  });

  it('end with a delta link that brings nothing while nothing changes', async () => {
    const first = await client.round('/users/delta?$select=displayName');
    const second = await client.round(first.deltaLink);
    assert.deepEqual(second.entries, []);
    assert.equal(second.pages.length, 1);
    assert.deepEqual((await client.round(second.deltaLink)).entries, []);
  });

  it('bring changed, new, soft-deleted, purged and restored users', async () => {
    let { deltaLink } = await client.round('/users/delta?$select=displayName,department');
    const next = async (): Promise<readonly Entry[]> => {
      const round = await client.round(deltaLink);
      deltaLink = round.deltaLink;
      return round.entries;
    };
    client.control.setUserProperties(user(3), { department: 'Archive' });
    const id = client.control.addUser({
      userPrincipalName: 'new@contoso.com',
      properties: { displayName: 'New', department: null },
    });
    assert.deepEqual(await next(), [
      { id: user(3), displayName: client.simulator.tenant.users.record(3)['displayName'], department: 'Archive' },
      { id, displayName: 'New', department: null },
    ]);
    client.control.removeUser(user(3));
    assert.deepEqual(await next(), [{ id: user(3), '@removed': { reason: 'changed' } }]);
    client.control.purgeUser(user(3));
    client.control.purgeUser(id);
    assert.deepEqual(await next(), [
      { id: user(3), '@removed': { reason: 'deleted' } },
      { id, '@removed': { reason: 'deleted' } },
    ]);
    client.control.removeUser(user(4));
    client.control.restoreUser(user(4));
    const [restored = {}] = await next();
    assert.equal(restored['department'], client.simulator.tenant.users.record(4)['department']);
  });

  it('report @removed with both reasons in the initial round too', async () => {
    client.control.purgeUser(user(5));
    const { entries } = await client.round('/users/delta?$select=id');
    assert.deepEqual(byId(entries, user(5)), [{ id: user(5), '@removed': { reason: 'deleted' } }]);
    assert.deepEqual(byId(entries, user(231)), [{ id: user(231), '@removed': { reason: 'changed' } }]);
  });

  it('do not surface a change to a property that was not selected', async () => {
    const { deltaLink } = await client.round('/users/delta?$select=displayName');
    client.control.setUserProperties(user(2), { department: 'Elsewhere' });
    client.control.setUserProperties(user(2), {
      displayName: client.simulator.tenant.users.record(2)['displayName'] ?? null,
    });
    assert.deepEqual((await client.round(deltaLink)).entries, []);
  });

  it('send only what changed under Prefer: return=minimal, but restored objects whole', async () => {
    const { deltaLink } = await client.round('/users/delta?$select=displayName,department,jobTitle');
    client.control.setUserProperties(user(2), { department: null });
    client.control.removeUser(user(3));
    client.control.restoreUser(user(3));
    const answer = await client.get(deltaLink, { prefer: 'return=minimal' });
    assert.equal(answer.headers['preference-applied'], 'return=minimal');
    const [cleared = {}, restored = {}] = objects(answer.json['value']);
    assert.deepEqual(cleared, { id: user(2), department: null });
    assert.ok('displayName' in restored);
    const full = await client.round(deltaLink);
    assert.deepEqual(Object.keys(full.entries[0] ?? {}), ['id', 'displayName', 'department', 'jobTitle']);
  });

  it('bring joins and leaves as members@delta with the reason deleted, the last word on each', async () => {
    const { deltaLink } = await client.round(GROUP_SELECT);
    client.control.join(group(10), user(20));
    client.control.join(group(10), group(4));
    client.control.leave(group(1), user(0));
    client.control.join(group(2), user(30));
    client.control.leave(group(2), user(30));
    const { entries } = await client.round(deltaLink);
    assert.deepEqual(byId(entries, group(10))[0]?.['members@delta'], [
      { '@odata.type': '#microsoft.graph.user', id: user(20) },
      { '@odata.type': '#microsoft.graph.group', id: group(4) },
    ]);
    const left = { '@odata.type': '#microsoft.graph.user', id: user(0), '@removed': { reason: 'deleted' } };
    assert.deepEqual(byId(entries, group(1))[0]?.['members@delta'], [left]);
    assert.deepEqual(byId(entries, group(2))[0]?.['members@delta'], [{ ...left, id: user(30) }]);
  });

  it('slice many joins of an incremental round too', async () => {
    const { deltaLink } = await client.round(GROUP_SELECT);
    for (let index = 100; index < 200; index += 1) client.control.join(group(10), user(index));
    const { entries, pages } = await client.round(deltaLink);
    assert.equal(pages.length, 3);
    assert.equal(new Set(memberIds(byId(entries, group(10)))).size, 100);
  });

  it('stay silent in groups/delta about soft-deleted and restored members, and keep their memberships', async () => {
    const { deltaLink } = await client.round(GROUP_SELECT);
    client.control.removeUser(user(1));
    const second = await client.round(deltaLink);
    assert.deepEqual(second.entries, []);
    const members = await client.get(`/groups/${group(1)}/members`);
    assert.equal(
      objects(members.json['value']).some((each) => each['id'] === user(1)),
      false,
    );
    client.control.restoreUser(user(1));
    assert.deepEqual((await client.round(second.deltaLink)).entries, []);
    const again = await client.get(`/groups/${group(1)}/members`);
    assert.ok(objects(again.json['value']).some((each) => each['id'] === user(1)));
  });

  it('say deleted at once for a removed security group and changed for a Microsoft 365 group', async () => {
    const { deltaLink } = await client.round(GROUP_SELECT);
    client.control.removeGroup(group(10));
    client.control.removeGroup(group(4));
    const { entries, deltaLink: later } = await client.round(deltaLink);
    assert.deepEqual(entries, [
      { id: group(10), '@removed': { reason: 'deleted' } },
      { id: group(4), '@removed': { reason: 'changed' } },
    ]);
    client.control.restoreGroup(group(4));
    const restored = await client.round(later);
    assert.equal(memberIds(restored.entries).length, 8, 'a restored group comes with all its members');
  });

  it('bring manager@delta when the manager was selected and changed', async () => {
    const { entries, deltaLink } = await client.round('/users/delta?$select=displayName,manager');
    assert.deepEqual(byId(entries, user(20))[0]?.['manager@delta'], [
      { '@odata.type': '#microsoft.graph.user', id: user(1) },
    ]);
    client.control.setUserProperties(user(20), { manager: null });
    client.control.setUserProperties(user(21), { displayName: 'Other' });
    const changed = await client.round(deltaLink);
    assert.deepEqual(byId(changed.entries, user(20))[0]?.['manager@delta'], [
      { '@odata.type': '#microsoft.graph.user', id: user(1), '@removed': { reason: 'deleted' } },
    ]);
    assert.equal('manager@delta' in (byId(changed.entries, user(21))[0] ?? {}), false);
  });

  it('give only a delta link for $deltatoken=latest, from which later changes come', async () => {
    const answer = await client.get('/users/delta?$deltatoken=latest&$select=displayName');
    assert.deepEqual(answer.json['value'], []);
    client.control.setUserProperties(user(2), { displayName: 'Later' });
    const { entries } = await client.round(string(answer.json['@odata.deltaLink']));
    assert.deepEqual(entries, [{ id: user(2), displayName: 'Later' }]);
  });

  it('follow only the objects named by $filter=id eq, at most fifty', async () => {
    const filter = (count: number): string =>
      encodeURIComponent(Array.from({ length: count }, (_, index) => `id eq '${user(index)}'`).join(' or '));
    const { entries, deltaLink } = await client.round(`/users/delta?$select=displayName&$filter=${filter(2)}`);
    assert.deepEqual(
      entries.map((entry) => entry['id']),
      [user(0), user(1)],
    );
    client.control.setUserProperties(user(1), { displayName: 'One' });
    client.control.setUserProperties(user(2), { displayName: 'Two' });
    assert.deepEqual((await client.round(deltaLink)).entries, [{ id: user(1), displayName: 'One' }]);
    assert.equal((await client.get(`/users/delta?$filter=${filter(50)}`)).status, 200);
    assert.equal((await client.get(`/users/delta?$filter=${filter(51)}`)).status, 400);
    assert.equal((await client.get(`/users/delta?$filter=${encodeURIComponent("department eq 'Sales'")}`)).status, 400);
  });

  it('refuse $expand, $top, $orderby and options beside a token', async () => {
    for (const option of ['$top=5', '$orderby=displayName', '$expand=members', '$search="displayName:a"']) {
      assert.equal((await client.get(`/users/delta?${option}`)).status, 400, option);
    }
    const { deltaLink } = await client.round('/users/delta?$select=id');
    assert.equal((await client.get(`${deltaLink}&$select=displayName`)).status, 400);
  });

  it('refuse unknown and untracked properties in the words of Graph', async () => {
    const unknown = await client.get('/users/delta?$select=id,refreshTokensValidFromDateTime');
    assert.equal(unknown.status, 400);
    assert.match(
      string(graphError(unknown)['message']),
      /Could not find a property named 'refreshTokensValidFromDateTime' on type 'microsoft\.graph\.user'/,
    );
    const untracked = await client.get('/users/delta?$select=id,signInActivity');
    assert.equal(graphError(untracked)['code'], 'BadRequest');
    assert.match(
      string(graphError(untracked)['message']),
      /not supported for the following properties: signInActivity$/,
    );
  });

  it('answer an expired token with 410 and a Location whose delta token is empty, which starts anew', async () => {
    const { deltaLink } = await client.round('/users/delta?$select=displayName');
    client.control.expireDeltaTokens();
    const answer = await client.get(deltaLink);
    assert.equal(answer.status, 410);
    const location = string(answer.headers['location']);
    assert.match(location, /\/v1\.0\/users\/delta\?\$select=displayName&\$deltatoken=$/);
    assert.equal((await client.round(location)).entries.length, 232);
  });

  it('answer an expired token with 400 syncStateNotFound or 410 resyncRequired when told so, mid-round too', async () => {
    const codes: [Answer, string][] = [];
    for (const form of ['syncStateNotFound', 'resyncRequired'] as const) {
      const page = await client.get('/users/delta?$select=displayName');
      client.control.expireDeltaTokens(form);
      codes.push([await client.get(string(page.json['@odata.nextLink'])), form]);
    }
    for (const [answer, form] of codes) assert.equal(graphError(answer)['code'], form);
    assert.deepEqual(
      codes.map(([answer]) => answer.status),
      [400, 410],
    );
  });

  it('expire tokens after seven days', async () => {
    const { deltaLink } = await client.round('/users/delta?$select=id');
    await clock.advance(7 * 86_400_000);
    client.forgetToken();
    assert.equal((await client.get(deltaLink)).status, 200);
    await clock.advance(1);
    assert.equal((await client.get(deltaLink)).status, 410);
  });

  it('do not open tokens of another simulator or collection, and call nonsense nonsense', async () => {
    const other = await SimulatorClient.start({ clock });
    const { deltaLink } = await other.round('/users/delta?$select=id');
    await other.close();
    const token = new URL(deltaLink).search;
    assert.equal((await client.get(`/users/delta${token}`)).status, 410);
    const own = await client.round('/users/delta?$select=id');
    assert.equal((await client.get(`/groups/delta${new URL(own.deltaLink).search}`)).status, 410);
    assert.equal((await client.get('/users/delta?$deltatoken=%25%25')).status, 400);
  });

  it('lose nothing of what changes while a round is under way', async () => {
    const first = await client.get(GROUP_SELECT);
    client.control.leave(group(0), user(0));
    client.control.leave(group(0), user(200));
    const id = client.control.addUser({ userPrincipalName: 'late@contoso.com' });
    client.control.join(group(0), id);
    const rest = await client.round(string(first.json['@odata.nextLink']));
    const seen = new Set(
      memberIds([...objects(first.json['value']), ...rest.entries].filter((entry) => entry['id'] === group(0))),
    );
    const later = await client.round(rest.deltaLink);
    for (const member of objects(byId(later.entries, group(0))[0]?.['members@delta'])) {
      if ('@removed' in member) seen.delete(string(member['id']));
      else seen.add(string(member['id']));
    }
    const now = [...client.control.snapshot().groups].find((each) => each.id === group(0));
    assert.deepEqual([...seen].sort(), now?.members.map((member) => String(member.id)).sort());
  });

  it('hide changes until they are shown, so that a member can come before its user', async () => {
    const users = await client.round('/users/delta?$select=displayName');
    const groups = await client.round(GROUP_SELECT);
    client.control.hideChanges('users');
    const id = client.control.addUser({ userPrincipalName: 'early@contoso.com' });
    client.control.join(group(10), id);
    assert.deepEqual(memberIds((await client.round(groups.deltaLink)).entries), [id]);
    const hidden = await client.round(users.deltaLink);
    assert.deepEqual(hidden.entries, []);
    assert.deepEqual(byId((await client.round('/users/delta?$select=id')).entries, id), []);
    client.control.showChanges('users');
    assert.equal((await client.round(hidden.deltaLink)).entries[0]?.['id'], id);
  });

  it('repeat a page, send an empty page and a next link on a foreign host when told to', async () => {
    const first = await client.get('/users/delta?$select=id');
    const link = string(first.json['@odata.nextLink']);
    const second = await client.get(link);
    client.control.injectFault({ kind: 'replayedPage' });
    const replay = await client.get(link);
    assert.deepEqual(replay.json['value'], first.json['value']);
    assert.deepEqual((await client.get(string(replay.json['@odata.nextLink']))).json['value'], second.json['value']);
    client.control.injectFault({ kind: 'emptyPage' });
    const empty = await client.get(link);
    assert.deepEqual(empty.json['value'], []);
    assert.deepEqual((await client.get(string(empty.json['@odata.nextLink']))).json['value'], second.json['value']);
    client.control.injectFault({ kind: 'foreignNextLink' });
    const foreign = await client.get(link);
    assert.equal(new URL(string(foreign.json['@odata.nextLink'])).host, 'graph.attacker.example');
  });

  it('answer with the headers that Graph sends', async () => {
    const answer = await client.get('/users/delta', { 'client-request-id': 'f246ff61-2360-5d21-a799-cfe24e22d20f' });
    const { headers } = answer;
    assert.equal(
      headers['content-type'],
      'application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8',
    );
    assert.equal(headers['odata-version'], '4.0');
    assert.equal(headers['client-request-id'], 'f246ff61-2360-5d21-a799-cfe24e22d20f');
    assert.match(string(headers['request-id']), /^[0-9a-f-]{36}$/);
    assert.ok('ServerInfo' in object(JSON.parse(string(headers['x-ms-ags-diagnostic']))));
    assert.equal(headers['x-ms-resource-unit'], '1');
    assert.equal(headers['transfer-encoding'], 'chunked');
    assert.equal(headers['cache-control'], 'no-cache');
  });

  it('converge to the snapshot, whatever happened between the rounds', async () => {
    const select = '$select=displayName,department,mail,userPrincipalName,accountEnabled';
    const mirror = new Map<string, Record<string, unknown>>();
    const apply = (entries: readonly Entry[]): void => {
      for (const entry of entries) {
        const id = string(entry['id']);
        if ('@removed' in entry) mirror.delete(id);
        else mirror.set(id, { ...mirror.get(id), ...entry });
      }
    };
    let round = await client.round(`/users/delta?${select}`);
    apply(round.entries);
    for (let step = 0; step < 60; step += 1) {
      const index = (step * 37) % 230;
      const state = client.simulator.tenant.users.state(index);
      if (state === 'softDeleted') client.control.restoreUser(user(index));
      else if (step % 5 === 0) client.control.removeUser(user(index));
      else client.control.setUserProperties(user(index), { department: step % 3 === 0 ? null : `D${step}` });
      if (step % 7 === 0) {
        round = await client.round(round.deltaLink);
        apply(round.entries);
      }
    }
    apply((await client.round(round.deltaLink)).entries);
    const names = ['displayName', 'department', 'mail', 'userPrincipalName', 'accountEnabled'];
    const expected = new Map<string, Record<string, unknown>>();
    for (const { id, state, properties } of client.control.snapshot().users) {
      if (state !== 'live') continue;
      expected.set(id, {
        id,
        ...Object.fromEntries(
          names.flatMap((name) => (properties[name] === undefined ? [] : [[name, properties[name]]])),
        ),
      });
    }
    assert.deepEqual(Object.fromEntries(mirror), Object.fromEntries(expected));
  });
});

describe('simulated delta queries with a processing delay', () => {
  it('show a change only when it is old enough', async () => {
    const clock = new ManualClock();
    const client = await SimulatorClient.start({ clock, visibilityDelayMs: 5000 });
    try {
      const { deltaLink } = await client.round('/users/delta?$select=displayName');
      client.control.renameUser('bob@contoso.com', 'rob@contoso.com', 'Rob');
      const early = await client.round(deltaLink);
      assert.deepEqual(early.entries, []);
      await clock.advance(5000);
      assert.equal((await client.round(early.deltaLink)).entries[0]?.['displayName'], 'Rob');
    } finally {
      await client.close();
    }
  });

  it('report purged memberships when the tenant is one of those that do', async () => {
    const tenant = parseTenant(
      `tenant: {id: 0f7b9d3c-43a5-4f54-8a86-5d6c9a2f1b11, domains: [contoso.com]}
users: [{userPrincipalName: a@contoso.com}]
groups: [{displayName: G, members: [a@contoso.com]}]`,
      'inline',
    );
    const client = await SimulatorClient.start({ tenant, reportPurgedMemberships: true });
    try {
      const { deltaLink } = await client.round(GROUP_SELECT);
      client.control.purgeUser('a@contoso.com');
      const { entries } = await client.round(deltaLink);
      assert.deepEqual(objects(entries[0]?.['members@delta'])[0]?.['@removed'], { reason: 'deleted' });
    } finally {
      await client.close();
    }
  });
});
