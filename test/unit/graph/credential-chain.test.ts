import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { GraphCredential } from '../../../src/graph/credential.ts';
import { json, text, tokenFailure } from '../../support/fake-microsoft.ts';
import type { Answer } from '../../support/fake-microsoft.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { drive, secretCredential, sourceError, startFixture } from './graph-fixture.ts';
import type { GraphFixture } from './graph-fixture.ts';

const signal = new AbortController().signal;
const minuteMs = 60_000;
const dayMs = 86_400_000;

// Neither we nor the library keep a token that has less than five minutes left, so each question asks for a new one. It has
// much less: the library counts from when it came, by the machine's clock, which has gone on since ours was set.
const brief = json({ token_type: 'Bearer', expires_in: 120, access_token: 'brief' });
const wrongSecret = tokenFailure(7000215, 401);

const pair = [secretCredential('first', 'first'), secretCredential('second', 'second')];

function chained(credentials: readonly GraphCredential[] = pair): Promise<GraphFixture> {
  // The library's tokens expire by the machine's clock.
  return startFixture({ credentials, clock: new ManualClock(Date.now()) });
}

async function ask({ graph, microsoft }: GraphFixture): Promise<void> {
  microsoft.graph(json({ value: [{}] }));
  await graph.organization(signal);
}

/** The secrets that Entra was shown since the last call. */
function shownSecrets({ microsoft }: GraphFixture): () => (string | null)[] {
  let seen = 0;
  return () => {
    const bodies = microsoft.tokenRequests.slice(seen).map(({ body }) => new URLSearchParams(body));
    seen = microsoft.tokenRequests.length;
    return bodies.map((body) => body.get('client_secret'));
  };
}

function eventsOf({ log }: GraphFixture): readonly unknown[] {
  return log.events
    .filter(({ event }) => event.startsWith('credential.'))
    .map(({ event, fields }) => [event, fields['entry']]);
}

/** A fixture whose clock can be moved. */
async function withClock(credentials: readonly GraphCredential[] = pair): Promise<[GraphFixture, ManualClock]> {
  const clock = new ManualClock(Date.now());
  return [await startFixture({ credentials, clock }), clock];
}

describe('several credentials of one application (FOX-09)', () => {
  it('are not asked about as long as the first is accepted', async () => {
    await using fixture = await chained();
    const shown = shownSecrets(fixture);
    await ask(fixture);
    assert.deepEqual(shown(), ['first']);
    assert.deepEqual(
      fixture.graph.credentials().map(({ name, state }) => [name, state]),
      [
        ['first', 'inUse'],
        ['second', 'unused'],
      ],
    );
    assert.deepEqual(fixture.log.events, []);
  });

  for (const code of [7000215, 7000222, 700027, 700213]) {
    it(`give way to the next when Entra refuses one by AADSTS${code}, which is logged once and shown`, async () => {
      await using fixture = await chained();
      const shown = shownSecrets(fixture);
      fixture.microsoft.token(tokenFailure(code, 401), brief);
      await ask(fixture);
      assert.deepEqual(shown(), ['first', 'second']);
      const [first, second] = fixture.graph.credentials();
      assert.equal(first?.state, 'refused');
      assert.match(first.problem ?? '', new RegExp(`AADSTS${code}`));
      assert.deepEqual([second?.state, second?.problem], ['inUse', null]);
      await ask(fixture);
      assert.deepEqual(shown(), ['second'], 'the refused one rests');
      assert.deepEqual(eventsOf(fixture), [
        ['credential.refused', 'first'],
        ['credential.accepted', 'second'],
      ]);
    });
  }

  it('come back to the first when its rest is over and Entra accepts it again', async () => {
    const [fixture, clock] = await withClock();
    await using _ = fixture;
    const shown = shownSecrets(fixture);
    fixture.microsoft.token(wrongSecret, brief, brief);
    await ask(fixture);
    await clock.advance(10 * minuteMs - 1);
    await ask(fixture);
    assert.deepEqual(shown(), ['first', 'second', 'second']);
    await clock.advance(1);
    await ask(fixture);
    assert.deepEqual(shown(), ['first']);
    assert.deepEqual(
      fixture.graph.credentials().map(({ state, problem }) => [state, problem]),
      [
        ['inUse', null],
        ['unused', null],
      ],
    );
    assert.deepEqual(eventsOf(fixture).at(-1), ['credential.accepted', 'first']);
  });

  it('are tried less and less often while Entra goes on refusing them, and at least once an hour', async () => {
    const [fixture, clock] = await withClock();
    await using _ = fixture;
    const shown = shownSecrets(fixture);
    const refusesFirst: Answer = (response, request) =>
      (request.body.includes('client_secret=first') ? wrongSecret : brief)(response, request);
    fixture.microsoft.token(...Array.from({ length: 200 }, () => refusesFirst));
    await ask(fixture);
    const triedAfter: number[] = [];
    shown();
    for (let waited = 5; triedAfter.length < 4; waited += 5) {
      await clock.advance(5 * minuteMs);
      await ask(fixture);
      if (!shown().includes('first')) continue;
      triedAfter.push(waited);
      waited = 0;
    }
    assert.deepEqual(triedAfter, [10, 20, 40, 60]);
    assert.deepEqual(eventsOf(fixture), [
      ['credential.refused', 'first'],
      ['credential.accepted', 'second'],
    ]);
  });

  it('stay as they are when Entra is down, for the next one would ask the same Entra (P6)', async () => {
    const [fixture, clock] = await withClock();
    await using _ = fixture;
    fixture.microsoft.token(text('<html>', 503));
    fixture.microsoft.graph(json({ value: [{}] }));
    const asking = fixture.graph.organization(signal);
    await drive(clock, asking);
    await asking;
    assert.deepEqual(shownSecrets(fixture)(), ['first', 'first']);
    assert.deepEqual(eventsOf(fixture), []);
  });

  for (const code of [700016, 7000112, 53003]) {
    it(`stay as they are when Entra refuses the application itself (AADSTS${code})`, async () => {
      await using fixture = await chained();
      fixture.microsoft.token(tokenFailure(code));
      await assert.rejects(
        fixture.graph.organization(signal),
        sourceError('credentials', ({ details }) => details.sourceCode === String(code)),
      );
      assert.deepEqual(shownSecrets(fixture)(), ['first']);
    });
  }

  it('that are all refused end with the reason of the first, each asked about once', async () => {
    await using fixture = await chained();
    fixture.microsoft.token(tokenFailure(7000222, 401), wrongSecret);
    await assert.rejects(
      fixture.graph.organization(signal),
      sourceError('credentials', ({ message }) => /expired.*AADSTS7000222/.test(message)),
    );
    assert.deepEqual(shownSecrets(fixture)(), ['first', 'second']);
  });

  it('serve binds in the same way, and a refused password is not sent again with the next (PAIN-22)', async () => {
    await using fixture = await chained();
    const shown = shownSecrets(fixture);
    fixture.microsoft.token(wrongSecret, tokenFailure(50126));
    const verdict = await fixture.graph.passwords.check('alice@contoso.com', Buffer.from('x'), signal);
    assert.ok(verdict.kind === 'refused');
    assert.deepEqual([verdict.reason, verdict.aadsts], ['wrong', 50126]);
    assert.deepEqual(shown(), ['first', 'second']);
    fixture.microsoft.token(tokenFailure(50126));
    await fixture.graph.passwords.check('alice@contoso.com', Buffer.from('x'), signal);
    assert.deepEqual(shown(), ['second']);
  });

  it('that are all refused make a bind misconfigured', async () => {
    await using fixture = await chained();
    fixture.microsoft.token(wrongSecret, wrongSecret);
    const verdict = await fixture.graph.passwords.check('alice@contoso.com', Buffer.from('x'), signal);
    assert.equal(verdict.kind, 'misconfigured');
    assert.equal(fixture.microsoft.tokenRequests.length, 2);
  });
});

describe('the end of a credential (FAM-06)', () => {
  it('is shown, and warned of once at 30, 14, 7, 3, 1 and 0 days before', async () => {
    const clock = new ManualClock(Date.now());
    const expiresAtMs = clock.now() + 40 * dayMs;
    await using fixture = await startFixture({ credentials: [secretCredential('s', 's', expiresAtMs)], clock });
    assert.equal(fixture.graph.credentials()[0]?.expiresAtMs, expiresAtMs);
    const warned: unknown[] = [];
    for (let day = 0; day <= 41; day += 1) {
      fixture.microsoft.token(brief);
      await ask(fixture);
      await clock.advance(dayMs);
    }
    for (const { event, level, fields } of fixture.log.events) {
      assert.deepEqual([event, level], ['credential.expiring', 'warn']);
      warned.push(fields['daysLeft']);
    }
    assert.deepEqual(warned, [30, 14, 7, 3, 1, 0]);
  });
});

describe('a workload identity', () => {
  it('shows the token that is in the file at that moment, for requests and for binds', async () => {
    using folder = temporaryFolder();
    const tokenFile = join(folder.path, 'token');
    await using fixture = await chained([{ name: 'w', kind: 'workloadIdentity', tokenFile }]);
    for (const token of ['aa.bb.cc', 'dd.ee.ff']) {
      writeFileSync(tokenFile, `${token}\n`);
      fixture.microsoft.token(brief);
      await ask(fixture);
      await fixture.graph.passwords.check('alice@contoso.com', Buffer.from('x'), signal);
    }
    const shown = fixture.microsoft.tokenRequests.map(({ body }) => new URLSearchParams(body).get('client_assertion'));
    assert.deepEqual(shown, ['aa.bb.cc', 'aa.bb.cc', 'dd.ee.ff', 'dd.ee.ff']);
  });

  const unusable: readonly [what: string, content: string | undefined, says: RegExp][] = [
    ['cannot be read', undefined, /cannot be read \(ENOENT\)/],
    ['is empty', '', /holds no token/],
    ['holds something else', 'not a token', /holds no token/],
    ['is far too long', `a.b.${'c'.repeat(70_000)}`, /holds no token/],
  ];
  for (const [what, content, says] of unusable) {
    it(`says so when the file ${what}, and gives way to the next credential`, async () => {
      using folder = temporaryFolder();
      const tokenFile = join(folder.path, 'token');
      if (content !== undefined) writeFileSync(tokenFile, content);
      await using fixture = await chained([
        { name: 'w', kind: 'workloadIdentity', tokenFile },
        secretCredential('second', 's'),
      ]);
      await ask(fixture);
      assert.match(fixture.graph.credentials()[0]?.problem ?? '', says);
      assert.deepEqual(shownSecrets(fixture)(), ['second']);
      assert.equal(
        (await fixture.graph.passwords.check('alice@contoso.com', Buffer.from('x'), signal)).kind,
        'accepted',
      );
    });
  }
});
