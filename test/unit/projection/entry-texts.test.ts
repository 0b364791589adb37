import assert from 'node:assert/strict';
import { encodeEntry } from '../../../src/directory/entry-codec.ts';
import { standardSchema } from '../../../src/directory/schema.ts';
import { entryTexts } from '../../../src/projection/entry-texts.ts';

describe('the texts of an entry', () => {
  it('are its attributes by name, without links and time stamps, and with values that are no text in base64 (P9)', () => {
    const entry = encodeEntry(standardSchema, {
      dn: 'uid=zoë,dc=example,dc=com',
      attributes: [
        ['objectClass', ['top', 'person']],
        ['uid', ['zoë']],
        ['objectGUID', [Buffer.from([0xff, 0xfe, 0x00, 0x01])]],
        ['entryUUID', ['10000000-0000-4000-8000-000000000002']],
        ['modifyTimestamp', ['20261121154020Z']],
        ['entryCSN', ['20261121154020.000000Z#000000#000#000000']],
      ],
      links: [['memberOf', 'memberOf']],
    });
    assert.deepEqual(Object.fromEntries(entryTexts(entry)), {
      objectClass: ['top', 'person'],
      uid: ['zoë'],
      objectGUID: ['//4AAQ=='],
      entryUUID: ['10000000-0000-4000-8000-000000000002'],
    });
  });
});
