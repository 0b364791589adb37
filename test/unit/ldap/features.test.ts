import assert from 'node:assert/strict';

import { Admission } from '../../../src/ldap/admission.ts';
import { supportedExtensions } from '../../../src/ldap/features.ts';

describe('features that the root DSE lists (RFC 4512 §5.1)', () => {
  it('name StartTLS where there is a certificate (T6)', () => {
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
