import assert from 'node:assert/strict';
import type { Directory } from '../../../src/directory/directory-port.ts';
import { entryAttribute } from '../../../src/directory/entry-codec.ts';
import { anonymous, type BoundIdentity } from '../../../src/directory/identity.ts';
import type { DirectoryReader } from '../../../src/directory/reader.ts';
import { ResultCode } from '../../../src/directory/result.ts';
import type { Rights } from '../../../src/directory/rights.ts';
import { standardSchema } from '../../../src/directory/schema.ts';
import { type CurrentNtHash, sambaAdditions } from '../../../src/projection/samba.ts';
import { accountSid } from '../../../src/projection/samba-sid.ts';
import {
  decodeEntry,
  directoryOver,
  refusalOf,
  requestOf,
  searchAll,
  type SeenEntry,
} from '../../support/directory-client.ts';
import { memoryDirectory, type MemoryEntry } from '../../support/memory-directory.ts';
import { sampleAccess } from '../../support/sample-access.ts';
import { sampleBase, sampleEntries, sampleGroups, sampleUsers } from '../../support/sample-directory.ts';

const domainSid = 'S-1-5-21-1004336348-1177238915-682003330';
const provenAtMs = 1_764_000_000_123;
const hash = 'A4F49C406510BDCAB6824EE7C30FD852';

const account = (name: string): BoundIdentity => ({
  kind: 'service',
  dn: `cn=${name},ou=services,${sampleBase}`,
  name,
});
const nas = account('nas');
const others: readonly BoundIdentity[] = [account('gitlab'), anonymous];

/** Dave is locked, which the sample does not say by itself. */
const entries: readonly MemoryEntry[] = sampleEntries.map((entry) =>
  entry.dn.startsWith('uid=dave,')
    ? { ...entry, attributes: [...entry.attributes, ['nsAccountLock', ['TRUE']]] }
    : entry,
);

const kept: ReadonlyMap<string, CurrentNtHash> = new Map([
  ['alice', { hash, provenAtMs }],
  ['dave', { hash: hash.toLowerCase().replace('a', 'b'), provenAtMs }],
]);

const additions = sambaAdditions({ baseDn: sampleBase, domainSid, domains: ['FILESERVER', 'NAS 2, really'] }, (entry) =>
  kept.get(entryAttribute(entry, 'uid')[0]?.toString() ?? ''),
);

const textOf = ({ attributes }: MemoryEntry, name: string): string | undefined => {
  const value = attributes.find(([each]) => each === name)?.[1][0];
  return value === undefined ? undefined : String(value);
};

/** What a directory would have to store that had all of it. */
function stored(entry: MemoryEntry): MemoryEntry {
  const [uidNumber, gidNumber] = ['uidNumber', 'gidNumber'].map((name) => textOf(entry, name));
  if (gidNumber === undefined) return entry;
  const isLocked = textOf(entry, 'nsAccountLock') === 'TRUE';
  const known = isLocked ? undefined : kept.get(textOf(entry, 'uid') ?? '');
  const group = accountSid(domainSid, 'group', Number(gidNumber)) ?? '';
  const [added, more]: [string, MemoryEntry['attributes']] =
    uidNumber === undefined
      ? [
          'sambaGroupMapping',
          [
            ['sambaSID', [group]],
            ['sambaGroupType', ['2']],
          ],
        ]
      : [
          'sambaSamAccount',
          [
            ['sambaSID', [accountSid(domainSid, 'user', Number(uidNumber)) ?? '']],
            ['sambaPrimaryGroupSID', [group]],
            ['sambaAcctFlags', [isLocked ? '[UDX        ]' : '[UX         ]']],
            ['sambaNTPassword', known === undefined ? [] : [known.hash]],
            ['sambaPwdLastSet', known === undefined ? [] : ['1764000000']],
          ],
        ];
  const attributes = entry.attributes.map(([name, values]) =>
    name === 'objectClass' ? ([name, [...values, added]] as const) : ([name, values] as const),
  );
  return { ...entry, attributes: [...attributes, ...more] };
}

const domains: readonly MemoryEntry[] = additions.entries.map(({ bytes }) => {
  const attribute = (name: string): readonly [string, readonly string[]] => [
    name,
    entryAttribute(bytes, name).map((value) => value.toString()),
  ];
  const names = standardSchema.attributes.filter(({ key }) => entryAttribute(bytes, key).length > 0);
  const [name = ''] = attribute('sambaDomainName')[1];
  return {
    dn: `sambaDomainName=${name.replace(',', '\\,')},${sampleBase}`,
    attributes: names.map((type) => attribute(type.name)),
    links: [],
  };
});

const alice = accountSid(domainSid, 'user', 10_001) ?? '';
const staff = accountSid(domainSid, 'group', 20_001) ?? '';

/** What Samba and RADIUS servers ask for, and what somebody might who is after the hashes. */
const filters: readonly string[] = [
  '(objectClass=*)',
  '(objectClass=sambaSamAccount)',
  '(objectClass=sambaGroupMapping)',
  '(objectClass=sambaDomain)',
  '(!(objectClass=sambaSamAccount))',
  '(&(uid=alice)(objectClass=sambaSamAccount))',
  '(&(objectClass=sambaDomain)(sambaDomainName=fileserver))',
  '(sambaDomainName=*)',
  `(sambaSID=${alice})`,
  `(&(objectClass=sambaSamAccount)(sambaSID=${alice.toLowerCase()}))`,
  `(sambaSID=${staff})`,
  `(&(objectClass=sambaGroupMapping)(sambaSID=${staff}))`,
  `(sambaSID=${domainSid})`,
  `(sambaSID=${domainSid}-*)`,
  '(sambaSID=S-1-5-21-1-2-3-1000)',
  `(!(sambaSID=${alice}))`,
  `(|(sambaSID=${alice})(uid=bob))`,
  `(|(sambaSID=${alice})(sambaSID=${staff})(sambaSID=${domainSid}))`,
  `(sambaPrimaryGroupSID=${accountSid(domainSid, 'group', 10_000) ?? ''})`,
  '(sambaNTPassword=*)',
  '(!(sambaNTPassword=*))',
  `(sambaNTPassword=${hash.toLowerCase()})`,
  `(sambaNTPassword=${hash.slice(0, 4)}*)`,
  `(:caseIgnoreIA5Match:=${hash})`,
  '(sambaAcctFlags=*)',
  '(sambaAcctFlags=[UDX        ])',
  '(sambaPwdLastSet=1764000000)',
  '(sambaGroupType=2)',
  '(sambaMaxPwdAge=-1)',
  '(sambaMinPwdLength=0)',
  '(1.3.6.1.4.1.7165.2.1.25=*)',
];

const byDn = (seen: readonly SeenEntry[]): readonly SeenEntry[] =>
  seen.toSorted((a, b) => (a.dn.toLowerCase() < b.dn.toLowerCase() ? -1 : 1));

function serving(rights?: Partial<Rights>, shown = additions): Directory {
  const access = sampleAccess(rights === undefined ? {} : { services: { nas: rights } });
  const grant = (who: BoundIdentity) => (who.kind === 'service' && who.name === 'nas' ? shown : undefined);
  return directoryOver(memoryDirectory(entries), {}, standardSchema, access, undefined, grant);
}

/** The same directory as another publication. */
function publishedAs(reader: DirectoryReader, publication: number): DirectoryReader {
  return new Proxy(reader, {
    get(target, key) {
      if (key === 'publication') return publication;
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? (...args: unknown[]): unknown => Reflect.apply(value, target, args) : value;
    },
  });
}

describe('what Samba is shown', () => {
  const attributes = ['*', '+'];

  it('answers every search as if it were stored', async () => {
    const reference = directoryOver(memoryDirectory([...entries.map(stored), ...domains]));
    for (const filter of filters) {
      for (const scope of ['subtree', 'one', 'subordinate', 'base'] as const) {
        const search = { filter, scope, attributes, who: nas };
        assert.deepEqual(
          byDn(await searchAll(serving(), search)),
          byDn(await searchAll(reference, { ...search, who: account('any') })),
          `${scope} ${filter}`,
        );
      }
    }
  });

  it('is not there for anybody else, who cannot tell by search, order, count or comparison that there is such a thing', async () => {
    const without = directoryOver(memoryDirectory(entries));
    for (const who of others) {
      for (const filter of filters) {
        const search = { filter, attributes: [...attributes, 'sambaNTPassword', 'sambaSID', 'numSubordinates'], who };
        const [one, other] = [serving(), without].map((directory) =>
          who.kind === 'anonymous' ? refusalOf(directory, search) : searchAll(directory, search),
        );
        assert.deepEqual(await one, await other, filter);
      }
      const dn = `uid=alice,${sampleUsers}`;
      for (const name of ['sambaNTPassword', 'sambaSID']) {
        const compare = (directory: Directory): number =>
          directory.compare(dn, name, Buffer.from(name === 'sambaSID' ? alice : hash), who).code;
        assert.equal(compare(serving()), compare(without));
        assert.notEqual(compare(serving()), ResultCode.compareTrue);
      }
    }
  });

  it('is compared with for whom it is granted', () => {
    const compare = (dn: string, value: string): number =>
      serving().compare(dn, 'sambaNTPassword', Buffer.from(value), nas).code;
    assert.equal(compare(`uid=alice,${sampleUsers}`, hash), ResultCode.compareTrue);
    assert.equal(compare(`uid=alice,${sampleUsers}`, hash.replace('A', 'B')), ResultCode.compareFalse);
    assert.equal(compare(`uid=bob,${sampleUsers}`, hash), ResultCode.noSuchAttribute);
    assert.equal(compare(`uid=dave,${sampleUsers}`, hash.toLowerCase().replace('a', 'b')), ResultCode.noSuchAttribute);
  });

  it('is not replicated, not even to whom it is granted (RFC 4533)', async () => {
    const outcome = serving().content(requestOf({ attributes }), nas);
    assert.ok(outcome.kind === 'content');
    using cursor = outcome.content.everything(undefined);
    const text: string[] = [];
    for (;;) {
      const batch = await cursor.read(100);
      for (const { entry } of batch.entries) text.push(Buffer.concat(entry.attributes).toString('latin1'));
      if (batch.done) break;
    }
    assert.match(text.join(), /alice/);
    assert.doesNotMatch(text.join(), /samba/i);
  });

  it('keeps within what the account may read: its users, its groups and its attributes', async () => {
    const narrow = serving({ users: [{ name: 'admins', dn: `cn=admins,${sampleGroups}` }], groups: 'none' });
    const seen = await searchAll(narrow, { filter: '(sambaSID=*)', attributes: ['sambaNTPassword'], who: nas });
    const users = await searchAll(narrow, { filter: '(uid=*)', who: nas });
    assert.deepEqual(
      byDn(seen.filter(({ dn }) => !dn.startsWith('sambaDomainName'))).map(({ dn }) => dn),
      byDn(users).map(({ dn }) => dn),
    );
    const rights = { users: 'all', groups: 'all', attributes: ['uid', 'sambaSID'] } as const;
    const listed = await searchAll(serving(rights), { filter: '(uid=alice)', attributes: ['*'], who: nas });
    assert.deepEqual(Object.keys(listed[0]?.attributes ?? {}).toSorted(), ['objectClass', 'sambaSID', 'uid']);
    assert.deepEqual(await searchAll(serving(rights), { filter: '(sambaNTPassword=*)', who: nas }), []);
    assert.deepEqual(await searchAll(serving(rights), { filter: '(!(sambaNTPassword=*))', who: nas }), []);
  });

  it('shows no hash by what an earlier publication says, which further pages of a search come from (P7)', async () => {
    const { reader } = memoryDirectory(entries);
    for (const [publication, expected] of [
      [reader.publication, [hash]],
      [reader.publication - 1, undefined],
    ] as const) {
      const earlier = publishedAs(reader, publication);
      const from = { reader: earlier, [Symbol.dispose]() {} };
      const request = { ...requestOf({ filter: '(uid=alice)', attributes: ['sambaNTPassword', 'sambaSID'] }), from };
      const outcome = serving().search(request, nas);
      assert.ok(outcome.kind === 'cursor');
      using cursor = outcome.cursor;
      const [entry] = (await cursor.read(10)).entries;
      const { attributes: shown } = decodeEntry(entry ?? assert.fail('nobody was found'));
      assert.deepEqual([shown['sambaNTPassword'], shown['sambaSID']], [expected, [alice]]);
    }
  });

  it('shows the hash as it is when the entry is read, not as it was when the directory was published', async () => {
    let current: CurrentNtHash | undefined;
    const settings = { baseDn: sampleBase, domainSid, domains: [] };
    const directory = serving(
      undefined,
      sambaAdditions(settings, () => current),
    );
    const search = { filter: '(uid=alice)', attributes: ['sambaNTPassword'], who: nas };
    const values = async () => (await searchAll(directory, search))[0]?.attributes['sambaNTPassword'];
    assert.equal(await values(), undefined);
    current = { hash, provenAtMs };
    assert.deepEqual(await values(), [hash]);
    assert.deepEqual(await searchAll(directory, { filter: '(objectClass=sambaDomain)', who: nas }), []);
  });
});
