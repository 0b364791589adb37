import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';

import { createCertificateAuthority, issueServerCertificate } from '../../../src/certificates/authority.ts';
import { choiceByName, dnsNames } from '../../../src/ldap/server-names.ts';

describe('the choice of a certificate by the name of the server (RFC 6066 §3)', () => {
  const choose = choiceByName({ names: ['main.example.com', 'both.example.com'], value: 'main' }, [
    { names: ['*.example.com'], value: 'wildcard' },
    { names: ['a.example.com', 'both.example.com'], value: 'first' },
    { names: ['a.example.com'], value: 'second' },
  ]);

  for (const [name, chosen] of [
    ['a.example.com', 'first'],
    ['A.EXAMPLE.COM.', 'first'],
    ['both.example.com', 'first'],
    ['main.example.com', 'main'],
    ['b.example.com', 'wildcard'],
    ['b.a.example.com', 'main'],
    ['example.com', 'main'],
    ['', 'main'],
    ['.example.com', 'main'],
    ['*.example.com', 'wildcard'],
    ['__proto__', 'main'],
  ] as const) {
    it(`is ${chosen} for ${JSON.stringify(name)}`, () => assert.equal(choose(name), chosen));
  }

  it('knows the DNS names of a certificate, and passes over its addresses', async () => {
    const nowMs = Date.now();
    const authority = await createCertificateAuthority({ commonName: 'Test CA', nowMs, days: 2 });
    const hosts = ['LDAP.example.com', '127.0.0.1', '*.example.org'];
    const { certPem } = await issueServerCertificate({ authority, hosts, nowMs, days: 1 });
    assert.deepEqual(dnsNames(new X509Certificate(certPem)), ['ldap.example.com', '*.example.org']);
    assert.deepEqual(dnsNames(new X509Certificate(authority.certPem)), []);
  });
});
