import assert from 'node:assert/strict';

import type { Collection, DirectoryChange } from '../../../src/identity/change.ts';
import type { ObjectId } from '../../../src/identity/ids.ts';
import { type Scope, wholeTenant } from '../../../src/identity/scope.ts';
import { modelId } from '../../support/model-tenant.ts';
import { graphFailure, json } from '../../support/fake-microsoft.ts';
import type { Answer } from '../../support/fake-microsoft.ts';
import { sourceError, startFixture } from './graph-fixture.ts';
import type { GraphFixture } from './graph-fixture.ts';

const signal = new AbortController().signal;
const [ada, bob, eve] = [1, 2, 3].map((number) => modelId('user', number)) as [ObjectId, ObjectId, ObjectId];
const staff = modelId('group', 1);

interface Changes {
  readonly users?: Partial<Scope['users']>;
  readonly groups?: Partial<Scope['groups']>;
  readonly assignedOnly?: boolean;
}

function scopeOf({ users, groups, assignedOnly = false }: Changes): Scope {
  return { users: { ...wholeTenant.users, ...users }, groups: { ...wholeTenant.groups, ...groups }, assignedOnly };
}

function fixtureWith(changes: Changes): Promise<GraphFixture> {
  return startFixture({ scope: scopeOf(changes) });
}

async function admitted({ graph }: GraphFixture, collection: Collection = 'users'): Promise<readonly ObjectId[]> {
  const ids = await graph.admission?.admitted(collection, signal, { retries: 0, throttledMs: 0 });
  assert.ok(ids);
  return [...ids];
}

function ids(...value: readonly string[]): Answer {
  return json({ value: value.map((id) => ({ id })) });
}

/** A page with more to come. */
function page(...value: readonly string[]): Answer {
  return (response, request) => {
    const next = `https://${request.headers.host}/v1.0/users?$skiptoken=more`;
    json({ value: value.map((id) => ({ id })), '@odata.nextLink': next })(response, request);
  };
}

function urlsOf({ microsoft }: GraphFixture): readonly string[] {
  return microsoft.graphRequests.map(({ url }) => decodeURIComponent(url));
}

describe('admission to the scope', () => {
  it('asks nothing and decides nothing for the whole tenant', async () => {
    await using fixture = await startFixture({ scope: wholeTenant });
    assert.equal(fixture.graph.admission, undefined);
    await using users = await fixtureWith({ users: { filter: "department eq 'x'" } });
    const groups = await users.graph.admission?.admitted('groups', signal, { retries: 0, throttledMs: 0 });
    assert.equal(groups, undefined);
    assert.equal(users.microsoft.graphRequests.length, 0);
  });

  it('asks for ids by an advanced query, and says so on every page (FAM-20)', async () => {
    await using fixture = await fixtureWith({ users: { filter: "displayName eq 'R&D + 1'" } });
    fixture.microsoft.graph(page(ada, bob), ids(eve));
    assert.deepEqual(await admitted(fixture), [ada, bob, eve]);
    const [first, second] = fixture.microsoft.graphRequests;
    const query = new URL(first?.url ?? '', fixture.microsoft.origin).searchParams;
    assert.deepEqual(Object.fromEntries(query), {
      $select: 'id',
      $top: '999',
      $filter: "displayName eq 'R&D + 1'",
      $count: 'true',
    });
    for (const request of [first, second]) assert.equal(request?.headers['consistencylevel'], 'eventual');
  });

  it('is another query of the feed when the scope is another, so that everything is read anew', async () => {
    const queries = new Set<string>();
    const microsoft = { graphUrl: 'https://graph.example', authorityHost: 'https://login.example' };
    const scopes: readonly Changes[] = [
      {},
      { users: { filter: 'a' } },
      { users: { filter: 'b' } },
      { groups: { filter: 'a' } },
      { users: { memberOf: ['a'] } },
      { assignedOnly: true },
    ];
    for (const changes of scopes) {
      await using fixture = await startFixture({ ...microsoft, scope: scopeOf(changes) });
      queries.add(fixture.graph.feed.query);
    }
    assert.equal(queries.size, scopes.length);
  });

  it('has a list complete or not at all (P2)', async () => {
    await using fixture = await fixtureWith({ users: { filter: 'f' } });
    const broken: readonly (readonly [Answer, string])[] = [
      [graphFailure(403, 'Authorization_RequestDenied'), 'forbidden'],
      [json({ value: 'none' }), 'protocol'],
      [json({ value: [{ id: ada }, { displayName: 'no id' }] }), 'protocol'],
      [json({ value: [null] }), 'protocol'],
      [json({ value: [], '@odata.nextLink': 'https://other.example/v1.0/users?$skiptoken=1' }), 'protocol'],
    ];
    for (const [answer, code] of broken) {
      fixture.microsoft.graph(page(ada), answer);
      await assert.rejects(
        admitted(fixture),
        (error) => error instanceof Error && 'code' in error && error.code === code,
      );
    }
  });

  it('reads a list from its beginning when it expires on the way, and not for ever (P8)', async () => {
    await using fixture = await fixtureWith({ users: { filter: 'f' } });
    const expired = graphFailure(400, 'Directory_ExpiredPageToken');
    fixture.microsoft.graph(page(ada), expired, page(bob), ids(eve));
    assert.deepEqual(await admitted(fixture), [bob, eve]);
    fixture.microsoft.graph(expired);
    await assert.rejects(
      admitted(fixture),
      sourceError('protocol', ({ message }) => /again and again/.test(message)),
    );
  });

  it("tells a refused filter in Graph's own words on one line, and what the limit of 15 means", async () => {
    await using fixture = await fixtureWith({ groups: { filter: 'f' } });
    const refusal = (message: string): Answer => json({ error: { code: 'Request_UnsupportedQuery', message } }, 400);
    fixture.microsoft.graph(refusal('Invalid\u001b[31m\n  clause'));
    await assert.rejects(
      admitted(fixture, 'groups'),
      sourceError('badRequest', ({ message }) =>
        message.startsWith(
          'groups.filter is refused. Microsoft Graph says: Invalid [31m clause The language is in https',
        ),
      ),
    );
    const limit =
      "Too many child clauses specified in search filter expression containing 'OR' operators: 18. Max allowed: 15.";
    fixture.microsoft.graph(refusal(limit));
    await assert.rejects(
      admitted(fixture, 'groups'),
      sourceError('badRequest', ({ message }) => message.includes(limit) && /at most 15 alternatives/.test(message)),
    );
  });

  it('takes the members of given groups, nested ones included, by object id or by name (FAM-17, SNP-09)', async () => {
    await using fixture = await fixtureWith({ users: { memberOf: [staff, "O'Neil's"] } });
    fixture.microsoft.graph(ids(ada), ids(modelId('group', 2)), ids(bob));
    assert.deepEqual(await admitted(fixture), [ada, bob]);
    const [members, named, others] = urlsOf(fixture);
    assert.match(members ?? '', new RegExp(`/groups/${staff}/transitiveMembers/microsoft.graph.user\\?`));
    assert.match(named ?? '', /\/groups\?.*\$filter=displayName eq 'O''Neil''s'/);
    assert.match(others ?? '', new RegExp(`/groups/${modelId('group', 2)}/transitiveMembers/`));
  });

  it('admits who meets all conditions', async () => {
    await using fixture = await fixtureWith({ users: { filter: 'f', memberOf: [staff] } });
    fixture.microsoft.graph(ids(ada, bob), ids(bob, eve));
    assert.deepEqual(await admitted(fixture), [bob]);
  });

  it('takes a group that does not exist, or a name that several have, for a mistake and not for nobody (P2)', async () => {
    await using fixture = await fixtureWith({ users: { memberOf: ['Staff'] } });
    fixture.microsoft.graph(ids());
    await assert.rejects(
      admitted(fixture),
      sourceError('notFound', ({ message }) => message === 'users.memberOf names a group that does not exist: Staff'),
    );
    fixture.microsoft.graph(ids(staff, modelId('group', 2)));
    await assert.rejects(
      admitted(fixture),
      sourceError('notFound', ({ message }) => message.startsWith('2 groups have the name')),
    );
    fixture.microsoft.graph(ids(staff), graphFailure(404, 'Request_ResourceNotFound'));
    await assert.rejects(
      admitted(fixture),
      sourceError('notFound', ({ message }) => /does not exist: Staff/.test(message)),
    );
  });

  it('reads single objects fifteen at a time in one batch, with the properties of the delta query', async () => {
    await using fixture = await fixtureWith({ users: { filter: 'f' } });
    const wanted = Array.from({ length: 16 }, (_, index) => modelId('user', index));
    const value = [
      { id: wanted[0], displayName: 'First', mail: null },
      { id: wanted[1], displayName: 7 },
    ];
    fixture.microsoft.graph(
      json({
        responses: [
          { id: '1', status: 200, body: { value: [] } },
          { id: '0', status: 200, body: { value } },
        ],
      }),
    );
    const changes: DirectoryChange[] = [];
    const rejected: (string | undefined)[] = [];
    const { admission } = fixture.graph;
    assert.ok(admission);
    for await (const read of admission.objects('users', wanted, signal, { retries: 0, throttledMs: 0 })) {
      changes.push(...read.changes);
      rejected.push(...read.rejected.map(({ id }) => id));
    }
    assert.deepEqual(changes, [
      { kind: 'user', id: wanted[0], properties: { displayName: 'First', mail: null, manager: null } },
    ]);
    assert.deepEqual(rejected, [wanted[1]]);
    const [batch] = fixture.microsoft.graphRequests;
    const { requests } = JSON.parse(batch?.body ?? '') as { readonly requests: readonly { readonly url: string }[] };
    const [first, second] = requests.map(({ url }) => decodeURIComponent(url));
    assert.equal(/in \((.*)\)/.exec(first ?? '')?.[1]?.split(',').length, 15);
    assert.equal(/in \((.*)\)/.exec(second ?? '')?.[1], `'${wanted[15]}'`);
    assert.match(first ?? '', /\$select=id,accountEnabled,/);
  });
});
