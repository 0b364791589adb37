import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect as connectPlain, type Socket } from 'node:net';
import { connect, type ConnectionOptions } from 'node:tls';

import {
  type CertificatePair,
  createCertificateAuthority,
  issueServerCertificate,
} from '../../src/certificates/authority.ts';
import type { LdapTls, NamedCertificate } from '../../src/ldap/tls.ts';
import { clientCertificate } from '../support/client-certificate.ts';
import * as ber from '../support/ldap-ber.ts';
import { TestServer } from '../support/ldap-test-server.ts';

const startTls = ber.message(1, ber.extendedRequest('1.3.6.1.4.1.1466.20037'));

describe('RFC 6066 §3: the certificate for the name that the client asks for', () => {
  let authority: CertificatePair;
  let tls: LdapTls;

  async function issue(...hosts: readonly string[]): Promise<CertificatePair> {
    return await issueServerCertificate({ authority, hosts, nowMs: Date.now(), days: 1 });
  }

  const named = (pair: CertificatePair, ...names: readonly string[]): NamedCertificate => ({ ...pair, names });

  before(async () => {
    authority = await createCertificateAuthority({ commonName: 'Test CA', nowMs: Date.now(), days: 2 });
    const [main, exact, wildcard] = await Promise.all([
      issue('127.0.0.1', 'main.example.com'),
      issue('ldap.example.org'),
      issue('*.example.org'),
    ]);
    tls = { ...main, further: [named(wildcard, '*.example.org'), named(exact, 'ldap.example.org')] };
  });

  /** Which names the certificate is for that a client sees who asks for `servername`. */
  async function seen(port: number, servername: string, options: ConnectionOptions = {}): Promise<string> {
    const trust = { ca: authority.certPem, rejectUnauthorized: false };
    const socket = connect({ port, host: '127.0.0.1', servername, ...trust, ...options });
    await once(socket, 'secureConnect');
    const names = socket.getPeerX509Certificate()?.subjectAltName ?? '';
    socket.destroy();
    return names;
  }

  /** A connection on which StartTLS was answered with success. */
  async function afterStartTls(port: number): Promise<Socket> {
    const socket = connectPlain(port, '127.0.0.1');
    socket.write(startTls);
    await once(socket, 'data');
    return socket;
  }

  const cases = [
    ['its own name', 'ldap.example.org', 'DNS:ldap.example.org'],
    ['its own name in capitals', 'LDAP.Example.ORG', 'DNS:ldap.example.org'],
    ['a name of a wildcard', 'other.example.org', 'DNS:*.example.org'],
    ['a name with a label more than a wildcard has', 'a.b.example.org', 'DNS:main.example.com'],
    ['a wildcard’s name without a label', 'example.org', 'DNS:main.example.com'],
    ['a name of the main certificate', 'main.example.com', 'DNS:main.example.com'],
    ['a name that nobody has', 'nobody.example.net', 'DNS:main.example.com'],
    ['no name', '', 'DNS:main.example.com'],
  ] as const;

  for (const [what, servername, expected] of cases) {
    it(`is chosen for ${what}, by LDAPS and after StartTLS, with TLS 1.2 and 1.3`, async () => {
      await using server = await TestServer.start({ tls });
      for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
        const direct = await seen(server.tlsPort, servername, { maxVersion });
        assert.ok(direct.includes(expected), `${direct} with ${maxVersion}`);
        const socket = await afterStartTls(server.port);
        const upgraded = await seen(server.port, servername, { maxVersion, socket });
        assert.ok(upgraded.includes(expected), `${upgraded} after StartTLS with ${maxVersion}`);
      }
    });
  }

  it('is one that the client accepts for that name', async () => {
    await using server = await TestServer.start({ tls });
    for (const servername of ['ldap.example.org', 'other.example.org', 'main.example.com']) {
      await seen(server.tlsPort, servername, { rejectUnauthorized: true });
    }
  });

  it('can be renewed while connections are open', async () => {
    await using server = await TestServer.start({ tls });
    assert.ok((await seen(server.tlsPort, 'new.example.net')).includes('main.example.com'));
    const renewed = await issue('new.example.net');
    server.server.renewCertificate({ ...tls, further: [named(renewed, 'new.example.net')] });
    assert.ok((await seen(server.tlsPort, 'new.example.net')).includes('new.example.net'));
    assert.ok((await seen(server.tlsPort, 'ldap.example.org')).includes('main.example.com'));
  });

  it('goes with the authorities of client certificates, whatever the name (B11)', async () => {
    const clients = await createCertificateAuthority({ commonName: 'Client CA', nowMs: Date.now(), days: 2 });
    const own = await clientCertificate(clients, [{ CN: 'admin' }]);
    const required = { ...tls, clientCaPem: clients.certPem, clientCertificates: 'require' } as const;
    await using server = await TestServer.start({ tls: required });
    const served = async (options: ConnectionOptions): Promise<boolean> => {
      const trust = { ca: authority.certPem, servername: 'ldap.example.org' };
      const socket = connect({ port: server.tlsPort, host: '127.0.0.1', ...trust, ...options });
      socket.write(ber.message(1, ber.extendedRequest('1.3.6.1.4.1.4203.1.11.3')));
      const outcome = await new Promise<boolean>((resolve) => {
        socket.once('data', () => resolve(true));
        socket.once('error', () => resolve(false));
        socket.once('close', () => resolve(false));
      });
      socket.destroy();
      return outcome;
    };
    assert.equal(await served(own), true);
    assert.equal(await served({}), false);
  });

  it('keeps the old certificates in use when a new one is unusable', async () => {
    await using server = await TestServer.start({ tls });
    const [one, other] = await Promise.all([issue('ldap.example.org'), issue('ldap.example.org')]);
    const broken = named({ certPem: one.certPem, keyPem: other.keyPem }, 'ldap.example.org');
    assert.throws(() => server.server.renewCertificate({ ...tls, further: [broken] }));
    assert.ok((await seen(server.tlsPort, 'other.example.org')).includes('*.example.org'));
  });

  it('does not let a client negotiate anew (TLS 1.2)', async () => {
    await using server = await TestServer.start({ tls });
    const socket = connect({ port: server.tlsPort, host: '127.0.0.1', ca: authority.certPem, maxVersion: 'TLSv1.2' });
    await once(socket, 'secureConnect');
    const outcome = await new Promise<string | undefined>((resolve) => {
      socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code));
      socket.renegotiate({}, () => resolve('negotiated anew'));
    });
    assert.equal(outcome, 'ERR_SSL_NO_RENEGOTIATION');
    socket.destroy();
  });
});
