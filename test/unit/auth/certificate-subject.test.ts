import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import * as fc from 'fast-check';

import { certificateAltNames, certificateSubject } from '../../../src/auth/certificate-subject.ts';
import { type CertificatePair, createCertificateAuthority } from '../../../src/certificates/authority.ts';
import { escapeRdnValue, normalizeDn } from '../../../src/directory/dn.ts';
import {
  clientCertificate,
  type ClientCertificateOptions,
  type SubjectRdns,
} from '../../support/client-certificate.ts';

describe('the subject of a certificate', () => {
  let authority: CertificatePair;

  before(async () => {
    authority = await createCertificateAuthority({ commonName: 'CA', nowMs: Date.now(), days: 2 });
  });

  async function subjectOf(rdns: SubjectRdns): Promise<ReturnType<typeof certificateSubject>> {
    const { cert } = await clientCertificate(authority, rdns);
    return certificateSubject(new X509Certificate(cert));
  }

  const subjects: readonly [what: string, rdns: SubjectRdns, dn: string][] = [
    ['has the most special part first', [{ C: 'DE' }, { O: 'Example' }, { CN: 'gitlab' }], 'CN=gitlab,O=Example,C=DE'],
    [
      'keeps commas, pluses and quotes inside values',
      [{ O: 'A, B + "C"' }, { CN: 'x=y' }],
      'CN=x=y,O=A\\, B \\+ \\"C\\"',
    ],
    ['keeps what is not ASCII', [{ CN: 'zoë 東京' }], 'CN=zoë 東京'],
    ['keeps spaces at the ends of values apart from those around them', [{ CN: ' a ' }], 'CN=\\ a\\ '],
    ['has domain components', [{ DC: 'com' }, { DC: 'example' }, { CN: 'a' }], 'CN=a,DC=example,DC=com'],
  ];
  for (const [what, rdns, dn] of subjects) {
    it(`${what} (RFC 4514 §2)`, async () => {
      assert.deepEqual(await subjectOf(rdns), { dn, key: normalizeDn(dn) });
    });
  }

  it('knows parts of one RDN from RDNs of their own', async () => {
    const [joined, apart] = await Promise.all([
      subjectOf([{ O: 'Example' }, { CN: 'a', OU: 'b' }]),
      subjectOf([{ O: 'Example' }, { OU: 'b' }, { CN: 'a' }]),
    ]);
    assert.equal(joined?.key, normalizeDn('CN=a+OU=b,O=Example'));
    assert.equal(apart?.key, normalizeDn('CN=a,OU=b,O=Example'));
    assert.notEqual(joined?.key, apart?.key);
  });

  it('is none when it is empty', async () => {
    assert.equal(await subjectOf([]), undefined);
  });

  for (const [what, value] of [
    ['a line feed that forges another part', 'x\nO=Example'],
    ['a NUL', 'git\0lab'],
    ['a control character that comparing would drop', 'git\u0001lab'],
  ] as const) {
    it(`is none when it holds ${what} (P7)`, async () => {
      assert.equal(await subjectOf([{ O: 'Example' }, { CN: value }]), undefined);
    });
  }

  it('is none when a value is a single #, which OpenSSL (3.0) does not escape', async () => {
    assert.equal(await subjectOf([{ O: '#' }, { CN: 'a' }]), undefined);
  });

  it('is that of its values and of no others (fast-check prints the seed)', async () => {
    const value = fc
      .string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 12 })
      .filter((text) => text.trim() !== '' && text !== '#');
    await fc.assert(
      fc.asyncProperty(value, value, async (o, cn) => {
        const dn = `CN=${escapeRdnValue(cn)},O=${escapeRdnValue(o)}`;
        assert.equal((await subjectOf([{ O: o }, { CN: cn }]))?.key, normalizeDn(dn));
      }),
      { numRuns: 50 },
    );
  });
});

describe('other names of a certificate (RFC 5280 §4.2.1.6)', () => {
  type Names = NonNullable<ClientCertificateOptions['names']>;
  let authority: CertificatePair;

  before(async () => {
    authority = await createCertificateAuthority({ commonName: 'CA', nowMs: Date.now(), days: 2 });
  });

  async function namesOf(names?: Names): Promise<readonly string[]> {
    const { cert } = await clientCertificate(authority, [{ CN: 'a' }], names === undefined ? {} : { names });
    return certificateAltNames(new X509Certificate(cert));
  }

  it('are its hosts, mail addresses and URIs, with host names in lower case', async () => {
    const names = await namesOf([
      { type: 'dns', value: 'GitLab.Example.com' },
      { type: 'email', value: 'Git@Example.com' },
      { type: 'url', value: 'spiffe://example.com/Git' },
    ]);
    assert.deepEqual(names, ['dns:gitlab.example.com', 'email:Git@example.com', 'uri:spiffe://example.com/Git']);
  });

  it('are none when it has none', async () => {
    assert.deepEqual(await namesOf(), []);
  });

  for (const value of ['a, DNS:gitlab', 'a,DNS:gitlab', '", DNS:gitlab', 'gitlab\0.evil', 'git lab', 'zoë']) {
    it(`are never another than is there: ${JSON.stringify(value)} (P7)`, async () => {
      assert.deepEqual(await namesOf([{ type: 'url', value }]), []);
    });
    it(`are read on behind a name that is left out: ${JSON.stringify(value)}`, async () => {
      const names: Names = [
        { type: 'url', value },
        { type: 'dns', value: 'b' },
      ];
      assert.deepEqual(await namesOf(names), ['dns:b']);
    });
  }

  it('are none at all when they are not written as expected', () => {
    for (const subjectAltName of ['DNS:a, ', 'DNS:a; DNS:b', 'DNS:"a', 'a', ', DNS:a', 'DNS:a,DNS:b']) {
      const names = certificateAltNames({ subjectAltName });
      assert.ok(names.length === 0 || (names.length === 1 && subjectAltName === 'DNS:a, '), subjectAltName);
    }
  });
});
