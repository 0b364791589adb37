import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import type { Directory } from '../../../src/directory/directory-port.ts';
import { encodeEntry } from '../../../src/directory/entry-codec.ts';
import {
  conceal,
  type Concealment,
  plainPresentation,
  type Presentation,
} from '../../../src/directory/presentation.ts';
import { withoutHidden } from '../../../src/directory/presented-entry.ts';
import { ResultCode } from '../../../src/directory/result.ts';
import { standardSchema } from '../../../src/directory/schema.ts';
import { directoryOver, requestOf, searchAll, searchNames, service } from '../../support/directory-client.ts';
import { type MemoryEntry, memoryDirectory } from '../../support/memory-directory.ts';
import { sampleBase, sampleEntries, sampleGroups, sampleUsers } from '../../support/sample-directory.ts';

const source = memoryDirectory(sampleEntries);

function hiding(how: 'absent' | 'unreadable', names: readonly string[], classes: readonly string[] = []): Presentation {
  const keys = new Set(names.map((name) => name.toLowerCase()));
  const attributes: Concealment['attributes'] = ({ key }) => (keys.has(key) ? how : undefined);
  return conceal(plainPresentation, standardSchema, { attributes, classes });
}

function directoryAs(presentation: Presentation): Directory {
  return directoryOver(source, {}, standardSchema, undefined, presentation);
}

/** An entry that never had some attributes and classes. */
function without(entry: MemoryEntry, names: readonly string[], classes: readonly string[]): MemoryEntry {
  return {
    ...entry,
    attributes: entry.attributes
      .filter(([name]) => !names.includes(name))
      .map(([name, values]) => {
        const shown = name === 'objectClass' ? values.filter((value) => !classes.includes(String(value))) : values;
        return [name, shown] as const;
      }),
    links: entry.links.filter(([name]) => !names.includes(name)),
  };
}

/** The same entries, stored without some attributes and classes. */
function storedWithout(names: readonly string[], classes: readonly string[]): Directory {
  return directoryOver(memoryDirectory(sampleEntries.map((entry) => without(entry, names, classes))));
}

const hidden = [
  'accountEnabled',
  'structuralObjectClass',
  'objectGUID',
  'telephoneNumber',
  'uniqueMember',
  'entryCSN',
  'userAccountControl',
];
const hiddenClasses = ['ldapPublicKey', 'posixGroup'];

describe('Entries without what is hidden', () => {
  const { hidden: parts } = hiding('absent', hidden, hiddenClasses);
  assert.ok(parts !== undefined);

  it('are the same bytes as if they had never had it', () => {
    for (const entry of sampleEntries) {
      const left = without(entry, hidden, hiddenClasses);
      const cut = withoutHidden(encodeEntry(standardSchema, entry), parts);
      assert.ok(cut.equals(encodeEntry(standardSchema, left)), entry.dn);
    }
  });

  it('are so whatever is hidden of whatever entry', () => {
    const names = [
      ...new Set(sampleEntries.flatMap(({ attributes, links }) => [...attributes, ...links].map(([name]) => name))),
    ];
    const classes = [
      ...new Set(
        sampleEntries.flatMap(({ attributes }) => attributes.find(([name]) => name === 'objectClass')?.[1] ?? []),
      ),
    ];
    const some = fc.tuple(
      fc.constantFrom(...sampleEntries),
      fc.subarray(names),
      fc.subarray(classes.map(String).filter((name) => name !== 'top')),
    );
    const property = fc.property(some, ([entry, hiddenNames, ofClasses]) => {
      const left = without(entry, hiddenNames, ofClasses);
      const { hidden: chosen } = hiding('absent', hiddenNames, ofClasses);
      const bytes = encodeEntry(standardSchema, entry);
      const cut = chosen === undefined ? bytes : withoutHidden(bytes, chosen);
      return cut.equals(encodeEntry(standardSchema, left));
    });
    fc.assert(property, { seed: 20_261_121, numRuns: 500 });
  });

  it('are not copied when there is nothing to hide in them', () => {
    const bytes = encodeEntry(standardSchema, { dn: 'dc=x', attributes: [['objectClass', ['top']]], links: [] });
    assert.equal(withoutHidden(bytes, parts), bytes);
  });
});

describe('A directory as it appears to an identity', () => {
  const filters = [
    '(objectClass=*)',
    '(objectGUID=*)',
    '(!(objectGUID=*))',
    '(telephoneNumber=+1 555-10001)',
    '(!(telephoneNumber=+1 555-10001))',
    '(telephoneNumber=+1*)',
    '(!(telephoneNumber=+1*))',
    '(!(telephoneNumber=))',
    '(userAccountControl>=1)',
    '(!(userAccountControl>=1))',
    '(!(userAccountControl>=x))',
    '(userAccountControl:1.2.840.113556.1.4.803:=2)',
    '(!(userAccountControl:1.2.840.113556.1.4.803:=2))',
    `(uniqueMember=uid=alice,${sampleUsers})`,
    `(:distinguishedNameMatch:=uid=alice,${sampleUsers})`,
    `(!(:distinguishedNameMatch:=uid=alice,${sampleUsers}))`,
    '(|(telephoneNumber=+155510001)(uid=bob))',
    '(&(!(telephoneNumber=+155510001))(uid=*))',
    '(objectClass=ldapPublicKey)',
    '(!(objectClass=ldapPublicKey))',
    '(objectClass=posixGroup)',
    '(objectClass:2.5.13.0:=posixGroup)',
    '(!(objectClass=posixGroup))',
    '(objectClass=posixAccount)',
    `(member:1.2.840.113556.1.4.1941:=uid=alice,${sampleUsers})`,
  ];

  it('is one whose entries never had what is absent: in every filter, every selection and every comparison', async () => {
    const presented = directoryAs(hiding('absent', hidden, hiddenClasses));
    const stored = storedWithout(hidden, hiddenClasses);
    for (const filter of filters) {
      const search = { filter, attributes: ['*', '+'] };
      assert.deepEqual(await searchAll(presented, search), await searchAll(stored, search), filter);
    }
    for (const attributes of [
      ['telephoneNumber', 'cn'],
      ['@entraUser', '@posixGroup'],
      ['uniqueMember;range=0-1', 'member'],
      ['+'],
    ]) {
      for (const typesOnly of [false, true]) {
        const search = { attributes, typesOnly };
        assert.deepEqual(await searchAll(presented, search), await searchAll(stored, search), attributes.join());
      }
    }
    for (const [attribute, value] of [
      ['telephoneNumber', '+1 555-10001'],
      ['userAccountControl', '512'],
      ['objectClass', 'ldapPublicKey'],
      ['objectClass', 'person'],
    ] as const) {
      const compare = (directory: Directory) =>
        directory.compare(`uid=alice,${sampleUsers}`, attribute, Buffer.from(value), service);
      assert.deepEqual(compare(presented), compare(stored), attribute);
    }
  });

  it('tells nothing about what cannot be read: an item on it is Undefined, also under NOT (RFC 4511 §4.5.1.7)', async () => {
    const directory = directoryAs(hiding('unreadable', ['telephoneNumber', 'entryUUID', 'memberOf']));
    for (const item of [
      '(telephoneNumber=*)',
      '(telephoneNumber=+1 555-10001)',
      '(telephoneNumber~=+1 555-10001)',
      '(telephoneNumber=+1*)',
      '(telephoneNumber:telephoneNumberMatch:=+155510001)',
      '(telephoneNumber>=1)',
      `(memberOf=cn=staff,${sampleGroups})`,
      `(memberOf:1.2.840.113556.1.4.1941:=cn=staff,${sampleGroups})`,
      '(entryUUID>=00000000-0000-0000-0000-000000000000)',
    ]) {
      for (const filter of [item, `(!${item})`, `(&(uid=alice)${item})`, `(|(uid=nobody)(!${item}))`]) {
        assert.deepEqual(await searchNames(directory, { filter }), [], filter);
      }
      assert.deepEqual(await searchNames(directory, { filter: `(|(uid=alice)${item})` }), ['alice'], item);
    }
    // Of all attributes that a rule applies to, one that cannot be read leaves the answer open.
    assert.deepEqual(await searchNames(directory, { filter: '(!(:telephoneNumberMatch:=+1))' }), []);
  });

  it('does not compare, sort by or dereference what is hidden', async () => {
    for (const how of ['absent', 'unreadable'] as const) {
      const directory = directoryAs(hiding(how, ['telephoneNumber', 'manager', 'member']));
      const phone = Buffer.from('+1 555-10001');
      const compared = directory.compare(`uid=alice,${sampleUsers}`, 'telephoneNumber', phone, service);
      assert.equal(compared.code, ResultCode.noSuchAttribute);
      const key = { attribute: 'telephoneNumber', rule: 'caseIgnoreOrderingMatch', reverse: true, understood: true };
      const filter = '(objectClass=posixAccount)';
      const sort = { keys: [key], after: undefined };
      const outcome = directory.search({ ...requestOf({ filter }), sort }, service);
      const specs = [
        { attribute: 'manager', attributes: ['cn'] },
        { attribute: 'member', attributes: ['cn'] },
      ];
      const followed = directory.search({ ...requestOf({}), dereference: { specs, critical: true } }, service);
      assert.ok(outcome.kind === 'cursor' && followed.kind === 'cursor');
      const names: string[] = [];
      for (let done = false; !done; ) {
        const batch = await outcome.cursor.read(100);
        names.push(...batch.entries.map(({ objectName }) => /uid=(\w+)/.exec(objectName.toString())?.[1] ?? ''));
        done = batch.done;
      }
      // All entries tie, so that they keep the order in which they lie.
      assert.deepEqual(names, ['alice', 'bob', 'carol', 'dave', 'zoe']);
      for (let done = false; !done; ) {
        const batch = await followed.cursor.read(100);
        assert.ok(batch.entries.every(({ dereferenced }) => dereferenced === undefined));
        done = batch.done;
      }
    }
  });

  it('keeps attributes that only say where an entry is, whatever is hidden', async () => {
    const presentation = conceal(plainPresentation, standardSchema, { attributes: () => 'unreadable' });
    const [entry] = await searchAll(directoryAs(presentation), {
      baseDn: sampleGroups,
      scope: 'base',
      attributes: ['*', '+'],
    });
    assert.deepEqual(entry, {
      dn: sampleGroups,
      attributes: {
        entryDN: [sampleGroups],
        distinguishedName: [sampleGroups],
        subschemaSubentry: ['cn=Subschema'],
        hasSubordinates: ['TRUE'],
        numSubordinates: ['4'],
      },
    });
  });

  it('shows the root DSE and the subschema whole, whatever is hidden (RFC 4512 §5.1)', async () => {
    const presentation = conceal(plainPresentation, standardSchema, { attributes: () => 'unreadable' });
    for (const baseDn of ['', 'cn=Subschema']) {
      const search = { baseDn, scope: 'base', attributes: ['*', '+'] } as const;
      assert.deepEqual(
        await searchAll(directoryAs(presentation), search),
        await searchAll(directoryOver(source), search),
      );
    }
  });
});

describe('conceal', () => {
  it('adds to what is hidden already, and unreadable prevails over absent', () => {
    const first = hiding('absent', ['cn', 'sn'], ['Person']);
    const both = conceal(first, standardSchema, {
      attributes: ({ key }) => (key === 'cn' ? 'unreadable' : key === 'mail' ? 'absent' : undefined),
      classes: ['top'],
    });
    const again = conceal(both, standardSchema, { attributes: ({ key }) => (key === 'cn' ? 'absent' : undefined) });
    const how = (presentation: Presentation, name: string): string | undefined =>
      presentation.hidden?.attributes.get(standardSchema.attribute(name)?.hash ?? 0);
    for (const presentation of [both, again]) {
      assert.deepEqual(
        ['cn', 'sn', 'mail', 'uid'].map((name) => how(presentation, name)),
        ['unreadable', 'absent', 'absent', undefined],
      );
      assert.deepEqual([...(presentation.hidden?.classes ?? [])], ['person', 'top']);
    }
    assert.equal(how(first, 'cn'), 'absent');
  });

  it('leaves a presentation alone when nothing is to be hidden', () => {
    assert.equal(conceal(plainPresentation, standardSchema, { attributes: () => undefined }), plainPresentation);
  });
});

describe('Operational attributes that count as user attributes', () => {
  const directory = directoryAs({ ...plainPresentation, userAttributes: new Set(['memberof', 'distinguishedname']) });
  const alice = { baseDn: `uid=alice,${sampleUsers}`, scope: 'base' } as const;
  const groups = [`cn=admins,${sampleGroups}`, `cn=staff,${sampleGroups}`];

  it('are returned with all user attributes and not with the operational ones (RFC 4511 §4.5.1.8, RFC 3673)', async () => {
    for (const attributes of [[], ['*'], ['*', '+'], ['memberOf', 'distinguishedName'], ['*', 'memberOf']]) {
      const [entry] = await searchAll(directory, { ...alice, attributes });
      assert.deepEqual([...(entry?.attributes['memberOf'] ?? [])].sort(), groups, attributes.join());
      assert.deepEqual(entry?.attributes['distinguishedName'], [alice.baseDn], attributes.join());
    }
    for (const attributes of [['+'], ['cn'], ['1.1']]) {
      const [entry] = await searchAll(directory, { ...alice, attributes });
      assert.equal('memberOf' in (entry?.attributes ?? {}), false, attributes.join());
      assert.equal('distinguishedName' in (entry?.attributes ?? {}), false, attributes.join());
    }
    const [plain] = await searchAll(directoryOver(source), { ...alice, attributes: ['*'] });
    assert.equal('memberOf' in (plain?.attributes ?? {}), false);
  });

  it('are published as user attributes, and top allows them (RFC 4512 §4.1.2)', async () => {
    const read = async (from: Directory): Promise<readonly string[]> => {
      const [entry] = await searchAll(from, {
        baseDn: 'cn=Subschema',
        scope: 'base',
        attributes: ['attributeTypes', 'objectClasses'],
      });
      return [...(entry?.attributes['attributeTypes'] ?? []), ...(entry?.attributes['objectClasses'] ?? [])];
    };
    const find = (lines: readonly string[], name: string): string | undefined =>
      lines.find((line) => line.includes(`NAME '${name}' `));
    const presented = await read(directory);
    assert.equal(
      find(presented, 'memberOf'),
      "( 1.2.840.113556.1.2.102 NAME 'memberOf' EQUALITY distinguishedNameMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.12 )",
    );
    assert.equal(
      find(presented, 'top'),
      "( 2.5.6.0 NAME 'top' ABSTRACT MUST objectClass MAY ( memberOf $ distinguishedName ) )",
    );
    assert.match(find(presented, 'entryDN') ?? '', /USAGE directoryOperation/);
    const plain = await read(directoryOver(source));
    assert.match(find(plain, 'memberOf') ?? '', /NO-USER-MODIFICATION USAGE directoryOperation/);
    assert.equal(find(plain, 'top'), "( 2.5.6.0 NAME 'top' ABSTRACT MUST objectClass )");
    assert.equal((await searchAll(directory, { baseDn: sampleBase, scope: 'base' })).length, 1);
  });
});
