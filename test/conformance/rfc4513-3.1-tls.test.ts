import assert from 'node:assert/strict';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';

import { type CertificatePair, createCertificateAuthority } from '../../src/certificates/authority.ts';
import type { LdapTls } from '../../src/ldap/tls.ts';
import { clientCertificate } from '../support/client-certificate.ts';
import * as ber from '../support/ldap-ber.ts';
import { RawClient } from '../support/ldap-raw-client.ts';
import { testCertificate, TestServer } from '../support/ldap-test-server.ts';

const startTls = ber.extendedRequest('1.3.6.1.4.1.1466.20037');
const whoAmI = ber.extendedRequest('1.3.6.1.4.1.4203.1.11.3');

describe('RFC 4513 §3.1: TLS', () => {
  let certificate: Awaited<ReturnType<typeof testCertificate>>;
  let authority: CertificatePair;
  let own: { readonly cert: string; readonly key: string };

  before(async () => {
    certificate = await testCertificate();
    authority = await createCertificateAuthority({ commonName: 'Client CA', nowMs: Date.now(), days: 2 });
    own = await clientCertificate(authority, [{ O: 'Example' }, { CN: 'gitlab' }]);
  });

  const start = (tls: Partial<LdapTls>): Promise<TestServer> => TestServer.start({ tls: { ...certificate, ...tls } });

  async function isServed(server: TestServer, options?: ConnectionOptions): Promise<boolean> {
    try {
      using client = await RawClient.connectTls(server.tlsPort, certificate.ca, options);
      return (await client.ask(1, whoAmI)).code === 0;
    } catch {
      return false;
    }
  }

  describe('versions and ciphers', () => {
    const only12 = { maxVersion: 'TLSv1.2' } as const;

    it('refuses TLS 1.1, also from clients that insist', async () => {
      await using server = await start({});
      const old = { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' } as const;
      assert.equal(await isServed(server, old), false);
      assert.equal(await isServed(server, only12), true);
    });

    it('refuses TLS 1.2 where only 1.3 is accepted', async () => {
      await using server = await start({ minVersion: 'TLSv1.3' });
      assert.equal(await isServed(server, only12), false);
      assert.equal(await isServed(server), true);
    });

    it('accepts no cipher but those of the list', async () => {
      await using server = await start({ ciphers: 'ECDHE-ECDSA-AES256-GCM-SHA384' });
      const with12 = (ciphers: string): Promise<boolean> => isServed(server, { ...only12, ciphers });
      assert.equal(await with12('ECDHE-ECDSA-AES128-GCM-SHA256'), false);
      assert.equal(await with12('ECDHE-ECDSA-AES256-GCM-SHA384'), true);
    });

    it('takes the cipher that stands first in its own list, not in that of the client', async () => {
      const [first, second] = ['ECDHE-ECDSA-AES256-GCM-SHA384', 'ECDHE-ECDSA-AES128-GCM-SHA256'];
      await using server = await start({ ciphers: `${first}:${second}` });
      const options = { ...only12, ciphers: `${second}:${first}`, ca: certificate.ca, host: '127.0.0.1' };
      const socket = await secured(connect({ ...options, port: server.tlsPort }));
      assert.equal(socket.getCipher().name, first);
      socket.destroy();
    });

    it('refuses to start with a list that holds no cipher', async () => {
      await assert.rejects(start({ ciphers: 'NO-SUCH-CIPHER' }), /no cipher match/i);
    });
  });

  describe('certificates of clients', () => {
    const policy = (clientCertificates: 'request' | 'require' | 'none'): Promise<TestServer> =>
      start({ clientCaPem: authority.certPem, clientCertificates });

    it('when required, let in who has one of a known authority', async () => {
      await using server = await policy('require');
      assert.equal(await isServed(server, own), true);
      assert.equal(await isServed(server, { ...own, maxVersion: 'TLSv1.2' }), true);
    });

    const refused: readonly [what: string, options: () => Promise<ConnectionOptions>][] = [
      ['no certificate', () => Promise.resolve({})],
      ['an expired one', () => clientCertificate(authority, [{ CN: 'gitlab' }], { ageDays: 5 })],
      ['one that is not valid yet', () => clientCertificate(authority, [{ CN: 'gitlab' }], { ageDays: -1 })],
      ['one that is for servers only', () => clientCertificate(authority, [{ CN: 'gitlab' }], { forServers: true })],
      [
        'one of another authority with the same name',
        async () => {
          const other = await createCertificateAuthority({ commonName: 'Client CA', nowMs: Date.now(), days: 2 });
          return clientCertificate(other, [{ O: 'Example' }, { CN: 'gitlab' }]);
        },
      ],
      ["the server's own", () => Promise.resolve({ cert: certificate.certPem, key: certificate.keyPem })],
    ];
    for (const [what, options] of refused) {
      for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
        it(`when required, keep out a client with ${what} (${maxVersion}, P7)`, async () => {
          await using server = await policy('require');
          assert.equal(await isServed(server, { ...(await options()), maxVersion }), false);
        });
      }
      it(`when requested, serve a client with ${what}`, async () => {
        await using server = await policy('request');
        assert.equal(await isServed(server, await options()), true);
      });
    }

    it('are required after StartTLS too', async () => {
      await using server = await policy('require');
      const ask = async (options?: ConnectionOptions): Promise<number | undefined> => {
        using client = await server.connect();
        await client.ask(1, startTls);
        await client.secure(certificate.ca, options);
        return (await client.ask(2, whoAmI)).code;
      };
      assert.equal(await ask(own), 0);
      await assert.rejects(ask());
    });

    it('are not asked for unless there are authorities: the public ones are none', async () => {
      await using server = await start({ clientCertificates: 'require' });
      assert.equal(await isServed(server), true);
    });

    it('are not asked for when nobody wants them', async () => {
      await using server = await policy('none');
      assert.equal(await isServed(server), true);
    });

    for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
      it(`are known again when a session is resumed (${maxVersion})`, async () => {
        await using server = await policy('require');
        const options = { ...own, maxVersion, ca: certificate.ca, host: '127.0.0.1', port: server.tlsPort };
        const first = connect(options);
        const session = await new Promise<Buffer>((resolve, reject) => {
          first.once('session', resolve).once('error', reject).resume();
        });
        first.destroy();
        const again = await secured(connect({ ...options, session }));
        assert.equal(again.isSessionReused(), true);
        again.write(ber.message(1, whoAmI));
        const [answer] = await new Promise<Buffer[]>((resolve, reject) => {
          again.once('data', (...data: Buffer[]) => resolve(data)).once('close', () => reject(new Error('closed')));
        });
        assert.equal(answer?.[0], 0x30);
        again.destroy();
      });
    }

    it('are asked for by the authorities of the renewed files', async () => {
      await using server = await policy('require');
      const other = await createCertificateAuthority({ commonName: 'New CA', nowMs: Date.now(), days: 2 });
      server.server.renewCertificate({
        ...certificate,
        clientCaPem: other.certPem,
        clientCertificates: 'require',
      });
      assert.equal(await isServed(server, own), false);
      assert.equal(await isServed(server, await clientCertificate(other, [{ CN: 'gitlab' }])), true);
    });
  });
});

function secured(socket: TLSSocket): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    socket.once('secureConnect', () => resolve(socket)).once('error', reject);
  });
}
