import assert from 'node:assert/strict';
import type { AccountLimits } from '../../src/ldap/account-limits.ts';
import * as ber from '../support/ldap-ber.ts';
import { pagedCookie, type RawClient } from '../support/ldap-raw-client.ts';
import { HeldCursor } from '../support/ldap-test-directory.ts';
import { admin, testCertificate, TestServer } from '../support/ldap-test-server.ts';
import { ManualClock } from '../support/manual-clock.ts';

const whoAmI = ber.extendedRequest('1.3.6.1.4.1.4203.1.11.3');
const everything = ber.searchRequest({ scope: 2 });

describe('The limits of one service account on the wire (P8)', () => {
  let clock: ManualClock;
  let server: TestServer;

  async function start(limits: AccountLimits): Promise<void> {
    clock = new ManualClock();
    server = await TestServer.start({ clock, accountLimits: new Map([['admin', limits]]) });
  }

  /** Sends requests that are answered in order; resolves with the codes of those that were answered up to `until`. */
  async function codes(client: RawClient, ids: readonly number[]): Promise<number[]> {
    const answers: number[] = [];
    for (const id of ids) answers.push((await client.result(id)).code);
    return answers;
  }

  afterEach(async () => {
    await server[Symbol.asyncDispose]();
  });

  it('cut a search to the account’s size limit with sizeLimitExceeded, unless the client wants less', async () => {
    await start({ sizeLimit: 3 });
    using client = await server.connectBound();
    const result = await client.ask(2, everything);
    assert.deepEqual([result.code, result.entries.length], [4, 3]);
    const smaller = await client.ask(3, ber.searchRequest({ scope: 2, sizeLimit: 2 }));
    assert.deepEqual([smaller.code, smaller.entries.length], [4, 2]);
    const larger = await client.ask(4, ber.searchRequest({ scope: 2, sizeLimit: 50 }));
    assert.deepEqual([larger.code, larger.entries.length], [4, 3]);
  });

  it('bound the pages of a search and not the whole of it (RFC 2696)', async () => {
    await start({ sizeLimit: 4 });
    using client = await server.connectBound();
    const first = await client.ask(2, everything, [ber.pagedControl(100)]);
    assert.deepEqual([first.code, first.entries.length], [0, 4]);
    const second = await client.ask(3, everything, [ber.pagedControl(100, pagedCookie(first))]);
    assert.deepEqual([second.code, second.entries.length], [0, 4]);
  });

  it('end a search at the account’s time limit', async () => {
    await start({ timeLimitMs: 2000 });
    using client = await server.connectBound();
    const cursor = new HeldCursor();
    server.directory.onSearch = () => ({ kind: 'cursor', cursor, publication: 1 });
    const result = client.ask(2, everything);
    await cursor.reading();
    await clock.advance(1000);
    await clock.advance(1000);
    assert.equal((await result).code, 3);
  });

  it('let operations beyond the rate wait for their turn, and lose none of them', async () => {
    await start({ operationsPerSecond: 2, burst: 2 });
    using client = await server.connectBound();
    await client.send(ber.message(2, whoAmI), ber.message(3, whoAmI), ber.message(4, whoAmI), ber.message(5, whoAmI));
    assert.deepEqual(await codes(client, [2, 3]), [0, 0]);
    assert.equal(await clock.untilDueIn((ms) => ms <= 500), 500);
    const seen = (): number => server.server.statistics().operations.extended;
    assert.equal(seen(), 2, 'the others wait');
    await clock.advance(500);
    assert.deepEqual(await codes(client, [4]), [0]);
    assert.equal(seen(), 3);
    await clock.advance(500);
    assert.deepEqual(await codes(client, [5]), [0]);
  });

  it('count all connections of the account together, new ones too, and slow down nobody else', async () => {
    await start({ operationsPerSecond: 2, burst: 1 });
    using one = await server.connectBound();
    assert.equal((await one.ask(2, whoAmI)).code, 0);
    using other = await server.connectBound();
    await other.send(ber.message(2, whoAmI));
    using stranger = await server.connect();
    assert.equal((await stranger.ask(2, whoAmI)).code, 0);
    assert.equal((await stranger.ask(3, whoAmI)).code, 0);
    assert.equal(server.server.statistics().operations.extended, 3);
    await clock.advance(500);
    assert.deepEqual(await codes(other, [2]), [0]);
  });

  it('answer busy when the connections of the account together ask for more than seconds of work in advance', async () => {
    await start({ operationsPerSecond: 1, burst: 1 });
    const clients = [];
    // All are bound before the first of them asks anything, so that none of them has to wait for another yet.
    for (let count = 0; count < 8; count++) clients.push(await server.connectBound());
    const answers = [];
    for (const client of clients) answers.push((await client.ask(2, whoAmI)).code);
    assert.deepEqual(answers, [0, 0, 0, 0, 0, 0, 51, 51]);
    assert.equal(server.log.of('ldap.account.refused').length, 2);
    await clock.advance(6000);
    assert.equal((await clients[7]?.ask(3, whoAmI))?.code, 0);
    for (const client of clients) client[Symbol.dispose]();
  });

  it('tell a client that waits for its turn when the server stops (RFC 4511 §4.4.1)', async () => {
    await start({ operationsPerSecond: 1 });
    using client = await server.connectBound();
    await client.send(ber.message(2, whoAmI), ber.message(3, whoAmI));
    assert.deepEqual(await codes(client, [2]), [0]);
    await clock.untilDueIn((ms) => ms === 1000);
    const stopped = server.server.stop(0);
    assert.equal(await client.notice(), 52);
    await stopped;
  });

  it('keep nothing of a connection that goes while it waits, and do not take it for idle', async () => {
    clock = new ManualClock();
    server = await TestServer.start({
      clock,
      limits: { idleMs: 500 },
      accountLimits: new Map([['admin', { operationsPerSecond: 0.25, connectionsMax: 1 }]]),
    });
    const client = await server.connectBound();
    await client.send(ber.message(2, whoAmI), ber.message(3, whoAmI));
    assert.deepEqual(await codes(client, [2]), [0]);
    await clock.untilDueIn((ms) => ms === 1000);
    await clock.advance(3000);
    assert.equal(server.server.statistics().connections, 1);
    client.halfClose();
    assert.equal(await client.next(), undefined);
    client[Symbol.dispose]();
    using next = await server.connect();
    assert.equal((await next.ask(1, ber.bindRequest(admin.dn, admin.password))).code, 0);
  });

  it('refuse the bind of one connection too many with busy, which stays anonymous, until another has gone', async () => {
    await start({ connectionsMax: 2 });
    const first = await server.connectBound();
    using second = await server.connectBound();
    using third = await server.connect();
    const bind = ber.bindRequest(admin.dn, admin.password);
    assert.equal((await third.ask(1, bind)).code, 51);
    assert.equal((await third.ask(2, whoAmI)).extras.get(0x8b) ?? '', '');
    assert.equal((await second.ask(2, bind)).code, 0, 'a bind anew takes the place of the own earlier one');
    assert.equal((await second.ask(3, ber.bindRequest('', ''))).code, 0);
    assert.equal((await third.ask(3, bind)).code, 0, 'who is anonymous again has left');
    assert.equal((await second.ask(4, bind)).code, 51);
    assert.equal(server.log.of('ldap.account.refused')[0]?.fields['reason'], 'too many connections');
    first.halfClose();
    assert.equal(await first.next(), undefined);
    assert.equal((await second.ask(5, bind)).code, 0);
    first[Symbol.dispose]();
  });
});

describe('RFC 4513 §6.3.1: passwords in the clear from networks that are trusted', () => {
  const bind = ber.bindRequest(admin.dn, admin.password);

  it('are accepted from there alone, although TLS is required elsewhere (B10)', async () => {
    const tls = await testCertificate();
    const requireTlsForBind = true;
    const loopback = { family: 'ipv4', address: '127.0.0.0', prefix: 8 } as const;
    const elsewhere = { family: 'ipv4', address: '10.0.0.0', prefix: 8 } as const;
    for (const [clearPasswordsFrom, code] of [
      [[elsewhere, loopback], 0],
      [[elsewhere], 13],
      [[], 13],
    ] as const) {
      await using server = await TestServer.start({ tls, requireTlsForBind, clearPasswordsFrom });
      using client = await server.connect();
      assert.equal((await client.ask(1, bind)).code, code);
    }
  });
});
