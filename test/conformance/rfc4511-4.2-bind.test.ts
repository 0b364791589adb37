import assert from 'node:assert/strict';

import type { BindOutcome } from '../../src/auth/bind.ts';
import * as ber from '../support/ldap-ber.ts';
import { HeldCursor } from '../support/ldap-test-directory.ts';
import { accept, admin, refuse, testCertificate, TestServer } from '../support/ldap-test-server.ts';
import { RawClient } from '../support/ldap-raw-client.ts';

const whoAmI = ber.extendedRequest('1.3.6.1.4.1.4203.1.11.3');

function held<T>(): { readonly promise: Promise<T>; readonly resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

describe('RFC 4511 §4.2 and RFC 4513 §5.1: bind', () => {
  let server: TestServer;
  let client: RawClient;

  beforeEach(async () => {
    server = await TestServer.start();
    client = await server.connect();
  });

  afterEach(async () => {
    client[Symbol.dispose]();
    await server[Symbol.asyncDispose]();
  });

  const identity = async (id: number): Promise<string | undefined> => (await client.ask(id, whoAmI)).extras.get(0x8b);

  it('takes the right password and is that identity from then on (P7)', async () => {
    assert.equal((await client.ask(2, ber.bindRequest(admin.dn, admin.password))).code, 0);
    assert.equal(await identity(3), `dn:${admin.dn}`);
    assert.equal(server.authenticator.seen[0]?.context.remoteAddress, '127.0.0.1');
    assert.equal(server.authenticator.seen[0]?.context.secure, false);
  });

  for (const version of [0, 2, 4, 127, 128, -1]) {
    it(`answers protocolError to version ${version} (B1)`, async () => {
      assert.equal((await client.ask(2, ber.bindRequest(admin.dn, admin.password, version))).code, 2);
      assert.equal(server.authenticator.seen.length, 0);
    });
  }

  it('takes an anonymous bind without asking anybody (B2)', async () => {
    assert.equal((await client.ask(2, ber.bindRequest('', ''))).code, 0);
    assert.equal(await identity(3), '');
    assert.equal(server.authenticator.seen.length, 0);
  });

  it('answers unwillingToPerform to a name with an empty password (B3, RFC 4513 §5.1.2, P7)', async () => {
    assert.equal((await client.ask(2, ber.bindRequest(admin.dn, ''))).code, 53);
    assert.equal(server.authenticator.seen.length, 0);
  });

  it('hands on the verdict of the authenticator (B4)', async () => {
    const result = await client.ask(2, ber.bindRequest(admin.dn, 'wrong'));
    assert.deepEqual([result.code, result.text, result.matchedDn], [49, 'invalid credentials', '']);
  });

  it('does not log in an empty name with a password', async () => {
    assert.equal((await client.ask(2, ber.bindRequest('', 'secret'))).code, 49);
    assert.equal(await identity(3), '');
  });

  it('hands names that are no DN to the authenticator as they are (B5)', async () => {
    await client.ask(2, ber.bindRequest('CONTOSO\\alice', 'x'));
    await client.ask(3, ber.bindRequest('zoë@contoso.com', 'x'));
    assert.deepEqual(
      server.authenticator.seen.map(({ name }) => name),
      ['CONTOSO\\alice', 'zoë@contoso.com'],
    );
  });

  it('refuses a name that is not UTF-8, so that no two names become one (P7)', async () => {
    const { code } = await client.ask(2, ber.bindRequest(Buffer.from([0x61, 0xff]), 'x'));
    assert.equal(code, 2);
    assert.equal(server.authenticator.seen.length, 0);
  });

  it('takes a name that really contains U+FFFD', async () => {
    await client.ask(2, ber.bindRequest('a\uFFFD', 'x'));
    assert.equal(server.authenticator.seen[0]?.name, 'a\uFFFD');
  });

  const otherMethods: [string, Buffer][] = [
    ['an unknown choice', ber.element(0x81, 'x')],
    ['SASL with an unknown mechanism', ber.element(0xa3, ber.text('NO-SUCH-MECH'))],
    ['SASL with an empty mechanism', ber.element(0xa3, ber.text(''))],
  ];
  for (const [name, choice] of otherMethods) {
    it(`answers authMethodNotSupported to ${name} (B6)`, async () => {
      const { code } = await client.ask(2, ber.element(0x60, ber.integer(3), ber.text(''), choice));
      assert.equal(code, 7);
    });
  }

  it('answers protocolError to a bind without authentication', async () => {
    assert.equal((await client.ask(2, ber.element(0x60, ber.integer(3), ber.text('')))).code, 2);
  });

  const failures: [string, Buffer, Buffer[] | undefined][] = [
    ['a wrong password', ber.bindRequest(admin.dn, 'wrong'), undefined],
    ['an empty password', ber.bindRequest(admin.dn, ''), undefined],
    ['another version', ber.bindRequest(admin.dn, admin.password, 2), undefined],
    ['SASL', ber.element(0x60, ber.integer(3), ber.text(''), ber.element(0xa3, ber.text('X'))), undefined],
    ['a malformed request', ber.element(0x60, ber.text('x')), undefined],
    ['an unknown critical control', ber.bindRequest(admin.dn, admin.password), [ber.control('1.2.3', true)]],
  ];
  for (const [name, operation, controls] of failures) {
    it(`is anonymous after a bind that failed by ${name} (B7, RFC 4511 §4.2.1)`, async () => {
      await client.ask(2, ber.bindRequest(admin.dn, admin.password));
      assert.notEqual((await client.ask(3, operation, controls)).code, 0);
      assert.equal(await identity(4), '');
    });
  }

  it('hands over passwords as octets: not trimmed, NUL kept, not UTF-8, 60 KB (B9)', async () => {
    const passwords = [' x ', 'a\0b', Buffer.from([0xff, 0xfe]), Buffer.alloc(60_000, 0x70)].map((p) => Buffer.from(p));
    for (const [index, password] of passwords.entries()) await client.ask(index + 1, ber.bindRequest('x', password));
    assert.deepEqual(
      server.authenticator.seen.map((bind) => bind.password),
      passwords,
    );
  });

  it('wipes the password when the verdict is there', async () => {
    await client.ask(2, ber.bindRequest(admin.dn, admin.password));
    await client.send(ber.message(3, ber.bindRequest(admin.dn, 'split-password')).subarray(0, 60));
    await client.send(ber.message(3, ber.bindRequest(admin.dn, 'split-password')).subarray(60));
    await client.result(3);
    assert.equal(server.authenticator.seen[1]?.password.toString(), 'split-password');
    for (const { view } of server.authenticator.seen) assert.ok(view.every((octet) => octet === 0));
  });

  it('never logs a password', async () => {
    await client.ask(2, ber.bindRequest(admin.dn, 'hunter2-hunter2'));
    assert.ok(!JSON.stringify(server.log.lines).includes('hunter2'));
  });

  it('carries out nothing while a bind is under way, and then with the new identity (B14)', async () => {
    const verdict = held<BindOutcome>();
    server.authenticator.onBind = () => verdict.promise;
    await client.send(ber.message(2, ber.bindRequest(admin.dn, 'x')), ber.message(3, whoAmI));
    await client.send(ber.message(4, ber.searchRequest()));
    using other = await server.connect();
    assert.equal((await other.ask(1, whoAmI)).code, 0);
    assert.equal(server.directory.searches.length, 0);
    verdict.resolve(accept(admin.dn));
    assert.equal((await client.result(2)).code, 0);
    assert.equal((await client.result(3)).extras.get(0x8b), `dn:${admin.dn}`);
    assert.equal((await client.result(4)).code, 0);
    assert.equal(server.directory.searches[0]?.who.kind, 'service');
  });

  it('does not use the old identity while a bind is under way, nor after it failed (B14)', async () => {
    await client.ask(2, ber.bindRequest(admin.dn, admin.password));
    const verdict = held<BindOutcome>();
    server.authenticator.onBind = () => verdict.promise;
    await client.send(ber.message(3, ber.bindRequest('x', 'x')), ber.message(4, whoAmI));
    verdict.resolve(refuse());
    assert.equal((await client.result(4)).extras.get(0x8b), '');
  });

  it('completes the operations before a bind first (RFC 4511 §4.2.1)', async () => {
    const cursor = new HeldCursor();
    server.directory.onSearch = () => ({ kind: 'cursor', cursor });
    await client.send(ber.message(2, ber.searchRequest()), ber.message(3, ber.bindRequest(admin.dn, admin.password)));
    await cursor.reading();
    assert.equal(server.authenticator.seen.length, 0);
    cursor.answer({ entries: [], done: true });
    assert.equal((await client.next())?.id, 2);
    assert.equal((await client.result(3)).code, 0);
  });

  it('aborts a bind whose connection has gone', async () => {
    const aborted = held<void>();
    const asked = held<void>();
    server.authenticator.onBind = () => {
      server.authenticator.seen[0]?.context.signal.addEventListener('abort', () => aborted.resolve());
      asked.resolve();
      return new Promise(() => {});
    };
    await client.send(ber.message(2, ber.bindRequest(admin.dn, 'x')));
    await asked.promise;
    client[Symbol.dispose]();
    await aborted.promise;
  });

  it('refuses with other, and logs why, when the authenticator fails (P7)', async () => {
    server.authenticator.onBind = () => {
      throw new Error('broken');
    };
    const result = await client.ask(2, ber.bindRequest(admin.dn, 'x'));
    assert.equal(result.code, 80);
    assert.match(result.text, /^internal error; operation \d+\.2$/);
    assert.equal(server.log.of('ldap.operation.failed').length, 1);
    assert.equal(await identity(3), '');
  });
});

describe('RFC 4513 §6.3.1: passwords in the clear', () => {
  it('are refused with confidentialityRequired where TLS is required, and taken over TLS (B10)', async () => {
    const tls = await testCertificate();
    await using server = await TestServer.start({ tls, requireTlsForBind: true });
    using plain = await server.connect();
    assert.equal((await plain.ask(2, ber.bindRequest(admin.dn, admin.password))).code, 13);
    assert.equal((await plain.ask(3, ber.bindRequest('', ''))).code, 0);
    assert.equal(server.authenticator.seen.length, 0);
    using secure = await RawClient.connectTls(server.tlsPort, tls.ca);
    assert.equal((await secure.ask(2, ber.bindRequest(admin.dn, admin.password))).code, 0);
    assert.equal(server.authenticator.seen[0]?.context.secure, true);
  });
});
