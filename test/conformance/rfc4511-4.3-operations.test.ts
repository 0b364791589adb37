import assert from 'node:assert/strict';

import { DirectoryStorageError } from '../../src/directory/reader.ts';
import { ldapResult, ResultCode } from '../../src/directory/result.ts';
import * as ber from '../support/ldap-ber.ts';
import type { RawClient } from '../support/ldap-raw-client.ts';
import { HeldCursor } from '../support/ldap-test-directory.ts';
import { admin, TestServer } from '../support/ldap-test-server.ts';

const whoAmI = '1.3.6.1.4.1.4203.1.11.3';
const user = 'uid=u1,dc=example,dc=com';

describe('RFC 4511 §4.3 to §4.12: the other operations', () => {
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

  describe('§4.3 unbind', () => {
    it('closes the connection without an answer (A2)', async () => {
      await client.send(ber.message(2, ber.unbindRequest()));
      assert.equal(await client.next(), undefined);
    });

    it('drops what is under way and what follows, but not what was answered (A2)', async () => {
      const cursor = new HeldCursor();
      server.directory.onSearch = () => ({ kind: 'cursor', cursor });
      const ask = ber.extendedRequest(whoAmI);
      await client.send(
        ber.message(2, ber.searchRequest()),
        ber.message(3, ask),
        ber.message(4, ber.unbindRequest()),
        ber.message(5, ask),
      );
      assert.equal((await client.next())?.id, 3);
      assert.equal(await client.next(), undefined);
      cursor.answer({ entries: [], done: true });
    });
  });

  describe('§4.6 to §4.9 writes', () => {
    const change = ber.sequence(ber.enumerated(2), ber.sequence(ber.text('mail'), ber.element(0x31, ber.text('x@y'))));
    const refused: [string, Buffer, number][] = [
      ['modify', ber.element(0x66, ber.text(user), ber.sequence(change)), 0x67],
      [
        'modify by increment (RFC 4525)',
        ber.element(
          0x66,
          ber.text(user),
          ber.sequence(
            ber.sequence(ber.enumerated(3), ber.sequence(ber.text('uidNumber'), ber.element(0x31, ber.text('1')))),
          ),
        ),
        0x67,
      ],
      [
        'add',
        ber.element(0x68, ber.text(user), ber.sequence(ber.sequence(ber.text('cn'), ber.element(0x31, ber.text('x'))))),
        0x69,
      ],
      ['delete', ber.element(0x4a, user), 0x6b],
      ['modify DN', ber.element(0x6c, ber.text(user), ber.text('uid=z'), ber.boolean(true)), 0x6d],
      [
        'modify DN with a new superior',
        ber.element(0x6c, ber.text(user), ber.text('uid=z'), ber.boolean(true), ber.element(0x80, 'dc=x')),
        0x6d,
      ],
    ];
    for (const [name, operation, tag] of refused) {
      it(`refuses ${name} with unwillingToPerform in its own response (U1, PAIN-23)`, async () => {
        await client.send(ber.message(2, operation));
        const answer = await client.next();
        assert.equal(answer?.tag, tag);
        assert.equal(answer?.body[2], 53);
      });
    }

    const malformed: [string, Buffer][] = [
      ['a modify without changes', ber.element(0x66, ber.text(user))],
      ['a change without attribute', ber.element(0x66, ber.text(user), ber.sequence(ber.sequence(ber.enumerated(0))))],
      ['an add without attributes', ber.element(0x68, ber.text(user))],
      [
        'an add of an attribute without values',
        ber.element(0x68, ber.text(user), ber.sequence(ber.sequence(ber.text('cn'), ber.element(0x31)))),
      ],
      ['a modify DN without new RDN', ber.element(0x6c, ber.text(user))],
      ['a delete of a DN that is not UTF-8', ber.element(0x4a, Buffer.from([0xff]))],
    ];
    for (const [name, operation] of malformed) {
      it(`answers protocolError to ${name} (U1)`, async () => {
        assert.equal((await client.ask(2, operation)).code, 2);
        assert.equal((await client.ask(3, ber.extendedRequest(whoAmI))).code, 0);
      });
    }
  });

  describe('§4.10 compare', () => {
    it('answers compareTrue, compareFalse and noSuchObject as the directory says (C1, PAIN-23)', async () => {
      assert.equal((await client.ask(2, ber.compareRequest(user, 'uid', 'u1'))).code, 6);
      assert.equal((await client.ask(3, ber.compareRequest(user, 'uid', 'x'))).code, 5);
      const missing = await client.ask(4, ber.compareRequest('uid=no,dc=example,dc=com', 'uid', 'x'));
      assert.deepEqual([missing.code, missing.matchedDn], [32, 'dc=example,dc=com']);
    });

    it('answers protocolError without an assertion', async () => {
      assert.equal((await client.ask(2, ber.element(0x6e, ber.text(user)))).code, 2);
    });

    it('answers unavailable when the store cannot be read, and never compareFalse (P1)', async () => {
      server.directory.onCompare = () => {
        throw new DirectoryStorageError('disk');
      };
      assert.equal((await client.ask(2, ber.compareRequest(user, 'uid', 'u1'))).code, 52);
    });

    it('hands the value on as octets', async () => {
      let seen: Buffer | undefined;
      server.directory.onCompare = (_dn, _attribute, value) => {
        seen = Buffer.from(value);
        return ldapResult(ResultCode.compareFalse);
      };
      await client.ask(
        2,
        ber.element(0x6e, ber.text(user), ber.sequence(ber.text('a'), ber.text(Buffer.from([0, 0xff])))),
      );
      assert.deepEqual(seen, Buffer.from([0, 0xff]));
    });
  });

  describe('§4.11 abandon', () => {
    it('stops a running search without any answer, and disposes of its cursor (A1)', async () => {
      const cursor = new HeldCursor();
      server.directory.onSearch = () => ({ kind: 'cursor', cursor });
      await client.send(ber.message(2, ber.searchRequest()));
      await cursor.reading();
      await client.send(ber.message(3, ber.abandonRequest(2)), ber.message(4, ber.extendedRequest(whoAmI)));
      assert.equal((await client.next())?.id, 4);
      cursor.answer({ entries: [], done: true });
      await client.send(ber.message(5, ber.extendedRequest(whoAmI)));
      assert.equal((await client.next())?.id, 5);
      assert.equal(cursor.disposed, 1);
    });

    it('is silent about unknown ids and broken ones (A1)', async () => {
      for (const operation of [
        ber.abandonRequest(99),
        ber.abandonRequest(0),
        ber.element(0x50),
        ber.abandonRequest(-4),
      ]) {
        await client.send(ber.message(2, operation));
      }
      await client.send(ber.message(3, ber.extendedRequest(whoAmI)));
      assert.equal((await client.next())?.id, 3);
    });
  });

  describe('§4.12 extended operations', () => {
    it('answers protocolError to operations that it does not have (X1, X5)', async () => {
      for (const oid of ['1.2.3.4.5', 'hello', '1.3.6.1.1.19', '1.3.6.1.1.21.1']) {
        assert.equal((await client.ask(2, ber.extendedRequest(oid))).code, 2);
        assert.equal((await client.ask(3, ber.extendedRequest(oid, 'junk'))).code, 2);
      }
      assert.equal((await client.ask(4, ber.element(0x77))).code, 2);
    });

    it('tells who the connection is bound as, and the empty string when anonymous (X2, RFC 4532)', async () => {
      const bound = await client.ask(2, ber.extendedRequest(whoAmI));
      assert.equal(bound.extras.get(0x8b), `dn:${admin.dn}`);
      assert.equal(bound.extras.has(0x8a), false);
      await client.ask(3, ber.bindRequest('', ''));
      assert.equal((await client.ask(4, ber.extendedRequest(whoAmI))).extras.get(0x8b), '');
    });

    it('answers protocolError to Who am I? with a value (X2)', async () => {
      assert.equal((await client.ask(2, ber.extendedRequest(whoAmI, 'x'))).code, 2);
    });
  });
});
