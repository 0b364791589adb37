import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ConnectionOptions } from 'node:tls';
import { hashSync } from 'bcrypt';
import { Client } from 'ldapts';
import { type CertificatePair, createCertificateAuthority } from '../../src/certificates/authority.ts';
import { clientCertificate } from '../support/client-certificate.ts';
import { describeWithPackage } from '../support/debian-packages.ts';
import * as ber from '../support/ldap-ber.ts';
import { RawClient } from '../support/ldap-raw-client.ts';
import { testCertificate } from '../support/ldap-test-server.ts';
import { type RunningProgram, runCommand, startProgram } from '../support/program.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const whoAmI = ber.extendedRequest('1.3.6.1.4.1.4203.1.11.3');
const gitlab = 'cn=gitlab,ou=services,dc=example,dc=com';

/** Nobody listens on the discard port: service accounts bind without Entra and before the first sync. */
const configuration = {
  tenant: {
    id: '00000000-0000-0000-0000-000000000001',
    clientId: '00000000-0000-0000-0000-000000000002',
    credential: { secret: 'a~secret' },
    authorityHost: 'https://127.0.0.1:9',
    graphUrl: 'https://127.0.0.1:9',
  },
  directory: { baseDn: 'dc=example,dc=com' },
  ldap: {
    listen: ['127.0.0.1:0'],
    tlsListen: ['127.0.0.1:0'],
    tls: { certFile: 'ldap.pem', keyFile: 'ldap.key', ciphers: 'TLS_AES_128_GCM_SHA256', clientCa: 'clients.pem' },
  },
  serviceAccounts: [
    { name: 'gitlab', certificateSubject: 'CN=gitlab,O=Example', certificateAltName: 'uri:spiffe://example/gitlab' },
    { name: 'jira', passwordHash: hashSync('s3cret', 10) },
    { name: 'near', passwordHash: hashSync('s3cret', 10), allowFrom: ['127.0.0.0/8', '::1'] },
    { name: 'far', passwordHash: hashSync('s3cret', 10), allowFrom: ['192.0.2.0/24', '2001:db8::/32'] },
  ],
  log: { format: 'text' },
};

describe('SASL at a running daemon', () => {
  let folder: ReturnType<typeof temporaryFolder>;
  let daemon: RunningProgram;
  let authority: CertificatePair;
  let certificate: Awaited<ReturnType<typeof testCertificate>>;
  let ports: { readonly plain: number; readonly tls: number };

  before(async () => {
    folder = temporaryFolder();
    certificate = await testCertificate();
    authority = await createCertificateAuthority({ commonName: 'Client CA', nowMs: Date.now(), days: 2 });
    const files = {
      'ldap.pem': certificate.certPem,
      'ldap.key': certificate.keyPem,
      'clients.pem': authority.certPem,
      // JSON is YAML.
      'config.yaml': JSON.stringify(configuration),
    };
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder.path, name), text, { mode: 0o600 });
    daemon = startProgram(['serve', '--config', join(folder.path, 'config.yaml')]);
    const portOf = async (tls: boolean): Promise<number> =>
      Number((await daemon.waitFor(new RegExp(`ldap\\.server\\.listening .*port=(\\d+) tls=${tls}`)))[1]);
    ports = { plain: await portOf(false), tls: await portOf(true) };
  });

  after(async () => {
    await daemon[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  });

  function secureClient(options: ConnectionOptions = {}): Client {
    const tlsOptions = { ca: certificate.ca, ...options };
    return new Client({ url: `ldaps://127.0.0.1:${ports.tls}`, tlsOptions });
  }

  async function mechanismsOf(client: Client): Promise<unknown> {
    const { searchEntries } = await client.search('', { scope: 'base', attributes: ['supportedSASLMechanisms'] });
    return searchEntries[0]?.['supportedSASLMechanisms'];
  }

  it('binds by certificate (EXTERNAL) and is the account with its subject (B11)', async () => {
    const own = await clientCertificate(authority, [{ O: 'Example' }, { CN: 'gitlab' }]);
    using client = await RawClient.connectTls(ports.tls, certificate.ca, own);
    assert.equal((await client.ask(1, ber.saslRequest('EXTERNAL'))).code, 0);
    assert.equal((await client.ask(2, whoAmI)).extras.get(0x8b), `dn:${gitlab}`);
    const other = secureClient(own);
    await other.bind('EXTERNAL');
    await other.unbind();
  });

  it('binds by a certificate without subject whose other name an account has (B11)', async () => {
    const names = [{ type: 'url', value: 'spiffe://example/gitlab' }] as const;
    using client = await RawClient.connectTls(
      ports.tls,
      certificate.ca,
      await clientCertificate(authority, [], { names }),
    );
    assert.equal((await client.ask(1, ber.saslRequest('EXTERNAL'))).code, 0);
    assert.equal((await client.ask(2, whoAmI)).extras.get(0x8b), `dn:${gitlab}`);
  });

  it('does not bind by a certificate that no account has (P7)', async () => {
    const client = secureClient(await clientCertificate(authority, [{ O: 'Example' }, { CN: 'jira' }]));
    await assert.rejects(client.bind('EXTERNAL'), { code: 49 });
    await client.unbind();
  });

  it('binds by PLAIN over TLS, and not in the clear (B11)', async () => {
    const client = secureClient();
    await client.bind('PLAIN', '\0cn=jira,ou=services,dc=example,dc=com\0s3cret');
    await client.unbind();
    const clear = new Client({ url: `ldap://127.0.0.1:${ports.plain}` });
    await assert.rejects(clear.bind('PLAIN', '\0cn=jira,ou=services,dc=example,dc=com\0s3cret'), { code: 13 });
    await clear.unbind();
  });

  it('does not let anybody in by a password where the account has none (P7)', async () => {
    const client = secureClient();
    for (const password of ['undefined', 'null', ' '])
      await assert.rejects(client.bind(gitlab, password), { code: 49 });
    await client.unbind();
  });

  it('announces in the root DSE what the connection offers (RFC 4513 §5.2.1.5)', async () => {
    const clear = new Client({ url: `ldap://127.0.0.1:${ports.plain}` });
    assert.deepEqual(await mechanismsOf(clear), []);
    await clear.startTLS({ ca: certificate.ca });
    assert.deepEqual(await mechanismsOf(clear), 'PLAIN');
    await clear.unbind();
    const certified = secureClient(await clientCertificate(authority, [{ CN: 'anybody' }]));
    assert.deepEqual(await mechanismsOf(certified), ['EXTERNAL', 'PLAIN']);
    await certified.unbind();
  });

  it('lets a service account in from its own networks only (P7)', async () => {
    const client = secureClient();
    await client.bind('cn=near,ou=services,dc=example,dc=com', 's3cret');
    await assert.rejects(client.bind('cn=far,ou=services,dc=example,dc=com', 's3cret'), { code: 49 });
    await client.unbind();
  });

  describeWithPackage('ldap-utils', 'with ldapwhoami', () => {
    it('binds by certificate, on LDAPS and after StartTLS (B11)', async () => {
      const own = await clientCertificate(authority, [{ O: 'Example' }, { CN: 'gitlab' }]);
      const paths = { ca: certificate.ca, ...own };
      for (const [name, text] of Object.entries(paths)) writeFileSync(join(folder.path, `client-${name}.pem`), text);
      const env = {
        LDAPTLS_CACERT: join(folder.path, 'client-ca.pem'),
        LDAPTLS_CERT: join(folder.path, 'client-cert.pem'),
        LDAPTLS_KEY: join(folder.path, 'client-key.pem'),
      };
      const urls = [
        ['-H', `ldaps://127.0.0.1:${ports.tls}`],
        ['-ZZ', '-H', `ldap://127.0.0.1:${ports.plain}`],
      ];
      for (const url of urls) {
        const { code, stdout, stderr } = await runCommand('ldapwhoami', ['-Q', '-Y', 'EXTERNAL', ...url], { env });
        assert.equal(code, 0, stderr);
        assert.equal(stdout, `dn:${gitlab}\n`);
      }
    });
  });

  it('speaks only the ciphers of the configuration', async () => {
    await assert.rejects(RawClient.connectTls(ports.tls, certificate.ca, { ciphers: 'TLS_AES_256_GCM_SHA384' }));
  });
});
