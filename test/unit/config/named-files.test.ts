import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { createCertificateAuthority, issueServerCertificate } from '../../../src/certificates/authority.ts';
import { type CertificatePair, selfSigned } from './self-signed.ts';
import { accepted, minimal, refused, source } from './config-fixture.ts';

const folder = '/etc/entra-ldapd';
const withTls = `${minimal}ldap:\n  tls:\n    certFile: tls.crt\n    keyFile: tls.key\n`;
const withCertificate = minimal.replace('secret: ${env:SECRET}', 'certificateFile: /run/app.pem');

describe('files that a configuration names', () => {
  let pair: CertificatePair;
  let otherKey: string;

  before(() => {
    pair = selfSigned();
    otherKey = generateKeyPairSync('ec', { namedCurve: 'P-256' })
      .privateKey.export({ type: 'pkcs8', format: 'pem' })
      .toString();
  });

  function tlsFiles(certPem: string, keyPem: string): ReturnType<typeof source> {
    return source({ [`${folder}/tls.crt`]: certPem, [`${folder}/tls.key`]: keyPem });
  }

  it('open LDAPS at 0.0.0.0:636 and demand TLS for passwords, unless the file says otherwise', () => {
    const from = tlsFiles(pair.certPem, pair.keyPem);
    const { config, warnings } = accepted(withTls, from);
    assert.deepEqual(config.ldap.tls, {
      certFile: `${folder}/tls.crt`,
      keyFile: `${folder}/tls.key`,
      minVersion: 'TLSv1.2',
      ciphers: undefined,
      clientCaFile: undefined,
      clientCertificates: 'none',
      further: [],
    });
    assert.equal(config.ldap.requireTlsForBind, true);
    assert.deepEqual(warnings, []);
    assert.deepEqual(config.ldap.listeners, [
      { host: '0.0.0.0', port: 389, tls: false },
      { host: '0.0.0.0', port: 636, tls: true },
    ]);
    const explicit = accepted(`${withTls}    minVersion: 1.3\n  tlsListen: []\n  requireTlsForBind: false\n`, from);
    assert.deepEqual(explicit.config.ldap.listeners, [{ host: '0.0.0.0', port: 389, tls: false }]);
    assert.equal(explicit.config.ldap.requireTlsForBind, false);
    assert.equal(explicit.config.ldap.tls?.minVersion, 'TLSv1.3');
  });

  it('ask clients for certificates as soon as there are authorities for them, unless the file says otherwise', () => {
    const from = source({
      [`${folder}/tls.crt`]: pair.certPem,
      [`${folder}/tls.key`]: pair.keyPem,
      [`${folder}/clients.pem`]: pair.certPem,
    });
    const withCa = `${withTls}    clientCa: clients.pem\n`;
    const { tls } = accepted(withCa, from).config.ldap;
    assert.deepEqual([tls?.clientCaFile, tls?.clientCertificates], [`${folder}/clients.pem`, 'request']);
    const required = accepted(`${withCa}    clientCertificate: require\n`, from).config.ldap.tls;
    assert.equal(required?.clientCertificates, 'require');
    assert.equal(accepted(`${withTls}    clientCertificate: none\n`, from).config.ldap.tls?.clientCertificates, 'none');
  });

  const clientAuthorities: readonly [what: string, lines: string, key: string, message: RegExp][] = [
    ['missing', '    clientCa: nope.pem\n', 'ldap.tls.clientCa', /does not exist/],
    ['no certificates', '    clientCa: tls.key\n', 'ldap.tls.clientCa', /holds no certificate/],
    ['needed', '    clientCertificate: require\n', 'ldap.tls.clientCertificate', /needs clientCa/],
    [
      'there without use',
      '    clientCa: tls.crt\n    clientCertificate: none\n',
      'ldap.tls.clientCertificate',
      /has no meaning/,
    ],
  ];
  for (const [what, lines, key, message] of clientAuthorities) {
    it(`are reported when authorities of clients are ${what}`, () => {
      const problems = refused(withTls + lines, tlsFiles(pair.certPem, pair.keyPem));
      assert.deepEqual(
        problems.map((problem) => problem.key),
        [key],
      );
      assert.match(problems[0]?.message ?? '', message);
    });
  }

  it('may be served with ciphers of OpenSSL, and with no others', () => {
    const from = tlsFiles(pair.certPem, pair.keyPem);
    for (const ciphers of ['ECDHE+AESGCM:ECDHE+CHACHA20', 'TLS_AES_256_GCM_SHA384', 'HIGH:!aNULL']) {
      assert.equal(accepted(`${withTls}    ciphers: "${ciphers}"\n`, from).config.ldap.tls?.ciphers, ciphers);
    }
    for (const ciphers of ['AES-999', '""', '"HIGH:!HIGH"', 'HIGH\\n', '256']) {
      const problems = refused(`${withTls}    ciphers: ${ciphers}\n`, from);
      assert.deepEqual(
        problems.map(({ key }) => key),
        ['ldap.tls.ciphers'],
        ciphers,
      );
      assert.match(problems[0]?.message ?? '', /cipher list of OpenSSL/);
    }
  });

  it('give the certificate credential its key and certificate as a secret', () => {
    const rsa = selfSigned('rsa');
    const pem = rsa.keyPem + rsa.certPem;
    const { config } = accepted(withCertificate, source({ '/run/app.pem': pem }));
    const [credential] = config.tenant.credentials;
    assert.ok(credential?.kind === 'certificate');
    assert.equal(credential.pem.reveal(), pem);
    assert.equal(credential.sendCertificateChain, false);
  });

  it('give the certificate authorities to trust', () => {
    const text = minimal.replace('tenant:', 'tenant:\n  caFile: ca.pem');
    assert.equal(accepted(text, source({ [`${folder}/ca.pem`]: pair.certPem })).config.tenant.ca, pair.certPem);
    assert.equal(accepted(minimal).config.tenant.ca, undefined);
  });

  it('are reported when they are missing, each at its own key', () => {
    const problems = refused(withTls);
    assert.deepEqual(
      problems.map(({ key }) => key),
      ['ldap.tls.certFile', 'ldap.tls.keyFile'],
    );
    for (const { message } of problems) assert.match(message, /names a file that does not exist/);
  });

  it('are reported when a key belongs to another certificate', () => {
    const problems = refused(withTls, tlsFiles(pair.certPem, otherKey));
    assert.deepEqual(
      problems.map(({ key }) => key),
      ['ldap.tls.keyFile'],
    );
    assert.match(problems[0]?.message ?? '', /does not belong/);
    const mixed = selfSigned('rsa').keyPem + selfSigned('rsa').certPem;
    const [problem] = refused(withCertificate, source({ '/run/app.pem': mixed }));
    assert.equal(problem?.key, 'tenant.credential.certificateFile');
    assert.match(problem.message, /does not belong/);
  });

  it('are reported when the key for Entra is not RSA', () => {
    const [problem] = refused(withCertificate, source({ '/run/app.pem': pair.keyPem + pair.certPem }));
    assert.equal(problem?.key, 'tenant.credential.certificateFile');
    assert.match(problem.message, /not RSA/);
  });

  it('are reported when they hold something else, without quoting what they hold', () => {
    const broken = '-----BEGIN CERTIFICATE-----\naHVudGVyMg==\n-----END CERTIFICATE-----\n';
    const brokenKey = '-----BEGIN PRIVATE KEY-----\naHVudGVyMg==\n-----END PRIVATE KEY-----\n';
    const cases: readonly [string, string, RegExp][] = [
      ['hunter2', pair.keyPem, /holds no certificate/],
      [pair.keyPem, pair.keyPem, /holds no certificate/],
      [broken, pair.keyPem, /certificate that cannot be read/],
      [pair.certPem, pair.certPem, /holds no private key/],
      [pair.certPem, brokenKey, /private key that cannot be read/],
      [pair.certPem, brokenKey.replaceAll('PRIVATE', 'ENCRYPTED PRIVATE'), /encrypted private key/],
    ];
    for (const [certPem, keyPem, message] of cases) {
      const problems = refused(withTls, tlsFiles(certPem, keyPem));
      assert.equal(problems.length, 1);
      assert.match(problems[0]?.message ?? '', message);
      assert.doesNotMatch(JSON.stringify(problems), /hunter2|aHVudGVyMg/);
    }
  });

  describe('for further names of the server', () => {
    const further = (lines: string): string =>
      `${withTls}    certificates:\n      - certFile: b.crt\n        keyFile: b.key\n${lines}`;
    const files = (certPem: string, keyPem: string): ReturnType<typeof source> =>
      source({
        [`${folder}/tls.crt`]: pair.certPem,
        [`${folder}/tls.key`]: pair.keyPem,
        [`${folder}/b.crt`]: certPem,
        [`${folder}/b.key`]: keyPem,
      });

    it('are taken with the names given, in lower case', () => {
      const text = further('        names: [LDAP.example.org, "*.example.org"]\n');
      assert.deepEqual(accepted(text, files(pair.certPem, pair.keyPem)).config.ldap.tls?.further, [
        { certFile: `${folder}/b.crt`, keyFile: `${folder}/b.key`, names: ['ldap.example.org', '*.example.org'] },
      ]);
    });

    it('are taken with the names in the certificate', async () => {
      const nowMs = Date.now();
      const authority = await createCertificateAuthority({ commonName: 'CA', nowMs, days: 2 });
      const issued = await issueServerCertificate({ authority, hosts: ['b.example.org'], nowMs, days: 1 });
      const { config } = accepted(further(''), files(issued.certPem, issued.keyPem));
      assert.equal(config.ldap.tls?.further[0]?.names, undefined);
    });

    it('are reported when the certificate has no names and none are given', () => {
      const problems = refused(further(''), files(pair.certPem, pair.keyPem));
      assert.deepEqual(
        problems.map(({ key }) => key),
        ['ldap.tls.certificates[0].certFile'],
      );
      assert.match(problems[0]?.message ?? '', /without DNS names/);
    });

    it('are reported when a key belongs to another certificate', () => {
      const problems = refused(further('        names: [b.example.org]\n'), files(pair.certPem, otherKey));
      assert.deepEqual(
        problems.map(({ key }) => key),
        ['ldap.tls.certificates[0].keyFile'],
      );
    });

    for (const name of [
      '"*"',
      '"*.*.example.org"',
      'a*.example.org',
      '192.0.2.1',
      '"::1"',
      '-a.example.org',
      '""',
      'a..b',
      'x'.repeat(64),
    ]) {
      it(`are reported when they are for the name ${name.slice(0, 20)}`, () => {
        const problems = refused(further(`        names: [${name}]\n`), files(pair.certPem, pair.keyPem));
        assert.deepEqual(
          problems.map(({ key }) => key),
          ['ldap.tls.certificates[0].names[0]'],
        );
        assert.match(problems[0]?.message ?? '', /must be a DNS name/);
      });
    }
  });
});
