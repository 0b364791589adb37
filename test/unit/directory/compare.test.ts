import assert from 'node:assert/strict';
import { anonymous } from '../../../src/directory/identity.ts';
import { ResultCode } from '../../../src/directory/result.ts';
import { directoryOver, service } from '../../support/directory-client.ts';
import { memoryDirectory, unpublished } from '../../support/memory-directory.ts';
import { sampleEntries, sampleGroups, sampleUsers } from '../../support/sample-directory.ts';

const directory = directoryOver(memoryDirectory(sampleEntries));
const alice = `uid=alice,${sampleUsers}`;
const staff = `cn=staff,${sampleGroups}`;

function assertCompares(
  code: number,
  rows: readonly (readonly [dn: string, attribute: string, value: string])[],
): void {
  for (const [dn, attribute, value] of rows) {
    assert.equal(
      directory.compare(dn, attribute, Buffer.from(value), service).code,
      code,
      `${attribute}=${value} of ${dn}`,
    );
  }
}

describe('Compare (RFC 4511 §4.10, C1, C2)', () => {
  it('is true when a value matches by the equality rule', () => {
    assertCompares(ResultCode.compareTrue, [
      [alice, 'cn', 'ALICE   archer'],
      [alice.toUpperCase(), 'commonName', 'Alice Archer'],
      [alice, 'name', 'archer'],
      [alice, 'objectClass', 'person'],
      [alice, 'memberOf', `CN=STAFF, ${sampleGroups}`],
      [staff, 'member', `UID=ALICE , ${sampleUsers}`],
      [staff, 'uniqueMember', alice],
      [staff, 'memberUid', 'alice'],
      [alice, 'entryDN', alice],
      [sampleUsers, 'hasSubordinates', 'TRUE'],
      ['', 'supportedLDAPVersion', '3'],
      ['cn=Subschema', 'objectClasses', 'person'],
    ]);
  });

  it('is false when none does', () => {
    assertCompares(ResultCode.compareFalse, [
      [alice, 'cn', 'nobody'],
      [staff, 'member', `uid=dave,${sampleUsers}`],
      [staff, 'member', `uid=nobody,${sampleUsers}`],
      [staff, 'memberUid', 'ALICE'],
      [alice, 'memberOf', `cn=nested,${sampleGroups}`],
      ['', 'supportedLDAPVersion', '2'],
    ]);
  });

  it('says noSuchAttribute when the entry has none', () => {
    assertCompares(ResultCode.noSuchAttribute, [
      [alice, 'description', 'x'],
      [alice, 'member', alice],
      [`cn=empty,${sampleGroups}`, 'member', alice],
      [alice, 'userPassword', 'secret'],
      [alice, 'cn;lang-de', 'Alice Archer'],
    ]);
  });

  it('says undefinedAttributeType, invalidAttributeSyntax and inappropriateMatching where they apply', () => {
    assertCompares(ResultCode.undefinedAttributeType, [
      [alice, 'noSuchAttribute', 'x'],
      [alice, 'cn;x-opt', 'x'],
      [alice, '', 'x'],
    ]);
    assertCompares(ResultCode.invalidAttributeSyntax, [
      [staff, 'member', 'alice'],
      [alice, 'uidNumber', 'abc'],
      [alice, 'cn', ''],
      [alice, 'objectClass', 'noSuchClass'],
    ]);
    assertCompares(ResultCode.inappropriateMatching, [
      ['cn=Subschema', 'subtreeSpecification', '{ }'],
      // Whether the entry has one makes no difference, as in OpenLDAP.
      [alice, 'jpegPhoto', 'x'],
    ]);
  });

  it('refuses objects that are not there, with the nearest superior (RFC 4511 §4.1.9)', () => {
    const result = directory.compare(`uid=nobody,${sampleUsers}`, 'cn', Buffer.from('x'), service);
    assert.deepEqual([result.code, result.matchedDn], [ResultCode.noSuchObject, sampleUsers]);
    assertCompares(ResultCode.invalidDNSyntax, [['nonsense', 'cn', 'x']]);
  });

  it('tells anonymous nothing and is busy before the first publish (P1)', () => {
    const value = Buffer.from('alice');
    assert.equal(directory.compare(alice, 'uid', value, anonymous).code, ResultCode.insufficientAccessRights);
    assert.equal(directoryOver(unpublished).compare(alice, 'uid', value, service).code, ResultCode.busy);
  });
});
