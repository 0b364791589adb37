import assert from 'node:assert/strict';
import { activeDirectorySample, aliceId } from '../../support/active-directory-sample.ts';
import * as fc from 'fast-check';

import { createUserLookup } from '../../../src/auth/user-lookup.ts';
import { indexKey } from '../../../src/directory/index-key.ts';
import { DirectoryStorageError } from '../../../src/directory/reader.ts';
import type { DirectoryReader } from '../../../src/directory/reader.ts';
import { standardSchema } from '../../../src/directory/schema.ts';
import { memoryDirectory } from '../../support/memory-directory.ts';
import { base, objectId, people, person, userDn } from './people.ts';

const directory = memoryDirectory(people);
const lookup = createUserLookup(directory, standardSchema);

function found(name: string): string {
  const outcome = lookup.find(name);
  return outcome.kind === 'user' ? outcome.user.objectId : outcome.kind;
}

describe('the lookup of a bind name', () => {
  const alice: readonly [form: string, name: string][] = [
    ['a DN', userDn('alice')],
    ['a DN in other letter case and spacing', 'UID=Alice, OU=Users , DC=Example,DC=com'],
    ['a user principal name', 'alice@contoso.com'],
    ['a user principal name in other letter case', 'ALICE@Contoso.COM'],
    ['a mail address', 'alice.jones@CONTOSO.com'],
    ['a uid', 'alice'],
    ['a uid in other letter case', 'AliCe'],
    ['DOMAIN\\uid', 'CONTOSO\\Alice'],
  ];
  for (const [form, name] of alice) {
    it(`finds a user by ${form} (PAIN-10)`, () => assert.equal(found(name), objectId(1)));
  }

  it('tells all that a bind needs to know', () => {
    const outcome = lookup.find('dave');
    assert.ok(outcome.kind === 'user');
    const { entryId, ...rest } = outcome.user;
    assert.equal(directory.reader.findDn(userDn('dave')), entryId);
    assert.deepEqual(rest, {
      objectId: objectId(5),
      dn: userDn('dave'),
      userPrincipalName: 'dave_x.com#EXT#@contoso.com',
      locked: false,
      guest: true,
      isLocal: false,
      credentialVersion: '/',
      version: '20260101000000.000000Z#000001#000#000000',
    });
    const carol = lookup.find('carol');
    assert.equal(carol.kind === 'user' && carol.user.locked, true);
  });

  it('keeps two people with the same short name apart (P5, PAIN-07)', () => {
    assert.equal(found('alice@fabrikam.com'), objectId(2));
    assert.equal(found('alice@contoso.com'), objectId(1));
    assert.equal(found('alice'), objectId(1));
  });

  it('finds a user once whose uid is the user principal name', () => {
    assert.equal(found('ALICE@FABRIKAM.COM'), objectId(2));
  });

  it('does not choose between people who share an address', () => {
    assert.equal(found('shared@contoso.com'), 'ambiguous');
  });

  it('does not take more candidates than are needed to know that there are too many (P8)', () => {
    const crowd = Array.from({ length: 17 }, (_, n) => person(n, `u${n}@contoso.com`, { mail: 'info@contoso.com' }));
    const crowded = memoryDirectory([...people.slice(0, 2), ...crowd]);
    assert.equal(createUserLookup(crowded, standardSchema).find('info@contoso.com').kind, 'ambiguous');
    assert.equal(crowded.entriesRead, 0);
  });

  it('tells long names apart whose index keys are cut', () => {
    assert.equal(found(`${'l'.repeat(150)}1@contoso.com`), objectId(6));
    assert.equal(found(`${'l'.repeat(150)}2@contoso.com`), objectId(7));
    assert.equal(found(`${'l'.repeat(150)}3@contoso.com`), 'none');
  });

  it('does not believe an index key, which two names may share, but the entry (P7)', () => {
    const { reader } = directory;
    const aliceKey = indexKey(standardSchema, 'uid', 'alice');
    assert.ok(aliceKey !== undefined);
    const colliding = Object.create(reader, {
      entry: { value: (id: number) => reader.entry(id) },
      postings: { value: () => reader.postings('uid', aliceKey) },
    }) as DirectoryReader;
    const source = { acquire: () => ({ reader: colliding, [Symbol.dispose]: () => undefined }) };
    assert.equal(createUserLookup(source, standardSchema).find('mallory').kind, 'none');
  });

  it('takes a name in either Unicode form', () => {
    assert.equal(found('zoë@contoso.com'.normalize('NFD')), objectId(8));
  });

  const nobody: readonly [why: string, name: string][] = [
    ['nobody has the name', 'mallory@contoso.com'],
    ['it is empty', ''],
    ['it is blank', ' '],
    ['it is only a part of a name', 'ali'],
    ['it is a pattern', 'ali*'],
    ['it is a filter', '*)(uid=alice'],
    ['it is a group', 'staff@contoso.com'],
    ['it is the DN of a group', `cn=staff,ou=users,${base}`],
    ['it is the DN of a container', `ou=users,${base}`],
    ['it is the base', base],
    ['the DN is of another base', 'uid=alice,ou=users,dc=other,dc=com'],
    ['the DN has an attribute that does not name the entry', `mail=alice.jones@contoso.com,ou=users,${base}`],
    ['the domain is missing before the backslash', '\\alice'],
    ['the uid is missing after the backslash', 'CONTOSO\\'],
    ['there are two backslashes', 'A\\CONTOSO\\alice'],
    ['the domain form is used with an address', 'CONTOSO\\alice@contoso.com'],
    ['it has an octet of zero', 'alice\0'],
  ];
  for (const [why, name] of nobody) {
    it(`finds nobody when ${why} (P7)`, () => assert.equal(found(name), 'none'));
  }

  it('says that nothing is published yet (P1)', () => {
    const empty = createUserLookup({ acquire: () => undefined }, standardSchema);
    assert.equal(empty.find('alice').kind, 'unpublished');
  });

  it('says that the store cannot be read, and does not say that nobody has the name (P1)', () => {
    const failing = memoryDirectory(people);
    failing.fail(new DirectoryStorageError('disk'));
    const broken = createUserLookup(failing, standardSchema);
    for (const name of ['alice', userDn('alice')]) assert.equal(broken.find(name).kind, 'unavailable');
    assert.equal(failing.leases, 0);
  });

  it('never throws and keeps no lease, whatever the name (P8)', () => {
    const name = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string().map((text) => `uid=${text},ou=users,${base}`),
    );
    fc.assert(fc.property(name, (text) => typeof lookup.find(text).kind === 'string'));
    assert.equal(directory.leases, 0);
  });
});

describe('the lookup of a bind name in the flavour of Active Directory', () => {
  const source = memoryDirectory(activeDirectorySample());
  const names = createUserLookup(source, standardSchema);

  it('finds a user by DOMAIN\\sAMAccountName and by user principal name, and never a group (PAIN-10)', () => {
    for (const name of ['EXAMPLE\\alice', 'example.com\\ALICE', 'alice@example.com', 'Alice']) {
      const outcome = names.find(name);
      assert.equal(outcome.kind === 'user' && outcome.user.objectId, aliceId, name);
    }
    assert.equal(names.find('EXAMPLE\\Staff').kind, 'none');
  });
});
