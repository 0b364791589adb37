import assert from 'node:assert/strict';

import ldapjs from 'ldapjs';
import { Client, InvalidCredentialsError, UnwillingToPerformError } from 'ldapts';

import { people, TestDirectory } from '../support/ldap-test-directory.ts';
import { admin, testCertificate, TestServer } from '../support/ldap-test-server.ts';

describe('an independent client: ldapts', () => {
  let server: TestServer;
  let client: Client;

  beforeEach(async () => {
    server = await TestServer.start({ directory: new TestDirectory(people(150)) });
    client = new Client({ url: `ldap://127.0.0.1:${server.port}` });
  });

  afterEach(async () => {
    await client.unbind();
    await server[Symbol.asyncDispose]();
  });

  it('binds, searches, compares and unbinds', async () => {
    await client.bind(admin.dn, admin.password);
    const { searchEntries } = await client.search('dc=example,dc=com', { filter: '(uid=u3)', attributes: ['cn'] });
    assert.deepEqual(searchEntries, [{ dn: 'uid=u3,dc=example,dc=com', cn: 'Person 3' }]);
    assert.equal(await client.compare('uid=u3,dc=example,dc=com', 'uid', 'u3'), true);
    assert.equal(await client.compare('uid=u3,dc=example,dc=com', 'uid', 'u4'), false);
  });

  it('is refused with a wrong password and stays connected (B4, B7)', async () => {
    await assert.rejects(client.bind(admin.dn, 'wrong'), InvalidCredentialsError);
    assert.equal((await client.search('dc=example,dc=com')).searchEntries.length, 150);
  });

  it('walks pages (PAIN-14)', async () => {
    let pages = 0;
    const entries: string[] = [];
    for await (const page of client.searchPaginated('dc=example,dc=com', { paged: { pageSize: 40 } })) {
      pages++;
      entries.push(...page.searchEntries.map(({ dn }) => dn));
    }
    assert.equal(pages, 4);
    assert.deepEqual(
      entries,
      people(150).map(({ dn }) => dn),
    );
  });

  it('understands size limits and refusals', async () => {
    assert.equal((await client.search('dc=example,dc=com', { sizeLimit: 10 })).searchEntries.length, 10);
    await assert.rejects(client.del('uid=u1,dc=example,dc=com'), UnwillingToPerformError);
  });

  it('asks who it is (X2)', async () => {
    await client.bind(admin.dn, admin.password);
    assert.equal((await client.exop('1.3.6.1.4.1.4203.1.11.3')).value, `dn:${admin.dn}`);
  });
});

describe('ldapts over TLS', () => {
  it('works by StartTLS and on the LDAPS port (T1)', async () => {
    const tls = await testCertificate();
    await using server = await TestServer.start({ tls });
    const started = new Client({ url: `ldap://127.0.0.1:${server.port}` });
    await started.startTLS({ ca: tls.ca, host: '127.0.0.1' });
    await started.bind(admin.dn, admin.password);
    assert.equal((await started.search('dc=example,dc=com')).searchEntries.length, 10);
    await started.unbind();
    const ldaps = new Client({ url: `ldaps://127.0.0.1:${server.tlsPort}`, tlsOptions: { ca: tls.ca } });
    await ldaps.bind(admin.dn, admin.password);
    assert.equal((await ldaps.search('dc=example,dc=com')).searchEntries.length, 10);
    await ldaps.unbind();
    assert.deepEqual(
      server.authenticator.seen.map(({ context }) => context.secure),
      [true, true],
    );
  });
});

describe('an independent client: ldapjs', () => {
  let server: TestServer;
  let client: ldapjs.Client;

  beforeEach(async () => {
    server = await TestServer.start({ directory: new TestDirectory(people(150)) });
    client = ldapjs.createClient({ url: `ldap://127.0.0.1:${server.port}` });
    await new Promise<void>((resolve) => client.once('connect', () => resolve()));
  });

  afterEach(async () => {
    await new Promise<void>((resolve) => client.unbind(() => resolve()));
    await server[Symbol.asyncDispose]();
  });

  const bind = (password: string): Promise<void> =>
    new Promise((resolve, reject) => client.bind(admin.dn, password, (error) => (error ? reject(error) : resolve())));

  const search = (options: ldapjs.SearchOptions): Promise<string[]> =>
    new Promise((resolve, reject) => {
      client.search('dc=example,dc=com', options, (error, response) => {
        if (error) {
          reject(error);
          return;
        }
        const found: string[] = [];
        response.on('searchEntry', (entry) => found.push(entry.pojo.objectName));
        response.on('error', reject);
        response.on('end', () => resolve(found));
      });
    });

  it('binds, and is refused with a wrong password (B4)', async () => {
    await bind(admin.password);
    await assert.rejects(bind('wrong'), { name: 'InvalidCredentialsError' });
  });

  it('searches, also in pages', async () => {
    assert.deepEqual(await search({ scope: 'sub', filter: '(uid=u9)' }), ['uid=u9,dc=example,dc=com']);
    assert.equal((await search({ scope: 'sub', filter: '(objectClass=*)', paged: { pageSize: 40 } })).length, 150);
  });

  it('compares, and asks who it is', async () => {
    await bind(admin.password);
    const matched = await new Promise((resolve, reject) => {
      client.compare('uid=u1,dc=example,dc=com', 'uid', 'u1', (error, equal) =>
        error ? reject(error) : resolve(equal),
      );
    });
    assert.equal(matched, true);
    const value = await new Promise((resolve, reject) => {
      client.exop('1.3.6.1.4.1.4203.1.11.3', '', (error, answer) => (error ? reject(error) : resolve(answer)));
    }).catch((error: Error) => error.name);
    assert.ok(value === `dn:${admin.dn}` || value === 'ProtocolError');
  });
});
