import assert from 'node:assert/strict';

import { BerError } from '../../../src/ldap/ber-reader.ts';
import { Framer, FramingLimitError, InputBudget } from '../../../src/ldap/framer.ts';
import { sequence, text } from '../../support/ldap-ber.ts';

const isLimit = (limit: FramingLimitError['limit']) => (error: unknown) =>
  error instanceof FramingLimitError && error.limit === limit;

describe('Framer', () => {
  it('gives a message that came whole as a view of its chunk, without copying', () => {
    const framer = new Framer(new InputBudget(0));
    const chunk = sequence(text('a'));
    framer.push(chunk);
    const message = framer.next(100);
    assert.equal(message?.buffer, chunk.buffer);
    assert.equal(message?.byteOffset, chunk.byteOffset);
    framer.settle();
    assert.equal(framer.bufferedBytes, 0);
  });

  it('takes a message of the limit and refuses one of a byte more, by its claim alone (P8, E6)', () => {
    const framer = new Framer(new InputBudget(1000));
    framer.push(sequence(Buffer.alloc(98)));
    assert.equal(framer.next(100)?.length, 100);
    framer.push(Buffer.from([0x30, 99]));
    assert.throws(() => framer.next(100), isLimit('messageBytesMax'));
  });

  it('allocates for what came, not for what is claimed (E6)', () => {
    const budget = new InputBudget(1000);
    const framer = new Framer(budget);
    framer.push(Buffer.from([0x30, 0x83, 0x0f, 0xff, 0xff, 1]));
    assert.equal(framer.next(1 << 21), undefined);
    framer.settle();
    assert.ok(budget.used <= 64);
  });

  it('refuses what is no SEQUENCE by its first byte, and indefinite or overlong lengths', () => {
    for (const bytes of [[0x16], [0x31, 0], [0x30, 0x80], [0x30, 0x85], [0x30, 0xff]]) {
      const framer = new Framer(new InputBudget(1000));
      framer.push(Buffer.from(bytes));
      assert.throws(
        () => framer.next(100),
        (error) => error instanceof BerError && error.kind === 'structure',
      );
    }
  });

  function half(budget: InputBudget, bytes: readonly number[], onEvicted?: () => void): Framer {
    const framer = new Framer(budget, onEvicted);
    framer.push(Buffer.from(bytes));
    framer.settle();
    return framer;
  }

  it('takes from who has waited longest what all connections may not hold together (P8)', () => {
    const budget = new InputBudget(128);
    const evicted: string[] = [];
    const first = half(budget, [0x30, 100], () => evicted.push('first'));
    half(budget, [0x30, 100], () => evicted.push('second'));
    assert.deepEqual([budget.used, evicted], [128, []]);
    const third = half(budget, [0x30], () => evicted.push('third'));
    assert.deepEqual([budget.used, evicted, third.bufferedBytes], [128, ['first'], 1]);
    assert.throws(() => first.push(Buffer.alloc(0)), isLimit('inputBytesTotalMax'));
    first.clear();
    assert.equal(budget.used, 128);
  });

  it('takes nothing from who has a whole message that waits for us, nor from who cannot give enough (P8)', () => {
    const budget = new InputBudget(128);
    const whole = half(budget, [0x30, 1, 0]);
    const garbage = half(budget, [0x31, 1]);
    assert.throws(() => half(budget, [0x30]), isLimit('inputBytesTotalMax'));
    garbage.clear();
    const alone = half(budget, [0x30, 0x82]);
    assert.throws(() => alone.push(Buffer.alloc(200)), isLimit('inputBytesTotalMax'));
    assert.equal(whole.next(100)?.length, 3);
    alone.clear();
    assert.equal(budget.used, 0);
  });

  it('wipes the bytes that it copied, for they may hold a password', () => {
    const framer = new Framer(new InputBudget(1000));
    const bytes = sequence(text('secret'));
    const head = Buffer.from(bytes.subarray(0, 6));
    const tail = Buffer.from(bytes.subarray(6));
    framer.push(head);
    framer.next(100);
    framer.settle();
    framer.push(tail);
    assert.deepEqual(framer.next(100), bytes);
    assert.ok([...head, ...tail].every((octet) => octet === 0));
  });

  it('wipes what nobody took when it is told to forget everything', () => {
    const framer = new Framer(new InputBudget(1000));
    const first = sequence(text('a'));
    const chunk = Buffer.concat([first, sequence(text('secret'))]);
    framer.push(chunk);
    framer.next(100);
    framer.clear();
    assert.deepEqual(chunk.subarray(0, first.length), first);
    assert.ok(chunk.subarray(first.length).every((octet) => octet === 0));
  });
});
