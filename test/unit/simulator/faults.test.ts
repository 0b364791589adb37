import assert from 'node:assert/strict';
import { createConnection } from 'node:net';
import { once } from 'node:events';
import { connect } from 'node:tls';
import { request } from 'undici';
import { generateTenant } from '../../../src/simulator/generate.ts';
import { TenantModel } from '../../../src/simulator/tenant/tenant-model.ts';
import { eventually } from '../../support/eventually.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { type Answer, SimulatorClient, graphError, object, objects, string } from '../../support/simulator-client.ts';

describe('simulated trouble', () => {
  const clock = new ManualClock();
  let client: SimulatorClient;
  beforeEach(async () => {
    client = await SimulatorClient.start({ clock });
    await client.token();
  });
  afterEach(async () => {
    await client.close();
  });

  it('throttles with a decimal, a date and no Retry-After (graph.md §5)', async () => {
    client.control.injectFault({ kind: 'throttled', retryAfter: { form: 'decimal', seconds: 2.128 } });
    const decimal = await client.get('/users');
    assert.deepEqual([decimal.status, decimal.headers['retry-after']], [429, '2.128']);
    assert.equal(graphError(decimal)['code'], 'TooManyRequests');
    client.control.injectFault({ kind: 'throttled', retryAfter: { form: 'date', seconds: 30 } });
    assert.equal((await client.get('/users')).headers['retry-after'], 'Thu, 01 Jan 2026 00:00:30 GMT');
    client.control.injectFault({ kind: 'throttled', retryAfter: { form: 'none' } });
    assert.equal('retry-after' in (await client.get('/users')).headers, false);
    assert.equal((await client.get('/users')).status, 200, 'a fault hits once by default');
    assert.equal(client.control.statistics().throttled, 3);
  });

  it('fails with a server error and with HTML', async () => {
    client.control.injectFault({ kind: 'serverError', status: 502 });
    assert.equal((await client.get('/users')).status, 502);
    client.control.injectFault({ kind: 'unavailableHtml' });
    const html = await client.get('/users');
    assert.deepEqual([html.status, html.headers['content-type']], [503, 'text/html']);
    assert.match(html.text, /^<html>/);
  });

  it('refuses tokens and permissions', async () => {
    client.control.injectFault({ kind: 'expiredToken' });
    const expired = await client.get('/users');
    assert.deepEqual([expired.status, graphError(expired)['code']], [401, 'InvalidAuthenticationToken']);
    assert.match(string(expired.headers['www-authenticate']), /^Bearer /);
    client.control.injectFault({ kind: 'forbidden' });
    assert.equal(graphError(await client.get('/users'))['code'], 'Authorization_RequestDenied');
  });

  it('resets the connection and cuts the body off, and goes on serving', async () => {
    client.control.injectFault({ kind: 'connectionReset' });
    await assert.rejects(client.get('/users'));
    client.control.injectFault({ kind: 'truncatedBody' });
    await assert.rejects(client.get('/users'), /terminated|other side closed|aborted/i);
    assert.equal((await client.get('/users')).status, 200);
  });

  it('answers slowly until released, or for a time', async () => {
    client.control.injectFault({ kind: 'slow', match: { kind: 'users' } });
    const waiting = client.get('/users');
    assert.equal((await client.get('/groups')).status, 200, 'others are not held up');
    await clock.untilSleeping();
    client.control.releaseSlow();
    assert.equal((await waiting).status, 200);
    client.control.injectFault({ kind: 'slow', delayMs: 5000 });
    const delayed = client.get('/users');
    await clock.untilSleeping();
    await clock.advance(5000);
    assert.equal((await delayed).status, 200);
  });

  it('holds no answer back that nobody waits for any more', async () => {
    client.control.injectFault({ kind: 'slow' });
    const leaving = new AbortController();
    const { simulator, agent } = client;
    const waiting = request(`${simulator.url}/v1.0/users`, { dispatcher: agent, signal: leaving.signal });
    await clock.untilSleeping();
    leaving.abort();
    await assert.rejects(waiting);
    await eventually(
      async () => clock.sleeping,
      (count) => count === 0,
    );
  });

  it('hits the requests that match, as often as told and after as many as told', async () => {
    client.control.injectFault({ kind: 'serverError', match: { kind: 'groups' }, count: 2, after: 1 });
    client.control.injectFault({ kind: 'forbidden', match: { path: '/users/[^/]+$', method: 'get' } });
    const statuses = async (path: string, times: number): Promise<number[]> => {
      const seen: number[] = [];
      for (let n = 0; n < times; n += 1) seen.push((await client.get(path)).status);
      return seen;
    };
    assert.deepEqual(await statuses('/groups', 4), [200, 500, 500, 200]);
    assert.deepEqual(await statuses('/users', 1), [200]);
    assert.equal(client.control.pendingFaults(), 1);
    assert.deepEqual(await statuses('/users/alice@contoso.com', 2), [403, 200]);
    const id = client.control.injectFault({ kind: 'forbidden' });
    client.control.clearFaults(id);
    assert.deepEqual(await statuses('/users', 1), [200]);
    assert.throws(() => client.control.injectFault({ kind: 'forbidden', match: { path: '(' } }));
  });

  it('troubles the token endpoint too', async () => {
    client.forgetToken();
    client.control.injectFault({ kind: 'serverError', match: { kind: 'token' } });
    await assert.rejects(client.token());
    assert.equal((await client.get('/users')).status, 200);
  });

  it('expires access tokens by lifetime and on demand', async () => {
    await clock.advance(3_598_000);
    assert.equal((await client.get('/users')).status, 200);
    await clock.advance(1000);
    assert.equal(
      graphError(await client.get('/users'))['message'],
      'Lifetime validation failed, the token is expired.',
    );
    client.forgetToken();
    assert.equal((await client.get('/users')).status, 200);
    client.control.expireAccessTokens();
    assert.equal((await client.get('/users')).status, 401);
    client.forgetToken();
    assert.equal((await client.get('/users')).status, 200);
  });

  it('accepts no token, no bearer, a broken and a foreign token as little as Graph does', async () => {
    const other = await SimulatorClient.start();
    const foreign = await other.token();
    await other.close();
    const token = await client.token();
    const tampered = `${token.slice(0, -4)}AAAA`;
    for (const authorization of ['', 'Basic abc', 'Bearer', 'Bearer abc', `Bearer ${foreign}`, `Bearer ${tampered}`]) {
      const answer = await client.raw('/v1.0/users', { headers: authorization === '' ? {} : { authorization } });
      assert.deepEqual([answer.status, graphError(answer)['code']], [401, 'InvalidAuthenticationToken'], authorization);
    }
  });
});

describe('simulated throttling', () => {
  it('refuses what exceeds the resource units of ten seconds, warns above 80 %, and recovers (graph.md §5)', async () => {
    const clock = new ManualClock();
    const tenant = generateTenant({ seed: 1, users: 10, groups: 2 });
    const client = await SimulatorClient.start({ clock, tenant, throttling: 'microsoft' });
    try {
      let refused: Answer | undefined;
      let warned: string | undefined;
      for (let n = 0; n < 1000 && refused === undefined; n += 1) {
        const requests = Array.from({ length: 20 }, (_, id) => ({ id: String(id), method: 'GET', url: '/users' }));
        await clock.advance(1);
        const inner = objects((await client.post('/$batch', { requests })).json['responses']);
        const probe = await client.get('/organization');
        warned ??= probe.headers['x-ms-throttle-limit-percentage'] as string | undefined;
        if (probe.status === 429) refused = probe;
        if (inner.some((each) => each['status'] === 429)) refused ??= await client.get('/organization');
      }
      assert.ok(refused !== undefined && warned !== undefined);
      assert.ok(Number(warned) >= 0.8 && Number(warned) <= 1);
      const seconds = string(refused.headers['retry-after']);
      assert.match(seconds, /^\d+\.\d+$/);
      assert.match(string(refused.headers['x-ms-throttle-scope']), /^Tenant_Application\/ReadWrite\//);
      assert.equal(refused.headers['x-ms-throttle-information'], 'ResourceUnitLimitExceeded');
      await clock.advance(Number(seconds) * 1000);
      assert.equal((await client.get('/organization')).status, 200);
    } finally {
      await client.close();
    }
  });

  it('counts what each request costs', async () => {
    const client = await SimulatorClient.start();
    try {
      const group = client.simulator.tenant.groups.id(1);
      const costs: [string, string][] = [
        ['/users', '2'],
        ['/users?$select=id', '1'],
        ['/users/delta', '1'],
        [`/groups/${group}/members`, '3'],
        [`/groups/${group}/members?$select=id&$top=5`, '1'],
        [`/groups/${group}/transitiveMembers`, '5'],
        ['/users/alice@contoso.com/memberOf', '2'],
        ['/organization', '1'],
      ];
      for (const [path, units] of costs)
        assert.equal((await client.get(path)).headers['x-ms-resource-unit'], units, path);
      assert.equal(
        client.control.statistics().resourceUnits,
        costs.reduce((sum, [, units]) => sum + Number(units), 0),
      );
    } finally {
      await client.close();
    }
  });
});

describe('simulator under hostile input', () => {
  let client: SimulatorClient;
  const errors: unknown[] = [];
  beforeEach(async () => {
    errors.length = 0;
    client = await SimulatorClient.start({ onError: (error) => errors.push(error) });
  });
  afterEach(async () => {
    assert.deepEqual(errors, []);
    assert.equal((await client.get('/users?$top=1')).status, 200, 'still serving');
    await client.close();
  });

  it('refuses a body beyond 1 MiB with 413', async () => {
    const answer = await client
      .raw('/contoso.com/oauth2/v2.0/token', { method: 'POST', body: 'a'.repeat(1_048_577) })
      .catch(() => undefined);
    // The connection may be cut before the client has sent everything; what counts is that nothing is processed.
    assert.ok(answer === undefined || answer.status === 413);
    const fits = await client.raw('/contoso.com/oauth2/v2.0/token', { method: 'POST', body: 'a'.repeat(1_048_576) });
    assert.equal(fits.status, 400);
  });

  it('survives bytes that are no TLS and TLS that is no HTTP', async () => {
    const plain = createConnection(client.simulator.port, '127.0.0.1');
    plain.on('error', () => undefined);
    plain.write('GET / HTTP/1.1\r\n\r\n');
    plain.resume();
    await once(plain, 'close');
    const secure = connect({ port: client.simulator.port, host: '127.0.0.1', ca: client.ca });
    secure.on('error', () => undefined);
    await once(secure, 'secureConnect');
    secure.write('\0\u0001\u0002 nonsense\r\n\r\n');
    secure.resume();
    await once(secure, 'close');
  });

  it('answers odd paths without failing', async () => {
    const paths = [
      '/',
      '//',
      '/v1.0',
      '/v1.0/',
      '/v1.0//users//',
      '/v1.0/%zz',
      '/v1.0/users/%00',
      '/v1.0/groups/a/members/b/c/d',
      '/v1.0/$batch',
      '/v1.0/directoryObjects',
      '/v1.0/directory',
      '/v1.0/users/delta/x',
      '/control/snapshot',
      '/v1.0/__proto__',
      '/v1.0/users/__proto__',
    ];
    for (const path of paths) {
      const answer = await client.raw(path, { headers: { authorization: `Bearer ${await client.token()}` } });
      assert.ok(answer.status >= 200 && answer.status < 500, `${path}: ${answer.status}`);
    }
  });

  it('puts only a plausible Host header into links', async () => {
    const socket = connect({ port: client.simulator.port, host: '127.0.0.1', ca: client.ca });
    await once(socket, 'secureConnect');
    const token = await client.token();
    socket.write(
      `GET /v1.0/users?$top=1 HTTP/1.1\r\nHost: evil"/><x\r\nAuthorization: Bearer ${token}\r\nConnection: close\r\n\r\n`,
    );
    let text = '';
    for await (const chunk of socket) text += String(chunk);
    assert.equal(text.includes('evil'), false);
    assert.match(text, /"@odata\.nextLink":"https:\/\/127\.0\.0\.1:\d+\/v1\.0\/users/);
  });
});

describe('simulator with an error of its own', () => {
  it('answers 500, tells of the error and goes on serving', async () => {
    const errors: unknown[] = [];
    const base = generateTenant({ seed: 1, users: 3, groups: 0 });
    const broken = {
      ...base.population,
      account: (): never => {
        throw new Error('broken account');
      },
    };
    const tenant = new TenantModel(base.facts, broken);
    const client = await SimulatorClient.start({ tenant, onError: (error) => errors.push(error) });
    try {
      assert.equal((await client.signIn('alice@contoso.com', 'Passw0rd!')).status, 500);
      assert.match(String(errors[0]), /broken account/);
      assert.equal((await client.get('/users')).status, 200);
    } finally {
      await client.close();
    }
  });
});

describe('control endpoint', () => {
  let client: SimulatorClient;
  const token = 'control-secret';
  before(async () => {
    client = await SimulatorClient.start({ controlToken: token });
  });
  after(async () => {
    await client.close();
  });

  const call = (name: string, body: unknown, bearer = token, method = 'POST'): Promise<Answer> =>
    client.raw(`/control/${name}`, {
      method,
      headers: { authorization: `Bearer ${bearer}` },
      ...(method === 'POST' ? { body: typeof body === 'string' ? body : JSON.stringify(body) } : {}),
    });

  it('needs its token, POST, a known name and a body of the right shape', async () => {
    assert.equal((await call('statistics', {}, 'wrong')).status, 401);
    assert.equal((await call('statistics', {}, token, 'GET')).status, 405);
    const unknown = await call('explode', {});
    assert.equal(unknown.status, 404);
    assert.match(string(unknown.json['error']), /known are addUser, /);
    assert.match(string((await call('removeUser', {})).json['error']), /user/);
    assert.equal((await call('removeUser', '{')).status, 400);
    assert.match(
      string((await call('removeUser', { user: 'nobody@contoso.com' })).json['error']),
      /there is no user nobody@contoso\.com/,
    );
    assert.match(
      string((await call('setSignIn', { user: 'bob@contoso.com', signIn: 'magic' })).json['error']),
      /mfaRequired/,
    );
    assert.equal((await call('injectFault', { kind: 'meteor' })).status, 400);
  });

  it('does everything that the methods do', async () => {
    const done = async (name: string, body: unknown): Promise<Readonly<Record<string, unknown>>> => {
      const answer = await call(name, body);
      assert.equal(answer.status, 200, `${name}: ${answer.text}`);
      return answer.json;
    };
    const { id } = await done('addUser', {
      userPrincipalName: 'zoe@contoso.com',
      password: 'pw',
      properties: { displayName: 'Zoë' },
    });
    await done('renameUser', { user: id, userPrincipalName: 'zoey@contoso.com' });
    await done('disableUser', { user: id });
    await done('enableUser', { user: id });
    await done('setUserProperties', { user: id, properties: { department: 'Zoo', jobTitle: null } });
    await done('changePassword', { user: id, password: 'pw2' });
    await done('setSignIn', { user: id, signIn: 'mfaRequired' });
    assert.deepEqual(await done('credentials', { user: id }), {
      userPrincipalName: 'zoey@contoso.com',
      password: 'pw2',
      signIn: 'mfaRequired',
    });
    const first = (await done('addGroup', { displayName: 'Keepers' }))['id'];
    await done('addGroup', { displayName: 'Cooks', properties: { groupTypes: ['Unified'] } });
    await done('join', { group: 'Keepers', member: id });
    await done('move', { member: 'zoey@contoso.com', from: 'Keepers', to: 'Cooks' });
    await done('join', { group: 'Cooks', member: 'Keepers' });
    await done('leave', { group: 'Cooks', member: first });
    await done('renameGroup', { group: 'Keepers', displayName: 'Zoo Keepers' });
    await done('setGroupProperties', { group: 'Zoo Keepers', properties: { description: 'd' } });
    await done('removeGroup', { group: 'Cooks' });
    await done('restoreGroup', { group: 'Cooks' });
    await done('removeUser', { user: id });
    await done('restoreUser', { user: 'zoey@contoso.com' });
    await done('hideChanges', { collection: 'users' });
    await done('showChanges', { collection: 'users' });
    await done('expireDeltaTokens', {});
    await done('resetLockouts', {});
    const fault = await done('injectFault', { kind: 'slow', delayMs: 1, count: 3 });
    assert.deepEqual(await done('pendingFaults', {}), { pending: 3 });
    await done('clearFaults', fault);
    await done('releaseSlow', {});
    const snapshot = await done('snapshot', {});
    const zoe = objects(snapshot['users']).find((each) => each['id'] === id);
    assert.equal(object(zoe?.['properties'])['department'], 'Zoo');
    const cooks = objects(snapshot['groups']).find((each) => object(each['properties'])['displayName'] === 'Cooks');
    assert.deepEqual(cooks?.['members'], [{ id, type: 'user', live: true }]);
    await done('purgeUser', { user: id });
    await done('purgeGroup', { group: first });
    await done('expireAccessTokens', {});
    await done('resetStatistics', {});
    assert.deepEqual((await done('statistics', {}))['signIns'], {});
  });

  it('refuses what Entra would refuse', async () => {
    const refused = async (name: string, body: unknown, why: RegExp): Promise<void> => {
      const answer = await call(name, body);
      assert.equal(answer.status, 400);
      assert.match(string(answer.json['error']), why);
    };
    await refused('approveDevice', { userCode: 'NOBODY', user: 'alice@contoso.com' }, /no sign-in with this user code/);
    await refused('addUser', { userPrincipalName: 'ALICE@contoso.com' }, /called ALICE@contoso\.com already/);
    await refused('renameUser', { user: 'bob@contoso.com', userPrincipalName: 'alice@contoso.com' }, /already/);
    await refused('addUser', { userPrincipalName: 'x@contoso.com', id: 'no-guid' }, /not an object id/);
    await refused(
      'addUser',
      { userPrincipalName: 'x@contoso.com', id: client.simulator.tenant.users.id(0) },
      /is taken/,
    );
    await refused('restoreUser', { user: 'bob@contoso.com' }, /only a soft-deleted/);
    await refused('join', { group: 'Engineering', member: 'Engineering' }, /member of itself/);
    await refused('join', { group: 'Engineering', member: 'alice@contoso.com' }, /already/);
    await refused('leave', { group: 'Empty Room', member: 'alice@contoso.com' }, /not a member/);
    await refused('removeGroup', { group: 'Project Falcon' }, /2 groups are called/);
  });

  it('is not there without a token', async () => {
    const closed = await SimulatorClient.start();
    try {
      const answer = await closed.raw('/control/statistics', { method: 'POST', headers: { authorization: 'Bearer ' } });
      assert.notEqual(answer.status, 200);
    } finally {
      await closed.close();
    }
  });
});
