import assert from 'node:assert/strict';

import { createDeltaFeed } from '../../../src/graph/delta-feed.ts';
import type { GraphClient } from '../../../src/graph/graph-client.ts';
import { selectionOf } from '../../../src/graph/selection.ts';
import type { DeltaPage } from '../../../src/identity/change.ts';
import { graphFailure, json, startFakeMicrosoft } from '../../support/fake-microsoft.ts';
import type { Answer } from '../../support/fake-microsoft.ts';
import { readAll, sourceError, startFixture } from './graph-fixture.ts';
import type { GraphFixture } from './graph-fixture.ts';

const neverAsked = (): Promise<never> => Promise.reject(new Error('nothing is asked here'));

const aliceId = '00000000-0000-0000-0000-00000000000a';

function next(token: string, value: readonly object[] = []): Answer {
  return (response, request) => {
    const link = `https://${request.headers.host}/v1.0/users/delta?$skiptoken=${token}`;
    json({ value, '@odata.nextLink': link })(response, request);
  };
}

function last(token: string, value: readonly object[] = []): Answer {
  return (response, request) => {
    const link = `https://${request.headers.host}/v1.0/users/delta?$deltatoken=${token}`;
    json({ value, '@odata.deltaLink': link })(response, request);
  };
}

function deltaFrom({ graph }: GraphFixture, from?: string): AsyncGenerator<DeltaPage, void, void> {
  return graph.feed.delta('users', from, new AbortController().signal, { retries: 0, throttledMs: 0 });
}

describe('the delta feed', () => {
  it('asks once for the properties it tracks, without $top, and then follows the links as they are', async () => {
    await using fixture = await startFixture();
    fixture.microsoft.graph(next('b+c%2Fd,https://x?y=1&$select=id'), last('e'));
    await readAll(fixture);
    const [first, second] = fixture.microsoft.graphRequests.map(({ url }) => url);
    const initial = new URL(first ?? '', fixture.microsoft.origin);
    assert.equal(initial.pathname, '/v1.0/users/delta');
    assert.deepEqual([...initial.searchParams.keys()], ['$select']);
    const selected = initial.searchParams.get('$select')?.split(',') ?? [];
    for (const name of ['accountEnabled', 'userType', 'lastPasswordChangeDateTime']) {
      assert.ok(selected.includes(name), name);
    }
    assert.equal(second, '/v1.0/users/delta?$skiptoken=b+c%2Fd,https://x?y=1&$select=id');
  });

  it('selects the members of groups', async () => {
    await using fixture = await startFixture();
    fixture.microsoft.graph(last('a'));
    const statistics = { retries: 0, throttledMs: 0 };
    for await (const page of fixture.graph.feed.delta('groups', undefined, new AbortController().signal, statistics)) {
      assert.equal(page.link.kind, 'delta');
    }
    const url = new URL(fixture.microsoft.graphRequests[0]?.url ?? '', fixture.microsoft.origin);
    assert.equal(url.pathname, '/v1.0/groups/delta');
    assert.ok(url.searchParams.get('$select')?.split(',').includes('members'));
  });

  it('selects what it is told to and nothing else, and with another selection is another query (FED-18)', async () => {
    const badge = 'extension_0123456789abcdef0123456789abcdef_badge';
    const untracked = ['customSecurityAttributes', 'extkvbmkofy_course'];
    const users = ['mail', badge, 'manager', 'displayName', ...untracked];
    await using fixture = await startFixture({ properties: { users, groups: [] } });
    fixture.microsoft.graph(last('a'));
    await readAll(fixture);
    const url = new URL(fixture.microsoft.graphRequests[0]?.url ?? '', fixture.microsoft.origin);
    // Delta queries do not report the untracked ones, and some are refused.
    assert.equal(url.searchParams.get('$select'), `displayName,${badge},mail,manager`);
    // Links go on with the properties that they were made with, so the engine must see another query.
    const client: GraphClient = { get: neverAsked, batch: neverAsked };
    const queryWith = (names: readonly string[]): string =>
      createDeltaFeed(client, fixture.microsoft.origin, {
        users: selectionOf('users', names),
        groups: selectionOf('groups', []),
      }).query;
    assert.equal(queryWith([...users].reverse()), fixture.graph.feed.query, 'the order says nothing');
    for (const name of users) {
      assert.notEqual(queryWith(users.filter((each) => each !== name)), fixture.graph.feed.query, name);
    }
  });

  it('says in the words of Microsoft Graph which property the tenant does not have, and where to look', async () => {
    await using fixture = await startFixture();
    fixture.microsoft.graph(
      graphFailure(400, 'Request_BadRequest', {}, "Could not find a property named 'extension_x' on type 'user'."),
    );
    await assert.rejects(
      readAll(fixture),
      sourceError('badRequest', ({ message }) => {
        assert.match(message, /named 'extension_x' on type/);
        assert.match(message, /attributes discover users/);
        return true;
      }),
    );
  });

  it('names the permissions that selected properties take beside those of all users, when it is refused (PAIN-21)', async () => {
    await using fixture = await startFixture({ properties: { users: ['employeeLeaveDateTime', 'mail'], groups: [] } });
    fixture.microsoft.graph(graphFailure(403, 'Authorization_RequestDenied'));
    await assert.rejects(
      readAll(fixture),
      sourceError('forbidden', ({ message }) =>
        /employeeLeaveDateTime takes User-LifeCycleInfo\.Read\.All/.test(message),
      ),
    );
  });

  it('yields every page up to and including the one with the delta link, empty ones too', async () => {
    await using fixture = await startFixture();
    fixture.microsoft.graph(
      next('1', [{ id: aliceId, mail: null }]),
      next('2'),
      last('3', [{ id: aliceId }]),
      last('4'),
    );
    const pages = await readAll(fixture);
    assert.deepEqual(
      pages.map(({ link, changes }) => [link.kind, changes.length]),
      [
        ['next', 1],
        ['next', 0],
        ['delta', 1],
      ],
    );
    assert.equal(fixture.microsoft.graphRequests.length, 3);
  });

  it('goes on from a stored link', async () => {
    await using fixture = await startFixture();
    fixture.microsoft.graph(last('new'));
    const from = `${fixture.microsoft.origin}/v1.0/users/delta?$deltatoken=old`;
    for await (const page of deltaFrom(fixture, from)) assert.match(page.link.url, /deltatoken=new/);
    assert.equal(fixture.microsoft.graphRequests[0]?.url, '/v1.0/users/delta?$deltatoken=old');
  });

  it('asks for the next page while the caller works on this one', async () => {
    await using fixture = await startFixture();
    let asked: () => void = () => undefined;
    const secondAsked = new Promise<void>((resolve) => {
      asked = resolve;
    });
    fixture.microsoft.graph(next('1'), (response, request) => {
      asked();
      last('2')(response, request);
    });
    const pages = deltaFrom(fixture);
    await pages.next();
    await secondAsked;
    assert.equal((await pages.next()).done, false);
    assert.equal((await pages.next()).done, true);
  });

  it('drops the page that is on its way when the caller stops early', async () => {
    await using fixture = await startFixture();
    const gone = new Promise<void>((resolve) => {
      fixture.microsoft.graph(next('1'), (response) => response.on('close', resolve));
    });
    for await (const page of deltaFrom(fixture)) {
      assert.equal(page.link.kind, 'next');
      await fixture.microsoft.graphRequested(2);
      break;
    }
    await gone;
  });

  it('yields the page it has before it reports that the next one cannot be had', async () => {
    await using fixture = await startFixture();
    fixture.microsoft.graph(next('1'), graphFailure(403, 'Authorization_RequestDenied'));
    const pages = deltaFrom(fixture);
    assert.equal((await pages.next()).done, false);
    await assert.rejects(pages.next(), sourceError('forbidden'));
  });

  it('follows no link to another host, and sends no token there', async () => {
    await using fixture = await startFixture();
    await using foreign = await startFakeMicrosoft();
    fixture.microsoft.graph(json({ value: [], '@odata.nextLink': `${foreign.origin}/v1.0/users/delta?$skiptoken=1` }));
    await assert.rejects(readAll(fixture), sourceError('protocol'));
    await assert.rejects(deltaFrom(fixture, `${foreign.origin}/v1.0/users/delta`).next(), sourceError('protocol'));
    assert.equal(foreign.graphRequests.length, 0);
  });

  it('calls a demand to start anew at the very start a breach of protocol, so that nobody starts for ever', async () => {
    await using fixture = await startFixture();
    fixture.microsoft.graph(graphFailure(410, 'resyncRequired'));
    await assert.rejects(readAll(fixture), sourceError('protocol'));
  });

  it('asks for a new start when Graph refuses a stored link as wrong, and not when it refuses the query itself', async () => {
    await using fixture = await startFixture();
    fixture.microsoft.graph(graphFailure(400, 'Request_BadRequest'));
    const stored = deltaFrom(fixture, `${fixture.microsoft.origin}/v1.0/users/delta?$deltatoken=mangled`);
    await assert.rejects(stored.next(), sourceError('resyncRequired'));
    await assert.rejects(deltaFrom(fixture).next(), sourceError('badRequest'));
  });

  it('takes a page that comes again, and gives up on one that keeps leading to itself (P8)', async () => {
    await using fixture = await startFixture();
    fixture.microsoft.graph(next('1'), next('1'), next('1'), next('2'), last('3'));
    assert.equal((await readAll(fixture)).length, 5);
    fixture.microsoft.graph(...Array.from({ length: 40 }, () => next('1')), last('2'));
    await assert.rejects(
      readAll(fixture),
      sourceError('protocol', ({ message }) => /circle/.test(message)),
    );
    assert.ok(fixture.microsoft.graphRequests.length < 30);
  });

  it('asks for a new start when a skip token of the initial round has become invalid', async () => {
    await using fixture = await startFixture();
    fixture.microsoft.graph(next('1'), graphFailure(400, 'syncStateNotFound'));
    await assert.rejects(readAll(fixture), sourceError('resyncRequired'));
  });
});
