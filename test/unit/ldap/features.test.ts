import assert from 'node:assert/strict';

import { Admission } from '../../../src/ldap/admission.ts';
import { supportedControls, supportedExtensions } from '../../../src/ldap/features.ts';

describe('features that the root DSE lists (RFC 4512 §5.1)', () => {
  it('are the controls and operations that work', () => {
    assert.deepEqual([...supportedControls].sort(), [
      '1.2.840.113556.1.4.1339',
      '1.2.840.113556.1.4.319',
      '1.2.840.113556.1.4.473',
      '1.3.6.1.1.12',
      '1.3.6.1.1.22',
      '1.3.6.1.4.1.4203.1.10.1',
      '1.3.6.1.4.1.4203.666.5.16',
      '2.16.840.1.113730.3.4.2',
    ]);
    assert.deepEqual(supportedExtensions({ startTls: false }), ['1.3.6.1.4.1.4203.1.11.3', '1.3.6.1.1.8']);
    assert.ok(supportedExtensions({ startTls: true }).includes('1.3.6.1.4.1.1466.20037'));
  });
});

describe('Admission (P8)', () => {
  it('counts in total and by address, and forgets addresses that have gone', () => {
    const admission = new Admission({ connectionsMax: 3, connectionsPerAddressMax: 2 });
    assert.deepEqual(
      ['a', 'a', 'a', 'b', 'b'].map((address) => admission.admit(address)),
      [true, true, false, true, false],
    );
    admission.release('a');
    assert.equal(admission.admit('b'), true);
    for (const address of ['a', 'b', 'b']) admission.release(address);
    assert.deepEqual(
      ['c', 'c', 'c', 'a', 'b'].map((address) => admission.admit(address)),
      [true, true, false, true, false],
    );
  });
});
