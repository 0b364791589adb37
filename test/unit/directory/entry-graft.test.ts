import assert from 'node:assert/strict';
import { encodeEntry } from '../../../src/directory/entry-codec.ts';
import { graftEntry } from '../../../src/directory/entry-graft.ts';
import { standardSchema } from '../../../src/directory/schema.ts';
import { sampleEntries } from '../../support/sample-directory.ts';

const isOperational = (name: string): boolean => standardSchema.attribute(name)?.operational === true;

describe('attributes added to a stored entry', () => {
  it('make the bytes of an entry that was stored with them', () => {
    const classes = ['sambaSamAccount'];
    for (const sid of ['S-1-5-21-1-2-3-4', 'x'.repeat(300)]) {
      const added = [
        ['sambaSID', [sid]],
        ['sambaAcctFlags', ['[U          ]']],
        ['sambaPwdLastSet', ['1', '2']],
      ] as const;
      for (const entry of sampleEntries) {
        const attributes = entry.attributes.map(([name, values]) =>
          name === 'objectClass' ? ([name, [...values, ...classes]] as const) : ([name, values] as const),
        );
        const whole = encodeEntry(standardSchema, {
          ...entry,
          attributes: [
            ...attributes.filter(([name]) => !isOperational(name)),
            ...added,
            ...attributes.filter(([name]) => isOperational(name)),
          ],
        });
        assert.deepEqual(
          graftEntry(encodeEntry(standardSchema, entry), { classes, attributes: added }),
          whole,
          entry.dn,
        );
      }
    }
  });

  it('that are none leave the bytes as they are', () => {
    for (const entry of sampleEntries) {
      const bytes = encodeEntry(standardSchema, entry);
      assert.deepEqual(graftEntry(bytes, { classes: [], attributes: [] }), bytes);
    }
  });
});
