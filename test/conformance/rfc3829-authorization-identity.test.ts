import assert from 'node:assert/strict';

import { ldapResult, ResultCode } from '../../src/directory/result.ts';
import { createCertificateAuthority } from '../../src/certificates/authority.ts';
import { clientCertificate } from '../support/client-certificate.ts';
import * as ber from '../support/ldap-ber.ts';
import { RawClient, type RawResult } from '../support/ldap-raw-client.ts';
import { admin, testCertificate, TestServer } from '../support/ldap-test-server.ts';

const requestOid = '2.16.840.1.113730.3.4.16';
const responseOid = '2.16.840.1.113730.3.4.15';
const whoAmI = ber.extendedRequest('1.3.6.1.4.1.4203.1.11.3');

describe('RFC 3829: authorization identity of a bind', () => {
  let certificate: Awaited<ReturnType<typeof testCertificate>>;
  let own: { readonly cert: string; readonly key: string };
  let server: TestServer;
  let client: RawClient;

  before(async () => {
    certificate = await testCertificate();
    const authority = await createCertificateAuthority({ commonName: 'Client CA', nowMs: Date.now(), days: 2 });
    own = await clientCertificate(authority, [{ CN: 'admin' }]);
    const tls = { ...certificate, clientCaPem: authority.certPem, clientCertificates: 'request' } as const;
    server = await TestServer.start({ tls });
  });

  beforeEach(async () => {
    client = await server.connect();
  });

  afterEach(() => {
    server.authenticator.onBind = undefined;
    client[Symbol.dispose]();
  });

  after(() => server[Symbol.asyncDispose]());

  const bind = (request: Buffer, critical = true, over = client): Promise<RawResult> =>
    over.ask(2, request, [ber.control(requestOid, critical)]);
  const identityOf = (result: RawResult): string | undefined => result.controls.get(responseOid)?.toString();

  it('comes with a simple bind that succeeds, critical or not, and is what Who am I? answers (§4, K6)', async () => {
    for (const critical of [true, false]) {
      const result = await bind(ber.bindRequest(admin.dn, admin.password), critical);
      assert.deepEqual([result.code, identityOf(result)], [0, `dn:${admin.dn}`]);
      assert.equal((await client.ask(3, whoAmI)).extras.get(0x8b), identityOf(result));
    }
  });

  it('is empty for anonymous (§4)', async () => {
    const result = await bind(ber.bindRequest('', ''));
    assert.deepEqual([result.code, identityOf(result)], [0, '']);
  });

  it('comes with SASL PLAIN and EXTERNAL', async () => {
    using plain = await RawClient.connectTls(server.tlsPort, certificate.ca);
    const credentials = `\0${admin.dn}\0${admin.password}`;
    assert.equal(identityOf(await bind(ber.saslRequest('PLAIN', credentials), true, plain)), `dn:${admin.dn}`);
    using external = await RawClient.connectTls(server.tlsPort, certificate.ca, own);
    assert.equal(identityOf(await bind(ber.saslRequest('EXTERNAL', ''), true, external)), `dn:${admin.dn}`);
  });

  it('does not come when nobody asked', async () => {
    const result = await client.ask(2, ber.bindRequest(admin.dn, admin.password));
    assert.deepEqual([result.code, result.controls.size], [0, 0]);
  });

  for (const [what, request, code] of [
    ['a wrong password', ber.bindRequest(admin.dn, 'wrong'), 49],
    ['a name without password', ber.bindRequest(admin.dn, ''), 53],
    ['another version', ber.bindRequest(admin.dn, admin.password, 2), 2],
    ['an unknown mechanism', ber.saslRequest('CRAM-MD5'), 7],
  ] as const) {
    it(`does not come with ${what} (§4, P7)`, async () => {
      await client.ask(1, ber.bindRequest(admin.dn, admin.password));
      const result = await bind(request);
      assert.deepEqual([result.code, result.controls.size], [code, 0]);
    });
  }

  it('does not come with a bind that could not be decided (P7)', async () => {
    server.authenticator.onBind = () =>
      Promise.resolve({ kind: 'refused', result: ldapResult(ResultCode.unavailable) });
    const result = await bind(ber.bindRequest(admin.dn, admin.password));
    assert.deepEqual([result.code, result.controls.size], [52, 0]);
  });

  it('is asked for once (K8), and of a bind only (K1)', async () => {
    const twice = [ber.control(requestOid, true), ber.control(requestOid, true)];
    assert.equal((await client.ask(2, ber.bindRequest(admin.dn, admin.password), twice)).code, 2);
    assert.equal(
      (await client.ask(3, ber.compareRequest(admin.dn, 'cn', 'x'), [ber.control(requestOid, true)])).code,
      12,
    );
  });

  it('leaves a bind that has an unknown critical control refused (B13)', async () => {
    const controls = [ber.control(requestOid), ber.control('1.2.3', true)];
    const result = await client.ask(2, ber.bindRequest(admin.dn, admin.password), controls);
    assert.deepEqual([result.code, result.controls.size], [12, 0]);
    assert.equal((await client.ask(3, whoAmI)).extras.get(0x8b), '');
  });
});
