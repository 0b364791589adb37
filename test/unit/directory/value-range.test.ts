import assert from 'node:assert/strict';

import { directoryOver, searchAll } from '../../support/directory-client.ts';
import { memoryDirectory, type MemoryEntry } from '../../support/memory-directory.ts';
import { sampleEntries, sampleGroups, sampleUsers } from '../../support/sample-directory.ts';

const crowd = Array.from({ length: 3200 }, (_, index) => `m${String(index).padStart(4, '0')}`);
const dnOf = (uid: string): string => `uid=${uid},${sampleUsers}`;

const entries: readonly MemoryEntry[] = [
  ...sampleEntries,
  ...crowd.map(
    (uid): MemoryEntry => ({
      dn: dnOf(uid),
      attributes: [
        ['objectClass', ['top', 'person']],
        ['uid', [uid]],
      ],
      links: [['memberOf', 'memberOf']],
    }),
  ),
  {
    dn: `cn=crowd,${sampleGroups}`,
    attributes: [
      ['objectClass', ['top', 'groupOfMembers']],
      ['cn', ['crowd']],
      ['description', ['a', 'b', 'c']],
    ],
    links: [
      ['member', 'member'],
      ['memberUid', 'memberUid'],
    ],
    members: crowd.map(dnOf),
  },
];

const directory = directoryOver(memoryDirectory(entries));

async function ask(
  attributes: readonly string[],
  cn = 'crowd',
  typesOnly = false,
): Promise<Readonly<Record<string, readonly string[]>>> {
  const baseDn = `cn=${cn},${sampleGroups}`;
  const [entry] = await searchAll(directory, { baseDn, scope: 'base', attributes, typesOnly });
  return entry?.attributes ?? {};
}

describe('Range retrieval ([MS-ADTS] 3.1.1.3.1.3.3)', () => {
  it('gives the values of the range under a name that says which they are', async () => {
    assert.deepEqual(await ask(['member;range=0-1499']), { 'member;range=0-1499': crowd.slice(0, 1500).map(dnOf) });
    assert.deepEqual(await ask(['MEMBER;Range=1500-1501']), {
      'member;range=1500-1501': crowd.slice(1500, 1502).map(dnOf),
    });
  });

  it('ends the name with a star when the last value is among them', async () => {
    assert.deepEqual(await ask(['member;range=3000-4499']), { 'member;range=3000-*': crowd.slice(3000).map(dnOf) });
    assert.deepEqual(await ask(['member;range=3198-3199']), { 'member;range=3198-*': crowd.slice(3198).map(dnOf) });
    assert.deepEqual(await ask(['member;range=3198-3198']), { 'member;range=3198-3198': [dnOf('m3198')] });
    assert.deepEqual(await ask(['member;range=0-*']), { 'member;range=0-*': crowd.map(dnOf) });
  });

  for (const step of [1, 7, 1000, 1500, 1600, 3199, 3200, 5000]) {
    it(`gives a client that asks for ${step} values at a time each value once`, async () => {
      const values: string[] = [];
      let turns = 0;
      // The step of one value only goes over the end, which is what can go wrong.
      for (let from = step === 1 ? 3195 : 0, ended = false; !ended; from += step, turns++) {
        const answer = await ask([`memberUid;range=${from}-${from + step - 1}`]);
        const [[name, part] = ['', []]] = Object.entries(answer);
        values.push(...part);
        ended = name.endsWith('-*');
      }
      assert.deepEqual(values, step === 1 ? crowd.slice(3195) : crowd);
      assert.equal(turns, Math.ceil((step === 1 ? 5 : 3200) / step));
    });
  }

  it('tells who asks beyond the end that there is no more', async () => {
    assert.deepEqual(await ask(['member;range=3200-3300']), { 'member;range=3200-*': [] });
    assert.deepEqual(await ask(['member;range=9999999999-*']), { 'member;range=9999999999-*': [] });
  });

  it('works for values that the entry holds itself, beside other attributes, and for types only', async () => {
    const expected = { cn: ['crowd'], 'description;range=1-1': ['b'] };
    assert.deepEqual(await ask(['cn', 'description;range=1-1']), expected);
    assert.deepEqual(await ask(['description;range=1-*'], 'crowd', true), { 'description;range=1-*': [] });
  });

  it('leaves out what the entry does not have', async () => {
    assert.deepEqual(await ask(['cn', 'member;range=0-*', 'seeAlso;range=0-*'], 'empty'), { cn: ['empty'] });
  });

  it('takes one range of an attribute, and none that is malformed, of nothing known or of what is computed (P8)', async () => {
    assert.deepEqual(await ask(['description;range=0-0', 'description;range=1-1', 'DESCRIPTION;range=2-2']), {
      'description;range=0-0': ['a'],
    });
    const none = ['member;range=5-4', 'member;range=-1', 'member;range=a-b', 'member;range=', 'noSuch;range=0-1'];
    assert.deepEqual(await ask([...none, 'entryDN;range=0-*', ';range=0-1', 'member;range=0-99999999999']), {});
  });
});
