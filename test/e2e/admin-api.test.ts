import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fastify } from 'fastify';
import { hashPassword } from '../../src/auth/hash-password.ts';
import type { AdminTokenReport, NewAdminToken } from '../../src/identity/admin-token.ts';
import { generateTenant } from '../../src/simulator/generate.ts';
import { DaemonOnSimulator } from '../support/daemon-on-simulator.ts';
import { HttpOfDaemon, httpOnFreePort } from '../support/http-daemon.ts';

const bindDn = 'cn=reader,ou=services,dc=contoso,dc=com';
const servicePassword = 'api-test';

/** What the test looks at of a described operation. */
interface Described {
  readonly responses: { readonly 200: { readonly content: Readonly<Record<string, { readonly schema?: object }>> } };
}

/** What stands against documents by a JSON Schema: Fastify checks bodies by it. */
async function complaintsAbout(schema: object, documents: readonly string[]): Promise<readonly string[]> {
  const app = fastify({ ajv: { customOptions: { removeAdditional: false, coerceTypes: false } } });
  app.post('/', { schema: { body: schema } }, () => 'good');
  const complaints: string[] = [];
  for (const payload of documents) {
    const headers = { 'content-type': 'application/json' };
    const { statusCode, body } = await app.inject({ method: 'POST', url: '/', headers, payload });
    if (statusCode !== 200) complaints.push(`${body} ${payload}`);
  }
  await app.close();
  return complaints;
}

describe('the administration over HTTP', function () {
  this.timeout(120_000);
  let daemon: DaemonOnSimulator;
  let http: HttpOfDaemon;
  let reader: NewAdminToken;
  let operator: NewAdminToken;

  before(async () => {
    daemon = await DaemonOnSimulator.open({
      tenant: generateTenant({ seed: 43, users: 100, groups: 12 }),
      sections: {
        http: httpOnFreePort,
        serviceAccounts: [{ name: 'reader', passwordHash: await hashPassword(servicePassword) }],
      },
    });
    http = new HttpOfDaemon(daemon);
    // Made without a daemon: there is a store and nothing else yet.
    reader = await http.token('monitoring', 'read');
    await daemon.start();
    await daemon.waitFor(/"event":"sync\.round\.finished"/);
    operator = await http.token('operations', 'read,people,sync,approve,audit,unlock,passwords');
  });

  after(() => daemon[Symbol.asyncDispose]());

  it('takes a token that was made without a daemon, and one that was made beside it', async () => {
    for (const { token } of [reader, operator]) {
      const { status, json } = await http.ask('/api/v1/status', { token });
      assert.deepEqual([status, json['state']], [200, 'serving']);
    }
  });

  it('shows a token once and keeps its hash only (FED-12)', async () => {
    assert.match(operator.token, /^eldt_[0-9A-Za-z]{8}_[0-9A-Za-z]{43}$/);
    const { tokens } = await daemon.json<{ tokens: readonly AdminTokenReport[] }>('admin-token', 'list');
    assert.deepEqual(
      tokens.map(({ name }) => name),
      ['monitoring', 'operations'],
    );
    assert.ok(!JSON.stringify(tokens).includes(operator.token.slice(-43)));
    assert.ok(!JSON.stringify(tokens).includes('hash'));
    const folder = join(daemon.folder, 'store', 'db');
    const stored = readdirSync(folder).map((name) => readFileSync(join(folder, name)));
    assert.ok(
      stored.some((bytes) => bytes.includes(operator.id)),
      'what is known of it is there',
    );
    assert.ok(!stored.some((bytes) => bytes.includes(operator.token.slice(-43))), 'and the token is not');
    assert.ok(!daemon.output.includes(operator.token.slice(-43)));
  });

  it('records when and from where a token was last used', async () => {
    const { tokens } = await daemon.json<{ tokens: readonly AdminTokenReport[] }>('admin-token', 'list');
    const used = tokens.find(({ id }) => id === operator.id);
    assert.equal(used?.lastUsedFrom, '127.0.0.1');
    assert.ok((used?.lastUsedAtMs ?? 0) >= operator.createdAtMs);
  });

  it('is closed without a token, with a wrong one, and for what a token does not allow (P7)', async () => {
    const without = await http.ask('/api/v1/status');
    assert.deepEqual([without.status, without.headers.get('www-authenticate')], [401, 'Bearer realm="entra-ldapd"']);
    const wrong = await http.ask('/api/v1/status', { token: `${reader.token.slice(0, -1)}!` });
    assert.equal(wrong.status, 401);
    const narrow = await http.ask('/api/v1/objects?kind=user', { token: reader.token });
    assert.equal(narrow.status, 403);
    assert.match(narrow.text, /does not have the scope people/);
    assert.match(narrow.headers.get('www-authenticate') ?? '', /error="insufficient_scope", scope="people"/);
    assert.equal((await http.ask('/api/v1/nothing', { token: operator.token })).status, 404);
    assert.equal((await http.ask('/api/v1/backup', { token: operator.token, body: { secrets: true } })).status, 404);
  });

  it('does what the control socket does: lists, explanations, rounds, plans, history, log, binds', async () => {
    const { token } = operator;
    const users = (await http.ask('/api/v1/objects?kind=user&state=shown', { token })).text.trim().split('\n');
    const [first] = users.map((line) => JSON.parse(line) as { objectId: string; name: string });
    assert.ok(users.length > 50 && first !== undefined);
    const { json } = await http.ask(`/api/v1/explain?kind=user&name=${first.objectId}`, { token });
    assert.equal(json['found'], 'one');
    const { round } = (await http.ask('/api/v1/sync', { token, body: { full: true } })).json;
    const events = (await http.ask(`/api/v1/rounds/${String(round)}`, { token })).text.trim().split('\n');
    assert.match(events.at(-1) ?? '', /"kind":"finished".*"outcome":"unchanged"/);
    const plan = await http.ask('/api/v1/plan', { token, body: { pull: false, itemsMax: 10 } });
    assert.deepEqual([plan.status, plan.json['items']], [200, []]);
    assert.match((await http.ask('/api/v1/history?limit=1', { token })).text, /^\{.*"kind":"round".*\}\n$/);
    assert.match((await http.ask('/api/v1/logs?event=sync.*&limit=2', { token })).text, /sync\.round\.finished/);
    assert.match((await http.ask('/api/v1/export', { token })).text, /^version: 1\n/);
    assert.equal((await http.ask('/api/v1/binds', { token })).status, 200);
    assert.equal((await http.ask('/api/v1/domains', { token })).status, 200);
    assert.equal((await http.ask('/api/v1/publications', { token })).status, 200);
  });

  it('never reads a configuration that comes with a request, which could name files of this machine', async () => {
    const config = { file: '/etc/entra-ldapd.yaml', text: '${file:/etc/shadow}' };
    const { status } = await http.ask('/api/v1/plan', {
      token: operator.token,
      body: { pull: false, itemsMax: 1, config },
    });
    assert.equal(status, 400);
  });

  it('refuses with a sentence what cannot be done, and logs who did what (409)', async () => {
    const { token } = operator;
    const { status, text } = await http.ask('/api/v1/hold', { token, body: { hold: null, decision: 'approved' } });
    assert.deepEqual([status, text], [409, '{"error":{"code":"refused","message":"Nothing is held back."}}']);
    await daemon.waitFor(
      new RegExp(
        `"event":"http\\.api\\.answered".*"id":"${operator.id}","name":"operations".*/api/v1/hold.*"status":409`,
      ),
    );
  });

  it('approves what is held back', async () => {
    const { token } = operator;
    const { users } = daemon.simulator.control.snapshot();
    for (const { id } of [...users].filter(({ state }) => state === 'live').slice(0, 60)) {
      daemon.simulator.control.removeUser(id);
    }
    const { round } = (await http.ask('/api/v1/sync', { token, body: { full: false } })).json;
    await http.ask(`/api/v1/rounds/${String(round)}`, { token });
    const items = (await http.ask('/api/v1/hold/items', { token })).text.trim().split('\n');
    assert.ok(items.length > 30);
    const decided = await http.ask('/api/v1/hold', { token, body: { hold: null, decision: 'approved' } });
    assert.equal(decided.status, 200);
    await http.ask(`/api/v1/rounds/${String(decided.json['round'])}`, { token });
    assert.equal((await http.ask('/api/v1/status', { token })).json['state'], 'serving');
  });

  it('gives a token another name, as the command does, and ends it at once (FED-11)', async () => {
    const keeper = await http.token('keeper', 'tokens,read', '--expires', '1d');
    const { token } = keeper;
    const made = await http.ask('/api/v1/tokens', {
      token,
      body: { name: 'second', description: 'by another', scopes: ['read'], lifetimeMs: 3_600_000 },
    });
    const second = made.json as unknown as NewAdminToken;
    assert.equal((await http.ask('/api/v1/status', { token: second.token })).status, 200);
    const beyond = await http.ask('/api/v1/tokens', {
      token,
      body: { name: 'third', description: '', scopes: ['read', 'people'], lifetimeMs: 1000 },
    });
    assert.deepEqual([beyond.status, /does not have itself: people/.test(beyond.text)], [403, true]);
    const longer = await http.ask('/api/v1/tokens', {
      token,
      body: { name: 'third', description: '', scopes: ['read'], lifetimeMs: null },
    });
    assert.deepEqual([longer.status, /ends later/.test(longer.text)], [403, true]);
    const edited = await daemon.run('admin-token', 'edit', second.id, '--name', 'x'.repeat(100));
    assert.equal(edited.code, 0, edited.stderr);
    const past = await daemon.run('admin-token', 'edit', second.id, '--description', 'd'.repeat(251));
    assert.deepEqual([past.code, /at most 250 characters/.test(past.stderr)], [8, true]);
    const list = (await http.ask('/api/v1/tokens', { token })).json as unknown as readonly AdminTokenReport[];
    assert.deepEqual(list.map(({ name }) => name).toSorted(), ['keeper', 'monitoring', 'operations', 'x'.repeat(100)]);
    assert.equal((await daemon.run('admin-token', 'revoke', second.id)).code, 0);
    assert.equal((await http.ask('/api/v1/status', { token: second.token })).status, 401);
    assert.match(daemon.output, new RegExp(`"event":"admin_token\\.revoked".*"id":"${second.id}"`));
  });

  it('answers as it describes its answers', async () => {
    const { token } = await http.token('all', 'all', '--expires', '1d');
    const { json } = await http.ask('/api/v1/openapi.json');
    const paths = json['paths'] as Record<string, Record<string, Described>>;
    const [line = ''] = (await http.ask('/api/v1/objects?kind=user', { token })).text.split('\n', 1);
    const { objectId } = JSON.parse(line) as { objectId: string };
    const queries: Readonly<Record<string, string>> = {
      '/api/v1/objects': '?kind=user',
      '/api/v1/explain': `?kind=user&name=${objectId}`,
      '/api/v1/logs': '?level=info',
    };
    let checked = 0;
    for (const [path, { get }] of Object.entries(paths)) {
      const [type, { schema = {} }] = Object.entries(get?.responses['200'].content ?? {})[0] ?? ['', {}];
      // What is followed has no end of its own.
      if (get === undefined || type === 'text/plain' || path.endsWith('/follow')) continue;
      const asked = path.replace('{round}', '1');
      const { status, headers, text } = await http.ask(`${asked}${queries[path] ?? ''}`, { token });
      assert.deepEqual([status, headers.get('content-type')?.split(';')[0]], [200, type], path);
      const documents = type === 'application/x-ndjson' ? text.split('\n').filter((each) => each !== '') : [text];
      const complaints = await complaintsAbout(schema, documents);
      assert.deepEqual(complaints, [], path);
      checked += documents.length;
    }
    assert.ok(checked > 100, `${checked} documents`);
  });

  it('counts what happens: searches, binds, results, rounds, requests of Graph, connections', async () => {
    const before = await http.metrics();
    const client = await daemon.bound(bindDn, servicePassword);
    await client.search('dc=contoso,dc=com', { scope: 'sub', filter: '(uid=*)', attributes: ['uid'] });
    await assert.rejects(client.search('ou=none,dc=contoso,dc=com', { scope: 'sub' }));
    await assert.rejects(daemon.bound(bindDn, 'wrong'));
    const after = await http.metrics();
    const moved = (name: string, labels = ''): number => {
      const value = (families: typeof after): number => families.get(name)?.samples.get(`${name}${labels}`) ?? 0;
      return value(after) - value(before);
    };
    assert.equal(moved('entra_ldapd_binds_total', '{link="service",verdict="accepted"}'), 1);
    assert.equal(moved('entra_ldapd_binds_total', '{link="service",verdict="refused"}'), 1);
    assert.equal(moved('entra_ldapd_ldap_operations_total', '{operation="search"}'), 2);
    assert.equal(moved('entra_ldapd_ldap_results_total', '{operation="search",result="success"}'), 1);
    assert.equal(moved('entra_ldapd_ldap_results_total', '{operation="search",result="noSuchObject"}'), 1);
    assert.equal(moved('entra_ldapd_ldap_results_total', '{operation="bind",result="invalidCredentials"}'), 1);
    const histogram = 'entra_ldapd_ldap_search_duration_seconds';
    const searches = (families: typeof after): number =>
      families.get(histogram)?.samples.get(`${histogram}_count`) ?? 0;
    assert.equal(searches(after) - searches(before), 2);
    assert.ok(moved('entra_ldapd_ldap_entries_sent_total') > 10);
    assert.ok(
      (after.get('entra_ldapd_graph_requests_total')?.samples.get('entra_ldapd_graph_requests_total') ?? 0) > 3,
    );
    assert.ok((after.get('entra_ldapd_store_size_bytes')?.samples.get('entra_ldapd_store_size_bytes') ?? 0) > 10_000);
    assert.ok(after.has('process_resident_memory_bytes') && after.has('nodejs_eventloop_lag_p99_seconds'));
    assert.equal(await http.metric('entra_ldapd_ldap_connections', '{security="clear"}'), 2);
  });

  it('describes itself, every path with its scope, and offers no path beside those', async () => {
    const { json } = await http.ask('/api/v1/openapi.json');
    const paths = json['paths'] as Record<string, Record<string, { security: { token: string[] }[] }>>;
    assert.ok(Object.keys(paths).length > 20);
    for (const [path, methods] of Object.entries(paths)) {
      for (const [method, operation] of Object.entries(methods)) {
        const asked = path.replace('{round}', '1');
        const { status } = await http.ask(asked, { method: method.toUpperCase(), token: reader.token });
        const isAllowed = operation.security[0]?.token[0] === 'read';
        assert.equal(status === 403, !isAllowed, `${method} ${path}: ${status}`);
      }
    }
  });
});
