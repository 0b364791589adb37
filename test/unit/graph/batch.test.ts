import assert from 'node:assert/strict';

import type { BatchAnswer } from '../../../src/graph/batch.ts';
import { batchRequestsMax } from '../../../src/graph/batch.ts';
import { CredentialChain } from '../../../src/graph/credential-chain.ts';
import { createGraphClient } from '../../../src/graph/graph-client.ts';
import type { GraphClient } from '../../../src/graph/graph-client.ts';
import { Pace } from '../../../src/graph/pace.ts';
import { createTokenSource } from '../../../src/graph/token-source.ts';
import { createTransport } from '../../../src/graph/transport.ts';
import type { SourceTraffic } from '../../../src/identity/source-traffic.ts';
import { graphFailure, json, reset, startFakeMicrosoft } from '../../support/fake-microsoft.ts';
import type { Answer, FakeMicrosoft } from '../../support/fake-microsoft.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { recordingLog } from '../../support/recording-log.ts';
import { drive, secretCredential, sourceError, timeoutMs } from './graph-fixture.ts';

/** One request of a batch as it was sent. */
interface Sent {
  readonly id: string;
  readonly method: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
}

interface Fixture extends AsyncDisposable {
  readonly microsoft: FakeMicrosoft;
  readonly client: GraphClient;
  readonly clock: ManualClock;
  readonly traffic: () => SourceTraffic;
  /** What is asked of `/groups/1`, `/groups/2` …: so many requests in one batch. */
  ask(requests: number, advanced?: true): Promise<readonly BatchAnswer[]>;
}

async function start(): Promise<Fixture> {
  const microsoft = await startFakeMicrosoft();
  const { origin } = microsoft;
  const clock = new ManualClock();
  const log = recordingLog();
  const transport = createTransport({ ca: microsoft.caPem, proxy: undefined, timeoutMs, clock });
  const tokens = createTokenSource({
    application: { tenantId: 'tenant', clientId: 'client', authorityHost: origin },
    credentials: new CredentialChain([secretCredential('secret')], clock, log),
    transport,
    clock,
    scope: `${origin}/.default`,
    closing: new AbortController().signal,
  });
  const pace = new Pace(clock, log);
  const client = createGraphClient({ origin, tokens, transport, pace, clock, random: () => 0.5, log });
  return {
    microsoft,
    client,
    clock,
    traffic: () => pace.report(),
    ask: (requests, advanced) =>
      client.batch({
        requests: Array.from({ length: requests }, (_, index) => ({
          url: `${origin}/v1.0/groups/${index + 1}?$select=id`,
          ...(advanced === undefined ? {} : { advanced }),
        })),
        operation: 'groups',
        signal: new AbortController().signal,
        statistics: { retries: 0, throttledMs: 0 },
      }),
    async [Symbol.asyncDispose]() {
      await transport.close();
      await microsoft[Symbol.asyncDispose]();
    },
  };
}

function sentIn({ microsoft }: Fixture, index: number): readonly Sent[] {
  return (JSON.parse(microsoft.graphRequests[index]?.body ?? '{}') as { requests: readonly Sent[] }).requests;
}

/** Answers each request of a batch by its address; what is undefined is left out. */
function answering(
  answer: (url: string) => { status: number; headers?: Readonly<Record<string, string>>; body?: unknown } | undefined,
): Answer {
  return (response, request) => {
    const { requests } = JSON.parse(request.body) as { requests: readonly Sent[] };
    const responses = requests
      .flatMap(({ id, url }) => {
        const found = answer(url);
        return found === undefined ? [] : [{ id, ...found }];
      })
      .reverse();
    json({ responses })(response, request);
  };
}

const throttled = (retryAfter: string) => ({
  status: 429,
  headers: { 'Retry-After': retryAfter },
  body: { error: { code: 'TooManyRequests' } },
});
const found = (url: string) => ({ status: 200, headers: { 'x-ms-resource-unit': '2' }, body: { url } });

function urls(answers: readonly BatchAnswer[]): readonly unknown[] {
  return answers.map((answer) => ('body' in answer ? answer.body['url'] : answer.error.code));
}

describe('a batch of requests', () => {
  it('sends addresses behind the version, and tells answers apart by their ids and not by their order', async () => {
    await using fixture = await start();
    fixture.microsoft.graph(answering(found));
    const answers = await fixture.ask(3, true);
    assert.deepEqual(urls(answers), ['/groups/1?$select=id', '/groups/2?$select=id', '/groups/3?$select=id']);
    const [request] = fixture.microsoft.graphRequests;
    assert.deepEqual([request?.method, request?.url], ['POST', '/v1.0/$batch']);
    assert.equal(request?.headers['x-ms-throttle-priority'], 'low');
    assert.equal(request?.headers['content-type'], 'application/json');
    const [first] = sentIn(fixture, 0);
    const headers = { ConsistencyLevel: 'eventual' };
    assert.deepEqual(first, { id: '0', method: 'GET', url: '/groups/1?$select=id', headers });
  });

  it('asks again only for what was held up, after the longest of the waits that were asked for', async () => {
    await using fixture = await start();
    const refusals = new Map<string, ReturnType<Parameters<typeof answering>[0]>>([
      ['/groups/2?$select=id', throttled('7')],
      ['/groups/3?$select=id', throttled('3')],
      ['/groups/4?$select=id', { status: 503 }],
    ]);
    fixture.microsoft.graph(
      answering((url) => refusals.get(url) ?? found(url)),
      answering(found),
    );
    const asking = fixture.ask(5);
    assert.deepEqual(await drive(fixture.clock, asking), [7000]);
    assert.equal(urls(await asking).length, 5);
    assert.deepEqual(
      sentIn(fixture, 1).map(({ id }) => id),
      ['1', '2', '3'],
    );
    const { requests, resourceUnits, throttled: refused } = fixture.traffic();
    assert.deepEqual([requests, resourceUnits, refused], [8, 10, 2], 'each request inside counts as one');
  });

  it('tells of each request that is refused for good, and spoils none of the others', async () => {
    await using fixture = await start();
    fixture.microsoft.graph(
      answering((url) =>
        url.startsWith('/groups/2')
          ? { status: 404, body: { error: { code: 'Request_ResourceNotFound' } } }
          : found(url),
      ),
    );
    assert.deepEqual(urls(await fixture.ask(3)), ['/groups/1?$select=id', 'notFound', '/groups/3?$select=id']);
    assert.equal(fixture.microsoft.graphRequests.length, 1);
  });

  it('asks again for what an answer leaves out, for what is no JSON, and when the batch itself fails', async () => {
    await using fixture = await start();
    fixture.microsoft.graph(
      graphFailure(503, 'unavailable'),
      reset,
      answering((url) => (url.startsWith('/groups/1') ? undefined : { status: 200, body: '<html>' })),
      answering(found),
    );
    const asking = fixture.ask(2);
    await drive(fixture.clock, asking);
    assert.deepEqual(urls(await asking), ['/groups/1?$select=id', '/groups/2?$select=id']);
    assert.equal(fixture.microsoft.graphRequests.length, 4);
  });

  it('gives up after eight attempts (P8)', async () => {
    await using fixture = await start();
    fixture.microsoft.graph(answering((url) => (url.startsWith('/groups/1') ? throttled('1') : found(url))));
    const asking = fixture.ask(2);
    const refused = assert.rejects(
      asking,
      sourceError('throttled', ({ details }) => details.attempts === 8),
    );
    await drive(fixture.clock, asking);
    await refused;
    assert.equal(fixture.microsoft.graphRequests.length, 8);
  });

  it('refuses an answer that is no list of answers, and addresses that lead elsewhere', async () => {
    await using fixture = await start();
    fixture.microsoft.graph(json({ value: [] }));
    await assert.rejects(fixture.ask(1), sourceError('protocol'));
    const query = {
      operation: 'groups',
      signal: new AbortController().signal,
      statistics: { retries: 0, throttledMs: 0 },
    };
    for (const url of ['https://other.example/v1.0/groups', `${fixture.microsoft.origin}/beta/groups`]) {
      await assert.rejects(fixture.client.batch({ ...query, requests: [{ url }] }), sourceError('protocol'));
    }
    assert.equal(fixture.microsoft.graphRequests.length, 1, 'no token went elsewhere');
  });

  it(`has at most ${batchRequestsMax} requests, and none at all asks nothing (P8)`, async () => {
    await using fixture = await start();
    fixture.microsoft.graph(answering(found));
    assert.equal((await fixture.ask(batchRequestsMax)).length, batchRequestsMax);
    await assert.rejects(fixture.ask(batchRequestsMax + 1), RangeError);
    assert.deepEqual(await fixture.ask(0), []);
    assert.equal(fixture.microsoft.graphRequests.length, 1);
  });

  it('slows down once by the fullest allowance that is told inside, and waits for each request of the next batch', async () => {
    await using fixture = await start();
    const share = (url: string) => ({
      ...found(url),
      headers: { 'x-ms-throttle-limit-percentage': url.startsWith('/groups/2') ? '0.9' : '0.81' },
    });
    fixture.microsoft.graph(answering(share));
    await fixture.ask(3);
    assert.equal(fixture.traffic().allowanceUsed, 0.9);
    await fixture.ask(4);
    // The first batch had no pace yet; the second takes four turns of 50 ms, which the third waits for.
    const third = fixture.ask(1);
    const [waited] = await drive(fixture.clock, third);
    assert.equal(waited, 4 * 50);
  });
});
