import assert from 'node:assert/strict';
import { expandNameResolution, parseSid } from '../../../src/directory/filter-active-directory.ts';
import { ResultCode } from '../../../src/directory/result.ts';
import { standardSchema } from '../../../src/directory/schema.ts';
import { activeDirectorySample, samplePresentation } from '../../support/active-directory-sample.ts';
import { directoryOver, refusalOf, searchNames, service } from '../../support/directory-client.ts';
import { filterFromText } from '../../support/filter-text.ts';
import { type MemoryDirectory, memoryDirectory } from '../../support/memory-directory.ts';
import { sampleBase, sampleUsers } from '../../support/sample-directory.ts';

const source = memoryDirectory(activeDirectorySample());
const directory = directoryOver(source, {}, standardSchema, undefined, samplePresentation(true));
const plain = directoryOver(source, {}, standardSchema, undefined, samplePresentation(false));

/** So many entries that they are not simply looked at one by one. */
function largeSample(): MemoryDirectory {
  const containers = Array.from({ length: 40 }, (_, index) => ({
    dn: `ou=more${index},${sampleBase}`,
    attributes: [
      ['objectClass', ['top', 'organizationalUnit']],
      ['ou', [`more${index}`]],
    ] as const,
    links: [],
  }));
  return memoryDirectory([...activeDirectorySample(), ...containers]);
}

const users = ['alice', 'bob', 'dave'];
const groups = ['News', 'Staff', 'domain-users'];

async function assertFinds(filter: string, names: readonly string[], where = directory): Promise<void> {
  const found = await searchNames(where, { filter });
  assert.deepEqual([...found].sort(), [...names].sort(), filter);
}

describe('Filters of Active Directory ([MS-ADTS] 3.1.1.3.1.3)', () => {
  it('take the short name of a class in objectCategory for the category of the class', async () => {
    const schemaDn = `CN=Schema,CN=Configuration,${sampleBase}`;
    for (const name of [
      'person',
      'Person',
      'USER',
      'inetOrgPerson',
      'organizationalPerson',
      'contact',
      `CN=Person,${schemaDn}`,
    ]) {
      await assertFinds(`(objectCategory=${name})`, users);
    }
    for (const name of ['group', 'Group', '1.2.840.113556.1.5.8', `cn=group, ${schemaDn}`]) {
      await assertFinds(`(objectCategory=${name})`, groups);
    }
    await assertFinds('(objectCategory=organizationalUnit)', ['groups', 'services', 'users']);
    await assertFinds('(objectCategory=applicationProcess)', ['app']);
    await assertFinds('(objectCategory=organization)', ['example']);
    for (const name of ['computer', 'domain', 'volume']) await assertFinds(`(objectCategory=${name})`, []);
    await assertFinds('(&(objectCategory=person)(!(objectCategory=computer)))', users);
    await assertFinds('(&(uid=*)(!(objectCategory=user)))', []);
  });

  it('take a name that is no class for Undefined', async () => {
    for (const filter of [
      '(objectCategory=nosuch)',
      '(!(objectCategory=nosuch))',
      '(!(objectCategory=no such class))',
    ]) {
      await assertFinds(filter, []);
    }
  });

  it('compare a short name too (C1)', () => {
    const compare = (name: string): number =>
      directory.compare(`uid=alice,${sampleUsers}`, 'objectCategory', Buffer.from(name), service).code;
    assert.deepEqual(['user', 'group', 'nosuch'].map(compare), [6, 5, 21]);
  });

  it('find whole categories where their class lies, without looking at other entries', async () => {
    const counted = largeSample();
    const over = directoryOver(counted, {}, standardSchema, undefined, samplePresentation(true));
    assert.equal((await searchNames(over, { filter: '(objectCategory=user)' })).length, 3);
    assert.equal(counted.entriesRead, 3);
  });

  it('take a SID that is written as text for its octets', async () => {
    await assertFinds('(objectSid=S-1-12-1-1943430372-1249052806-2496021943-3034400218)', ['alice']);
    await assertFinds('(objectSid=s-1-5-21-1004336348-1177238915-682003330-1105)', ['bob']);
    await assertFinds('(objectSid=S-1-5-21-1004336348-1177238915-682003330-513)', []);
    await assertFinds('(objectSid=S-1-5-21-4294967296)', []);
  });

  it('resolve ambiguous names by how they begin, in any attribute that names people and groups', async () => {
    for (const text of [
      'ali',
      'ALICE',
      'arch',
      'Alice A',
      'alice archer',
      'archer ali',
      'Archer   Alice',
      'alice@exa',
      'smtp:a.arch',
      '=Alice Archer',
    ]) {
      await assertFinds(`(anr=${text})`, ['alice']);
    }
    for (const text of ['lice', 'alice b', '=ali', 'bob archer']) await assertFinds(`(anr=${text})`, []);
    await assertFinds('(anr=sta)', ['Staff']);
    await assertFinds('(anr=al)', ['alice']);
    await assertFinds('(anr~=bob)', ['bob']);
    await assertFinds('(anr=bo*)', ['bob']);
    await assertFinds('(&(objectCategory=person)(anr=d))', ['dave']);
    await assertFinds('(&(uid=*)(!(anr=bob)))', ['alice', 'dave']);
  });

  it('do not resolve names that are asked for in another way', async () => {
    for (const item of ['(anr=*ob)', '(anr=b*b)', '(anr=)', '(anr==)', '(anr>=a)', '(anr=  )']) {
      await assertFinds(item, []);
    }
    for (const item of ['(anr=*ob)', '(anr=)']) await assertFinds(`(!${item})`, []);
  });

  it('answer names, SIDs and categories by the indexes', async () => {
    const counted = largeSample();
    const over = directoryOver(counted, {}, standardSchema, undefined, samplePresentation(true));
    for (const filter of [
      '(anr=arch)',
      '(objectSid=S-1-5-21-1004336348-1177238915-682003330-1105)',
      '(sAMAccountName=dave)',
    ]) {
      const before = counted.entriesRead;
      assert.equal((await searchNames(over, { filter })).length, 1, filter);
      assert.equal(counted.entriesRead - before, 1, filter);
    }
    assert.equal(counted.scans, 0);
  });

  it('apply in that flavour alone: elsewhere no entry has such values, and their negation is true of all', async () => {
    const all = await searchNames(plain, {});
    for (const item of [
      '(anr=ali)',
      '(sAMAccountName=alice)',
      '(objectSid=S-1-5-21-1)',
      '(uSNChanged>=0)',
      '(objectClass=user)',
    ]) {
      await assertFinds(item, [], plain);
      await assertFinds(`(!${item})`, all, plain);
    }
    await assertFinds('(objectCategory=person)', [], plain);
  });
});

describe('A directory that was published before the flavour was turned on', () => {
  const old = memoryDirectory(activeDirectorySample(false));
  const early = directoryOver(old, {}, standardSchema, undefined, samplePresentation(true));

  it('is busy for whoever sees the flavour, and not without anybody (P1, PAIN-06)', async () => {
    assert.equal(refusalOf(early, { filter: '(sAMAccountName=alice)' }).code, ResultCode.busy);
    const compared = early.compare(`uid=alice,${sampleUsers}`, 'sAMAccountName', Buffer.from('alice'), service);
    assert.equal(compared.code, ResultCode.busy);
    assert.equal((await searchNames(early, { baseDn: '', scope: 'base' })).length, 1);
    assert.equal(old.leases, 0);
  });

  it('answers whoever does not see the flavour', async () => {
    const plainly = directoryOver(old, {}, standardSchema, undefined, samplePresentation(false));
    await assertFinds('(uid=*)', users, plainly);
  });
});

describe('parseSid', () => {
  it('writes revision, count, authority and parts as Windows does ([MS-DTYP] 2.4.2.2)', () => {
    assert.equal(parseSid('S-1-5-32-544')?.toString('hex'), '01020000000000052000000020020000');
    assert.equal(parseSid('S-1-281474976710655-4294967295')?.toString('hex'), '0101ffffffffffffffffffff');
  });

  it('takes nothing else for a SID', () => {
    const fifteen = '-1'.repeat(15);
    assert.notEqual(parseSid(`S-1-5${fifteen}`), undefined);
    for (const text of [
      '',
      'S-1',
      'S-1-5',
      'S-2-5-1',
      `S-1-5${fifteen}-1`,
      'S-1-281474976710656-1',
      'S-1-5-4294967296',
      'S-1-5--1',
      'xS-1-5-1',
    ]) {
      assert.equal(parseSid(text), undefined, text);
    }
  });
});

describe('expandNameResolution', () => {
  it('looks for two words as names of one person in either order', () => {
    const expanded = expandNameResolution(filterFromText('(anr=Ann Mary Lee)'));
    assert.ok(expanded?.kind === 'or');
    const pairs = expanded.filters.filter(({ kind }) => kind === 'and');
    assert.deepEqual(pairs, [
      filterFromText('(&(givenName=Ann*)(sn=Mary Lee*))'),
      filterFromText('(&(givenName=Mary Lee*)(sn=Ann*))'),
    ]);
  });
});
