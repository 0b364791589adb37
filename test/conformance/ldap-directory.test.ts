import assert from 'node:assert/strict';

import { Client, NoSuchObjectError } from 'ldapts';

import { DirectoryStorageError } from '../../src/directory/reader.ts';
import { supportedControls, supportedExtensions } from '../../src/ldap/features.ts';
import { DirectoryServer } from '../support/directory-server.ts';
import * as ber from '../support/ldap-ber.ts';
import { RawClient } from '../support/ldap-raw-client.ts';
import { admin } from '../support/ldap-test-server.ts';
import { sampleBase, sampleEntries, sampleGroups, sampleUsers } from '../support/sample-directory.ts';

describe('the directory over the wire', () => {
  let server: DirectoryServer;
  let client: Client;

  beforeEach(async () => {
    server = await DirectoryServer.start(sampleEntries);
    client = new Client({ url: `ldap://127.0.0.1:${server.port}` });
  });

  afterEach(async () => {
    await client.unbind();
    await server[Symbol.asyncDispose]();
    assert.equal(server.source.leases, 0, 'every search gave its snapshot back');
  });

  it('shows anybody in the root DSE exactly what the wire can do (RFC 4512 §5.1, S17)', async () => {
    const { searchEntries } = await client.search('', { scope: 'base', attributes: ['+'] });
    const [rootDse] = searchEntries;
    assert.deepEqual(new Set([rootDse?.['supportedControl']].flat()), new Set(supportedControls));
    assert.deepEqual([rootDse?.['supportedExtension']].flat(), supportedExtensions({ startTls: false }));
    assert.deepEqual(rootDse?.['namingContexts'], sampleBase);
  });

  it('finds people and the members of groups', async () => {
    await client.bind(admin.dn, admin.password);
    const alice = await client.search(sampleBase, { filter: '(mail=ALICE@example.com)', attributes: ['cn'] });
    assert.deepEqual(alice.searchEntries, [{ dn: `uid=alice,${sampleUsers}`, cn: 'Alice Archer' }]);
    const staff = await client.search(`cn=staff,${sampleGroups}`, { scope: 'base', attributes: ['memberUid'] });
    assert.deepEqual(new Set([staff.searchEntries[0]?.['memberUid']].flat()), new Set(['alice', 'bob', 'zoe']));
    assert.equal(await client.compare(`uid=bob,${sampleUsers}`, 'cn', 'bob  BAKER'), true);
  });

  it('walks everything in pages of every size, each entry once (PAIN-14)', async () => {
    await client.bind(admin.dn, admin.password);
    for (const pageSize of [1, 2, 5, 13, 100]) {
      const dns: string[] = [];
      for await (const page of client.searchPaginated(sampleBase, { paged: { pageSize } })) {
        dns.push(...page.searchEntries.map(({ dn }) => dn));
      }
      assert.deepEqual([...dns].sort(), sampleEntries.map(({ dn }) => dn).sort());
    }
  });

  it('names the nearest ancestor of what is not there (S2)', async () => {
    await client.bind(admin.dn, admin.password);
    await assert.rejects(client.search(`uid=nobody,${sampleUsers}`), NoSuchObjectError);
  });

  it('answers unavailable when the store fails before or during a search, and never nothing (P1, PAIN-06)', async () => {
    using raw = await RawClient.connect(server.port);
    await raw.ask(1, ber.bindRequest(admin.dn, admin.password));
    assert.equal((await raw.ask(2, ber.searchRequest({ base: sampleBase }))).entries.length, sampleEntries.length);
    server.source.fail(new DirectoryStorageError('disk'));
    for (const filter of [ber.present('objectClass'), ber.equality('uid', 'alice')]) {
      const result = await raw.ask(3, ber.searchRequest({ base: sampleBase, filter }));
      assert.deepEqual([result.code, result.entries.length], [52, 0]);
    }
    assert.equal((await raw.ask(4, ber.compareRequest(`uid=bob,${sampleUsers}`, 'uid', 'bob'))).code, 52);
  });
});
