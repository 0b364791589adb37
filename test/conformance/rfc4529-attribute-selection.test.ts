import assert from 'node:assert/strict';

import { DirectoryServer } from '../support/directory-server.ts';
import { elements, equality, message, searchRequest } from '../support/ldap-ber.ts';
import type { RawClient } from '../support/ldap-raw-client.ts';
import type { MemoryEntry } from '../support/memory-directory.ts';
import { sampleBase, sampleEntries, sampleUsers, sampleUuid } from '../support/sample-directory.ts';

const alice = `uid=alice,${sampleUsers}`;
const everyOctet = Buffer.from(Array.from({ length: 512 }, (_, index) => index % 256));

const photographed: MemoryEntry = {
  dn: `cn=photo,${sampleUsers}`,
  attributes: [
    ['objectClass', ['top', 'person']],
    ['cn', ['photo']],
    ['jpegPhoto', [everyOctet]],
    ['objectSid', [everyOctet]],
    ['thumbnailPhoto', [everyOctet.subarray(0, 100)]],
  ],
  links: [],
};

describe('RFC 3673, RFC 4529, RFC 4530, RFC 5020: what an entry shows', () => {
  let server: DirectoryServer;
  let client: RawClient;
  let id = 10;

  before(async () => {
    server = await DirectoryServer.start([...sampleEntries, photographed]);
    client = await server.connectBound();
  });

  after(async () => {
    client[Symbol.dispose]();
    await server[Symbol.asyncDispose]();
  });

  const shown = async (...attributes: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>> => {
    const { code, entries } = await client.ask(++id, searchRequest({ base: alice, scope: 0, attributes }));
    assert.equal(code, 0);
    return entries[0]?.attributes ?? new Map();
  };
  const names = async (...attributes: readonly string[]): Promise<readonly string[]> =>
    [...(await shown(...attributes)).keys()].toSorted();

  const operational = [
    'createTimestamp',
    'creatorsName',
    'entryDN',
    'entryUUID',
    'hasSubordinates',
    'memberOf',
    'modifiersName',
    'modifyTimestamp',
    'numSubordinates',
    'structuralObjectClass',
    'subschemaSubentry',
  ];

  it('+ selects all operational attributes and no user attribute, * the reverse, both everything (RFC 3673 §2)', async () => {
    const plus = await names('+');
    const star = await names('*');
    for (const name of operational) assert.ok(plus.includes(name) && !star.includes(name), name);
    for (const name of ['cn', 'mail', 'objectClass', 'objectGUID'])
      assert.ok(star.includes(name) && !plus.includes(name), name);
    assert.deepEqual(await names(), star);
    assert.deepEqual(await names('*', '+'), [...plus, ...star].toSorted());
    assert.deepEqual(await names('+', 'cn'), [...plus, 'cn'].toSorted());
  });

  it('@class selects what a class requires and allows, those of its superclasses included (RFC 4529 §2)', async () => {
    assert.deepEqual(await names('@person'), ['cn', 'objectClass', 'sn', 'telephoneNumber']);
    assert.deepEqual(await names('@2.5.6.6'), await names('@PERSON'));
    const posix = await names('@posixAccount');
    assert.deepEqual(posix, ['cn', 'gidNumber', 'homeDirectory', 'objectClass', 'uid', 'uidNumber']);
    assert.deepEqual(
      await names('@posixAccount', '@person'),
      [...new Set([...posix, 'sn', 'telephoneNumber'])].toSorted(),
    );
    assert.deepEqual(await names('@noSuchClass'), []);
    assert.deepEqual(await names('@person', 'mail'), ['cn', 'mail', 'objectClass', 'sn', 'telephoneNumber']);
  });

  it('is announced: + and @class are in supportedFeatures (RFC 3673 §2, RFC 4529 §2)', async () => {
    const { entries } = await client.ask(
      ++id,
      searchRequest({ base: '', scope: 0, attributes: ['supportedFeatures'] }),
    );
    const features = entries[0]?.attributes.get('supportedFeatures') ?? [];
    assert.ok(features.includes('1.3.6.1.4.1.4203.1.5.1') && features.includes('1.3.6.1.4.1.4203.1.5.2'));
  });

  it('entryUUID is in every entry, in the form of RFC 4122, and finds it in any letter case (RFC 4530 §2)', async () => {
    const { entries } = await client.ask(++id, searchRequest({ base: sampleBase, attributes: ['entryUUID'] }));
    const uuids = entries
      .filter(({ dn }) => dn !== photographed.dn)
      .flatMap(({ attributes }) => attributes.get('entryUUID') ?? []);
    assert.equal(uuids.length, sampleEntries.length);
    for (const uuid of uuids) assert.match(uuid, /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    const filter = equality('entryUUID', sampleUuid(10_001).toUpperCase());
    const found = await client.ask(++id, searchRequest({ base: sampleBase, filter, attributes: ['1.1'] }));
    assert.deepEqual(
      found.entries.map(({ dn }) => dn),
      [alice],
    );
  });

  it('entryDN is the name of the entry, and finds it (RFC 5020 §2)', async () => {
    assert.deepEqual((await shown('entryDN')).get('entryDN'), [alice]);
    const filter = equality('entryDN', ` UID = ALICE , ${sampleUsers}`);
    const found = await client.ask(++id, searchRequest({ base: sampleBase, filter, attributes: ['1.1'] }));
    assert.deepEqual(
      found.entries.map(({ dn }) => dn),
      [alice],
    );
  });

  it('binary values come octet by octet, and are found by octets of 0x80 and more, NUL included (RFC 4517 §3.3.25, S13)', async () => {
    const filter = equality('objectSid', everyOctet);
    const request = searchRequest({
      base: sampleBase,
      filter,
      attributes: ['jpegPhoto', 'objectSid', 'thumbnailPhoto'],
    });
    await client.send(message(++id, request));
    const entry = await client.next();
    assert.equal(entry?.tag, 0x64, 'the octets find the entry');
    const [, list] = elements(entry?.body ?? Buffer.alloc(0));
    const values = elements(list?.body ?? Buffer.alloc(0)).map(({ body }) => {
      const [name, set] = elements(body);
      return [name?.body.toString(), elements(set?.body ?? Buffer.alloc(0)).map((value) => value.body)] as const;
    });
    assert.deepEqual(
      new Map(values),
      new Map([
        ['jpegPhoto', [everyOctet]],
        ['objectSid', [everyOctet]],
        ['thumbnailPhoto', [everyOctet.subarray(0, 100)]],
      ]),
    );
    assert.equal((await client.next())?.tag, 0x65);
    const almost = Buffer.from(everyOctet);
    almost[511] = 0xfe;
    const none = await client.ask(++id, searchRequest({ base: sampleBase, filter: equality('objectSid', almost) }));
    assert.deepEqual(none.entries, []);
  });
});
