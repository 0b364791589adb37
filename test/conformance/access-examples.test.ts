import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { Access } from '../../src/directory/access.ts';
import type { Directory } from '../../src/directory/directory-port.ts';
import type { BoundIdentity } from '../../src/directory/identity.ts';
import { ResultCode } from '../../src/directory/result.ts';
import { standardSchema } from '../../src/directory/schema.ts';
import { directoryOver, refusalOf, searchAll, type SeenEntry } from '../support/directory-client.ts';
import { memoryDirectory, type MemoryEntry } from '../support/memory-directory.ts';
import { sampleEntries, sampleGroups, sampleUsers, sampleUuid } from '../support/sample-directory.ts';
import { accepted, bcryptHash, minimal, source } from '../unit/config/config-fixture.ts';

const person = (uid: string): string => `uid=${uid},${sampleUsers}`;

/** A group of the examples beside those of the sample. */
const developers: MemoryEntry = {
  dn: `cn=developers,${sampleGroups}`,
  attributes: [
    ['objectClass', ['top', 'groupOfMembers', 'posixGroup']],
    ['cn', ['developers']],
    ['gidNumber', ['20010']],
  ],
  links: [
    ['member', 'member'],
    ['memberUid', 'memberUid'],
  ],
  members: ['alice', 'bob'].map(person),
};

/** The directory under the configuration of the example that mentions `text`. */
function exampleWith(text: string): Directory {
  const examples = [...readFileSync('docs/access.md', 'utf8').matchAll(/^```yaml\n(.*?)^```/gms)];
  const found = examples.filter(([, yaml = '']) => yaml.includes(text));
  assert.equal(found.length, 1, text);
  const yaml = `${minimal}${found[0]?.[1] ?? ''}`;
  const { config } = accepted(yaml, source({}, { PASSWORD_HASH: bcryptHash }));
  const access = new Access(config.access, standardSchema);
  return directoryOver(memoryDirectory([...sampleEntries, developers]), {}, undefined, access);
}

const account = (name: string): BoundIdentity => ({ kind: 'service', dn: `cn=${name}`, name });
const names = (entries: readonly SeenEntry[]): readonly string[] =>
  entries.map(({ dn }) => /^[^=]*=([^,]*)/.exec(dn)?.[1] ?? '').toSorted();

describe('The examples of docs/access.md, asked what such software asks', () => {
  it('let GitLab find its own people and their groups, and look at one again, and nobody else', async () => {
    const directory = exampleWith('name: gitlab');
    const who = account('gitlab');
    const attributes = ['dn', 'uid', 'cn', 'mail', 'email', 'userPrincipalName', 'sAMAccountName', 'memberOf'];
    const [alice, ...others] = await searchAll(directory, { who, filter: '(uid=alice)', attributes });
    assert.deepEqual(others, []);
    assert.deepEqual(alice?.attributes, {
      uid: ['alice'],
      cn: ['Alice Archer'],
      mail: ['alice@example.com'],
      userPrincipalName: ['alice@example.com'],
      memberOf: [developers.dn],
    });
    const disabled = '(userAccountControl:1.2.840.113556.1.4.803:=2)';
    assert.deepEqual(await searchAll(directory, { who, baseDn: person('alice'), scope: 'base', filter: disabled }), []);
    assert.equal(refusalOf(directory, { who, baseDn: person('zoe'), scope: 'base' }).code, ResultCode.noSuchObject);
    const groups = await searchAll(directory, { who, filter: `(member=${person('alice')})` });
    assert.deepEqual(names(groups), ['developers']);
  });

  it('let SSSD and nslcd resolve users and groups, without a telephone number', async () => {
    const directory = exampleWith('name: linux');
    const who = account('linux');
    const attributes = ['*', '+'];
    const byName = '(&(uid=alice)(objectclass=posixAccount)(uid=*)(&(uidNumber=*)(!(uidNumber=0))))';
    const [alice] = await searchAll(directory, { who, filter: byName, attributes });
    for (const name of ['uid', 'uidNumber', 'gidNumber', 'homeDirectory', 'sshPublicKey', 'entryUUID', 'memberOf']) {
      assert.ok(alice?.attributes[name] !== undefined, name);
    }
    assert.equal(alice?.attributes['telephoneNumber'], undefined);
    assert.equal(alice?.attributes['sn'], undefined);
    const group = '(&(cn=staff)(objectClass=posixGroup)(cn=*)(&(gidNumber=*)(!(gidNumber=0))))';
    const [staff] = await searchAll(directory, {
      who,
      filter: group,
      attributes: ['member', 'memberUid', 'gidNumber'],
    });
    assert.deepEqual(staff?.attributes['memberUid'], ['alice', 'bob', 'zoe']);
    const initgroups = `(&(objectClass=posixGroup)(|(memberUid=alice)(member=${person('alice')})))`;
    assert.deepEqual(names(await searchAll(directory, { who, filter: initgroups })), ['admins', 'developers', 'staff']);
    const { code } = directory.compare(person('alice'), 'uid', Buffer.from('alice'), who);
    assert.equal(code, ResultCode.insufficientAccessRights);
  });

  it('let printers look through the address book of the staff by the beginning of a name', async () => {
    const directory = exampleWith('name: printers');
    const who = account('printers');
    const attributes = ['cn', 'mail', 'telephoneNumber', 'facsimileTelephoneNumber', 'o', 'ou'];
    const found = await searchAll(directory, { who, filter: '(|(cn=a*)(mail=b*)(sn=d*))', attributes });
    assert.deepEqual(names(found), ['alice', 'bob']);
    assert.deepEqual(found[0]?.attributes, { cn: ['Alice Archer'], mail: ['alice@example.com'] });
    assert.deepEqual(names(await searchAll(directory, { who, filter: '(cn=*)' })), ['alice', 'bob', 'zoe']);
    assert.deepEqual(await searchAll(directory, { who, filter: '(telephoneNumber=*)' }), []);
    assert.deepEqual(await searchAll(directory, { who, filter: '(objectClass=posixGroup)' }), []);
  });

  it('let a user find groups and the names in them after logging in', async () => {
    const directory = exampleWith('attributes: [uid, cn, displayName, member, memberOf]');
    const entryId = memoryDirectory([...sampleEntries, developers]).reader.findDn(person('bob')) ?? 0;
    const who: BoundIdentity = { kind: 'user', dn: person('bob'), entryId, objectId: sampleUuid(10_002) };
    const groups = await searchAll(directory, {
      who,
      filter: `(member=${person('bob')})`,
      attributes: ['cn', 'member'],
    });
    assert.deepEqual(names(groups), ['developers', 'staff']);
    assert.equal(groups[0]?.attributes['member']?.length, 2);
    assert.deepEqual(await searchAll(directory, { who, filter: '(mail=*)' }), []);
  });

  it('grant accounts without rights of their own what all of them are granted', async () => {
    const directory = exampleWith('services:');
    const found = await searchAll(directory, { who: account('any'), attributes: ['uid', 'cn', 'mail'] });
    const alice = found.find(({ dn }) => dn === person('alice'));
    assert.deepEqual(alice?.attributes, { uid: ['alice'], cn: ['Alice Archer'] });
    assert.deepEqual(
      found.filter(({ dn }) => dn.endsWith(`,${sampleGroups}`)),
      [],
    );
  });
});
