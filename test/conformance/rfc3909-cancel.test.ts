import assert from 'node:assert/strict';

import * as ber from '../support/ldap-ber.ts';
import type { RawClient } from '../support/ldap-raw-client.ts';
import { HeldCursor } from '../support/ldap-test-directory.ts';
import { TestServer } from '../support/ldap-test-server.ts';

const cancelOid = '1.3.6.1.1.8';
const whoAmI = '1.3.6.1.4.1.4203.1.11.3';

function cancelRequest(value?: Buffer): Buffer {
  return ber.element(0x77, ber.element(0x80, cancelOid), value === undefined ? '' : ber.element(0x81, value));
}

const cancelOf = (id: number): Buffer => cancelRequest(ber.sequence(ber.integer(id)));

describe('RFC 3909: Cancel', () => {
  let server: TestServer;
  let client: RawClient;

  beforeEach(async () => {
    server = await TestServer.start();
    client = await server.connectBound();
  });

  afterEach(async () => {
    client[Symbol.dispose]();
    await server[Symbol.asyncDispose]();
  });

  it('ends a search with canceled, then answers success, and disposes of the cursor (X3, §2.1)', async () => {
    const cursor = new HeldCursor();
    server.directory.onSearch = () => ({ kind: 'cursor', cursor });
    await client.send(ber.message(2, ber.searchRequest()));
    await cursor.reading();
    await client.send(ber.message(3, cancelOf(2)));
    assert.equal((await client.result(2)).code, 118);
    assert.equal((await client.result(3)).code, 0);
    cursor.answer({ entries: [], done: true });
    assert.equal((await client.ask(4, ber.extendedRequest(whoAmI))).code, 0);
    assert.equal(cursor.disposed, 1);
    assert.equal((await client.ask(5, cancelOf(2))).code, 119);
  });

  it('ends a page with canceled and an empty cookie', async () => {
    const cursor = new HeldCursor();
    server.directory.onSearch = () => ({ kind: 'cursor', cursor });
    await client.send(ber.message(2, ber.searchRequest(), [ber.pagedControl(5)]));
    await cursor.reading();
    await client.send(ber.message(3, cancelOf(2)));
    const page = await client.result(2);
    assert.equal(page.code, 118);
    assert.deepEqual(page.controls.get('1.2.840.113556.1.4.319'), ber.sequence(ber.integer(0), ber.text('')));
    cursor.answer({ entries: [], done: true });
  });

  it('answers noSuchOperation to ids of nothing, of what has ended, and of itself (X3, §2.3)', async () => {
    assert.equal((await client.ask(2, cancelOf(77))).code, 119);
    assert.equal((await client.ask(3, cancelOf(1))).code, 119);
    assert.equal((await client.ask(4, cancelOf(4))).code, 119);
    assert.equal((await client.ask(5, cancelOf(0))).code, 119);
  });

  it('cannot cancel operations of another connection', async () => {
    const cursor = new HeldCursor();
    server.directory.onSearch = () => ({ kind: 'cursor', cursor });
    using other = await server.connectBound();
    await other.send(ber.message(9, ber.searchRequest()));
    await cursor.reading();
    assert.equal((await client.ask(2, cancelOf(9))).code, 119);
    cursor.answer({ entries: [], done: true });
    assert.equal((await other.result(9)).code, 0);
  });

  for (const [what, value] of [
    ['no value', undefined],
    ['an empty value', Buffer.alloc(0)],
    ['no sequence', ber.integer(2)],
    ['an empty sequence', ber.sequence()],
    ['a negative id', ber.sequence(ber.integer(-1))],
    ['a value cut short', Buffer.of(0x30, 9, 2, 1, 1)],
  ] as const) {
    it(`answers protocolError to ${what}, and the connection goes on (X3, P8)`, async () => {
      assert.equal((await client.ask(2, cancelRequest(value))).code, 2);
      assert.equal((await client.ask(3, ber.extendedRequest(whoAmI))).code, 0);
    });
  }
});
