import assert from 'node:assert/strict';

import * as ber from '../support/ldap-ber.ts';
import { TestDirectory } from '../support/ldap-test-directory.ts';
import { RawClient } from '../support/ldap-raw-client.ts';
import { TestServer } from '../support/ldap-test-server.ts';
import { ManualClock } from '../support/manual-clock.ts';

const whoAmI = ber.extendedRequest('1.3.6.1.4.1.4203.1.11.3');
const rootDse = ber.searchRequest({ base: 'uid=u1,dc=example,dc=com', scope: 0 });

describe('RFC 4511 §4.1.1 and §5.1: messages and their encoding', () => {
  let server: TestServer;

  beforeEach(async () => {
    server = await TestServer.start();
  });

  afterEach(async () => {
    await server[Symbol.asyncDispose]();
  });

  /** Sends bytes and expects a Notice of Disconnection with protocolError and the end; others are served. */
  async function expectNotice(bytes: Buffer): Promise<void> {
    using client = await server.connect();
    await client.send(bytes);
    assert.equal(await client.notice(), 2);
    using other = await server.connect();
    assert.equal((await other.ask(1, whoAmI)).code, 0);
  }

  for (const id of [1, 127, 128, 255, 256, 32767, 32768, 8388608, 2147483647]) {
    it(`answers under message id ${id} (E1)`, async () => {
      using client = await server.connect();
      assert.equal((await client.ask(id, whoAmI)).code, 0);
    });
  }

  const badIds: [string, Buffer][] = [
    ['0', ber.integer(0)],
    ['-1', ber.integer(-1)],
    ['2147483648', ber.integer(2147483648)],
    ['of length 0', ber.element(2)],
    ['of 9 octets', ber.element(2, Buffer.alloc(9, 1))],
  ];
  for (const [name, id] of badIds) {
    it(`ends the session on message id ${name} (E2)`, () => expectNotice(ber.sequence(id, whoAmI)));
  }

  const broken: [string, Buffer][] = [
    ['an outer SET', Buffer.concat([Buffer.from([0x31]), ber.message(2, whoAmI).subarray(1)])],
    ['an empty message', Buffer.from([0x30, 0])],
    ['a message without operation', ber.sequence(ber.integer(2))],
    ['an unknown operation', ber.message(2, ber.element(0x7e))],
    ['a response', ber.message(2, ber.element(0x61, ber.enumerated(0), ber.text(''), ber.text('')))],
    ['an element longer than its message', ber.sequence(ber.integer(2), Buffer.from([0x63, 0x7f, 4, 0]))],
    ['an element longer than its operation', ber.message(2, ber.element(0x63, Buffer.from([4, 9, 1])))],
    ['an HTTP request', Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n')],
    ['a TLS ClientHello', Buffer.concat([Buffer.from('16030100c4010000c00303', 'hex'), Buffer.alloc(190)])],
  ];
  for (const [name, bytes] of broken) {
    it(`ends the session on ${name} and serves others (E3, E10)`, () => expectNotice(bytes));
  }

  it('refuses indefinite lengths, outside and inside (E4)', async () => {
    await expectNotice(Buffer.concat([Buffer.from([0x30, 0x80]), ber.integer(2), whoAmI, Buffer.alloc(2)]));
    await expectNotice(ber.message(2, ber.element(0x63, Buffer.from([4, 0x80, 0x61, 0, 0]))));
  });

  it('refuses a constructed octet string with protocolError (E4)', async () => {
    using client = await server.connect();
    const operation = ber.element(0x6e, ber.element(0x24, ber.text('x')), ber.sequence(ber.text('a'), ber.text('b')));
    assert.equal((await client.ask(2, operation)).code, 2);
  });

  it('takes lengths that are longer than needed, as Windows sends them (E5)', async () => {
    using client = await server.connect();
    await client.send(
      ber.longElement(0x30, ber.integer(2), ber.longElement(0x77, ber.longElement(0x80, whoAmI.subarray(4)))),
    );
    assert.equal((await client.result(2)).code, 0);
  });

  const claims: [string, string][] = [
    ['64 MiB', '308404000000'],
    ['2 GiB', '30847fffffff'],
    ['4 GiB', '3084ffffffff'],
    ['five octets', '30850000000005'],
    ['length octet 0xff', '30ff'],
  ];
  for (const [name, header] of claims) {
    it(`ends the session at once when ${name} is claimed (E6)`, () => expectNotice(Buffer.from(header, 'hex')));
  }

  it('takes 0x01 as TRUE and integers with leading zeros (E7)', async () => {
    using client = await server.connect();
    await client.send(ber.sequence(Buffer.from([2, 3, 0, 0, 9]), ber.searchRequest({ typesOnly: 1 })));
    assert.equal((await client.result(9)).code, 0);
    assert.equal(server.directory.searches[0]?.request.typesOnly, true);
  });

  it('ignores further elements at the end of a SEQUENCE (E8)', async () => {
    using client = await server.connect();
    assert.equal((await client.ask(2, ber.searchRequest({ extra: ber.element(0x8f, 'later') }))).code, 0);
  });

  it('takes a message one octet at a time (E9)', async () => {
    using client = await server.connect();
    for (const octet of ber.message(2, rootDse)) await client.send(Buffer.from([octet]));
    assert.equal((await client.result(2)).entries.length, 1);
  });

  it('answers 200 requests that came in one write, each under its own id, in one write (E9)', async () => {
    // Time stands still, or else a slow machine lets others have their turn in between.
    await using server = await TestServer.start({ clock: new ManualClock() });
    using client = await server.connect();
    await client.send(...Array.from({ length: 200 }, (_, index) => ber.message(index + 1, rootDse)));
    for (let id = 1; id <= 200; id++) assert.equal((await client.result(id)).entries.length, 1);
    assert.ok(client.reads <= 3, `the answers came in ${client.reads} reads`);
  });

  it('takes a message cut anywhere, together with its neighbours', async () => {
    const stream = Buffer.concat([ber.message(1, rootDse), ber.message(2, whoAmI), ber.message(3, rootDse)]);
    for (let cut = 1; cut < stream.length; cut += 7) {
      using client = await server.connect();
      await client.send(stream.subarray(0, cut));
      await client.send(stream.subarray(cut));
      for (const id of [1, 2, 3]) assert.equal((await client.result(id)).code, 0);
    }
  });

  it('refuses a request whose message id is in use', async () => {
    server.directory.onSearch = () => ({
      kind: 'cursor',
      cursor: { read: () => new Promise(() => {}), [Symbol.dispose]() {} },
    });
    using client = await server.connect();
    await client.send(ber.message(5, rootDse), ber.message(5, whoAmI));
    assert.equal(await client.notice(), 2);
  });

  it('answers what came before a broken message, then ends the session (§4.1.1)', async () => {
    using client = await server.connect();
    await client.send(ber.message(2, whoAmI), Buffer.from('garbage'));
    assert.equal((await client.result(2)).code, 0);
    assert.equal(await client.notice(), 2);
    assert.equal(server.log.of('ldap.protocol.error')[0]?.fields['reason'], 'not an LDAP message');
  });
});

describe('RFC 4511 §4.1.11: controls', () => {
  let server: TestServer;
  let client: RawClient;

  beforeEach(async () => {
    server = await TestServer.start({ directory: new TestDirectory() });
    client = await server.connectBound();
  });

  afterEach(async () => {
    client[Symbol.dispose]();
    await server[Symbol.asyncDispose]();
  });

  it('answers unavailableCriticalExtension to an unknown critical control, and gives no entries (K1)', async () => {
    for (const critical of [true, 0x01]) {
      const result = await client.ask(2, ber.searchRequest(), [ber.control('1.2.3.4', critical)]);
      assert.equal(result.code, 12);
      assert.equal(result.entries.length, 0);
    }
    assert.equal(server.directory.searches.length, 0);
  });

  it('ignores an unknown control that is not critical, said or by default (K1)', async () => {
    for (const control of [ber.control('1.2.3.4', false), ber.control('1.2.3.4'), ber.control('1.2.3.4', false, 'x')]) {
      assert.equal((await client.ask(2, ber.searchRequest(), [control])).entries.length, 10);
    }
    assert.equal((await client.ask(3, ber.searchRequest(), [])).entries.length, 10);
  });

  it('takes ManageDsaIT on a search, critical or not (S21)', async () => {
    for (const critical of [true, false]) {
      const result = await client.ask(2, ber.searchRequest(), [ber.control('2.16.840.1.113730.3.4.2', critical)]);
      assert.equal(result.entries.length, 10);
    }
  });

  it('treats a control that does not belong to the operation as unknown (B13)', async () => {
    const bind = ber.bindRequest('cn=admin,ou=services,dc=example,dc=com', 'secret');
    assert.equal((await client.ask(2, bind, [ber.pagedControl(5)])).code, 12);
    assert.equal((await client.ask(3, bind, [ber.pagedControl(5, '', false)])).code, 0);
    assert.equal((await client.ask(4, bind, [ber.control('1.2.3.4', true)])).code, 12);
    assert.equal(
      (await client.ask(5, ber.compareRequest('uid=u1,dc=example,dc=com', 'uid', 'u1'), [ber.control('1.2.3.4', true)]))
        .code,
      12,
    );
    assert.equal(
      (await client.ask(6, ber.extendedRequest('1.3.6.1.4.1.4203.1.11.3'), [ber.control('1.2.3.4', true)])).code,
      12,
    );
    assert.equal(
      (await client.ask(7, ber.element(0x4a, 'uid=u1,dc=example,dc=com'), [ber.control('1.2.3.4', true)])).code,
      12,
    );
  });

  it('refuses the same control twice with protocolError (K8)', async () => {
    assert.equal((await client.ask(2, ber.searchRequest(), [ber.pagedControl(5), ber.pagedControl(5)])).code, 2);
  });

  it('ends the session when the controls are no BER', async () => {
    await client.send(ber.sequence(ber.integer(2), ber.searchRequest(), Buffer.from([0xa0, 4, 0x30, 9, 4, 0])));
    assert.equal(await client.notice(), 2);
  });

  it('does not carry out an unbind or abandon differently for a critical control', async () => {
    await client.send(ber.message(2, ber.abandonRequest(77), [ber.control('1.2.3.4', true)]));
    assert.equal((await client.ask(3, ber.extendedRequest('1.3.6.1.4.1.4203.1.11.3'))).code, 0);
  });
});
