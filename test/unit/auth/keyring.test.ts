import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { Keyring, KeyringError } from '../../../src/auth/keyring.ts';

const key = (id: string) => ({ id, secret: randomBytes(32) });

describe('the keyring', () => {
  const [first, second] = [key('k1'), key('k2')];
  const before = new Keyring([first]);
  const after = new Keyring([second, first]);

  it('opens what it has sealed for the same owner and purpose, and for no other', () => {
    const sealed = before.seal('codes', 'alice', Buffer.from('seed'));
    assert.equal(before.open('codes', 'alice', sealed).toString(), 'seed');
    assert.throws(() => before.open('codes', 'bob', sealed), KeyringError);
    assert.throws(() => before.open('other', 'alice', sealed), KeyringError);
  });

  it('notices any change of what it has sealed', () => {
    const sealed = before.seal('codes', 'alice', Buffer.from('seed'));
    const bytes = Buffer.from(sealed.slice(3), 'base64');
    for (let at = 0; at < bytes.length; at++) {
      const changed = Buffer.from(bytes);
      changed.writeUInt8(changed.readUInt8(at) ^ 1, at);
      assert.throws(
        () => before.open('codes', 'alice', `k1.${changed.toString('base64')}`),
        KeyringError,
        `octet ${at}`,
      );
    }
    for (const short of ['', 'k1', 'k1.', 'k1.AAAA']) {
      assert.throws(() => before.open('codes', 'alice', short), KeyringError, short);
    }
  });

  it('opens nothing whose seal was shortened', () => {
    const sealed = before.seal('codes', 'alice', Buffer.from('seed'));
    const bytes = Buffer.from(sealed.slice(3), 'base64');
    for (let length = 1; length < 28; length++) {
      const short = `k1.${bytes.subarray(0, length).toString('base64')}`;
      assert.throws(() => before.open('codes', 'alice', short), KeyringError, `${length} octets`);
    }
  });

  it('seals the same differently each time', () => {
    assert.notEqual(
      before.seal('codes', 'alice', Buffer.from('seed')),
      before.seal('codes', 'alice', Buffer.from('seed')),
    );
  });

  it('uses the newest key, and opens what was sealed with an older one as long as it has that', () => {
    const old = before.seal('codes', 'alice', Buffer.from('seed'));
    assert.equal(after.current, 'k2');
    assert.match(after.seal('codes', 'alice', Buffer.from('seed')), /^k2\./);
    assert.equal(after.open('codes', 'alice', old).toString(), 'seed');
    assert.throws(() => new Keyring([second]).open('codes', 'alice', old), /the key k1 is not there any more/);
  });

  it('peppers a password by key, purpose and owner', () => {
    const password = Buffer.from('Passw0rd!');
    const digests = [
      after.pepper('k1', 'remembered', 'alice', password),
      after.pepper('k2', 'remembered', 'alice', password),
      after.pepper('k2', 'other', 'alice', password),
      after.pepper('k2', 'remembered', 'bob', password),
      after.pepper('k2', 'remembered', 'alice', Buffer.from('passw0rd!')),
    ];
    assert.equal(new Set(digests).size, digests.length);
    assert.equal(
      after.pepper('k1', 'remembered', 'alice', password),
      before.pepper('k1', 'remembered', 'alice', password),
    );
  });

  it('keeps owner and password apart', () => {
    assert.notEqual(after.pepper('k2', 'p', 'ab', Buffer.from('c')), after.pepper('k2', 'p', 'a', Buffer.from('bc')));
  });

  it('makes of a password of any length one that bcrypt reads to its end', () => {
    const long = Buffer.alloc(5000, 0x61);
    const other = Buffer.concat([long, Buffer.from('b')]);
    const [a, b] = [after.pepper('k2', 'p', 'x', long), after.pepper('k2', 'p', 'x', other)];
    assert.notEqual(a, b);
    assert.ok(a.length <= 72);
  });

  it('needs a key', () => {
    assert.throws(() => new Keyring([]), RangeError);
  });
});
