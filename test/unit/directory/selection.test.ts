import assert from 'node:assert/strict';
import { memoryDirectory } from '../../support/memory-directory.ts';
import { directoryOver, searchAll } from '../../support/directory-client.ts';
import { standardSchema } from '../../../src/directory/schema.ts';
import { sampleBase, sampleEntries, sampleGroups, sampleUsers, sampleUuid } from '../../support/sample-directory.ts';

const directory = directoryOver(memoryDirectory(sampleEntries));
const alice = `uid=alice,${sampleUsers}`;
const staff = `cn=staff,${sampleGroups}`;

type Attributes = Readonly<Record<string, readonly string[]>>;

async function read(baseDn: string, attributes: readonly string[], typesOnly = false): Promise<Attributes> {
  const [entry] = await searchAll(directory, { baseDn, scope: 'base', attributes, typesOnly });
  assert.equal(entry?.dn, baseDn);
  return entry?.attributes ?? {};
}

const operationalOf = (attributes: Attributes): readonly string[] =>
  Object.keys(attributes).filter((name) => standardSchema.attribute(name)?.operational === true);
const userOf = (attributes: Attributes): readonly string[] =>
  Object.keys(attributes).filter((name) => standardSchema.attribute(name)?.operational === false);

describe('Attribute selection (RFC 4511 §4.5.1.8, S8)', () => {
  it('gives all user attributes and no operational ones for an empty list and for *', async () => {
    for (const attributes of [[], ['*'], ['*', '*'], ['*', '1.1', 'cn']]) {
      const seen = await read(alice, attributes);
      assert.deepEqual(operationalOf(seen), []);
      assert.deepEqual(seen['cn'], ['Alice Archer']);
      assert.equal(userOf(seen).length, 17);
    }
  });

  it('gives all operational attributes and no user ones for + (RFC 3673, S19)', async () => {
    const seen = await read(alice, ['+']);
    assert.deepEqual(userOf(seen), []);
    assert.deepEqual(seen['entryUUID'], [sampleUuid(10_001)]);
    assert.deepEqual(seen['entryDN'], [alice]);
    assert.deepEqual(seen['distinguishedName'], [alice]);
    assert.deepEqual(seen['subschemaSubentry'], ['cn=Subschema']);
    assert.deepEqual(seen['hasSubordinates'], ['FALSE']);
    assert.deepEqual(seen['numSubordinates'], ['0']);
    assert.deepEqual(seen['structuralObjectClass'], ['inetOrgPerson']);
    assert.deepEqual([...(seen['memberOf'] ?? [])].sort(), [`cn=admins,${sampleGroups}`, staff]);
    const container = await read(sampleUsers, ['hasSubordinates', 'numSubordinates']);
    assert.deepEqual(container, { hasSubordinates: ['TRUE'], numSubordinates: ['5'] });
  });

  it('gives both for * and +', async () => {
    const seen = await read(alice, ['*', '+']);
    assert.equal(userOf(seen).length, 17);
    assert.ok(operationalOf(seen).length > 10);
  });

  it('gives no attributes for 1.1, unless something else is asked for (§4.5.1.8)', async () => {
    assert.deepEqual(await read(alice, ['1.1']), {});
    assert.deepEqual(Object.keys(await read(alice, ['1.1', 'cn'])), ['cn']);
  });

  it('gives attributes by name in any case, by OID, once each, spelled as in the schema', async () => {
    assert.deepEqual(await read(alice, ['UIDNUMBER', 'uidNumber', '1.3.6.1.1.1.1.0']), { uidNumber: ['10001'] });
    assert.deepEqual(await read(alice, ['commonName']), { cn: ['Alice Archer'] });
    assert.deepEqual(await read(alice, ['MEMBEROF', 'entrydn', 'ENTRYDN']), {
      memberOf: (await read(alice, ['memberOf']))['memberOf'],
      entryDN: [alice],
    });
    assert.deepEqual(
      Object.keys(await read(alice, ['*', 'entryUUID', 'cn'])).filter((name) => name === 'cn'),
      ['cn'],
    );
  });

  it('gives subtypes when a supertype is asked for (RFC 4512 §2.5.1)', async () => {
    assert.deepEqual(await read(alice, ['name']), { cn: ['Alice Archer'], sn: ['Archer'] });
  });

  it('gives the attributes of a class for @class (RFC 4529)', async () => {
    const seen = await read(alice, ['@posixAccount']);
    assert.deepEqual(Object.keys(seen).sort(), ['cn', 'gidNumber', 'homeDirectory', 'objectClass', 'uid', 'uidNumber']);
    assert.deepEqual(await read(alice, ['@noSuchClass', '@']), {});
  });

  it('ignores what it does not recognize, and options that no value has (finding 4)', async () => {
    for (const name of [
      'dn',
      '',
      'noSuchAttribute',
      'cn;binary',
      'cn;lang-de',
      'cn;x-opt',
      'userCertificate;binary',
      ';',
    ]) {
      assert.deepEqual(await read(alice, [name]), {}, name);
      assert.deepEqual(Object.keys(await read(alice, [name, 'uid'])), ['uid'], name);
    }
  });

  it('never gives userPassword (S9)', async () => {
    assert.equal('userPassword' in (await read(alice, ['*', '+', 'userPassword', '@person'])), false);
  });

  it('gives members as DNs, as uids and under uniqueMember, and leaves out what is empty (finding 3)', async () => {
    const seen = await read(staff, ['member', 'memberUid', 'uniqueMember']);
    const dns = ['alice', 'bob', 'zoe'].map((uid) => `uid=${uid},${sampleUsers}`);
    assert.deepEqual([...(seen['member'] ?? [])].sort(), dns);
    assert.deepEqual([...(seen['uniqueMember'] ?? [])].sort(), dns);
    assert.deepEqual([...(seen['memberUid'] ?? [])].sort(), ['alice', 'bob', 'zoe']);
    assert.deepEqual((await read(staff, []))['member'], seen['member']);
    assert.deepEqual(await read(`cn=empty,${sampleGroups}`, ['member', 'memberUid', 'memberOf']), {});
    assert.deepEqual(await read(`cn=nested,${sampleGroups}`, ['member', 'memberUid']), { member: [staff] });
    assert.equal('member' in (await read(`cn=empty,${sampleGroups}`, ['*'])), false);
    assert.equal('member' in (await read(staff, ['+'])), false);
    assert.deepEqual((await read(staff, ['+']))['memberOf'], [`cn=nested,${sampleGroups}`]);
  });

  it('gives types without values when only types are asked for (S7)', async () => {
    for (const [baseDn, attributes] of [
      [alice, []],
      [alice, ['*', '+']],
      [staff, ['member', 'cn', 'entryDN', 'memberUid']],
      [`cn=empty,${sampleGroups}`, ['*', '+']],
      [`cn=nested,${sampleGroups}`, ['memberUid', 'member']],
      [sampleBase, ['+']],
    ] as const) {
      const withValues = await read(baseDn, attributes);
      const types = await read(baseDn, attributes, true);
      assert.deepEqual(Object.keys(types).sort(), Object.keys(withValues).sort());
      for (const values of Object.values(types)) assert.deepEqual(values, []);
    }
  });
});
