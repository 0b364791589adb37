import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';

import { SourceError } from '../../../src/identity/source-error.ts';
import { graphFailure, json, reset, silent, text, truncated } from '../../support/fake-microsoft.ts';
import type { Answer } from '../../support/fake-microsoft.ts';
import { drive, readAll, secretValue, sourceError, startFixture, timeoutMs } from './graph-fixture.ts';

const deltaUrl = (origin: string): string => `${origin}/v1.0/users/delta?$deltatoken=end`;

const lastPage: Answer = (response, request) =>
  json({ value: [], '@odata.deltaLink': deltaUrl(`https://${request.headers.host}`) })(response, request);

describe('requests to Microsoft Graph', () => {
  const passing: readonly [what: string, answer: Answer][] = [
    ['a 500', graphFailure(500, 'generalException')],
    ['a 502', graphFailure(502, 'badGateway')],
    ['a 503 that is an HTML page', text('<html>Service unavailable</html>', 503, { 'content-type': 'text/html' })],
    ['a 504', graphFailure(504, 'gatewayTimeout')],
    ['a 408', graphFailure(408, 'requestTimeout')],
    ['a connection that is reset', reset],
    ['a body that is cut off', truncated],
    ['a 200 that is no JSON', text('<html>Sign in to the guest network</html>')],
    [
      'a compressed body that is cut off',
      text(gzipSync('{"value":[]}').subarray(0, 20), 200, { 'content-encoding': 'gzip' }),
    ],
  ];
  for (const [what, answer] of passing) {
    it(`are repeated after ${what}, with exponential backoff`, async () => {
      await using fixture = await startFixture();
      fixture.microsoft.graph(answer, answer, lastPage);
      const reading = readAll(fixture);
      const waits = await drive(fixture.clock, reading);
      assert.equal((await reading).length, 1);
      assert.deepEqual(waits, [250, 500]);
      assert.equal(fixture.microsoft.graphRequests.length, 3);
    });
  }

  const retryAfter: readonly [form: string, header: string, waitMs: number][] = [
    ['decimal seconds', '2.128', 2128],
    ['whole seconds', '10', 10_000],
    ['an HTTP-date', new Date(Date.UTC(2026, 0, 1, 0, 0, 20)).toUTCString(), 20_000],
  ];
  for (const [form, header, waitMs] of retryAfter) {
    it(`wait as long as Retry-After says in ${form}`, async () => {
      await using fixture = await startFixture();
      fixture.microsoft.graph(graphFailure(429, 'TooManyRequests', { 'retry-after': header }), lastPage);
      const reading = readAll(fixture);
      assert.deepEqual(await drive(fixture.clock, reading), [waitMs]);
      await reading;
    });
  }

  for (const header of [undefined, '0', 'soon']) {
    it(`back off when a 429 has Retry-After ${header ?? 'missing'}`, async () => {
      await using fixture = await startFixture();
      const headers = header === undefined ? {} : { 'retry-after': header };
      fixture.microsoft.graph(graphFailure(429, 'TooManyRequests', headers), lastPage);
      const reading = readAll(fixture);
      assert.deepEqual(await drive(fixture.clock, reading), [250]);
      await reading;
    });
  }

  it('count retries and throttled time for the summary of the round', async () => {
    await using fixture = await startFixture();
    const throttled = graphFailure(429, 'TooManyRequests', { 'retry-after': '3' });
    fixture.microsoft.graph(throttled, graphFailure(500, 'x'), lastPage);
    const statistics = { retries: 0, throttledMs: 0 };
    const pages = fixture.graph.feed.delta('users', undefined, new AbortController().signal, statistics);
    const reading = pages.next();
    await drive(fixture.clock, reading);
    await reading;
    assert.deepEqual(statistics, { retries: 2, throttledMs: 3000 });
  });

  it('are given up after eight attempts, with the facts of the last answer (P8)', async () => {
    await using fixture = await startFixture();
    fixture.microsoft.graph(graphFailure(503, 'serviceNotAvailable'));
    const reading = readAll(fixture);
    const rejected = assert.rejects(
      reading,
      sourceError('unavailable', (error) => {
        assert.deepEqual(error.details, {
          status: 503,
          sourceCode: 'serviceNotAvailable',
          requestId: 'request-1',
          attempts: 8,
        });
        return true;
      }),
    );
    const waits = await drive(fixture.clock, reading);
    await rejected;
    assert.deepEqual(waits, [250, 500, 1000, 2000, 4000, 8000, 15_000]);
    assert.equal(fixture.microsoft.graphRequests.length, 8);
  });

  it('are given up at once when Retry-After is beyond the budget, and say how long to wait (P8)', async () => {
    await using fixture = await startFixture();
    fixture.microsoft.graph(graphFailure(429, 'TooManyRequests', { 'retry-after': '301' }));
    await assert.rejects(
      readAll(fixture),
      sourceError('throttled', ({ details }) => details.retryAfterMs === 301_000 && details.attempts === 1),
    );
  });

  it('wait for a Retry-After that uses the budget up to the last millisecond (P8)', async () => {
    await using fixture = await startFixture();
    fixture.microsoft.graph(graphFailure(429, 'TooManyRequests', { 'retry-after': '300' }), lastPage);
    const reading = readAll(fixture);
    assert.deepEqual(await drive(fixture.clock, reading), [300_000]);
    await reading;
  });

  const final: readonly [status: number, code: string, expected: SourceError['code']][] = [
    [400, 'Request_BadRequest', 'resyncRequired'],
    [400, 'SyncStateNotFound', 'resyncRequired'],
    [400, 'Directory_ExpiredPageToken', 'resyncRequired'],
    [410, 'anything', 'resyncRequired'],
    [404, 'resyncRequired', 'resyncRequired'],
    [403, 'Authorization_RequestDenied', 'forbidden'],
    [404, 'Request_ResourceNotFound', 'notFound'],
    [302, 'moved', 'protocol'],
  ];
  for (const [status, code, expected] of final) {
    it(`end at once with ${expected} after a ${status} ${code}`, async () => {
      await using fixture = await startFixture();
      fixture.microsoft.graph(graphFailure(status, code, { location: 'https://elsewhere.example/' }));
      const signal = new AbortController().signal;
      const from = deltaUrl(fixture.microsoft.origin);
      const pages = fixture.graph.feed.delta('users', from, signal, { retries: 0, throttledMs: 0 });
      await assert.rejects(
        pages.next(),
        sourceError(expected, ({ details }) => details.status === status && details.sourceCode === code),
      );
      assert.equal(fixture.microsoft.graphRequests.length, 1);
    });
  }

  it('end with timeout when no attempt is answered in time', async () => {
    await using fixture = await startFixture();
    fixture.microsoft.graph(silent);
    const reading = readAll(fixture);
    const rejected = assert.rejects(
      reading,
      sourceError('timeout', ({ message }) => message.includes(`${timeoutMs} ms`)),
    );
    for (let attempt = 1; attempt < 8; attempt += 1) {
      await fixture.microsoft.graphRequested(attempt);
      await fixture.clock.advance(timeoutMs);
      await fixture.clock.advance(await fixture.clock.untilDueIn((ms) => ms !== timeoutMs));
    }
    await fixture.microsoft.graphRequested(8);
    await fixture.clock.advance(timeoutMs);
    await rejected;
  });

  it('ask for one new token after a 401, and go on with it', async () => {
    await using fixture = await startFixture();
    fixture.microsoft.graph(graphFailure(401, 'InvalidAuthenticationToken'), lastPage);
    await readAll(fixture);
    const sent = fixture.microsoft.graphRequests.map(({ headers }) => headers.authorization);
    assert.deepEqual(sent, ['Bearer token-1', 'Bearer token-2']);
  });

  it('end with credentials when the new token is refused as well', async () => {
    await using fixture = await startFixture();
    fixture.microsoft.graph(graphFailure(401, 'InvalidAuthenticationToken'));
    await assert.rejects(readAll(fixture), sourceError('credentials'));
    assert.equal(fixture.microsoft.graphRequests.length, 2);
  });

  it('name the missing permission and the consent, and come with a new token the next time (FAM-05, FAM-10)', async () => {
    await using fixture = await startFixture();
    fixture.microsoft.graph(graphFailure(403, 'Authorization_RequestDenied'), lastPage);
    await assert.rejects(
      readAll(fixture),
      sourceError('forbidden', ({ message }) => /permission User\.Read\.All .*admin consent/.test(message)),
    );
    // The permissions are in the token: after a consent the old one would be refused until it expires.
    await readAll(fixture);
    const sent = fixture.microsoft.graphRequests.map(({ headers }) => headers.authorization);
    assert.deepEqual(sent, ['Bearer token-1', 'Bearer token-2']);
  });

  it('say that consent is missing when the application has no identity in the tenant (FAM-05)', async () => {
    await using fixture = await startFixture();
    fixture.microsoft.graph(graphFailure(401, 'Authorization_IdentityNotFound'));
    await assert.rejects(
      readAll(fixture),
      sourceError('forbidden', ({ message }) => /admin consent was not granted/.test(message)),
    );
  });

  it('show nothing of an error code that no code of Graph looks like (P8)', async () => {
    await using fixture = await startFixture();
    fixture.microsoft.graph(graphFailure(404, '\u001b]0;owned\u0007'));
    await assert.rejects(
      readAll(fixture),
      sourceError('notFound', ({ message, details }) => !message.includes('owned') && details.sourceCode === undefined),
    );
  });

  it('share one token', async () => {
    await using fixture = await startFixture();
    fixture.microsoft.graph(lastPage);
    await Promise.all([readAll(fixture), readAll(fixture)]);
    await readAll(fixture);
    assert.equal(fixture.microsoft.tokenRequests.length, 1);
    assert.equal(
      new URLSearchParams(fixture.microsoft.tokenRequests[0]?.body).get('scope'),
      `${fixture.microsoft.origin}/.default`,
    );
  });

  it('ask for a new token when the old one has less than five minutes to live', async () => {
    await using fixture = await startFixture();
    fixture.microsoft.graph(lastPage);
    fixture.microsoft.token(json({ token_type: 'Bearer', expires_in: 240, access_token: 'short-lived' }));
    // The library dates tokens by the machine's clock.
    await fixture.clock.advance(Date.now() - fixture.clock.now());
    await readAll(fixture);
    await readAll(fixture);
    const sent = fixture.microsoft.graphRequests.map(({ headers }) => headers.authorization);
    assert.deepEqual(sent, ['Bearer short-lived', 'Bearer token-2']);
  });

  it('read compressed answers', async () => {
    await using fixture = await startFixture();
    const body = JSON.stringify({ value: [], '@odata.deltaLink': deltaUrl(fixture.microsoft.origin) });
    fixture.microsoft.graph(text(gzipSync(body), 200, { 'content-encoding': 'gzip' }));
    assert.equal((await readAll(fixture))[0]?.link.url, deltaUrl(fixture.microsoft.origin));
    assert.equal(fixture.microsoft.graphRequests[0]?.headers['accept-encoding'], 'gzip');
  });

  it('refuse an answer that unpacks to more than the limit (P8)', async () => {
    await using fixture = await startFixture();
    const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024 + 1, 0x20));
    fixture.microsoft.graph(text(bomb, 200, { 'content-encoding': 'gzip' }));
    await assert.rejects(
      readAll(fixture),
      sourceError('protocol', ({ message }) => message.includes('longer')),
    );
  });

  it('end with aborted when the caller gives up during a request', async () => {
    await using fixture = await startFixture();
    const controller = new AbortController();
    fixture.microsoft.graph(() => controller.abort(new Error('stopping')));
    await assert.rejects(readAll(fixture, controller.signal), sourceError('aborted'));
  });

  it('end with aborted when the caller gives up during a wait', async () => {
    await using fixture = await startFixture();
    fixture.microsoft.graph(graphFailure(429, 'TooManyRequests', { 'retry-after': '60' }));
    const controller = new AbortController();
    const rejected = assert.rejects(readAll(fixture, controller.signal), sourceError('aborted'));
    await fixture.clock.untilDueIn((ms) => ms === 60_000);
    controller.abort(new Error('stopping'));
    await rejected;
  });

  it('send nothing when the caller has given up before', async () => {
    await using fixture = await startFixture();
    await assert.rejects(readAll(fixture, AbortSignal.abort(new Error('over'))), sourceError('aborted'));
    assert.equal(fixture.microsoft.graphRequests.length, 0);
  });

  it('end with aborted when the graph is closed under them', async () => {
    await using fixture = await startFixture();
    fixture.microsoft.graph(() => void fixture.graph.close());
    await assert.rejects(readAll(fixture), sourceError('aborted'));
  });

  it('leave neither links, tokens, secrets nor bodies in the log or in errors', async () => {
    await using fixture = await startFixture();
    fixture.microsoft.graph(graphFailure(503, 'serviceNotAvailable'));
    const from = `${fixture.microsoft.origin}/v1.0/users/delta?$skiptoken=alice-contoso-com`;
    const pages = fixture.graph.feed.delta('users', from, new AbortController().signal, { retries: 0, throttledMs: 0 });
    const reading = pages.next();
    const failing = reading.then(
      () => assert.fail('it must fail'),
      (error: unknown) => error,
    );
    await drive(fixture.clock, reading);
    const error = await failing;
    assert.ok(error instanceof SourceError);
    const said = JSON.stringify([
      fixture.log.events,
      error.message,
      error.details,
      String(error.stack),
      String(error.cause),
    ]);
    assert.equal(fixture.log.events.length, 7);
    for (const hidden of ['alice', 'skiptoken', 'token-1', secretValue, 'text of the error']) {
      assert.ok(!said.includes(hidden), `${hidden} is said`);
    }
  });
});
