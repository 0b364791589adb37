import assert from 'node:assert/strict';
import { compare } from 'bcrypt';
import { hashPassword, hashedPasswordBytesMax, PasswordNotHashableError } from '../../../src/auth/hash-password.ts';

describe('hashing a password', () => {
  it('gives a bcrypt hash that matches this password only, and another one each time', async () => {
    const [first, second] = await Promise.all([hashPassword('pässword'), hashPassword('pässword')]);
    assert.match(first, /^\$2b\$10\$.{53}$/);
    assert.notEqual(first, second);
    assert.equal(await compare('pässword', first), true);
    assert.equal(await compare('passwörd', first), false);
  });

  it('takes as many octets as bcrypt tells apart and refuses one more (P7)', async () => {
    const longest = 'p'.repeat(hashedPasswordBytesMax);
    assert.equal(await compare(longest, await hashPassword(longest)), true);
    await assert.rejects(hashPassword(`${longest}p`), PasswordNotHashableError);
    await assert.rejects(hashPassword('ä'.repeat(37)), PasswordNotHashableError);
  });

  it('refuses an empty password and one with a NUL, which bcrypt would cut (P7)', async () => {
    await assert.rejects(hashPassword(''), PasswordNotHashableError);
    await assert.rejects(
      hashPassword('a\0b'),
      (error: Error) => error instanceof PasswordNotHashableError && !error.message.includes('a\0b'),
    );
  });
});
