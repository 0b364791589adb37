import assert from 'node:assert/strict';
import * as fc from 'fast-check';

import { passwordForm } from '../../../src/graph/password-form.ts';

describe('the form that carries a password', () => {
  it('has the octets that URLSearchParams writes, whatever the password (fast-check prints the seed)', () => {
    const text = fc.oneof(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'binary' }));
    fc.assert(
      fc.property(text, text, (username, password) => {
        const expected = new URLSearchParams({ username, password }).toString();
        // What is no text cannot be a password in UTF-8.
        const octets = Buffer.from(password);
        assert.equal(passwordForm({ username }, octets).toString('latin1'), expected);
      }),
    );
  });

  it('is one copy of the password that its owner can wipe: wiping it leaves the password as it was', () => {
    const password = Buffer.from('secret');
    passwordForm({ a: 'b' }, password).fill(0);
    assert.equal(password.toString(), 'secret');
  });
});
