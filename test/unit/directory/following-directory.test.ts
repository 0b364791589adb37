import assert from 'node:assert/strict';
import { Access } from '../../../src/directory/access.ts';
import { followSchema } from '../../../src/directory/following-directory.ts';
import { extendSchema, type Schema, standardSchema } from '../../../src/directory/schema.ts';
import { directoryOver, searchAll, service } from '../../support/directory-client.ts';
import { memoryDirectory, type MemoryEntry } from '../../support/memory-directory.ts';
import { sampleRules } from '../../support/sample-access.ts';
import { sampleBase, sampleEntries } from '../../support/sample-directory.ts';

const badge = { name: 'badgeColor', kind: 'text', multiValued: false, of: 'users' } as const;
const extended = extendSchema(standardSchema, [badge]);

/** The sample directory, in which everybody has a red badge. */
function withBadges(): readonly MemoryEntry[] {
  return sampleEntries.map((entry) => ({
    ...entry,
    attributes: [...entry.attributes, ['badgeColor', ['red']] as const],
  }));
}

describe('a directory whose schema follows another one', () => {
  const source = memoryDirectory(withBadges(), extended);

  it('begins each operation under the schema of the moment, and stays the same while that does', async () => {
    let schema: Schema = standardSchema;
    const opened: Schema[] = [];
    const directory = followSchema(
      () => schema,
      (current) => {
        opened.push(current);
        return directoryOver(source, {}, current);
      },
    );
    const found = async (): Promise<number> =>
      (await searchAll(directory, { baseDn: sampleBase, filter: '(badgeColor=RED)', who: service })).length;
    assert.equal(await found(), 0, 'an attribute that the schema does not know is Undefined');
    schema = extended;
    assert.equal(await found(), sampleEntries.length);
    assert.equal(await found(), sampleEntries.length);
    assert.deepEqual(opened, [standardSchema, extended]);
    assert.equal(directory.compare(sampleBase, 'badgeColor', Buffer.from('red'), service).code, 6);
  });

  it('hides what may not be read as soon as the schema has it (P7)', async () => {
    const rules = sampleRules({ others: { users: 'all', attributes: ['cn'] } });
    const access = new Access(rules, standardSchema);
    const directory = directoryOver(source, {}, extended, access);
    const seen = async (): Promise<readonly string[]> => {
      const entries = await searchAll(directory, { baseDn: sampleBase, attributes: ['*'], who: service });
      return [...new Set(entries.flatMap(({ attributes }) => Object.keys(attributes)))];
    };
    access.useSchema(extended);
    assert.ok(!(await seen()).includes('badgeColor'));
    const granting = sampleRules({ others: { users: 'all', attributes: ['cn', 'badgeColor'] } });
    access.use(granting);
    assert.ok((await seen()).includes('badgeColor'));
  });
});
