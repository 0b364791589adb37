import assert from 'node:assert/strict';
import { normalizeDn } from '../../../src/directory/dn.ts';
import { exportLdif, LdifExportError, type LdifExportRequest } from '../../../src/directory/ldif-export.ts';
import { DirectoryStorageError } from '../../../src/directory/reader.ts';
import { standardSchema } from '../../../src/directory/schema.ts';
import { type LdifRecord, parseLdif } from '../../support/ldif-text.ts';
import {
  type MemoryDirectory,
  memoryDirectory,
  type MemoryEntry,
  unpublished,
} from '../../support/memory-directory.ts';
import { sampleBase, sampleEntries, sampleGroups, sampleUsers } from '../../support/sample-directory.ts';

const whole: LdifExportRequest = { baseDn: sampleBase, operational: false, version: true };

const photo: MemoryEntry = {
  dn: String.raw`cn=Photo\, \"big\",${sampleUsers}`,
  attributes: [
    ['objectClass', ['person']],
    ['jpegPhoto', [Buffer.from(Array.from({ length: 256 }, (_, octet) => octet))]],
  ],
  links: [],
};

async function textOf(source: MemoryDirectory, request = whole): Promise<string> {
  let text = '';
  for await (const chunk of exportLdif(source, standardSchema, request)) text += chunk;
  return text;
}

const dnOf = (record: LdifRecord): string => record.get('dn')?.toString() ?? '';
const values = (record: LdifRecord | undefined, name: string): readonly string[] =>
  (record?.get(name) ?? []).map(String);

describe('Exporting the directory as LDIF', () => {
  it('writes every entry once, superiors before what is below them', async () => {
    const source = memoryDirectory([...sampleEntries, photo]);
    const dns = parseLdif(await textOf(source)).map(dnOf);
    assert.deepEqual(dns.toSorted(), [...sampleEntries, photo].map(({ dn }) => dn).toSorted());
    const keys = dns.map((dn) => normalizeDn(dn) ?? '');
    for (const [index, key] of keys.entries()) {
      const superior = key.slice(key.lastIndexOf(',ou=') + 1);
      if (index > 0 && superior !== key) assert.ok(keys.indexOf(superior) < index, key);
    }
    assert.equal(source.leases, 0);
  });

  it('writes links like any attribute, and binary values octet by octet', async () => {
    const records = parseLdif(await textOf(memoryDirectory([...sampleEntries, photo])));
    const staff = records.find((record) => dnOf(record) === `cn=staff,${sampleGroups}`);
    assert.deepEqual(values(staff, 'memberUid').toSorted(), ['alice', 'bob', 'zoe']);
    assert.deepEqual(
      values(staff, 'member').toSorted(),
      ['alice', 'bob', 'zoe'].map((uid) => `uid=${uid},${sampleUsers}`),
    );
    const found = records.find((record) => dnOf(record) === photo.dn);
    assert.deepEqual(found?.get('jpegPhoto'), [Buffer.from(Array.from({ length: 256 }, (_, octet) => octet))]);
  });

  it('has operational attributes when they are asked for, without those that are computed', async () => {
    const source = memoryDirectory(sampleEntries);
    const alice = (text: string): LdifRecord | undefined =>
      parseLdif(text).find((record) => dnOf(record) === `uid=alice,${sampleUsers}`);
    const plain = alice(await textOf(source));
    assert.deepEqual(values(plain, 'cn'), ['Alice Archer']);
    assert.deepEqual([values(plain, 'entryUUID'), values(plain, 'memberOf')], [[], []]);
    const all = alice(await textOf(source, { ...whole, operational: true }));
    assert.equal(values(all, 'entryUUID').length, 1);
    assert.equal(values(all, 'memberOf').length, 2);
    for (const computed of [
      'entryDN',
      'distinguishedName',
      'subschemaSubentry',
      'hasSubordinates',
      'numSubordinates',
    ]) {
      assert.deepEqual(values(all, computed), [], computed);
    }
  });

  it('begins at any entry, however its name is spelled', async () => {
    const source = memoryDirectory(sampleEntries);
    const baseDn = `OU = Groups , ${sampleBase.toUpperCase()}`;
    const dns = parseLdif(await textOf(source, { ...whole, baseDn })).map(dnOf);
    assert.deepEqual(dns[0], sampleGroups);
    assert.ok(dns.length > 1 && dns.every((dn) => dn.endsWith(sampleGroups)));
  });

  it('leaves out the version for slapadd', async () => {
    const text = await textOf(memoryDirectory(sampleEntries), { ...whole, version: false });
    assert.match(text, new RegExp(`^\ndn: ${sampleBase}\n`));
  });

  it('says what is wrong before the first chunk, and never writes nothing (P1)', async () => {
    const source = memoryDirectory(sampleEntries);
    const refuses = (
      baseDn: string,
      code: LdifExportError['code'],
      from: Parameters<typeof exportLdif>[0] = source,
    ): Promise<void> =>
      assert.rejects(exportLdif(from, standardSchema, { ...whole, baseDn }).next(), (error) => {
        assert.ok(error instanceof LdifExportError);
        assert.equal(error.code, code);
        return true;
      });
    await refuses('nonsense', 'invalidDn');
    await refuses(`ou=nowhere,${sampleBase}`, 'noSuchObject');
    await refuses(sampleBase, 'notPublished', unpublished);
    assert.equal(source.leases, 0);
  });

  it('throws when the store fails, and gives the snapshot back then and when nobody reads on', async () => {
    const source = memoryDirectory(sampleEntries);
    source.fail(new DirectoryStorageError('broken'));
    await assert.rejects(textOf(source), DirectoryStorageError);
    source.fail(undefined);
    const many = memoryDirectory([
      ...sampleEntries,
      ...Array.from(
        { length: 2000 },
        (_, index): MemoryEntry => ({
          dn: `cn=c${index},${sampleUsers}`,
          attributes: [['description', ['x'.repeat(500)]]],
          links: [],
        }),
      ),
    ]);
    const text = exportLdif(many, standardSchema, whole);
    const first = await text.next();
    assert.ok(first.done !== true && first.value.length < 200_000, 'it comes in chunks');
    assert.equal(many.leases, 1);
    await text.return();
    assert.deepEqual([source.leases, many.leases], [0, 0]);
  });
});
