import assert from 'node:assert/strict';
import * as fc from 'fast-check';

import { BcryptCalls } from '../support/bcrypt-calls.ts';
import { BindHistory } from '../support/bind-history.ts';
import { creation, settings, step } from '../support/bind-steps.ts';

describe('binds through outages, changes, rules, one-time codes, revocations, rotations of keys and restarts', () => {
  let bcrypt: BcryptCalls;

  before(() => {
    bcrypt = new BcryptCalls({ isCheap: true });
  });

  after(() => bcrypt[Symbol.dispose]());

  it('let nobody in by a wrong, old or revoked password, and everybody whose password must work (P6, P7, PAIN-04, fast-check prints the seed)', async function () {
    this.timeout(180_000);
    const seen = new Map<string, number>();
    await fc.assert(
      fc.asyncProperty(
        settings,
        fc.array(creation, { minLength: 1, maxLength: 3 }),
        fc.array(step, { minLength: 30, maxLength: 80 }),
        async (initial, creations, steps) => {
          const history = new BindHistory(initial, seen);
          for (const each of [...creations, ...steps]) await history.perform(each);
        },
      ),
      { numRuns: 120 },
    );
    // Otherwise the histories would say nothing about them.
    for (const way of [
      'found right',
      'remembered',
      'remembered for outages',
      'app password',
      'must get in: Entra says yes',
      'must get in: remembered, and Entra is out',
      'with a one-time code',
      'kept out: the way is closed',
      'kept out: no code is shown',
      'kept out: the code shown was used, or is older than one that was',
    ]) {
      assert.ok((seen.get(way) ?? 0) > 0, `${way} was never seen in ${JSON.stringify([...seen])}`);
    }
  });
});
