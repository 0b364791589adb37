import assert from 'node:assert/strict';

import type { BindOutcome } from '../../src/auth/bind.ts';
import type { BoundIdentity } from '../../src/directory/identity.ts';
import { ldapResult, ResultCode } from '../../src/directory/result.ts';
import type { EncodedEntry, SearchBatch, SearchCursor } from '../../src/directory/search-types.ts';
import { defaultLdapLimits, type LdapLimits } from '../../src/ldap/limits.ts';
import { type LdapServer, startLdapServer } from '../../src/ldap/server.ts';
import * as ber from '../support/ldap-ber.ts';
import { RawClient } from '../support/ldap-raw-client.ts';
import { encodeEntry, HeldCursor, TestDirectory } from '../support/ldap-test-directory.ts';
import { accept, admin, testCertificate, TestServer } from '../support/ldap-test-server.ts';
import { ManualClock } from '../support/manual-clock.ts';

const whoAmI = ber.extendedRequest('1.3.6.1.4.1.4203.1.11.3');

/** A message of exactly this many bytes that is answered with success. */
function messageOf(bytes: number): Buffer {
  const withName = (length: number): Buffer =>
    ber.message(2, ber.searchRequest({ attributes: ['x'.repeat(Math.max(0, length))] }));
  for (let length = bytes - 80; length < bytes; length++) {
    const candidate = withName(length);
    if (candidate.length === bytes) return candidate;
  }
  throw new Error('no such message');
}

function nested(depth: number): Buffer {
  let filter = ber.present('a');
  for (let level = 1; level < depth; level++) filter = ber.element(0xa2, filter);
  return filter;
}

/** Entries without end, 1 KiB each. */
class EndlessCursor implements SearchCursor {
  produced = 0;
  disposed = 0;
  readonly #entry: EncodedEntry = encodeEntry(1, { dn: 'cn=x', attributes: { description: ['x'.repeat(1024)] } });

  read(max: number): SearchBatch {
    this.produced += max;
    return { entries: Array.from({ length: max }, () => this.#entry), done: false };
  }

  [Symbol.dispose](): void {
    this.disposed++;
  }
}

describe('P8: every limit of the wire, at the limit and one past it', () => {
  let server: TestServer;
  let clock: ManualClock;

  async function start(limits: Partial<LdapLimits>): Promise<void> {
    clock = new ManualClock();
    server = await TestServer.start({ clock, limits });
  }

  afterEach(async () => {
    await server[Symbol.asyncDispose]();
  });

  it('takes a message of anonymousMessageBytesMax and refuses one byte more before authentication', async () => {
    await start({ anonymousMessageBytesMax: 2000 });
    using client = await server.connect();
    await client.send(messageOf(2000));
    assert.equal((await client.result(2)).code, 0);
    await client.send(messageOf(2001));
    assert.equal(await client.notice(), 2);
  });

  it('takes a message of messageBytesMax and refuses one byte more after a bind', async () => {
    await start({ anonymousMessageBytesMax: 500, messageBytesMax: 5000 });
    using client = await server.connectBound();
    await client.send(messageOf(5000));
    assert.equal((await client.result(2)).code, 0);
    await client.send(messageOf(5001));
    assert.equal(await client.notice(), 2);
  });

  it('goes back to the smaller limit when a bound connection becomes anonymous again', async () => {
    await start({ anonymousMessageBytesMax: 500 });
    using client = await server.connectBound();
    await client.ask(3, ber.bindRequest('', ''));
    await client.send(messageOf(501));
    assert.equal(await client.notice(), 2);
  });

  it('refuses a claimed length before the bytes come', async () => {
    await start({ anonymousMessageBytesMax: 1000 });
    using client = await server.connect();
    await client.send(Buffer.from([0x30, 0x82, 0x03, 0xe5]));
    assert.equal(await client.notice(), 2);
  });

  it('tells the slowest busy when the incomplete messages of all come past inputBytesTotalMax, and serves who is quick', async () => {
    await start({ inputBytesTotalMax: 3000 });
    const half = Buffer.concat([Buffer.from([0x30, 0x82, 0x40, 0]), Buffer.alloc(996)]);
    const clients: RawClient[] = [];
    for (let count = 0; count < 3; count++) {
      const client = await server.connect();
      await client.send(half);
      clients.push(client);
    }
    using other = await server.connect();
    const request = messageOf(900);
    await other.send(request.subarray(0, 800));
    assert.equal(await clients[0]?.notice(), 51);
    await other.send(request.subarray(800));
    assert.equal((await other.result(2)).code, 0);
    assert.equal(server.server.statistics().connections, 3);
    for (const client of clients) client[Symbol.dispose]();
  });

  it('does not count requests against their client that wait for an earlier one to be answered', async () => {
    await start({ inputBytesTotalMax: 2000, operationsPerConnectionMax: 1 });
    const cursor = new HeldCursor();
    server.directory.onSearch = () => ({ kind: 'cursor', cursor });
    using waiting = await server.connectBound();
    await waiting.send(ber.message(2, ber.searchRequest()), ber.message(3, whoAmI), ber.message(4, whoAmI));
    await cursor.reading();
    using slow = await server.connect();
    await slow.send(Buffer.concat([Buffer.from([0x30, 0x82, 0x40, 0]), Buffer.alloc(1500)]));
    using quick = await server.connect();
    await quick.send(messageOf(900).subarray(0, 800));
    assert.equal(await slow.notice(), 51);
    cursor.answer({ entries: [], done: true });
    assert.equal((await waiting.result(4)).code, 0);
  });

  it('gives the bytes of a connection that has gone back to the others', async () => {
    await start({ inputBytesTotalMax: 1000 });
    const half = Buffer.concat([Buffer.from([0x30, 0x82, 0x40, 0]), Buffer.alloc(996)]);
    for (let round = 0; round < 3; round++) {
      using client = await server.connect();
      await client.send(half);
      client.halfClose();
      assert.equal(await client.notice(), undefined);
    }
    assert.equal(server.server.statistics().protocolErrors, 0);
  });

  it('takes filters of filterDepthMax and answers adminLimitExceeded one deeper', async () => {
    await start({ filterDepthMax: 50 });
    using client = await server.connectBound();
    assert.equal((await client.ask(2, ber.searchRequest({ filter: nested(50) }))).code, 0);
    assert.equal((await client.ask(3, ber.searchRequest({ filter: nested(51) }))).code, 11);
    assert.equal((await client.ask(4, whoAmI)).code, 0);
  });

  it('takes filters of filterItemsMax and answers adminLimitExceeded to one more', async () => {
    await start({ filterItemsMax: 301 });
    const or = (terms: number): Buffer =>
      ber.element(0xa1, ...Array.from({ length: terms }, (_, index) => ber.equality('uid', `u${index}`)));
    using client = await server.connectBound();
    assert.equal((await client.ask(2, ber.searchRequest({ filter: or(300) }))).code, 0);
    assert.equal((await client.ask(3, ber.searchRequest({ filter: or(301) }))).code, 11);
  });

  it('takes attributesMax attributes and answers adminLimitExceeded to one more', async () => {
    await start({ attributesMax: 10 });
    const names = Array.from({ length: 11 }, (_, index) => `a${index}`);
    using client = await server.connectBound();
    assert.equal((await client.ask(2, ber.searchRequest({ attributes: names.slice(0, 10) }))).code, 0);
    assert.equal((await client.ask(3, ber.searchRequest({ attributes: names }))).code, 11);
  });

  it('takes controlsMax controls and answers adminLimitExceeded to one more', async () => {
    await start({ controlsMax: 4 });
    const controls = Array.from({ length: 5 }, (_, index) => ber.control(`1.2.${index}`));
    using client = await server.connectBound();
    assert.equal((await client.ask(2, whoAmI, controls.slice(0, 4))).code, 0);
    assert.equal((await client.ask(3, whoAmI, controls)).code, 11);
  });

  it('takes connectionsMax connections, tells the next one busy, and takes one again when one has gone (E14)', async () => {
    await start({ connectionsMax: 2 });
    using first = await server.connect();
    const second = await server.connect();
    await first.ask(1, whoAmI);
    await second.ask(1, whoAmI);
    using third = await server.connect();
    assert.equal(await third.notice(), 51);
    assert.equal((await first.ask(2, whoAmI)).code, 0);
    await second.send(ber.message(2, ber.unbindRequest()));
    await second.next();
    second[Symbol.dispose]();
    while (server.server.statistics().connections > 1) await new Promise((resolve) => setImmediate(resolve));
    using fourth = await server.connect();
    assert.equal((await fourth.ask(1, whoAmI)).code, 0);
    assert.deepEqual(
      [server.server.statistics().connectionsAccepted, server.server.statistics().connectionsRefused],
      [3, 1],
    );
    await clock.advance(1000);
    assert.equal(server.log.of('ldap.connections.refused')[0]?.fields['count'], 1);
  });

  it('takes connectionsPerAddressMax connections of one address and tells the next one busy (E14)', async () => {
    await start({ connectionsPerAddressMax: 1 });
    using first = await server.connect();
    await first.ask(1, whoAmI);
    using second = await server.connect();
    assert.equal(await second.notice(), 51);
  });

  it('carries out operationsPerConnectionMax operations at once and lets the next wait', async () => {
    await start({ operationsPerConnectionMax: 3 });
    const cursors = [1, 2, 3].map(() => new HeldCursor());
    let asked = 0;
    server.directory.onSearch = () => ({
      kind: 'cursor',
      cursor: cursors[asked++] ?? new EndlessCursor(),
    });
    using client = await server.connectBound();
    await client.send(...[2, 3, 4].map((id) => ber.message(id, ber.searchRequest())), ber.message(5, whoAmI));
    await cursors[2]?.reading();
    using other = await server.connect();
    await other.ask(1, whoAmI);
    cursors[1]?.answer({ entries: [], done: true });
    assert.equal((await client.next())?.id, 3);
    assert.equal((await client.next())?.id, 5);
    assert.equal(asked, 3);
  });

  it('stops reading a cursor when its client does not read, goes on when it does, and serves others', async () => {
    await start({ sizeLimit: 100_000 });
    const cursor = new EndlessCursor();
    server.directory.onSearch = () => ({ kind: 'cursor', cursor });
    using client = await server.connectBound();
    client.stopReading();
    await client.send(ber.message(2, ber.searchRequest({ sizeLimit: 20_000 })));
    using other = await server.connectBound();
    let before = -1;
    while (cursor.produced !== before) {
      before = cursor.produced;
      for (let round = 2; round < 60; round++) await other.ask(round, whoAmI);
    }
    assert.ok(cursor.produced < 20_000, `${cursor.produced} entries were read for a client that takes none`);
    client.readAgain();
    const result = await client.result(2);
    assert.deepEqual([result.code, result.entries.length], [4, 20_000]);
    assert.equal(cursor.disposed, 1);
  });

  it('leaves requests in the socket while a bind is under way', async () => {
    await start({ inputBytesTotalMax: 200_000 });
    let decide: (outcome: BindOutcome) => void = () => {};
    server.authenticator.onBind = () =>
      new Promise((resolve) => {
        decide = resolve;
      });
    using client = await server.connect();
    const asked = 20_000;
    const requests = Array.from({ length: asked }, (_, index) => ber.message(index + 2, whoAmI));
    void client.send(ber.message(1, ber.bindRequest('x', 'y')), ...requests);
    using other = await server.connect();
    for (let round = 1; round < 60; round++) await other.ask(round, whoAmI);
    decide(accept('cn=x'));
    assert.equal((await client.result(asked + 1)).extras.get(0x8b), 'dn:cn=x');
  });

  it('leaves requests in the socket when their client does not read the answers (E10)', async () => {
    await start({});
    let answered = 0;
    server.directory.onCompare = () => {
      answered++;
      return ldapResult(ResultCode.compareFalse, 'x'.repeat(20_000));
    };
    using client = await server.connectBound();
    client.stopReading();
    const asked = 2000;
    const request = ber.compareRequest('cn=x', 'cn', 'x');
    void client.send(...Array.from({ length: asked }, (_, index) => ber.message(index + 2, request)));
    using other = await server.connect();
    for (let before = -1; answered !== before; ) {
      before = answered;
      for (let round = 1; round < 60; round++) await other.ask(round, whoAmI);
    }
    assert.ok(answered < asked, 'requests were answered for a client that reads nothing');
    client.readAgain();
    assert.equal((await client.result(asked + 1)).code, 5);
  });

  /** A client that asked for everything and takes nothing; resolves when the server has stopped reading for it. */
  async function stalled(cursor: EndlessCursor): Promise<RawClient> {
    server.directory.onSearch = () => ({ kind: 'cursor', cursor });
    const client = await server.connectBound();
    client.stopReading();
    await client.send(ber.message(2, ber.searchRequest()));
    using other = await server.connect();
    for (let before = -1; cursor.produced !== before; ) {
      before = cursor.produced;
      for (let round = 1; round < 60; round++) await other.ask(round, whoAmI);
    }
    return client;
  }

  it('drops a client that takes nothing for outputStallMs and not before (E10)', async () => {
    await start({ outputStallMs: 10_000, timeLimitMs: 1_000_000 });
    const cursor = new EndlessCursor();
    using client = await stalled(cursor);
    await clock.advance(1000);
    assert.equal(cursor.disposed, 0);
    await clock.advance(9000);
    assert.equal(server.server.statistics().connections, 1);
    await clock.advance(1000);
    while (server.server.statistics().connections > 0) await new Promise((resolve) => setImmediate(resolve));
    assert.equal(cursor.disposed, 1);
    client.readAgain();
    await assert.rejects(client.result(2));
  });

  it('drops slow readers when all together hold more than outputBytesTotalMax', async () => {
    await start({ outputBytesTotalMax: 1, outputStallMs: 1_000_000, timeLimitMs: 1_000_000 });
    const cursor = new EndlessCursor();
    using client = await stalled(cursor);
    await clock.advance(1000);
    while (cursor.disposed === 0) await new Promise((resolve) => setImmediate(resolve));
    assert.equal(server.log.of('ldap.connection.dropped').length, 1);
    client.readAgain();
  });

  it('ends a search whose client does not read when its time is up', async () => {
    await start({ outputStallMs: 1_000_000, timeLimitMs: 5000 });
    const cursor = new EndlessCursor();
    using client = await stalled(cursor);
    await clock.advance(5000);
    assert.equal(cursor.disposed, 1);
    client.readAgain();
    assert.equal((await client.result(2)).code, 3);
  });

  const idle: [string, Partial<LdapLimits>, BoundIdentity['kind']][] = [
    ['an anonymous connection after anonymousIdleMs', { anonymousIdleMs: 30_000, idleMs: 90_000 }, 'anonymous'],
    ['a bound connection after idleMs', { anonymousIdleMs: 3000, idleMs: 30_000 }, 'service'],
  ];
  for (const [name, limits, kind] of idle) {
    it(`closes ${name} without a request, and not before (E14)`, async () => {
      await start(limits);
      using client = kind === 'anonymous' ? await server.connect() : await server.connectBound();
      await client.ask(2, whoAmI);
      await clock.advance(29_000);
      assert.equal((await client.ask(3, whoAmI)).code, 0);
      await clock.advance(29_000);
      assert.equal(server.server.statistics().connections, 1);
      await clock.advance(1000);
      assert.equal(await client.next(), undefined);
    });
  }

  it('does not call a connection idle whose search is under way', async () => {
    await start({ idleMs: 10_000, timeLimitMs: 100_000 });
    const cursor = new HeldCursor();
    server.directory.onSearch = () => ({ kind: 'cursor', cursor });
    using client = await server.connectBound();
    await client.send(ber.message(2, ber.searchRequest()));
    await cursor.reading();
    await clock.advance(50_000);
    cursor.answer({ entries: [], done: true });
    assert.equal((await client.result(2)).code, 0);
  });

  it('ends the session when a message has not come whole after partialMessageMs, however it drips (E10)', async () => {
    await start({ partialMessageMs: 10_000 });
    using client = await server.connect();
    using other = await server.connect();
    const bytes = ber.message(2, whoAmI);
    for (let second = 0; second < 9; second++) {
      await client.send(bytes.subarray(second, second + 1));
      await other.ask(second + 1, whoAmI);
      await clock.advance(1000);
    }
    assert.equal(server.server.statistics().protocolErrors, 0);
    await clock.advance(2000);
    assert.equal(await client.notice(), 2);
  });

  it('counts the time of each message by itself', async () => {
    await start({ partialMessageMs: 10_000 });
    const bytes = ber.message(2, whoAmI);
    using steady = await server.connect();
    await steady.send(bytes.subarray(0, 5));
    for (let round = 0; round < 5; round++) {
      using other = await server.connect();
      await other.ask(1, whoAmI);
      await clock.advance(8000);
      await steady.send(bytes.subarray(5), bytes.subarray(0, 5));
      assert.equal((await steady.result(2)).code, 0);
    }
  });

  it('closes for good when the client does not close its side within closeMs', async () => {
    await start({ closeMs: 2000 });
    using client = await RawClient.connect(server.port, { allowHalfOpen: true });
    await client.send(Buffer.from('garbage'));
    assert.equal(await client.notice(), 2);
    assert.equal(server.server.statistics().connections, 1);
    await clock.advance(3000);
    while (server.server.statistics().connections > 0) await new Promise((resolve) => setImmediate(resolve));
  });

  it('lets real filters of many hundred terms pass with the default limits', async () => {
    await start({});
    const terms = Array.from({ length: 900 }, (_, index) =>
      ber.equality('distinguishedName', `CN=Somebody With A Long Name ${index},OU=Users,OU=Site,DC=contoso,DC=com`),
    );
    using client = await server.connectBound();
    assert.equal((await client.ask(2, ber.searchRequest({ filter: ber.element(0xa1, ...terms) }))).code, 0);
  });

  it('counts what it did (statistics)', async () => {
    await start({});
    using client = await server.connectBound();
    await client.ask(2, ber.searchRequest());
    await client.ask(3, ber.compareRequest('uid=u1,dc=example,dc=com', 'uid', 'u1'));
    const { connections, operations } = server.server.statistics();
    assert.deepEqual([connections, operations.bind, operations.search, operations.compare], [1, 1, 1, 1]);
    assert.equal(server.authenticator.seen[0]?.name, admin.dn);
  });
});

describe('E13: stopping', () => {
  it('tells every client unavailable and closes (RFC 4511 §4.4.1)', async () => {
    const server = await TestServer.start({ directory: new TestDirectory() });
    using bound = await server.connectBound();
    using anonymous = await server.connect();
    await anonymous.ask(1, whoAmI);
    const stopped = server.server.stop(10_000);
    assert.equal(await bound.notice(), 52);
    assert.equal(await anonymous.notice(), 52);
    await stopped;
    await assert.rejects(server.connect());
  });

  it('tells clients over TLS too, and closes those whose handshake is not complete without a word', async () => {
    const tls = await testCertificate();
    for (const graceMs of [0, 5000]) {
      const server = await TestServer.start({ tls, clock: new ManualClock() });
      using secure = await RawClient.connectTls(server.tlsPort, tls.ca);
      await secure.ask(1, whoAmI);
      using silent = await RawClient.connect(server.tlsPort);
      using upgrading = await server.connect();
      assert.equal((await upgrading.ask(1, ber.extendedRequest('1.3.6.1.4.1.1466.20037'))).code, 0);
      const stopped = server.server.stop(graceMs);
      assert.equal(await secure.notice(), 52);
      assert.equal(await silent.next(), undefined);
      assert.equal(await upgrading.next(), undefined);
      await stopped;
    }
  });

  it('ends a bind under way without a verdict (B14)', async () => {
    const server = await TestServer.start({ clock: new ManualClock() });
    server.authenticator.onBind = () => new Promise(() => {});
    using client = await server.connect();
    await client.send(ber.message(1, ber.bindRequest('x', 'y')));
    while (server.authenticator.seen.length === 0) await new Promise((resolve) => setImmediate(resolve));
    const stopped = server.server.stop(0);
    assert.equal(await client.notice(), 52);
    await stopped;
    assert.equal(server.authenticator.seen[0]?.context.signal.aborted, true);
  });

  it('lets operations under way finish, answers nothing new, and then tells the client', async () => {
    const server = await TestServer.start();
    const cursor = new HeldCursor();
    server.directory.onSearch = () => ({ kind: 'cursor', cursor });
    using client = await server.connectBound();
    await client.send(ber.message(2, ber.searchRequest()));
    await cursor.reading();
    const stopped = server.server.stop(600_000);
    await client.send(ber.message(3, whoAmI));
    // Turns of the event loop in which the server reads what the kernel already has.
    for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
    cursor.answer({ entries: [], done: true });
    assert.equal((await client.next())?.id, 2);
    assert.equal((await client.next())?.id, 0);
    assert.equal(await client.next(), undefined);
    await stopped;
  });

  it('waits no longer than the grace, and still says why', async () => {
    const clock = new ManualClock();
    const server = await TestServer.start({ clock });
    const cursor = new HeldCursor();
    server.directory.onSearch = () => ({ kind: 'cursor', cursor });
    using client = await server.connectBound();
    await client.send(ber.message(2, ber.searchRequest()));
    await cursor.reading();
    const stopped = server.server.stop(5000);
    await clock.advance(5000);
    assert.equal(await client.notice(), 52);
    await stopped;
    assert.equal(server.server.statistics().connections, 0);
  });

  it('does not wait for clients that never close their side', async () => {
    const clock = new ManualClock();
    const server = await TestServer.start({ clock });
    using client = await RawClient.connect(server.port, { allowHalfOpen: true });
    await client.ask(1, whoAmI);
    const stopped = server.server.stop(5000);
    assert.equal(await client.notice(), 52);
    await clock.advance(5000);
    await stopped;
  });

  it('can be stopped twice', async () => {
    const server = await TestServer.start();
    await Promise.all([server.server.stop(0), server.server.stop(0)]);
    await server[Symbol.asyncDispose]();
  });

  it('leaves nothing open when an address is taken', async () => {
    const gone = await TestServer.start();
    await gone.server.stop(0);
    await using server = await TestServer.start();
    const start = (ports: readonly number[]): Promise<LdapServer> =>
      startLdapServer({
        listeners: ports.map((port) => ({ host: '127.0.0.1', port, tls: false })),
        directory: server.directory,
        authenticator: server.authenticator,
        log: server.log,
        clock: new ManualClock(),
        limits: defaultLdapLimits,
      });
    await assert.rejects(start([gone.port, server.port]), { code: 'EADDRINUSE' });
    await (await start([gone.port])).stop(0);
  });
});
