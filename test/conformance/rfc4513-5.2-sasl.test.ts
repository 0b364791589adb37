import assert from 'node:assert/strict';
import type { ConnectionOptions } from 'node:tls';

import { type CertificatePair, createCertificateAuthority } from '../../src/certificates/authority.ts';
import { clientCertificate } from '../support/client-certificate.ts';
import * as ber from '../support/ldap-ber.ts';
import { RawClient } from '../support/ldap-raw-client.ts';
import { TestDirectory } from '../support/ldap-test-directory.ts';
import { admin, testCertificate, TestServer } from '../support/ldap-test-server.ts';

const startTls = ber.extendedRequest('1.3.6.1.4.1.1466.20037');
const whoAmI = ber.extendedRequest('1.3.6.1.4.1.4203.1.11.3');

function plain(name: string, password: string | Buffer, authorizationId = ''): Buffer {
  return ber.saslRequest('PLAIN', Buffer.concat([Buffer.from(`${authorizationId}\0${name}\0`), Buffer.from(password)]));
}

describe('RFC 4513 §5.2: SASL', () => {
  let certificate: Awaited<ReturnType<typeof testCertificate>>;
  let authority: CertificatePair;
  let own: { readonly cert: string; readonly key: string };
  let server: TestServer;
  let client: RawClient;

  before(async () => {
    certificate = await testCertificate();
    authority = await createCertificateAuthority({ commonName: 'Client CA', nowMs: Date.now(), days: 2 });
    own = await clientCertificate(authority, [{ O: 'Example' }, { CN: 'admin' }]);
  });

  beforeEach(async () => {
    const tls = { ...certificate, clientCaPem: authority.certPem, clientCertificates: 'request' } as const;
    server = await TestServer.start({ tls });
    client = await RawClient.connectTls(server.tlsPort, certificate.ca);
  });

  afterEach(async () => {
    client[Symbol.dispose]();
    await server[Symbol.asyncDispose]();
  });

  const identity = async (id: number): Promise<string | undefined> => (await client.ask(id, whoAmI)).extras.get(0x8b);
  const codeOf = async (id: number, operation: Buffer): Promise<number> => (await client.ask(id, operation)).code;

  describe('PLAIN (RFC 4616)', () => {
    it('takes the right password over TLS, and is that identity from then on (B11)', async () => {
      assert.equal(await codeOf(2, plain(admin.dn, admin.password)), 0);
      assert.equal(await identity(3), `dn:${admin.dn}`);
      assert.equal(server.authenticator.seen[0]?.context.authorizationId, '');
    });

    it('takes it after StartTLS', async () => {
      using late = await server.connect();
      await late.ask(1, startTls);
      await late.secure(certificate.ca);
      assert.equal((await late.ask(2, plain(admin.dn, admin.password))).code, 0);
    });

    it('answers confidentialityRequired in the clear and asks nobody (B11, RFC 4513 §5.2.1.5)', async () => {
      using clear = await server.connect();
      assert.equal((await clear.ask(2, plain(admin.dn, admin.password))).code, 13);
      assert.equal(server.authenticator.seen.length, 0);
    });

    it('hands on a wrong password as a simple bind would, octet by octet', async () => {
      assert.equal(await codeOf(2, plain('zoë', Buffer.from(' pässwörd '))), 49);
      const [seen] = server.authenticator.seen;
      assert.deepEqual([seen?.name, seen?.password.toString()], ['zoë', ' pässwörd ']);
    });

    it('hands on whom the client wants to act as', async () => {
      await codeOf(2, plain('alice', 'x', 'u:bob'));
      assert.equal(server.authenticator.seen[0]?.context.authorizationId, 'u:bob');
    });

    it('ignores the name in the request (RFC 4513 §5.2.1.1)', async () => {
      const credentials = `\0${admin.dn}\0${admin.password}`;
      assert.equal(await codeOf(2, ber.saslRequest('PLAIN', credentials, 'cn=somebody,dc=else')), 0);
      assert.equal(await identity(3), `dn:${admin.dn}`);
    });

    const empty: readonly [what: string, request: Buffer][] = [
      ['no name', plain('', 'secret')],
      ['no password', plain(admin.dn, '')],
      ['neither', plain('', '')],
    ];
    for (const [what, request] of empty) {
      it(`answers invalidCredentials to ${what}, and asks nobody (P7)`, async () => {
        assert.equal(await codeOf(2, request), 49);
        assert.equal(server.authenticator.seen.length, 0);
      });
    }

    const malformed: readonly [what: string, credentials: Buffer | string | undefined][] = [
      ['nothing: there is no second step', undefined],
      ['an empty message', ''],
      ['no NUL', 'alice'],
      ['one NUL', 'alice\0secret'],
      ['a NUL in the password', '\0alice\0sec\0ret'],
      ['what is not UTF-8', Buffer.from([0, 0x61, 0xff, 0, 0x78])],
    ];
    for (const [what, credentials] of malformed) {
      it(`answers protocolError to ${what} (RFC 4616 §2)`, async () => {
        assert.equal(await codeOf(2, ber.saslRequest('PLAIN', credentials)), 2);
        assert.equal(server.authenticator.seen.length, 0);
        assert.equal(await identity(3), '');
      });
    }

    it('wipes the message when the verdict is there', async () => {
      await codeOf(2, plain(admin.dn, admin.password));
      assert.ok(server.authenticator.seen[0]?.view.every((octet) => octet === 0));
    });

    it('is anonymous after a failure on a bound connection (B7)', async () => {
      await codeOf(2, plain(admin.dn, admin.password));
      assert.equal(await codeOf(3, plain(admin.dn, 'wrong')), 49);
      assert.equal(await identity(4), '');
    });
  });

  describe('EXTERNAL (RFC 4422 appendix A)', () => {
    const external = ber.saslRequest('EXTERNAL');
    const withCertificate = (options: ConnectionOptions): Promise<RawClient> =>
      RawClient.connectTls(server.tlsPort, certificate.ca, options);

    for (const [what, request] of [
      ['without credentials', external],
      ['with empty credentials', ber.saslRequest('EXTERNAL', '')],
    ] as const) {
      it(`is whom the verified certificate names, ${what} (B11)`, async () => {
        using certified = await withCertificate(own);
        assert.equal((await certified.ask(2, request)).code, 0);
        assert.equal((await certified.ask(3, whoAmI)).extras.get(0x8b), `dn:${admin.dn}`);
        assert.equal(server.authenticator.external[0]?.certificate.subject, 'O=Example\nCN=admin');
        assert.equal(server.authenticator.external[0].context.authorizationId, '');
      });
    }

    it('works after StartTLS', async () => {
      using late = await server.connect();
      await late.ask(1, startTls);
      await late.secure(certificate.ca, own);
      assert.equal((await late.ask(2, external)).code, 0);
    });

    it('works on a resumed session', async () => {
      const options = { ...own, maxVersion: 'TLSv1.2' } as const;
      using first = await withCertificate(options);
      const session = first.session();
      using again = await withCertificate({ ...options, session });
      assert.equal(again.isSessionReused(), true);
      assert.equal((await again.ask(2, external)).code, 0);
    });

    it('hands on whom the client wants to act as', async () => {
      using certified = await withCertificate(own);
      await certified.ask(2, ber.saslRequest('EXTERNAL', 'dn:cn=other'));
      assert.equal(server.authenticator.external[0]?.context.authorizationId, 'dn:cn=other');
    });

    it('answers inappropriateAuthentication without a certificate, in the clear too (RFC 4513 §5.2.3)', async () => {
      assert.equal(await codeOf(2, external), 48);
      using clear = await server.connect();
      assert.equal((await clear.ask(2, external)).code, 48);
      assert.equal(server.authenticator.external.length, 0);
    });

    it('does not believe a certificate that cannot be verified (P7)', async () => {
      const other = await createCertificateAuthority({ commonName: 'Client CA', nowMs: Date.now(), days: 2 });
      const unverified = [
        await clientCertificate(other, [{ O: 'Example' }, { CN: 'admin' }]),
        await clientCertificate(authority, [{ CN: 'admin' }], { ageDays: 5 }),
        await clientCertificate(authority, [{ CN: 'admin' }], { forServers: true }),
      ];
      for (const options of unverified) {
        for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
          using certified = await withCertificate({ ...options, maxVersion });
          assert.equal((await certified.ask(2, external)).code, 48);
        }
      }
      assert.equal(server.authenticator.external.length, 0);
    });

    it('is not there where clients are not asked for certificates', async () => {
      await using bare = await TestServer.start({ tls: certificate });
      using certified = await RawClient.connectTls(bare.tlsPort, certificate.ca, own);
      assert.equal((await certified.ask(2, external)).code, 7);
    });
  });

  describe('mechanisms', () => {
    for (const mechanism of [
      '',
      'plain',
      'DIGEST-MD5',
      'CRAM-MD5',
      'GSSAPI',
      'SCRAM-SHA-256',
      'LOGIN',
      'OAUTHBEARER',
    ]) {
      it(`answers authMethodNotSupported to ${JSON.stringify(mechanism)} at its first step (B6)`, async () => {
        assert.equal(await codeOf(2, ber.saslRequest(mechanism)), 7);
        assert.equal(await codeOf(3, ber.saslRequest(mechanism, 'n,,n=alice,r=nonce')), 7);
        assert.equal(await identity(4), '');
      });
    }

    it('are announced by the root DSE as the connection offers them (RFC 4513 §5.2.1.5)', async () => {
      const tls = { ...certificate, clientCaPem: authority.certPem, clientCertificates: 'request' } as const;
      const asked = new Map<TestDirectory, string>();
      const directoryOffering = (mechanisms: readonly string[]): TestDirectory => {
        const directory = new TestDirectory();
        asked.set(directory, mechanisms.join(' '));
        return directory;
      };
      await using offering = await TestServer.start({ tls, directoryOffering });
      const searched = (): readonly string[] =>
        [...asked].filter(([directory]) => directory.searches.length > 0).map(([, mechanisms]) => mechanisms);
      const rootDse = ber.searchRequest({ base: '', scope: 0 });
      using clear = await offering.connect();
      await clear.ask(1, rootDse);
      assert.deepEqual(searched(), ['']);
      await clear.ask(2, startTls);
      await clear.secure(certificate.ca);
      await clear.ask(3, rootDse);
      assert.deepEqual(searched(), ['', 'PLAIN']);
      using certified = await RawClient.connectTls(offering.tlsPort, certificate.ca, own);
      await certified.ask(1, rootDse);
      assert.deepEqual(searched(), ['', 'PLAIN', 'EXTERNAL PLAIN']);
    });
  });
});
