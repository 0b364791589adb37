import assert from 'node:assert/strict';

import { DirectoryServer } from '../support/directory-server.ts';
import * as ber from '../support/ldap-ber.ts';
import { RawClient, type RawResult } from '../support/ldap-raw-client.ts';
import { admin } from '../support/ldap-test-server.ts';
import { sampleBase, sampleEntries, sampleGroups, sampleUsers } from '../support/sample-directory.ts';

const alice = `uid=alice,${sampleUsers}`;
const sortValue = ber.sequence(ber.sequence(ber.text('uid')));
const sort = ber.control('1.2.840.113556.1.4.473', true, sortValue);
const firstOfView = ber.sequence(ber.integer(0), ber.integer(0), ber.element(0xa0, ber.integer(1), ber.integer(0)));

const people = ber.searchRequest({ base: sampleUsers, scope: 1, attributes: ['cn'], sizeLimit: 0 });
const staff = ber.searchRequest({ base: `cn=staff,${sampleGroups}`, scope: 0, attributes: ['member'] });
const bind = ber.bindRequest(admin.dn, admin.password);

/** A request with a control that shows that the control works, and how it shows. */
interface Demonstration {
  readonly operation: Buffer;
  readonly value?: Buffer;
  readonly beside?: Buffer;
  readonly shows: (result: RawResult) => boolean;
}

const demonstrations: Readonly<Record<string, Demonstration>> = {
  '1.2.840.113556.1.4.319': {
    operation: people,
    value: ber.sequence(ber.integer(2), ber.text('')),
    shows: ({ entries }) => entries.length === 2,
  },
  '1.2.840.113556.1.4.473': {
    operation: people,
    value: sortValue,
    shows: ({ controls }) => controls.has('1.2.840.113556.1.4.474'),
  },
  '2.16.840.1.113730.3.4.9': {
    operation: people,
    value: firstOfView,
    beside: sort,
    shows: ({ entries, controls }) => entries.length === 1 && controls.has('2.16.840.1.113730.3.4.10'),
  },
  '1.2.826.0.1.3344810.2.3': {
    operation: staff,
    value: ber.sequence(ber.equality('member', alice)),
    shows: ({ entries }) => entries[0]?.attributes.get('member')?.length === 1,
  },
  '2.16.840.1.113730.3.4.16': {
    operation: bind,
    shows: ({ controls }) => controls.has('2.16.840.1.113730.3.4.15'),
  },
  '1.3.6.1.4.1.4203.666.5.16': {
    operation: staff,
    value: ber.sequence(ber.sequence(ber.text('member'), ber.sequence(ber.text('uid')))),
    shows: ({ entries }) => entries.length === 1,
  },
  '1.3.6.1.1.12': {
    operation: people,
    value: ber.present('uid'),
    shows: ({ code }) => code === 122,
  },
  '1.3.6.1.4.1.4203.1.10.1': {
    operation: people,
    value: ber.boolean(true),
    shows: ({ entries }) => entries.length === 0,
  },
  '1.3.6.1.1.22': { operation: people, shows: ({ entries }) => entries.length === 5 },
  '1.2.840.113556.1.4.1339': { operation: people, shows: ({ entries }) => entries.length === 5 },
  '2.16.840.1.113730.3.4.2': { operation: people, shows: ({ entries }) => entries.length === 5 },
  '1.3.6.1.4.1.4203.1.9.1.1': {
    operation: people,
    value: ber.sequence(ber.enumerated(1)),
    shows: ({ controls }) => controls.has('1.3.6.1.4.1.4203.1.9.1.3'),
  },
};

/** Controls of responses that their documents list with those of requests. */
const responseControls = ['2.16.840.1.113730.3.4.15'];

const unavailable: readonly (readonly [name: string, oid: string])[] = [
  ['proxied authorization (RFC 4370)', '2.16.840.1.113730.3.4.18'],
  ['pre-read (RFC 4527)', '1.3.6.1.1.13.1'],
  ['post-read (RFC 4527)', '1.3.6.1.1.13.2'],
  ['transaction specification (RFC 5805)', '1.3.6.1.1.21.2'],
  ['password policy', '1.3.6.1.4.1.42.2.27.8.5.1'],
  ['persistent search', '2.16.840.1.113730.3.4.3'],
  ['get effective rights', '1.3.6.1.4.1.42.2.27.9.5.2'],
  ['no-op', '1.3.6.1.4.1.4203.666.5.2'],
  ['relax rules', '1.3.6.1.4.1.4203.666.5.12'],
  ['tree delete', '1.2.840.113556.1.4.805'],
  ['DirSync', '1.2.840.113556.1.4.841'],
  ['show deleted objects', '1.2.840.113556.1.4.417'],
  ['security descriptor flags', '1.2.840.113556.1.4.801'],
  ['session tracking', '1.3.6.1.4.1.21008.108.63.1'],
  ['chaining behaviour', '1.3.6.1.4.1.4203.666.11.3'],
];

describe('RFC 4512 §5.1: the root DSE', () => {
  let server: DirectoryServer;
  let client: RawClient;
  let id = 10;

  before(async () => {
    server = await DirectoryServer.start(sampleEntries);
  });

  beforeEach(async () => {
    client = await server.connectBound();
  });

  afterEach(() => {
    client[Symbol.dispose]();
  });

  after(async () => {
    await server[Symbol.asyncDispose]();
    assert.equal(server.source.leases, 0, 'every search gave its snapshot back');
  });

  const ask = (operation: Buffer, controls: readonly Buffer[] = []): Promise<RawResult> =>
    client.ask(++id, operation, controls);

  async function announced(name: string): Promise<readonly string[]> {
    const result = await ask(ber.searchRequest({ base: '', scope: 0, attributes: [name] }));
    return result.entries[0]?.attributes.get(name) ?? [];
  }

  it('lists as supportedControl exactly the controls that are shown to work here', async () => {
    const expected = [...Object.keys(demonstrations), ...responseControls].toSorted();
    assert.deepEqual((await announced('supportedControl')).toSorted(), expected);
  });

  for (const [oid, { operation, value, beside, shows }] of Object.entries(demonstrations)) {
    it(`lists the control ${oid}, which works, critical and not, and may come once (K8)`, async () => {
      for (const critical of [true, false]) {
        const control = ber.control(oid, critical, value);
        const result = await ask(operation, [control, ...(beside === undefined ? [] : [beside])]);
        assert.ok(shows(result), `${result.code} ${result.text}`);
        assert.equal((await ask(operation, [control, control])).code, 2);
      }
    });
  }

  for (const [name, oid] of unavailable) {
    it(`does not list ${name}, which is ignored, or refused with 12 when critical (RFC 4511 §4.1.11, K1, K6)`, async () => {
      assert.ok(!(await announced('supportedControl')).includes(oid));
      for (const [operation, code, entries] of [
        [people, 0, 5],
        [ber.compareRequest(alice, 'uid', 'alice'), 6, 0],
        [ber.element(0x4a, alice), 53, 0],
        [ber.extendedRequest('1.3.6.1.4.1.4203.1.11.3'), 0, 0],
        [bind, 0, 0],
      ] as const) {
        const lenient = await ask(operation, [ber.control(oid, false, 'any value'), ber.control(oid)]);
        assert.deepEqual([lenient.code, lenient.entries.length], [code, entries]);
        const strict = await ask(operation, [ber.control(oid, true, 'any value')]);
        assert.deepEqual([strict.code, strict.entries.length], [12, 0]);
        await ask(bind);
      }
    });
  }

  it('lists as supportedExtension the operations that are known, and no other', async () => {
    const whoAmI = '1.3.6.1.4.1.4203.1.11.3';
    const cancel = '1.3.6.1.1.8';
    assert.deepEqual((await announced('supportedExtension')).toSorted(), [cancel, whoAmI].toSorted());
    assert.equal((await ask(ber.extendedRequest(whoAmI))).code, 0);
    const value = ber.sequence(ber.integer(9999));
    assert.equal((await ask(ber.element(0x77, ber.element(0x80, cancel), ber.element(0x81, value)))).code, 119);
    // Without a certificate there is no StartTLS (T6); transactions and turn are nowhere (X5).
    for (const oid of [
      '1.3.6.1.4.1.1466.20037',
      '1.3.6.1.1.21.1',
      '1.3.6.1.1.21.3',
      '1.3.6.1.1.19',
      '1.3.6.1.4.1.1466.101.119.1',
    ]) {
      assert.equal((await ask(ber.extendedRequest(oid))).code, 2);
    }
    // A password change is never carried out, and therefore not offered (X4).
    assert.equal((await ask(ber.extendedRequest('1.3.6.1.4.1.4203.1.11.1'))).code, 53);
  });

  describe('lists as supportedFeatures', () => {
    const one = async (fields: ber.SearchFields): Promise<RawResult> =>
      ask(ber.searchRequest({ base: alice, scope: 0, ...fields }));

    it('exactly what follows', async () => {
      assert.deepEqual((await announced('supportedFeatures')).toSorted(), [
        '1.3.6.1.4.1.4203.1.5.1',
        '1.3.6.1.4.1.4203.1.5.2',
        '1.3.6.1.4.1.4203.1.5.3',
      ]);
    });

    it('1.3.6.1.4.1.4203.1.5.1: + asks for all operational attributes (RFC 3673, S8)', async () => {
      const names = new Set((await one({ attributes: ['+'] })).entries[0]?.attributes.keys());
      for (const name of [
        'entryUUID',
        'entryDN',
        'createTimestamp',
        'subschemaSubentry',
        'memberOf',
        'hasSubordinates',
      ]) {
        assert.ok(names.has(name), name);
      }
      assert.ok(!names.has('cn'));
    });

    it('1.3.6.1.4.1.4203.1.5.2: @class asks for the attributes of an object class (RFC 4529, S8)', async () => {
      const names = [...((await one({ attributes: ['@posixAccount'] })).entries[0]?.attributes.keys() ?? [])];
      assert.deepEqual(names.toSorted(), ['cn', 'gidNumber', 'homeDirectory', 'objectClass', 'uid', 'uidNumber']);
      assert.equal((await one({ attributes: ['@noSuchClass'] })).entries[0]?.attributes.size, 0);
    });

    it('1.3.6.1.4.1.4203.1.5.3: (&) is True and (|) is False (RFC 4526, S10)', async () => {
      assert.equal((await one({ filter: ber.element(0xa0) })).entries.length, 1);
      assert.equal((await one({ filter: ber.element(0xa1) })).entries.length, 0);
      assert.equal((await one({ filter: ber.element(0xa2, ber.element(0xa1)) })).entries.length, 1);
    });
  });

  describe('is read', () => {
    const read = async (
      attributes: readonly string[],
      over = client,
    ): Promise<ReadonlyMap<string, readonly string[]>> => {
      const result = await over.ask(++id, ber.searchRequest({ base: '', scope: 0, attributes }));
      assert.deepEqual([result.code, result.entries.length], [0, 1]);
      return result.entries[0]?.attributes ?? new Map();
    };

    it('by anonymous before any bind, with all that SSSD asks for (S17)', async () => {
      using stranger = await RawClient.connect(server.port);
      const asked =
        '*,altServer,namingContexts,supportedControl,supportedExtension,supportedFeatures,supportedLDAPVersion,supportedSASLMechanisms,domainControllerFunctionality,defaultNamingContext,lastUSN,highestCommittedUSN';
      const seen = await read(asked.split(','), stranger);
      assert.deepEqual(seen.get('namingContexts'), [sampleBase]);
      assert.deepEqual(seen.get('supportedLDAPVersion'), ['3']);
      assert.deepEqual(seen.get('objectClass'), ['top']);
      for (const name of ['altServer', 'lastUSN', 'highestCommittedUSN']) assert.equal(seen.has(name), false);
    });

    it('with names in any case and + twice, as ldap3 asks, each attribute once (S8)', async () => {
      const seen = await read([
        'supportedCapabilities',
        'supportedLdapVersion',
        'VENDORNAME',
        'vendorVersion',
        'subschemaSubentry',
        '*',
        '+',
        '+',
      ]);
      assert.deepEqual(seen.get('supportedLDAPVersion'), ['3']);
      assert.deepEqual(seen.get('vendorName'), ['entra-ldapd']);
      assert.deepEqual(seen.get('vendorVersion'), ['0']);
      assert.deepEqual(seen.get('subschemaSubentry'), ['cn=Subschema']);
    });

    it('by base scope alone: other scopes answer noSuchObject (S17)', async () => {
      for (const scope of [1, 2, 3]) {
        const result = await ask(ber.searchRequest({ base: '', scope }));
        assert.deepEqual([result.code, result.matchedDn, result.entries.length], [32, '', 0]);
      }
    });

    it('with any filter that matches, and compares as any entry does', async () => {
      const found = async (filter: Buffer): Promise<number> =>
        (await ask(ber.searchRequest({ base: '', scope: 0, filter }))).entries.length;
      assert.equal(await found(ber.equality('supportedLDAPVersion', '03')), 1);
      assert.equal(await found(ber.equality('supportedControl', '1.2.840.113556.1.4.319')), 1);
      assert.equal(await found(ber.equality('supportedControl', '1.2.3')), 0);
      assert.equal((await ask(ber.compareRequest('', 'supportedControl', '1.2.840.113556.1.4.319'))).code, 6);
      assert.equal((await ask(ber.compareRequest('', 'vendorName', 'other'))).code, 5);
    });
  });
});
