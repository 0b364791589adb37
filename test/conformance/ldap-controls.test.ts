import assert from 'node:assert/strict';

import { DirectoryServer } from '../support/directory-server.ts';
import * as ber from '../support/ldap-ber.ts';
import { RawClient, type RawResult } from '../support/ldap-raw-client.ts';
import { sampleBase, sampleEntries, sampleUsers } from '../support/sample-directory.ts';

const oids = {
  assertion: '1.3.6.1.1.12',
  subentries: '1.3.6.1.4.1.4203.1.10.1',
  dontUseCopy: '1.3.6.1.1.22',
  domainScope: '1.2.840.113556.1.4.1339',
  passwordPolicy: '1.3.6.1.4.1.42.2.27.8.5.1',
  preRead: '1.3.6.1.1.13.1',
  proxiedAuthorization: '2.16.840.1.113730.3.4.18',
};
const alice = `uid=alice,${sampleUsers}`;

describe('controls of searches and compares', () => {
  let server: DirectoryServer;
  let client: RawClient;
  let id = 10;

  beforeEach(async () => {
    server = await DirectoryServer.start(sampleEntries, { wire: { filterDepthMax: 20 } });
    client = await server.connectBound();
  });

  afterEach(async () => {
    client[Symbol.dispose]();
    await server[Symbol.asyncDispose]();
    assert.equal(server.source.leases, 0, 'every search gave its snapshot back');
  });

  const search = (fields: ber.SearchFields, ...controls: readonly Buffer[]): Promise<RawResult> =>
    client.ask(++id, ber.searchRequest({ attributes: ['1.1'], ...fields }), controls);
  const compare = (dn: string, value: string, ...controls: readonly Buffer[]): Promise<RawResult> =>
    client.ask(++id, ber.compareRequest(dn, 'uid', value), controls);

  describe('assertion (RFC 4528, K6)', () => {
    const asserting = (filter: Buffer, critical = true): Buffer => ber.control(oids.assertion, critical, filter);

    it('lets a search go on when it is True of the base object', async () => {
      const { code, entries } = await search({ base: sampleUsers, scope: 1 }, asserting(ber.equality('ou', 'USERS')));
      assert.deepEqual([code, entries.length], [0, 5]);
    });

    for (const [what, filter] of [
      ['False', ber.equality('ou', 'groups')],
      ['Undefined', ber.equality('noSuch', 'x')],
      ['not Undefined', ber.element(0xa2, ber.equality('noSuch', 'x'))],
    ] as const) {
      it(`ends a search with assertionFailed and no entry when it is ${what}, critical or not`, async () => {
        for (const critical of [true, false]) {
          const { code, entries } = await search({ base: sampleUsers }, asserting(filter, critical));
          assert.deepEqual([code, entries.length], [122, 0]);
        }
      });
    }

    it('goes before the comparison of a compare', async () => {
      const enabled = asserting(ber.equality('accountEnabled', 'TRUE'));
      assert.equal((await compare(alice, 'alice', enabled)).code, 6);
      assert.equal((await compare(alice, 'bob', enabled)).code, 5);
      assert.equal((await compare(`uid=dave,${sampleUsers}`, 'dave', enabled)).code, 122);
    });

    it('is asked of the root DSE and the subschema too', async () => {
      const version = (value: string): Buffer => asserting(ber.equality('supportedLDAPVersion', value));
      assert.equal((await search({ base: '', scope: 0 }, version('3'))).entries.length, 1);
      assert.equal((await search({ base: '', scope: 0 }, version('2'))).code, 122);
      assert.equal((await compare('cn=Subschema', 'x', asserting(ber.equality('cn', 'no')))).code, 122);
    });

    it('of an entry that is not there leaves the answer noSuchObject', async () => {
      assert.equal((await search({ base: `ou=no,${sampleBase}` }, asserting(ber.present('cn')))).code, 32);
    });

    it('tells nobody anything who may not read the entry (P7)', async () => {
      using stranger = await RawClient.connect(server.port);
      const asked = (value: string): Promise<RawResult> =>
        stranger.ask(++id, ber.searchRequest({ base: alice, scope: 0 }), [asserting(ber.equality('uid', value))]);
      assert.deepEqual([(await asked('alice')).code, (await asked('bob')).code], [50, 50]);
    });

    it('is bounded like any filter, and a protocolError when it is none (P8)', async () => {
      const nested = (depth: number): Buffer =>
        depth === 1 ? ber.present('ou') : ber.element(0xa0, nested(depth - 1));
      assert.equal((await search({ base: sampleUsers }, asserting(nested(20)))).code, 0);
      assert.equal((await search({ base: sampleUsers }, asserting(nested(21)))).code, 11);
      assert.equal((await search({ base: sampleUsers }, asserting(Buffer.from('junk')))).code, 2);
      assert.equal((await search({ base: sampleUsers }, ber.control(oids.assertion, true))).code, 2);
    });
  });

  describe('subentries (RFC 3672, K6)', () => {
    const visible = (value: boolean): Buffer => ber.control(oids.subentries, true, ber.boolean(value));

    it('shows nothing but subentries when TRUE: there are none below the naming context', async () => {
      for (const scope of [0, 1, 2, 3]) {
        const { code, entries } = await search({ base: sampleBase, scope }, visible(true));
        assert.deepEqual([code, entries.length], [0, 0]);
      }
      assert.equal((await search({ base: 'cn=Subschema', scope: 0 }, visible(true))).entries.length, 1);
      assert.equal((await search({ base: '', scope: 0 }, visible(true))).entries.length, 0);
    });

    it('shows everything but subentries when FALSE', async () => {
      assert.equal((await search({ base: sampleBase }, visible(false))).entries.length, sampleEntries.length);
      assert.equal((await search({ base: '', scope: 0 }, visible(false))).entries.length, 1);
      assert.equal((await search({ base: 'cn=Subschema', scope: 0 }, visible(false))).entries.length, 0);
    });

    it('needs a BOOLEAN', async () => {
      assert.equal((await search({}, ber.control(oids.subentries, false))).code, 2);
      assert.equal((await search({}, ber.control(oids.subentries, false, ber.integer(1)))).code, 2);
    });
  });

  it('don’t use copy (RFC 6171) and domain scope change nothing, for every answer is our own (K6)', async () => {
    for (const oid of [oids.dontUseCopy, oids.domainScope]) {
      const { code, entries } = await search({ base: sampleBase }, ber.control(oid, true));
      assert.deepEqual([code, entries.length], [0, sampleEntries.length]);
    }
    assert.equal((await compare(alice, 'alice', ber.control(oids.dontUseCopy, true))).code, 6);
  });

  for (const name of ['passwordPolicy', 'preRead', 'proxiedAuthorization'] as const) {
    it(`${name} is not had: ignored, or unavailableCriticalExtension when critical (RFC 4511 §4.1.11, K1, K6)`, async () => {
      const lenient = await search({ base: alice, scope: 0 }, ber.control(oids[name], false));
      assert.deepEqual([lenient.code, lenient.entries.length], [0, 1]);
      const strict = await search({ base: alice, scope: 0 }, ber.control(oids[name], true));
      assert.deepEqual([strict.code, strict.entries.length], [12, 0]);
    });
  }
});
