import assert from 'node:assert/strict';
import { X509Certificate, constants, createHash, verify } from 'node:crypto';

import { clientAssertion } from '../../../src/graph/client-assertion.ts';
import { parseCertificateCredential } from '../../../src/graph/credential.ts';
import { createApplicationCertificate } from '../../support/rsa-credential.ts';
import { sourceError } from './graph-fixture.ts';

describe('parseCertificateCredential', () => {
  it('reads the key and all certificates, in either order', async () => {
    const [own, issuer] = [await createApplicationCertificate(), await createApplicationCertificate()];
    for (const pem of [own.keyPem + own.certPem + issuer.certPem, own.certPem + issuer.certPem + own.keyPem]) {
      const { privateKey, chain } = parseCertificateCredential(`${pem}\n`);
      assert.equal(privateKey.asymmetricKeyType, 'rsa');
      assert.deepEqual(
        chain,
        [own.certPem, issuer.certPem].map((text) => new X509Certificate(text).raw),
      );
    }
  });

  it('says what is wrong with a PEM that cannot be used, and does not repeat it', async () => {
    const [own, other, ec] = await Promise.all([
      createApplicationCertificate(),
      createApplicationCertificate(),
      createApplicationCertificate('ec'),
    ]);
    const broken = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
    const cases: readonly [pem: string, says: RegExp][] = [
      ['', /no certificate/],
      [own.keyPem, /no certificate/],
      [own.certPem, /unencrypted private key/],
      [broken + own.keyPem, /unencrypted private key and its certificate/],
      [own.certPem + other.keyPem, /does not belong/],
      [ec.certPem + ec.keyPem, /RSA/],
    ];
    for (const [pem, says] of cases) {
      assert.throws(
        () => parseCertificateCredential(pem),
        sourceError('credentials', ({ message }) => says.test(message) && !message.includes('BEGIN')),
      );
    }
  });
});

describe('clientAssertion', () => {
  const claims = {
    clientId: 'client',
    audience: 'https://login.example/t/oauth2/v2.0/token',
    nowMs: 1_700_000_000_000,
  };

  it('is signed with PS256 and names its certificate by x5t#S256', async () => {
    const { certPem, keyPem } = await createApplicationCertificate();
    const assertion = clientAssertion(parseCertificateCredential(certPem + keyPem), false, claims);
    const [header = '', body = '', signature = ''] = assertion.split('.');
    const certificate = new X509Certificate(certPem);
    const key = {
      key: certificate.publicKey,
      padding: constants.RSA_PKCS1_PSS_PADDING,
      saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
    };
    assert.ok(verify('sha256', Buffer.from(`${header}.${body}`), key, Buffer.from(signature, 'base64url')));
    assert.deepEqual(decode(header), {
      alg: 'PS256',
      typ: 'JWT',
      'x5t#S256': createHash('sha256').update(certificate.raw).digest('base64url'),
    });
    const { jti, ...rest } = decode(body);
    assert.match(String(jti), /^[0-9a-f-]{36}$/);
    assert.deepEqual(rest, {
      aud: claims.audience,
      iss: 'client',
      sub: 'client',
      nbf: 1_700_000_000,
      exp: 1_700_000_300,
    });
  });

  it('is another one each time (RFC 7519 §4.1.7), and carries the chain when told to', async () => {
    const { certPem, keyPem } = await createApplicationCertificate();
    const parts = parseCertificateCredential(certPem + keyPem);
    const make = (): string[] => clientAssertion(parts, true, claims).split('.');
    const [first, second] = [make(), make()];
    assert.notEqual(first[1], second[1]);
    assert.deepEqual(decode(first[0] ?? '')['x5c'], [new X509Certificate(certPem).raw.toString('base64')]);
  });
});

function decode(part: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>;
}
