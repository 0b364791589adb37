import assert from 'node:assert/strict';
import * as fc from 'fast-check';

import { type Admission, Shield, type ShieldedAccount, type ShieldSettings } from '../../../src/auth/shield.ts';

const MINUTE = 60_000;
const settings: ShieldSettings = {
  account: { attempts: 6, refillMs: MINUTE },
  address: { attempts: 20, refillMs: 1000 },
  total: { attempts: 100, refillMs: 100 },
  lockout: { firstMs: MINUTE, mostMs: 8 * MINUTE },
};
const limits = { accountsMax: 1000, networksMax: 1000, familiarMax: 1000 };
const alice: ShieldedAccount = { key: 'user:alice', isCountedByNetwork: false };
const gitlab: ShieldedAccount = { key: 'service:git lab', isCountedByNetwork: true };
const [home, office, attacker] = ['192.0.2.1', '192.0.2.2', '198.51.100.9'];

class Bench {
  nowMs = 0;
  readonly shield: Shield;

  constructor(changes: Partial<ShieldSettings> = {}) {
    this.shield = new Shield({ ...settings, ...changes }, limits, () => this.nowMs);
  }

  /** Tries, with this outcome; what the shield said. */
  try(
    account: ShieldedAccount | undefined,
    network: string,
    outcome: 'right' | 'wrong' | 'untold' | 'locked',
  ): Admission['kind'] {
    const admission = this.shield.admit(account, network);
    if (admission.kind === 'admitted') admission.attempt[outcome]();
    return admission.kind;
  }

  /** How many wrong passwords are let through until one is not, and what it is told then. */
  exhaust(
    account: ShieldedAccount | undefined,
    network: string,
  ): { readonly tried: number; readonly end: Admission['kind'] } {
    for (let tried = 0; tried < 10_000; tried++) {
      const end = this.try(account, network, 'wrong');
      if (end !== 'admitted') return { tried, end };
    }
    return { tried: Number.POSITIVE_INFINITY, end: 'admitted' };
  }
}

describe('the allowance of an account (PAIN-22)', () => {
  it('lets strangers try two thirds of it, and keeps the rest for networks that the account has bound from', () => {
    const bench = new Bench();
    assert.equal(bench.try(alice, home, 'right'), 'admitted');
    assert.deepEqual(bench.exhaust(alice, attacker), { tried: 4, end: 'spent' });
    assert.deepEqual(bench.exhaust(alice, home), { tried: 2, end: 'spent' });
  });

  it('is one for all networks, however many somebody has', () => {
    const bench = new Bench();
    let tried = 0;
    for (let network = 0; network < 500; network++)
      if (bench.try(alice, `10.0.0.${network}`, 'wrong') === 'admitted') tried++;
    assert.equal(tried, 4);
  });

  it('fills up with time, and not beyond what it was', () => {
    const bench = new Bench();
    bench.exhaust(alice, attacker);
    bench.nowMs += MINUTE - 1;
    assert.equal(bench.try(alice, attacker, 'wrong'), 'spent');
    bench.nowMs += 1;
    assert.equal(bench.try(alice, attacker, 'wrong'), 'admitted');
    bench.nowMs += 1000 * MINUTE;
    assert.deepEqual(bench.exhaust(alice, attacker), { tried: 4, end: 'spent' });
  });

  it('is not touched by right passwords, nor by attempts that came to nothing', () => {
    const bench = new Bench();
    for (let round = 0; round < 100; round++) {
      assert.equal(bench.try(alice, home, 'right'), 'admitted');
      assert.equal(bench.try(alice, attacker, 'untold'), 'admitted');
    }
    assert.deepEqual([...bench.shield.accounts()], []);
  });

  it('counts those who come at the same time before it is known what becomes of them', () => {
    const bench = new Bench();
    const admissions = Array.from({ length: 10 }, () => bench.shield.admit(alice, attacker));
    assert.equal(admissions.filter(({ kind }) => kind === 'admitted').length, 4);
  });

  it('never lets more wrong passwords through in a minute than Smart Lockout allows, whoever tries from wherever (fast-check prints the seed)', () => {
    const step = fc.record({
      waitMs: fc.integer({ min: 0, max: 20_000 }),
      network: fc.constantFrom(home, office, attacker),
      outcome: fc.constantFrom('right' as const, 'wrong' as const, 'wrong' as const, 'untold' as const),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        const bench = new Bench();
        const wrongAt: number[] = [];
        for (const { waitMs, network, outcome } of steps) {
          bench.nowMs += waitMs;
          if (bench.try(alice, network, outcome) === 'admitted' && outcome === 'wrong') wrongAt.push(bench.nowMs);
        }
        for (const at of wrongAt) {
          const within = wrongAt.filter((other) => other >= at && other < at + MINUTE).length;
          assert.ok(within < 10, `${within} within a minute`);
        }
      }),
    );
  });
});

describe('the allowance of a network', () => {
  it('ends with "come back later" for every name, and is nobody else’s matter', () => {
    const bench = new Bench();
    assert.deepEqual(bench.exhaust(undefined, attacker), { tried: 20, end: 'limited' });
    assert.equal(bench.try(alice, attacker, 'right'), 'limited');
    assert.equal(bench.try(gitlab, attacker, 'right'), 'limited');
    assert.equal(bench.shield.isLimited(attacker), true);
    assert.equal(bench.shield.isLimited(home), false);
    assert.equal(bench.try(alice, home, 'right'), 'admitted');
    bench.nowMs += 1000;
    assert.equal(bench.try(alice, attacker, 'right'), 'admitted');
  });

  it('does not hold back who has bound from there before', () => {
    const bench = new Bench();
    bench.try(alice, office, 'right');
    bench.try(gitlab, office, 'right');
    bench.exhaust(undefined, office);
    assert.equal(bench.try(alice, office, 'right'), 'admitted');
    assert.equal(bench.try(gitlab, office, 'right'), 'admitted');
    assert.equal(bench.try({ key: 'user:bob', isCountedByNetwork: false }, office, 'right'), 'limited');
  });

  it('is used up by refusals without an attempt as well, so that they cannot be told from others', () => {
    const bench = new Bench();
    for (let time = 0; time < 20; time++) bench.shield.refused(attacker);
    assert.equal(bench.shield.isLimited(attacker), true);
  });

  it('goes below nothing when many come at the same time, and then takes longer', () => {
    const bench = new Bench();
    const admissions = Array.from({ length: 30 }, () => bench.shield.admit(undefined, attacker));
    for (const admission of admissions) if (admission.kind === 'admitted') admission.attempt.wrong();
    bench.nowMs += 10_000;
    assert.equal(bench.shield.isLimited(attacker), true);
    bench.nowMs += 1000;
    assert.equal(bench.shield.isLimited(attacker), false);
  });
});

describe('the allowance of all together', () => {
  it('holds back strangers from everywhere, and nobody who has bound before', () => {
    const bench = new Bench();
    bench.try(alice, home, 'right');
    assert.equal(bench.shield.isTotalSpent, false);
    for (let network = 0; network < 100; network++) bench.try(undefined, `10.0.0.${network}`, 'wrong');
    assert.equal(bench.shield.isTotalSpent, true);
    assert.equal(bench.try(undefined, '203.0.113.1', 'wrong'), 'limited');
    assert.equal(bench.try(alice, office, 'right'), 'limited');
    assert.equal(bench.try(alice, home, 'right'), 'admitted');
  });
});

describe('a service account', () => {
  it('has an allowance in each network, so that nobody locks it for others', () => {
    const bench = new Bench();
    assert.deepEqual(bench.exhaust(gitlab, attacker), { tried: 6, end: 'spent' });
    assert.equal(bench.try(gitlab, home, 'right'), 'admitted');
    assert.equal(bench.shield.unlockAccount(gitlab.key), true);
    assert.equal(bench.try(gitlab, attacker, 'wrong'), 'admitted');
  });
});

describe('an account that Entra has locked (AADSTS50053)', () => {
  it('rests, and longer each time, up to the longest', () => {
    const bench = new Bench();
    for (const minutes of [1, 2, 4, 8, 8]) {
      assert.equal(bench.try(alice, home, 'locked'), 'admitted');
      bench.nowMs += minutes * MINUTE - 1;
      assert.equal(bench.try(alice, office, 'wrong'), 'resting');
      bench.nowMs += 1;
    }
  });

  it('begins anew after a right password, and after it was left in peace for long', () => {
    for (const end of ['right', 'peace'] as const) {
      const bench = new Bench();
      for (const minutes of [1, 2]) {
        bench.try(alice, home, 'locked');
        bench.nowMs += minutes * MINUTE;
      }
      if (end === 'right') bench.try(alice, home, 'right');
      else bench.nowMs += 9 * MINUTE;
      bench.try(alice, home, 'locked');
      bench.nowMs += MINUTE;
      assert.equal(bench.try(alice, home, 'right'), 'admitted', end);
    }
  });

  it('is asked about at once after it was unlocked', () => {
    const bench = new Bench();
    bench.try(alice, home, 'locked');
    assert.equal(bench.shield.unlockAccount(alice.key), true);
    assert.equal(bench.shield.unlockAccount(alice.key), false);
    assert.equal(bench.try(alice, home, 'right'), 'admitted');
  });
});

describe('the shield', () => {
  it('tells which accounts and networks it holds back, and until when', () => {
    const bench = new Bench();
    bench.exhaust(alice, attacker);
    bench.try(gitlab, home, 'wrong');
    bench.try({ key: 'user:bob', isCountedByNetwork: false }, home, 'locked');
    assert.deepEqual(
      [...bench.shield.accounts()].map(({ key, left, waitMs, locks }) => [key, left, waitMs, locks]),
      [
        ['user:alice', 2, 0, 0],
        ['service:git lab', 5, 0, 0],
        ['user:bob', 5, MINUTE, 1],
      ],
    );
    assert.deepEqual(
      [...bench.shield.networks()].map(({ network, left }) => [network, left]),
      [
        [attacker, 16],
        [home, 18],
      ],
    );
    assert.equal(bench.shield.unlockNetwork(attacker), true);
    assert.deepEqual(
      [...bench.shield.networks()].map(({ network }) => network),
      [home],
    );
  });

  it('takes over other settings at once, and what was used up stays used up', () => {
    const bench = new Bench();
    bench.exhaust(alice, attacker);
    bench.shield.use({ ...settings, account: { attempts: 9, refillMs: 1000 } });
    assert.equal(bench.try(alice, attacker, 'wrong'), 'spent');
    bench.nowMs += 2000;
    assert.equal(bench.try(alice, attacker, 'wrong'), 'admitted');
  });

  it('forgets the networks that were seen least recently when there are too many (P8)', () => {
    const shield = new Shield(settings, { accountsMax: 2, networksMax: 2, familiarMax: 2 }, () => 0);
    for (const network of ['a', 'b', 'c']) shield.refused(network);
    assert.deepEqual(
      [...shield.networks()].map(({ network }) => network),
      ['b', 'c'],
    );
  });
});
