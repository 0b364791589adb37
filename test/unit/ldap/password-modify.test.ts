import assert from 'node:assert/strict';

import { BerError } from '../../../src/ldap/ber-reader.ts';
import { assertPasswordModify } from '../../../src/ldap/password-modify.ts';
import { element, sequence } from '../../support/ldap-ber.ts';

describe('assertPasswordModify (RFC 3062 §2)', () => {
  it('wipes the passwords, whether it can read the request or not (P7)', () => {
    const whole = sequence(element(0x81, 'old password'), element(0x82, 'new password'));
    assertPasswordModify(whole);
    const broken = sequence(element(0x82, 'new password'), element(0x81, 'old password'));
    assert.throws(() => assertPasswordModify(broken), BerError);
    for (const value of [whole, broken]) assert.ok(value.every((octet) => octet === 0));
  });
});
