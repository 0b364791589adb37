import assert from 'node:assert/strict';
import { entryAttribute } from '../../../src/directory/entry-codec.ts';
import { withoutHidden } from '../../../src/directory/presented-entry.ts';
import { standardSchema } from '../../../src/directory/schema.ts';
import { objectClassesOf, Projector } from '../../../src/projection/projector.ts';
import { presentationOfFlavour } from '../../../src/projection/flavour.ts';
import { nodeId } from '../../../src/identity/node.ts';
import type { ProjectedEntry, PublishStamp } from '../../../src/projection/stamps.ts';
import {
  activeDirectorySample,
  aliceId,
  publishedAtMs,
  samplePresentation,
  sampleSettings,
  valueOf,
} from '../../support/active-directory-sample.ts';

const sample = new Map(activeDirectorySample().map((entry) => [entry.dn, entry.encoded ?? Buffer.alloc(0)]));
const users = 'ou=users,dc=example,dc=com';
const groups = 'ou=groups,dc=example,dc=com';

function bytesOf(dn: string): Buffer {
  const bytes = sample.get(dn);
  assert.ok(bytes !== undefined, dn);
  return bytes;
}

function textsOf(dn: string, names: readonly string[]): readonly string[] {
  return names.map((name) => entryAttribute(bytesOf(dn), name).join('|'));
}

describe('Entries in the flavour of Active Directory', () => {
  it('give users the name, type, category and state that clients look for', () => {
    assert.deepEqual(
      textsOf(`uid=alice,${users}`, [
        'name',
        'sAMAccountName',
        'sAMAccountType',
        'userAccountControl',
        'primaryGroupID',
        'accountExpires',
      ]),
      ['Alice Archer', 'alice', '805306368', '512', '513', '9223372036854775807'],
    );
    assert.equal(valueOf(bytesOf(`uid=alice,${users}`), 'unixHomeDirectory').toString(), '/home/alice');
    assert.equal(
      valueOf(bytesOf(`uid=alice,${users}`), 'objectCategory').toString(),
      'CN=Person,CN=Schema,CN=Configuration,dc=example,dc=com',
    );
    assert.equal(
      entryAttribute(bytesOf(`uid=alice,${users}`), 'objectClass')
        .at(-1)
        ?.toString(),
      'user',
    );
  });

  it('set bit 2 of userAccountControl for who is locked', () => {
    assert.deepEqual(textsOf(`uid=dave,${users}`, ['userAccountControl', 'nsAccountLock']), ['514', 'TRUE']);
  });

  it('tell when a password was set in units of 100 ns since 1601, and nothing when that is not known', () => {
    assert.deepEqual(textsOf(`uid=alice,${users}`, ['pwdLastSet']), ['133486382450000000']);
    assert.deepEqual(textsOf(`uid=bob,${users}`, ['pwdLastSet']), ['']);
  });

  it('tell security groups from others', () => {
    const names = ['sAMAccountName', 'groupType', 'sAMAccountType', 'objectCategory'];
    const category = 'CN=Group,CN=Schema,CN=Configuration,dc=example,dc=com';
    assert.deepEqual(textsOf(`cn=Staff,${groups}`, names), ['Staff', '-2147483646', '268435456', category]);
    assert.deepEqual(textsOf(`cn=News,${groups}`, names), ['News', '2', '268435457', category]);
    assert.deepEqual(textsOf(`cn=domain-users,${groups}`, names), [
      'domain-users',
      '-2147483646',
      '268435456',
      category,
    ]);
  });

  it('write objectGUID as Windows does, the first three fields backwards ([MS-DTYP] 2.3.4.2)', () => {
    assert.equal(aliceId, '73d664e4-0886-4a73-b745-c694da45ddb4');
    assert.equal(
      valueOf(bytesOf(`uid=alice,${users}`), 'objectGUID').toString('hex'),
      'e464d6738608734ab745c694da45ddb4',
    );
    for (const [dn, bytes] of sample) assert.equal(valueOf(bytes, 'objectGUID').length, 16, dn);
  });

  it('have the SID of their domain, or the one that Entra computes from the object id', () => {
    const head = '010500000000000c01000000';
    assert.equal(
      valueOf(bytesOf(`uid=alice,${users}`), 'objectSid').toString('hex'),
      `${head}e464d6738608734ab745c694da45ddb4`,
    );
    assert.equal(
      valueOf(bytesOf(`uid=bob,${users}`), 'objectSid').toString('hex'),
      '010500000000000515000000dcf4dc3b833d2b46828ba62851040000',
    );
    const sids = [...sample.values()].flatMap((bytes) => entryAttribute(bytes, 'objectSid').map(String));
    assert.equal(sids.length, 6);
    assert.equal(new Set(sids).size, 6);
  });

  it('name containers and service accounts too', () => {
    assert.deepEqual(textsOf(users, ['name', 'objectCategory']), [
      'users',
      'CN=Organizational-Unit,CN=Schema,CN=Configuration,dc=example,dc=com',
    ]);
    assert.deepEqual(textsOf('cn=app,ou=services,dc=example,dc=com', ['name']), ['app']);
    assert.deepEqual(textsOf('dc=example,dc=com', ['name']), ['example']);
  });

  it('announce their classes to the index by class', () => {
    assert.ok(objectClassesOf(sampleSettings(true)).user.includes('user'));
    assert.ok(objectClassesOf(sampleSettings(true)).group.includes('group'));
    assert.equal(objectClassesOf(sampleSettings(false)).user.includes('user'), false);
    assert.equal(objectClassesOf(sampleSettings(false)).group.includes('group'), false);
  });

  it('are byte for byte what they are without the flavour for whoever does not see it', () => {
    const { hidden } = samplePresentation(false);
    assert.ok(hidden !== undefined);
    const without = activeDirectorySample(false);
    assert.equal(without.length, sample.size);
    for (const { dn, encoded } of without) {
      assert.ok(encoded !== undefined && withoutHidden(bytesOf(dn), hidden).equals(encoded), dn);
      assert.equal(bytesOf(dn).equals(encoded), false, dn);
    }
  });

  it('need nothing hidden where nobody sees the flavour, nor where everybody does', () => {
    const nobody = presentationOfFlavour(
      { activeDirectory: false, memberOf: undefined },
      sampleSettings(false),
      standardSchema,
    );
    assert.equal(nobody.hidden, undefined);
    assert.equal(samplePresentation(true).hidden, undefined);
  });

  it('make memberOf a user attribute in Active Directory and an operational one elsewhere, unless a setting says otherwise', () => {
    const isUser = (activeDirectory: boolean, memberOf: 'user' | 'operational' | undefined): boolean =>
      presentationOfFlavour({ activeDirectory, memberOf }, sampleSettings(true), standardSchema).userAttributes.has(
        'memberof',
      );
    assert.deepEqual([isUser(true, undefined), isUser(false, undefined)], [true, false]);
    assert.deepEqual([isUser(true, 'operational'), isUser(false, 'operational')], [false, false]);
    assert.deepEqual([isUser(true, 'user'), isUser(false, 'user')], [true, true]);
  });
});

describe('Update sequence numbers', () => {
  const projector = new Projector(sampleSettings(true), standardSchema);
  const record = { node: nodeId('user', 1), objectId: aliceId, properties: { userPrincipalName: 'alice@example.com' } };
  const given = { objectId: aliceId, space: 'user', name: 'alice', number: 100_000_000 } as const;
  const first: PublishStamp = { nowMs: publishedAtMs, nextNumber: () => '20261121120000.045000Z#000005#000#000000' };
  const second: PublishStamp = {
    nowMs: publishedAtMs + 90_000,
    nextNumber: () => '20261121120130.046000Z#000000#000#000000',
  };
  const numbers = (bytes: Buffer): readonly string[] =>
    ['uSNCreated', 'uSNChanged', 'whenCreated', 'whenChanged'].map((name) => valueOf(bytes, name).toString());

  function encode(entry: ProjectedEntry, stored: Buffer | undefined, stamp: PublishStamp): Buffer {
    const bytes = projector.encode(entry, stored, stamp, false);
    assert.ok(bytes !== undefined);
    return bytes;
  }

  it('are those of the publish that created and that last changed the entry', () => {
    const created = encode(projector.user(record, given, 'active', 100), undefined, first);
    assert.equal(Date.UTC(2026, 10, 21, 12, 0, 0, 45), 1_795_262_400_045);
    assert.deepEqual(numbers(created), ['1795262400045', '1795262400045', '20261121120000.0Z', '20261121120000.0Z']);
    assert.equal(projector.encode(projector.user(record, given, 'active', 100), created, second, false), undefined);
    const changed = encode(
      projector.user({ ...record, properties: { ...record.properties, jobTitle: 'x' } }, given, 'active', 100),
      created,
      second,
    );
    assert.deepEqual(numbers(changed), ['1795262400045', '1795262490046', '20261121120000.0Z', '20261121120130.0Z']);
  });

  it('begin for an entry that had none with the publish that gives it one', () => {
    const plainly = new Projector(sampleSettings(false), standardSchema);
    const plain = plainly.encode(plainly.user(record, given, 'active', 100), undefined, first, false);
    assert.ok(plain !== undefined);
    const counted = encode(projector.user(record, given, 'active', 100), plain, second);
    assert.deepEqual(numbers(counted), ['1795262490046', '1795262490046', '20261121120000.0Z', '20261121120130.0Z']);
    const gone = plainly.encode(plainly.user(record, given, 'active', 100), counted, second, false);
    assert.ok(gone !== undefined && entryAttribute(gone, 'uSNChanged').length === 0);
  });
});
