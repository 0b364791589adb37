import assert from 'node:assert/strict';
import { X509Certificate, createPrivateKey } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer } from 'node:tls';
import type { AddressInfo } from 'node:net';
import { createCertificateAuthority, issueServerCertificate } from '../../../src/certificates/authority.ts';

const NOW = Date.UTC(2026, 5, 1);
const DAY = 86_400_000;

describe('certificate authority', () => {
  it('issues a P-256 server certificate that names its hosts and is signed by the authority (RFC 5280 §4.2.1.6)', async () => {
    const authority = await createCertificateAuthority({ commonName: 'Test authority', nowMs: NOW, days: 30 });
    const issued = await issueServerCertificate({
      authority,
      hosts: ['ldap.example.com', '127.0.0.1', '::1'],
      nowMs: NOW,
      days: 10,
    });
    const ca = new X509Certificate(authority.certPem);
    const server = new X509Certificate(issued.certPem);
    assert.ok(server.checkIssued(ca));
    assert.ok(server.verify(ca.publicKey));
    assert.equal(ca.ca, true);
    assert.equal(server.ca, false);
    assert.equal(server.checkHost('ldap.example.com'), 'ldap.example.com');
    assert.equal(server.checkHost('other.example.com'), undefined);
    assert.equal(server.checkIP('127.0.0.1'), '127.0.0.1');
    assert.equal(server.checkIP('::1'), '::1');
    assert.equal(server.publicKey.asymmetricKeyDetails?.namedCurve, 'prime256v1');
    assert.ok(server.checkPrivateKey(createPrivateKey(issued.keyPem)));
  });

  it('starts five minutes before now and ends after the days asked for', async () => {
    const authority = await createCertificateAuthority({ commonName: 'Test authority', nowMs: NOW, days: 30 });
    const certificate = new X509Certificate(authority.certPem);
    assert.equal(Date.parse(certificate.validFrom), NOW - 300_000);
    assert.equal(Date.parse(certificate.validTo), NOW + 30 * DAY);
  });

  it('gives every certificate its own positive serial number (RFC 5280 §4.1.2.2)', async () => {
    const authority = await createCertificateAuthority({ commonName: 'Test authority', nowMs: NOW, days: 30 });
    const issue = async (): Promise<string> =>
      new X509Certificate(
        (await issueServerCertificate({ authority, hosts: ['a.example'], nowMs: NOW, days: 1 })).certPem,
      ).serialNumber;
    const [first, second] = [await issue(), await issue()];
    assert.notEqual(first, second);
    assert.match(first, /^[4-7]/);
  });

  it('serves TLS to a client that trusts the authority only', async () => {
    const nowMs = Date.now();
    const authority = await createCertificateAuthority({ commonName: 'Test authority', nowMs, days: 1 });
    const { certPem, keyPem } = await issueServerCertificate({ authority, hosts: ['localhost'], nowMs, days: 1 });
    const server = createServer({ cert: certPem, key: keyPem }, (socket) => socket.end('hello'));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const trusting = connect({ port, host: '127.0.0.1', servername: 'localhost', ca: authority.certPem });
    await once(trusting, 'secureConnect');
    assert.equal(trusting.authorized, true);
    trusting.destroy();
    const strange = connect({ port, host: '127.0.0.1', servername: 'localhost' });
    await assert.rejects(once(strange, 'secureConnect'), /self.signed certificate in certificate chain/i);
    server.close();
  });

  it('refuses to issue a certificate for no host', async () => {
    const authority = await createCertificateAuthority({ commonName: 'Test authority', nowMs: NOW, days: 30 });
    await assert.rejects(issueServerCertificate({ authority, hosts: [], nowMs: NOW, days: 1 }), RangeError);
  });
});
