import assert from 'node:assert/strict';
import type { Access } from '../../../src/directory/access.ts';
import type { Directory } from '../../../src/directory/directory-port.ts';
import { normalizeDn } from '../../../src/directory/dn.ts';
import { anonymous, type BoundIdentity } from '../../../src/directory/identity.ts';
import { indexKey } from '../../../src/directory/index-key.ts';
import type { DirectoryReader } from '../../../src/directory/reader.ts';
import { ResultCode } from '../../../src/directory/result.ts';
import type { GroupReference, Rights } from '../../../src/directory/rights.ts';
import { standardSchema } from '../../../src/directory/schema.ts';
import { directoryOver, refusalOf, searchAll, searchNames, service } from '../../support/directory-client.ts';
import { memoryDirectory, type MemoryDirectory, type MemoryEntry } from '../../support/memory-directory.ts';
import { sampleAccess, type SampleRights } from '../../support/sample-access.ts';
import { sampleBase, sampleEntries, sampleGroups, sampleUsers, sampleUuid } from '../../support/sample-directory.ts';

const keyOf = (dn: string): string => normalizeDn(dn) ?? '';
const named = (name: string): GroupReference => ({ name, dn: keyOf(`cn=${name},${sampleGroups}`) });
const everything = ['*', '+'];
const tree = ['example', 'users', 'groups', 'services'];

describe('Rights of a service account', () => {
  let memory: MemoryDirectory;

  function narrowed(test: Partial<Rights>): Directory {
    return directoryOver(memory, {}, undefined, sampleAccess({ services: { test } }));
  }

  async function namesBelow(directory: Directory, who: BoundIdentity = service): Promise<readonly string[]> {
    return (await searchNames(directory, { who })).filter((name) => !tree.includes(name)).toSorted();
  }

  beforeEach(() => {
    memory = memoryDirectory(sampleEntries);
  });

  it('are everything without a word about them, from the very same reader', () => {
    const access = sampleAccess();
    assert.equal(access.readable(memory.reader, service, 'search'), memory.reader);
  });

  it('show all users, or the members of groups, or none', async () => {
    assert.deepEqual(await namesBelow(narrowed({ users: 'all' })), ['alice', 'bob', 'carol', 'dave', 'zoe']);
    assert.deepEqual(await namesBelow(narrowed({ users: [named('admins')] })), ['alice']);
    assert.deepEqual(await namesBelow(narrowed({ users: [named('admins'), named('staff')] })), ['alice', 'bob', 'zoe']);
    assert.deepEqual(await namesBelow(narrowed({ users: [named('nobody')] })), []);
  });

  it('show all groups, or those that are named, or none', async () => {
    assert.deepEqual(await namesBelow(narrowed({ groups: 'all' })), ['admins', 'empty', 'nested', 'staff']);
    assert.deepEqual(await namesBelow(narrowed({ groups: [named('staff'), named('nobody')] })), ['staff']);
    assert.deepEqual(await namesBelow(narrowed({})), []);
  });

  it('find a group by the id of its object, which survives renaming, but nothing else that has an id', async () => {
    const staff = { name: 'x', entryUuid: sampleUuid(20_001) };
    assert.deepEqual(await namesBelow(narrowed({ groups: [staff] })), ['staff']);
    assert.deepEqual(await namesBelow(narrowed({ users: [staff] })), ['alice', 'bob', 'zoe']);
    assert.deepEqual(await namesBelow(narrowed({ groups: [{ name: 'x', entryUuid: sampleUuid(10_001) }] })), []);
  });

  it('lie below their bases, whose superiors are there, and no other container is', async () => {
    const inUsers = narrowed({ users: 'all', groups: 'all', bases: [keyOf(sampleUsers)] });
    assert.deepEqual(await searchNames(inUsers, { scope: 'one' }), ['users']);
    assert.deepEqual(await namesBelow(inUsers), ['alice', 'bob', 'carol', 'dave', 'zoe']);
    const bob = narrowed({ users: 'all', groups: 'all', bases: [keyOf(`uid=bob,${sampleUsers}`), keyOf('cn=gone')] });
    assert.deepEqual(await searchNames(bob, {}), ['example', 'users', 'bob']);
    const counts = await searchAll(bob, { filter: '(numSubordinates=1)', attributes: ['numSubordinates'] });
    assert.deepEqual(
      counts.map(({ dn }) => dn),
      [sampleBase, sampleUsers],
    );
    const staffInUsers = narrowed({ users: [named('staff')], groups: 'all', bases: [keyOf(sampleUsers)] });
    assert.deepEqual(await namesBelow(staffInUsers), ['alice', 'bob', 'zoe'], 'the group need not be readable itself');
  });

  it('always show the own entry, and no other account', async () => {
    const account = (name: string): MemoryEntry => ({
      dn: `cn=${name},ou=services,${sampleBase}`,
      attributes: [
        ['objectClass', ['top', 'applicationProcess']],
        ['cn', [name]],
      ],
      links: [],
    });
    memory = memoryDirectory([...sampleEntries, account('test'), account('other')]);
    assert.deepEqual(await namesBelow(narrowed({})), ['test']);
    const [services] = await searchAll(narrowed({}), {
      baseDn: `ou=services,${sampleBase}`,
      scope: 'base',
      attributes: everything,
    });
    assert.deepEqual(services?.attributes['numSubordinates'], ['1']);
    assert.deepEqual(services.attributes['hasSubordinates'], ['TRUE']);
  });

  it('answer for what is not readable as for what is not there, name in the result included (no oracle)', () => {
    const directory = narrowed({ users: [named('admins')] });
    for (const uid of ['bob', 'nobody']) {
      const result = refusalOf(directory, { baseDn: `uid=${uid},${sampleUsers}` });
      assert.deepEqual([result.code, result.matchedDn], [ResultCode.noSuchObject, sampleUsers]);
      const compared = directory.compare(`uid=${uid},${sampleUsers}`, 'uid', Buffer.from(uid), service);
      assert.deepEqual([compared.code, compared.matchedDn], [ResultCode.noSuchObject, sampleUsers]);
    }
    const elsewhere = narrowed({ users: 'all', bases: [keyOf(sampleUsers)] });
    const below = refusalOf(elsewhere, { baseDn: `cn=staff,${sampleGroups}` });
    assert.deepEqual([below.code, below.matchedDn], [ResultCode.noSuchObject, sampleBase]);
  });

  it('leave out of groups and of memberOf whoever is not readable', async () => {
    const directory = narrowed({ users: [named('admins')], groups: [named('staff')] });
    const [staff] = await searchAll(directory, { filter: '(cn=staff)', attributes: everything });
    assert.deepEqual(staff?.attributes['member'], [`uid=alice,${sampleUsers}`]);
    assert.deepEqual(staff.attributes['memberUid'], ['alice']);
    assert.deepEqual(staff.attributes['memberOf'], undefined);
    const [alice] = await searchAll(directory, { filter: '(uid=alice)', attributes: everything });
    assert.deepEqual(alice?.attributes['memberOf'], [`cn=staff,${sampleGroups}`]);
    assert.deepEqual(await searchNames(directory, { filter: `(member=uid=bob,${sampleUsers})` }), []);
    assert.deepEqual(await searchNames(directory, { filter: '(memberUid=bob)' }), []);
    assert.deepEqual(await searchNames(directory, { filter: `(memberOf=cn=admins,${sampleGroups})` }), []);
  });

  it('keep attributes as if nobody had heard of them: not shown, not found by, not found by their absence', async () => {
    for (const rights of [{ hiddenAttributes: ['telephoneNumber'] }, { attributes: ['uid', 'cn', '@posixAccount'] }]) {
      const directory = narrowed({ users: 'all', ...rights });
      const [alice] = await searchAll(directory, { filter: '(uid=alice)', attributes: everything });
      assert.equal(alice?.attributes['telephoneNumber'], undefined);
      assert.deepEqual(alice?.attributes['uidNumber'], ['10001']);
      assert.equal(alice.attributes['objectClass']?.includes('person'), true);
      for (const filter of ['(telephoneNumber=+1*)', '(!(telephoneNumber=+1*))', '(!(telephoneNumber=x))']) {
        assert.deepEqual(await searchNames(directory, { filter }), [], filter);
      }
      const compare = (value: string): number =>
        directory.compare(`uid=alice,${sampleUsers}`, 'telephoneNumber', Buffer.from(value), service).code;
      assert.equal(compare('+1 555-10001'), ResultCode.noSuchAttribute);
      assert.equal(compare('+1 555'), ResultCode.noSuchAttribute);
    }
  });

  it('allow only the operations that are named, and refuse the others for every name alike', async () => {
    const searching = narrowed({ users: 'all', operations: new Set(['search']) });
    assert.deepEqual(await searchNames(searching, { filter: '(uid=bob)' }), ['bob']);
    for (const uid of ['bob', 'nobody']) {
      const { code } = searching.compare(`uid=${uid},${sampleUsers}`, 'uid', Buffer.from('bob'), service);
      assert.equal(code, ResultCode.insufficientAccessRights);
    }
    const comparing = narrowed({ users: 'all', operations: new Set(['compare']) });
    assert.equal(refusalOf(comparing, {}).code, ResultCode.insufficientAccessRights);
    assert.equal(memory.leases, 0);
  });

  it('never hide the root DSE and the schema (RFC 4512 §5.1)', async () => {
    const directory = narrowed({ attributes: ['uid'], operations: new Set(['compare']) });
    const [root] = await searchAll(directory, { baseDn: '', scope: 'base', attributes: everything });
    assert.deepEqual(root?.attributes['namingContexts'], [sampleBase]);
    const [subschema] = await searchAll(directory, { baseDn: 'cn=Subschema', scope: 'base', attributes: everything });
    assert.ok((subschema?.attributes['attributeTypes']?.length ?? 0) > 10);
  });

  it('are those of their own account alone', async () => {
    const access = sampleAccess({ services: { test: { users: [named('admins')] }, other: { groups: 'all' } } });
    const directory = directoryOver(memory, {}, undefined, access);
    const other: BoundIdentity = { kind: 'service', dn: 'cn=other', name: 'other' };
    assert.deepEqual(await namesBelow(directory), ['alice']);
    assert.deepEqual(await namesBelow(directory, other), ['admins', 'empty', 'nested', 'staff']);
    assert.deepEqual(await namesBelow(directory), ['alice']);
  });

  it('are those of all others for an account that has none of its own', async () => {
    const access = sampleAccess({ services: { own: { groups: 'all' } }, others: { users: [named('admins')] } });
    const directory = directoryOver(memory, {}, undefined, access);
    const own: BoundIdentity = { kind: 'service', dn: 'cn=own', name: 'own' };
    assert.deepEqual(await namesBelow(directory), ['alice']);
    assert.deepEqual(await namesBelow(directory, own), ['admins', 'empty', 'nested', 'staff']);
  });

  it('tell which of their groups the directory does not have', () => {
    const missing = { name: 'gone', entryUuid: sampleUuid(10_001) };
    const access = sampleAccess({
      services: { test: { users: [named('staff'), missing], groups: [missing] } },
      users: { groups: [named('nobody')] },
    });
    assert.deepEqual(access.unknownGroups(memory.reader), [
      { whose: 'test', group: 'gone' },
      { whose: 'access.users', group: 'nobody' },
    ]);
  });
});

describe('Rights of users and of anonymous', () => {
  const memory = memoryDirectory(sampleEntries);
  const idOf = (uid: string): number => memory.reader.findDn(keyOf(`uid=${uid},${sampleUsers}`)) ?? 0;
  const userOf = (uid: string, number: number): BoundIdentity => {
    const dn = `uid=${uid},${sampleUsers}`;
    return { kind: 'user', dn, entryId: idOf(uid), objectId: sampleUuid(number) };
  };
  const alice = userOf('alice', 10_001);
  const over = (rights: SampleRights = {}): Directory => directoryOver(memory, {}, undefined, sampleAccess(rights));

  it('show a user the own entry and the own groups, with nobody else in them (PAIN-23)', async () => {
    assert.deepEqual(await searchNames(over(), { who: alice }), [
      ...tree.slice(0, 1),
      'groups',
      'admins',
      'staff',
      'services',
      'users',
      'alice',
    ]);
    const [staff] = await searchAll(over(), { who: alice, filter: '(cn=staff)', attributes: ['member', 'memberUid'] });
    assert.deepEqual(staff?.attributes, { member: [alice.kind === 'user' ? alice.dn : ''], memberUid: ['alice'] });
    const compared = over().compare(
      `cn=staff,${sampleGroups}`,
      'member',
      Buffer.from(`uid=alice,${sampleUsers}`),
      alice,
    );
    assert.equal(compared.code, ResultCode.compareTrue);
  });

  it('show a user more when the configuration grants it', async () => {
    const directory = over({ users: { groups: [named('empty')], users: [named('admins')] } });
    const bob = userOf('bob', 10_002);
    assert.deepEqual(await searchNames(directory, { who: bob, baseDn: sampleUsers, scope: 'one' }), ['alice', 'bob']);
    assert.deepEqual(await searchNames(directory, { who: bob, baseDn: sampleGroups, scope: 'one' }), [
      'empty',
      'staff',
    ]);
  });

  it('end for a user who was locked, has gone, or whose entry is another’s by now (P7)', () => {
    const locked = memoryDirectory(
      sampleEntries.map((entry) =>
        entry.dn === `uid=alice,${sampleUsers}`
          ? { ...entry, attributes: [...entry.attributes, ['nsAccountLock', ['TRUE']] as const] }
          : entry,
      ),
    );
    const refused = [
      [locked, alice],
      [memory, { ...alice, objectId: sampleUuid(10_002) }],
      [memory, { ...alice, entryId: 4_000_000 }],
    ] as const;
    for (const [source, who] of refused) {
      const directory = directoryOver(source);
      assert.equal(refusalOf(directory, { who }).code, ResultCode.insufficientAccessRights);
      assert.equal(
        directory.compare(sampleBase, 'dc', Buffer.from('example'), who).code,
        ResultCode.insufficientAccessRights,
      );
    }
  });

  it('show anonymous nothing, or what the configuration grants', async () => {
    assert.equal(refusalOf(over(), { who: anonymous }).code, ResultCode.insufficientAccessRights);
    const directory = over({ anonymous: { users: 'all', attributes: ['cn', 'mail'] } });
    const [bob] = await searchAll(directory, { who: anonymous, filter: '(mail=bob@example.com)', attributes: ['*'] });
    assert.deepEqual(Object.keys(bob?.attributes ?? {}).toSorted(), ['cn', 'mail', 'objectClass']);
  });
});

describe('A directory with many entries, narrowed', () => {
  const count = 700;
  const dnOf = (index: number): string => `uid=u${index},${sampleUsers}`;
  const people: readonly MemoryEntry[] = Array.from({ length: count }, (_, index) => ({
    dn: dnOf(index),
    attributes: [
      ['objectClass', ['top', 'person', 'inetOrgPerson', 'posixAccount']],
      ['uid', [`u${index}`]],
      ['cn', [`Person ${index}`]],
      ['sn', ['Person']],
      ['gidNumber', ['5']],
    ],
    links: [['memberOf', 'memberOf']],
  }));
  const groupOf = (cn: string, members: readonly number[]): MemoryEntry => ({
    dn: `cn=${cn},${sampleGroups}`,
    attributes: [
      ['objectClass', ['top', 'groupOfMembers']],
      ['cn', [cn]],
    ],
    links: [
      ['member', 'member'],
      ['memberUid', 'memberUid'],
    ],
    members: members.map(dnOf),
  });
  const all = Array.from({ length: count }, (_, index) => index);
  const even = all.filter((index) => index % 2 === 0);
  const third = all.filter((index) => index % 3 === 0);
  const memory = memoryDirectory([
    ...sampleEntries.filter(({ dn }) => /^(?:dc|ou)=/.test(dn)),
    ...people,
    groupOf('all', all),
    groupOf('even', even),
    groupOf('third', third),
  ]);
  const rights: Partial<Rights> = { users: [named('even'), named('third')], groups: [named('all')] };
  const access: Access = sampleAccess({ services: { test: rights } });
  const wanted = all.filter((index) => index % 2 === 0 || index % 3 === 0).map((index) => `u${index}`);

  function readable(): DirectoryReader {
    const reader = access.readable(memory.reader, service, 'search');
    assert.ok(reader !== undefined);
    return reader;
  }

  it('finds by scan, by index and by prefix the same as entry by entry', async () => {
    const directory = directoryOver(memory, { examinedPerReadMax: 100, scanBatch: 16 }, undefined, access);
    const found = async (filter: string): Promise<readonly string[]> => await searchNames(directory, { filter });
    const inOrder = (names: readonly string[]): readonly string[] => names.toSorted();
    for (const filter of ['(sn=Person)', '(gidNumber=5)', '(uid=u*)', '(&(objectClass=person)(cn=*))', '(!(cn=x))']) {
      const names = (await found(filter)).filter((name) => /^u\d/.test(name));
      assert.deepEqual(inOrder(names), inOrder(wanted), filter);
    }
  });

  it('counts, and lists members, as entry by entry', async () => {
    const directory = directoryOver(memory, {}, undefined, access);
    const [users] = await searchAll(directory, { baseDn: sampleUsers, scope: 'base', attributes: ['numSubordinates'] });
    assert.deepEqual(users?.attributes['numSubordinates'], [String(wanted.length)]);
    const [group] = await searchAll(directory, { filter: '(cn=all)', attributes: ['memberUid'] });
    assert.deepEqual(group?.attributes['memberUid']?.toSorted(), wanted.toSorted());
    const key = indexKey(standardSchema, 'gidNumber', '5');
    const postings = readable().postings('gidnumber', key ?? Buffer.alloc(0));
    assert.equal(postings?.size, wanted.length);
    const hidden = memory.reader.findDn(keyOf(dnOf(1))) ?? 0;
    assert.equal(postings.has(hidden), false);
    assert.equal(memory.reader.postings('gidnumber', key ?? Buffer.alloc(0))?.has(hidden), true);
  });

  it('gives no hidden entry to a lookup by prefix', async () => {
    const found = await readable().postingsByPrefix('uid', Buffer.from('u1'), 1000);
    const names = wanted.filter((name) => name.startsWith('u1'));
    assert.equal(found?.length, names.length);
  });

  it('is looked at anew in each publication, so that who leaves a group is gone with the next (issue of stale rights)', async () => {
    let current = memory;
    const directory = directoryOver(
      { acquire: () => current.acquire(), onPublished: memory.onPublished.bind(memory) },
      {},
      undefined,
      access,
    );
    assert.deepEqual(await searchNames(directory, { filter: '(uid=u3)' }), ['u3']);
    current = memoryDirectory([
      ...sampleEntries.filter(({ dn }) => /^(?:dc|ou)=/.test(dn)),
      ...people,
      groupOf('even', even),
      groupOf('third', []),
    ]);
    assert.deepEqual(await searchNames(directory, { filter: '(uid=u3)' }), []);
    assert.deepEqual(await searchNames(directory, { filter: '(uid=u4)' }), ['u4']);
  });
});
