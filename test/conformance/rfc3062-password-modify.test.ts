import assert from 'node:assert/strict';

import * as ber from '../support/ldap-ber.ts';
import type { RawClient, RawResult } from '../support/ldap-raw-client.ts';
import { TestServer } from '../support/ldap-test-server.ts';

const oid = '1.3.6.1.4.1.4203.1.11.1';

function passwords(identity?: string | Buffer, old?: string, next?: string): Buffer {
  return ber.sequence(
    identity === undefined ? '' : ber.element(0x80, identity),
    old === undefined ? '' : ber.element(0x81, old),
    next === undefined ? '' : ber.element(0x82, next),
  );
}

describe('RFC 3062: password modify', () => {
  let server: TestServer;
  let client: RawClient;
  let id = 10;

  before(async () => {
    server = await TestServer.start();
    client = await server.connectBound();
  });

  after(async () => {
    client[Symbol.dispose]();
    await server[Symbol.asyncDispose]();
  });

  const modify = (value?: Buffer, over = client): Promise<RawResult> =>
    over.ask(++id, ber.element(0x77, ber.element(0x80, oid), value === undefined ? '' : ber.element(0x81, value)));

  for (const [what, value] of [
    ['everything', passwords('uid=u1,dc=example,dc=com', 'old', 'new')],
    ['a name that is no DN', passwords('u:alice')],
    ['a new password alone', passwords(undefined, undefined, 'new')],
    ['an empty old password', passwords(undefined, '', 'new')],
    ['nothing', passwords()],
    ['no value', undefined],
  ] as const) {
    it(`is refused with ${what}, in a sentence that says where passwords are changed (X4)`, async () => {
      const result = await modify(value);
      assert.equal(result.code, 53);
      assert.match(result.text, /Entra/);
    });
  }

  it('is refused to anonymous as well', async () => {
    using stranger = await server.connect();
    assert.equal((await modify(passwords('uid=u1,dc=example,dc=com'), stranger)).code, 53);
  });

  for (const [what, value] of [
    ['no BER', Buffer.from('0\u0005junk')],
    ['no octets', Buffer.alloc(0)],
    ['no sequence', ber.text('new')],
    ['a name that is not UTF-8', passwords(Buffer.of(0xff))],
    ['fields out of order', ber.sequence(ber.element(0x82, 'new'), ber.element(0x81, 'old'))],
    ['a field twice', ber.sequence(ber.element(0x80, 'a'), ber.element(0x80, 'b'))],
    ['a field that it does not have', ber.sequence(ber.element(0x83, 'x'))],
    ['something behind it', Buffer.concat([passwords('a'), ber.text('x')])],
  ] as const) {
    it(`that has ${what} is a protocolError, and the connection goes on (X4, P8)`, async () => {
      assert.equal((await modify(value)).code, 2);
      assert.equal((await modify(passwords())).code, 53);
    });
  }
});
