import assert from 'node:assert/strict';

import { createCertificateAuthority, issueServerCertificate } from '../../../src/certificates/authority.ts';
import { createGraph } from '../../../src/graph/graph.ts';
import type { Graph, GraphOptions } from '../../../src/graph/graph.ts';
import type { Collection, DirectoryChange } from '../../../src/identity/change.ts';
import { silentLog } from '../../../src/observability/log.ts';
import { generateTenant } from '../../../src/simulator/generate.ts';
import { startSimulator } from '../../../src/simulator/simulator.ts';
import type { Simulator } from '../../../src/simulator/simulator.ts';
import { DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET } from '../../../src/simulator/tenant/registration.ts';
import { systemClock } from '../../../src/timing/clock.ts';
import type { Clock } from '../../../src/timing/clock.ts';
import { everyProperty } from '../../support/every-property.ts';
import { secretCredential, sourceError } from './graph-fixture.ts';

const requestTimeoutMs = 20_000;

// Waits between attempts are over at once; the timeout of a request is real.
const impatient: Clock = {
  ...systemClock,
  sleep: (ms, signal) => systemClock.sleep(ms === requestTimeoutMs ? ms : 0, signal),
};

const signal = new AbortController().signal;
const nowMs = Date.now();
let caPem = '';
let simulator: Simulator;
let graph: Graph;

function connect(overrides: Partial<GraphOptions> = {}): Graph {
  return createGraph({
    tenantId: simulator.tenant.tenantId,
    clientId: DEFAULT_CLIENT_ID,
    credentials: [secretCredential(DEFAULT_CLIENT_SECRET)],
    authorityHost: simulator.url,
    graphUrl: simulator.url,
    ca: caPem,
    requestTimeoutMs,
    properties: everyProperty,
    clock: impatient,
    random: Math.random,
    log: silentLog,
    ...overrides,
  });
}

interface Round {
  readonly changes: DirectoryChange[];
  readonly rejected: number;
  readonly deltaLink: string;
}

async function round(collection: Collection, from?: string): Promise<Round> {
  const changes: DirectoryChange[] = [];
  let rejected = 0;
  let deltaLink = '';
  for await (const page of graph.feed.delta(collection, from, signal, { retries: 0, throttledMs: 0 })) {
    changes.push(...page.changes);
    rejected += page.rejected.length;
    if (page.link.kind === 'delta') deltaLink = page.link.url;
  }
  return { changes, rejected, deltaLink };
}

describe('a whole tenant', () => {
  before(async () => {
    const authority = await createCertificateAuthority({ commonName: 'Test authority', nowMs, days: 2 });
    caPem = authority.certPem;
    simulator = await startSimulator({
      tenant: generateTenant({ seed: 5, users: 700, groups: 40 }),
      certificate: await issueServerCertificate({ authority, hosts: ['127.0.0.1'], nowMs, days: 1 }),
      pageSize: 60,
      memberSliceSize: 50,
    });
  });
  after(async () => simulator[Symbol.asyncDispose]());
  beforeEach(() => {
    graph = connect();
  });
  afterEach(async () => graph.close());

  it('is read completely: every user, and every group with its members in slices', async () => {
    const [users, groups] = await Promise.all([round('users'), round('groups')]);
    assert.equal(users.rejected + groups.rejected, 0);
    const state = simulator.control.snapshot();
    const live = [...state.users].filter((user) => user.state === 'live');
    const read = new Map(
      users.changes.flatMap((change) => (change.kind === 'user' ? [[change.id, change.properties]] : [])),
    );
    assert.equal(read.size, live.length);
    for (const user of live) {
      const properties = read.get(user.id);
      const expected = Object.keys(user.properties).filter((name) => everyProperty.users.includes(name));
      for (const name of expected) assert.deepEqual(properties?.[name], user.properties[name], name);
    }
    const members = new Map<string, Set<string>>();
    for (const change of groups.changes) {
      if (change.kind !== 'group') continue;
      const set = members.get(change.id) ?? new Set();
      for (const member of change.members) set.add(`${member.type} ${member.id}`);
      members.set(change.id, set);
    }
    for (const group of state.groups) {
      const expected = group.members.filter((member) => member.live).map(({ id, type }) => `${type} ${id}`);
      assert.deepEqual(
        expected.filter((member) => members.get(group.id)?.has(member) !== true),
        [],
      );
    }
  });

  it('comes again as only what changed since the delta link', async () => {
    const { deltaLink } = await round('users');
    assert.deepEqual((await round('users', deltaLink)).changes, []);
    simulator.control.setUserProperties('alice@contoso.com', { jobTitle: null, department: 'Crypto' });
    const { changes } = await round('users', deltaLink);
    assert.equal(changes.length, 1);
    const [change] = changes;
    assert.equal(change?.kind === 'user' && change.properties['department'], 'Crypto');
    assert.equal(change?.kind === 'user' && change.properties['jobTitle'], null);
  });

  it('asks for a new start when the delta token is too old, in both forms', async () => {
    const { deltaLink } = await round('users');
    simulator.control.expireDeltaTokens('gone');
    await assert.rejects(round('users', deltaLink), sourceError('resyncRequired'));
    const second = await round('users');
    simulator.control.expireDeltaTokens('syncStateNotFound');
    await assert.rejects(round('users', second.deltaLink), sourceError('resyncRequired'));
  });

  for (const kind of [
    'throttled',
    'serverError',
    'unavailableHtml',
    'connectionReset',
    'truncatedBody',
    'expiredToken',
  ] as const) {
    it(`is read completely in spite of ${kind}`, async () => {
      simulator.control.injectFault({
        kind,
        match: { kind: 'usersDelta' },
        after: 2,
        count: kind === 'expiredToken' ? 1 : 3,
      });
      const { changes } = await round('users');
      assert.equal(simulator.control.pendingFaults(), 0);
      assert.equal(new Set(changes.filter((change) => change.kind === 'user').map(({ id }) => id)).size, 700);
    });
  }

  it('is not followed to a foreign host', async () => {
    simulator.control.injectFault({ kind: 'foreignNextLink', match: { kind: 'usersDelta' } });
    await assert.rejects(round('users'), sourceError('protocol'));
    simulator.control.clearFaults();
  });

  it('describes itself', async () => {
    const { id, verifiedDomains } = await graph.organization(signal);
    assert.equal(id, simulator.tenant.tenantId);
    assert.ok(verifiedDomains.some(({ name, isDefault }) => name === 'contoso.com' && isDefault));
  });

  it('checks passwords, and tells whose it was, and under which number Microsoft has the request', async () => {
    const right = await graph.passwords.check('Alice@CONTOSO.com', Buffer.from('Passw0rd!'), signal);
    const alice = [...simulator.control.snapshot().users].find(
      ({ properties }) => properties['userPrincipalName'] === 'alice@contoso.com',
    );
    assert.ok(right.kind === 'accepted');
    assert.equal(right.objectId, alice?.id);
    const numbers = new Set([right.correlationId]);
    for (const [name, password, reason, aadsts] of [
      ['alice@contoso.com', 'passw0rd!', 'wrong', 50126],
      ['nobody@contoso.com', 'x', 'noSuchUser', 50034],
    ] as const) {
      const refused = await graph.passwords.check(name, Buffer.from(password), signal);
      assert.ok(refused.kind === 'refused');
      assert.deepEqual([refused.reason, refused.aadsts, refused.passwordProven], [reason, aadsts, false]);
      numbers.add(refused.correlationId);
    }
    assert.equal(numbers.size, 3);
    for (const number of numbers) assert.match(number ?? '', /^[0-9a-f-]{36}$/);
  });

  it('refuses a wrong secret and an unknown tenant, each with its reason', async () => {
    await using wrongSecret = connect({ credentials: [secretCredential('wrong')] });
    await assert.rejects(
      wrongSecret.organization(signal),
      sourceError('credentials', ({ details }) => details.sourceCode === '7000215'),
    );
    assert.equal(
      (await wrongSecret.passwords.check('alice@contoso.com', Buffer.from('x'), signal)).kind,
      'misconfigured',
    );
    await using wrongTenant = connect({ tenantId: '99999999-9999-4999-8999-999999999999' });
    await assert.rejects(
      wrongTenant.organization(signal),
      sourceError('credentials', ({ details }) => details.sourceCode === '90002'),
    );
    assert.equal(
      (await wrongTenant.passwords.check('alice@contoso.com', Buffer.from('x'), signal)).kind,
      'misconfigured',
    );
  });
});
