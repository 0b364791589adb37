import assert from 'node:assert/strict';
import { inspect } from 'node:util';

import { AcceptedCredentials } from '../../../src/auth/accepted-credentials.ts';
import { BoundedMap } from '../../../src/auth/bounded-map.ts';
import { isSameDigest, PasswordDigest } from '../../../src/auth/password-digest.ts';
import { RefusedPasswords } from '../../../src/auth/refused-passwords.ts';

const p = (text: string): Buffer => Buffer.from(text);
const wrong = { link: 'entra', reason: 'wrong', denial: 'wrong', isProven: false, aadsts: 50126 } as const;

describe('the digest of a password', () => {
  it('is the same for the same owner and password, and for no others', () => {
    const digest = new PasswordDigest();
    const own = digest.of('user:1', p('secret'));
    assert.ok(isSameDigest(own, digest.of('user:1', p('secret'))));
    for (const [owner, password] of [
      ['user:1', 'Secret'],
      ['user:2', 'secret'],
      ['user:1s', 'ecret'],
      ['user:', '1secret'],
      ['', 'user:1secret'],
    ] as const) {
      assert.ok(!isSameDigest(own, digest.of(owner, p(password))), `${owner} ${password}`);
    }
  });

  it('says nothing to another process, which has another key', () => {
    assert.ok(!isSameDigest(new PasswordDigest().of('a', p('x')), new PasswordDigest().of('a', p('x'))));
  });

  it('does not print its key', () => {
    assert.doesNotMatch(inspect(new PasswordDigest(), { depth: 9, showHidden: true }), /Buffer/);
  });
});

describe('refused passwords', () => {
  const limits = { accountsMax: 2, passwordsMax: 2 };
  const memory = (): RefusedPasswords => new RefusedPasswords(new PasswordDigest(), limits);

  it('are remembered until the stated time and not longer (PAIN-22)', () => {
    const refused = memory();
    refused.add('a', 'v1', p('wrong'), wrong, 1000);
    assert.deepEqual(refused.find('a', 'v1', p('wrong'), 999), wrong);
    assert.equal(refused.find('a', 'v1', p('other'), 999), undefined);
    assert.equal(refused.find('b', 'v1', p('wrong'), 999), undefined);
    assert.equal(refused.find('a', 'v1', p('wrong'), 1000), undefined);
  });

  it('are forgotten when their account has changed', () => {
    const refused = memory();
    refused.add('a', 'v1', p('wrong'), wrong, 1000);
    assert.equal(refused.find('a', 'v2', p('wrong'), 1), undefined);
    assert.equal(refused.find('a', 'v1', p('wrong'), 1), undefined);
  });

  it('make room for newer ones of their account, and accounts for each other (P8)', () => {
    const refused = memory();
    for (const text of ['1', '2', '3']) refused.add('a', '', p(text), wrong, 1000);
    assert.deepEqual(
      ['1', '2', '3'].map((text) => refused.find('a', '', p(text), 1) !== undefined),
      [false, true, true],
    );
    refused.add('b', '', p('1'), wrong, 1000);
    refused.add('c', '', p('1'), wrong, 1000);
    assert.equal(refused.find('a', '', p('3'), 1), undefined);
  });

  it('take the place of themselves when they are refused again', () => {
    const refused = memory();
    for (const untilMs of [1000, 2000]) refused.add('a', '', p('1'), wrong, untilMs);
    refused.add('a', '', p('2'), wrong, 2000);
    assert.deepEqual(refused.find('a', '', p('1'), 1500), wrong);
  });

  it('are forgotten on demand', () => {
    const refused = memory();
    refused.add('a', '', p('1'), wrong, 1000);
    assert.equal(refused.forget('a'), true);
    assert.equal(refused.forget('a'), false);
    assert.equal(refused.find('a', '', p('1'), 1), undefined);
  });
});

describe('accepted credentials', () => {
  const use = { account: 'a', version: 'v1', network: 'n' };
  const memory = (entriesMax = 10): AcceptedCredentials =>
    new AcceptedCredentials(new PasswordDigest(), { entriesMax, mismatchesMax: 3 });

  it('are accepted again until the stated time, in the same network only (PAIN-04)', () => {
    const accepted = memory();
    accepted.add(use, p('right'), 'entra', 1000);
    assert.equal(accepted.recall(use, p('right'), 999), 'entra');
    assert.equal(accepted.recall({ ...use, network: 'm' }, p('right'), 999), undefined);
    assert.equal(accepted.recall({ ...use, account: 'b' }, p('right'), 999), undefined);
    assert.equal(accepted.recall(use, p('right'), 1000), undefined);
  });

  it('are forgotten when their account has changed (PAIN-04)', () => {
    const accepted = memory();
    accepted.add(use, p('right'), 'entra', 1000);
    assert.equal(accepted.recall({ ...use, version: 'v2' }, p('right'), 1), undefined);
    assert.equal(accepted.recall(use, p('right'), 1), undefined);
  });

  it('are forgotten after a few other passwords, so that nobody guesses against them for free (P7)', () => {
    const accepted = memory();
    accepted.add(use, p('right'), 'entra', 1000);
    for (const guess of ['1', '2']) assert.equal(accepted.recall(use, p(guess), 1), undefined);
    assert.equal(accepted.recall(use, p('right'), 1), 'entra');
    assert.equal(accepted.recall(use, p('3'), 1), undefined);
    assert.equal(accepted.recall(use, p('right'), 1), undefined);
  });

  it('make room for each other, those first that were used least recently (P8)', () => {
    const accepted = memory(2);
    for (const network of ['1', '2']) accepted.add({ ...use, network }, p('x'), 'entra', 1000);
    accepted.recall({ ...use, network: '1' }, p('x'), 1);
    accepted.add({ ...use, network: '3' }, p('x'), 'entra', 1000);
    const known = ['1', '2', '3'].filter((network) => accepted.recall({ ...use, network }, p('x'), 1) !== undefined);
    assert.deepEqual(known, ['1', '3']);
  });
});

describe('BoundedMap', () => {
  it('keeps what was used last, and tells without a use too', () => {
    const map = new BoundedMap<number>(2);
    map.set('a', 1);
    map.set('b', 2);
    assert.equal(map.peek('a'), 1);
    map.set('c', 3);
    assert.deepEqual(
      [...map.entries()],
      [
        ['b', 2],
        ['c', 3],
      ],
    );
    map.set('b', 4);
    assert.deepEqual([[...map.entries()].length, map.get('b')], [2, 4]);
    map.clear();
    assert.deepEqual([...map.entries()], []);
  });
});
