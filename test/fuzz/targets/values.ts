import assert from 'node:assert/strict';

import * as forms from '../../../src/directory/value-forms.ts';
import { type FuzzTarget, octets, words } from '../target.ts';

const all: readonly (readonly [name: string, form: (value: Buffer) => unknown])[] = Object.entries(forms);

/** Every syntax (RFC 4517 §3.3): the first octet chooses the rule. Nothing throws, and the value itself is left as it was. */
export const valuesTarget: FuzzTarget = {
  name: 'values',
  bytesMax: 512,
  words: [
    ...words(
      '20240229235960Z',
      '2024022923.5+0130',
      '19000229000000Z',
      '-0',
      '007',
      'TRUE',
      "'0101'B",
      "#'01'B",
      'cn=a,dc=b',
    ),
    ...words(
      'a1b2c3d4-0000-4000-8000-000000000001',
      '+1 555-0100',
      '1 Main St.$Cost \\24 5',
      'Zoë',
      '\u0301',
      '99999999999999999999',
    ),
    ...words('20250601080000.000000Z#000000#000#000000', '$', '\\24', '\\5C', ' '),
    ...octets('c3', 'ff', '00'),
  ],
  seeds: words('\0alice', '\u0001Zoë', '\u000720240229235960Z', '\b20240229235960.5-0130', '\u0003-12'),
  steps: { fixed: 4000, perByte: 200 },
  run(input) {
    const [name, form] = all[(input[0] ?? 0) % all.length] ?? ['', () => undefined];
    const value = input.subarray(1);
    const before = Buffer.from(value);
    const first = form(value);
    assert.deepEqual(form(Buffer.from(before)), first, `${name} answers the same to the same`);
    assert.deepEqual(value, before, `${name} changes nothing`);
  },
};
