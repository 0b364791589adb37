import assert from 'node:assert/strict';

import { supportedExtensions } from '../../src/ldap/features.ts';
import { defaultLdapLimits } from '../../src/ldap/limits.ts';
import { startLdapServer } from '../../src/ldap/server.ts';
import * as ber from '../support/ldap-ber.ts';
import { RawClient } from '../support/ldap-raw-client.ts';
import { HeldCursor } from '../support/ldap-test-directory.ts';
import { admin, testCertificate, TestServer } from '../support/ldap-test-server.ts';
import { ManualClock } from '../support/manual-clock.ts';

const oid = '1.3.6.1.4.1.1466.20037';
const startTls = ber.extendedRequest(oid);
const whoAmI = ber.extendedRequest('1.3.6.1.4.1.4203.1.11.3');

describe('RFC 4511 §4.14: StartTLS, and LDAPS', () => {
  let server: TestServer;
  let tls: Awaited<ReturnType<typeof testCertificate>>;

  before(async () => {
    tls = await testCertificate();
  });

  beforeEach(async () => {
    server = await TestServer.start({ tls });
  });

  afterEach(async () => {
    await server[Symbol.asyncDispose]();
  });

  it('answers success with its own name, then speaks TLS (T1)', async () => {
    using client = await server.connect();
    const result = await client.ask(2, startTls);
    assert.deepEqual([result.code, result.extras.get(0x8a)], [0, oid]);
    await client.secure(tls.ca);
    assert.equal((await client.ask(3, ber.bindRequest(admin.dn, admin.password))).code, 0);
    assert.equal(server.authenticator.seen[0]?.context.secure, true);
    assert.equal((await client.ask(4, ber.searchRequest())).entries.length, 10);
  });

  it('takes the ManageDsaIT control that JNDI sends along (T1)', async () => {
    using client = await server.connect();
    assert.equal((await client.ask(2, startTls, [ber.control('2.16.840.1.113730.3.4.2', false)])).code, 0);
  });

  it('answers operationsError inside TLS, however it was established (T2)', async () => {
    using ldaps = await RawClient.connectTls(server.tlsPort, tls.ca);
    assert.equal((await ldaps.ask(2, startTls)).code, 1);
    using client = await server.connect();
    await client.ask(2, startTls);
    await client.secure(tls.ca);
    assert.equal((await client.ask(3, startTls)).code, 1);
    assert.equal((await client.ask(4, whoAmI)).code, 0);
  });

  it('answers operationsError while an operation is under way (T3)', async () => {
    const cursor = new HeldCursor();
    server.directory.onSearch = () => ({ kind: 'cursor', cursor });
    using client = await server.connect();
    await client.send(ber.message(2, ber.searchRequest()));
    await cursor.reading();
    assert.equal((await client.ask(3, startTls)).code, 1);
    cursor.answer({ entries: [], done: true });
    assert.equal((await client.result(2)).code, 0);
    assert.equal((await client.ask(4, startTls)).code, 0);
  });

  it('refuses to change to TLS behind which a request was sent in the clear (T4)', async () => {
    using client = await server.connect();
    await client.send(ber.message(2, startTls), ber.message(3, whoAmI));
    assert.equal((await client.result(2)).code, 1);
    assert.equal((await client.result(3)).code, 0);
    await assert.rejects(client.secure(tls.ca));
  });

  it('refuses to change to TLS behind half a request in the clear (T4)', async () => {
    using client = await server.connect();
    await client.send(ber.message(2, startTls), Buffer.from([0x30]));
    assert.equal((await client.result(2)).code, 1);
  });

  it('closes when plain LDAP comes where the handshake is due, and answers nothing (T5)', async () => {
    using client = await server.connect();
    await client.ask(2, startTls);
    await client.send(ber.message(3, whoAmI));
    const rest = await client.next().catch(() => undefined);
    assert.notEqual(rest?.id, 3);
  });

  it('does not know the operation, and does not announce it, without a certificate (T6)', async () => {
    await using bare = await TestServer.start();
    using client = await bare.connect();
    assert.equal((await client.ask(2, startTls)).code, 2);
    assert.ok(!supportedExtensions({ startTls: false }).includes(oid));
    assert.ok(supportedExtensions({ startTls: true }).includes(oid));
  });

  it('answers protocolError to a value', async () => {
    using client = await server.connect();
    assert.equal((await client.ask(2, ber.extendedRequest(oid, 'x'))).code, 2);
  });

  it('leaves the client free to refuse the certificate (T7)', async () => {
    const other = await testCertificate();
    using client = await server.connect();
    await client.ask(2, startTls);
    await assert.rejects(client.secure(other.ca));
    await assert.rejects(RawClient.connectTls(server.tlsPort, other.ca));
    using next = await RawClient.connectTls(server.tlsPort, tls.ca);
    assert.equal((await next.ask(1, whoAmI)).code, 0);
  });

  it('begins anonymous after StartTLS, whoever was bound in the clear (T8)', async () => {
    using client = await server.connectBound();
    await client.ask(2, startTls);
    await client.secure(tls.ca);
    assert.equal((await client.ask(3, whoAmI)).extras.get(0x8b), '');
  });

  it('closes a connection whose handshake does not come, on LDAPS and after StartTLS (E14)', async () => {
    const clock = new ManualClock();
    await using slow = await TestServer.start({ tls, clock, limits: { handshakeMs: 5000 } });
    using ldaps = await RawClient.connect(slow.tlsPort);
    using client = await slow.connect();
    await client.ask(2, startTls);
    await clock.advance(4000);
    assert.equal(slow.server.statistics().connections, 2);
    await clock.advance(2000);
    assert.equal(await ldaps.next(), undefined);
    assert.equal(await client.next(), undefined);
  });

  it('survives garbage where the handshake is due and serves others (E10)', async () => {
    using client = await RawClient.connect(server.tlsPort);
    await client.send(ber.message(1, whoAmI), Buffer.alloc(1000, 0x41));
    while ((await client.next().catch(() => undefined)) !== undefined);
    using next = await RawClient.connectTls(server.tlsPort, tls.ca);
    assert.equal((await next.ask(1, whoAmI)).code, 0);
  });

  it('uses a renewed certificate for new handshakes and keeps open connections (PAIN-16)', async () => {
    using before = await RawClient.connectTls(server.tlsPort, tls.ca);
    const renewed = await testCertificate();
    server.server.renewCertificate(renewed);
    using after = await RawClient.connectTls(server.tlsPort, renewed.ca);
    assert.equal((await after.ask(1, whoAmI)).code, 0);
    assert.equal((await before.ask(1, whoAmI)).code, 0);
    assert.throws(() => server.server.renewCertificate({ certPem: 'x', keyPem: 'y' }));
    using still = await RawClient.connectTls(server.tlsPort, renewed.ca);
    assert.equal((await still.ask(1, whoAmI)).code, 0);
  });

  it('refuses to start an LDAPS listener without a certificate', async () => {
    const start = startLdapServer({
      listeners: [{ host: '127.0.0.1', port: 0, tls: true }],
      directory: server.directory,
      authenticator: server.authenticator,
      log: server.log,
      clock: new ManualClock(),
      limits: defaultLdapLimits,
    });
    await assert.rejects(start, /certificate/);
  });
});
