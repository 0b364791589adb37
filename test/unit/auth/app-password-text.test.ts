import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { newAppPassword, readAppPassword } from '../../../src/auth/app-password-text.ts';

const read = (text: string) => {
  const typed = readAppPassword(Buffer.from(text));
  return typed && { ...typed, secret: typed.secret.toString() };
};

describe('the text of an app password', () => {
  it('has five groups of four characters without vowels and look-alikes, and begins with its id', () => {
    for (let i = 0; i < 200; i++) {
      const { id, secret, text } = newAppPassword();
      assert.match(text, /^(?:[2-9bcdfghjkmnpqrstvwxz]{4}-){4}[2-9bcdfghjkmnpqrstvwxz]{4}$/);
      assert.equal(text.replaceAll('-', ''), secret);
      assert.equal(secret.slice(0, 6), id);
    }
  });

  it('is another one each time', () => {
    assert.equal(new Set(Array.from({ length: 1000 }, () => newAppPassword().id)).size, 1000);
  });

  it('is read as people type it: in any letter case, without hyphens, with spaces', () => {
    const { id, secret, text } = newAppPassword();
    for (const typed of [text, secret, text.toUpperCase(), text.replaceAll('-', ' '), ` ${text} `]) {
      assert.deepEqual(read(typed), { id, secret, code: undefined }, typed);
    }
  });

  it('is read with the one-time code behind it', () => {
    const { id, secret, text } = newAppPassword();
    for (const typed of [`${text}012345`, `${text} 012 345`, `${text}-012345`]) {
      assert.deepEqual(read(typed), { id, secret, code: '012345' }, typed);
    }
  });

  it('is not read from less, from more, or from another code', () => {
    const { text } = newAppPassword();
    for (const typed of [
      '',
      text.slice(1),
      text.slice(0, -1),
      `${text}1`,
      `${text}12345x`,
      `${text}1234567`,
      `\0${text}`,
    ]) {
      assert.equal(read(typed), undefined, typed);
    }
    assert.equal(read(text + ' '.repeat(64)), undefined);
  });

  it('is not read when one character is another one', () => {
    const { secret } = newAppPassword();
    const alphabet = '23456789bcdfghjkmnpqrstvwxz';
    let read_ = 0;
    for (let at = 0; at < secret.length; at++) {
      for (const character of Array.from(alphabet)) {
        const changed = secret.slice(0, at) + character + secret.slice(at + 1);
        if (changed !== secret && read(changed) !== undefined) read_ += 1;
      }
    }
    // Where the weight of a place and the size of the alphabet have a common factor, some go unnoticed.
    assert.ok(read_ <= 30, `${read_} of ${20 * 26} changes go unnoticed`);
  });

  it('is read from no arbitrary bytes that are not one', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        const typed = readAppPassword(Buffer.from(bytes));
        if (typed !== undefined) assert.match(typed.secret.toString(), /^[2-9bcdfghjkmnpqrstvwxz]{20}$/);
      }),
    );
  });
});
