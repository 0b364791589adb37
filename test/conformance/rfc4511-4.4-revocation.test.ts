import assert from 'node:assert/strict';

import * as ber from '../support/ldap-ber.ts';
import { HeldCursor } from '../support/ldap-test-directory.ts';
import { admin, TestServer } from '../support/ldap-test-server.ts';

const whoAmI = ber.extendedRequest('1.3.6.1.4.1.4203.1.11.3');

describe('A connection whose identity is revoked (RFC 4511 §4.4.1)', () => {
  let server: TestServer;

  beforeEach(async () => {
    server = await TestServer.start();
  });

  afterEach(async () => {
    await server[Symbol.asyncDispose]();
  });

  it('is told strongerAuthRequired by a Notice of Disconnection, and ends', async () => {
    using client = await server.connectBound();
    server.server.revoke(({ kind }) => kind === 'service');
    assert.equal(await client.notice(), 8);
    assert.equal(await client.next(), undefined);
  });

  it('gets no answer to what was under way, least of all an empty one (P1)', async () => {
    using client = await server.connectBound();
    const cursor = new HeldCursor();
    server.directory.onSearch = () => ({ kind: 'cursor', cursor, publication: 1 });
    await client.send(ber.message(2, ber.searchRequest({ scope: 2 })));
    await cursor.reading();
    server.server.revoke(() => true);
    const messages: number[] = [];
    for (let message = await client.next(); message !== undefined; message = await client.next())
      messages.push(message.id);
    assert.deepEqual(messages, [0]);
  });

  it('leaves alone who is somebody else or nobody, who is not even asked about', async () => {
    using bound = await server.connectBound();
    using anonymous = await server.connect();
    const asked: string[] = [];
    server.server.revoke((identity) => {
      asked.push(identity.kind === 'anonymous' ? '' : identity.dn);
      return false;
    });
    assert.deepEqual(asked, [admin.dn]);
    assert.equal((await bound.ask(2, whoAmI)).code, 0);
    assert.equal((await anonymous.ask(2, whoAmI)).code, 0);
  });
});
