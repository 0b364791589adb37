import assert from 'node:assert/strict';
import { planRefresh } from '../../../src/ldap/sync-refresh.ts';

const history = { stampMs: 100, knownSinceMs: 50 };

describe('how a client is brought up to date (RFC 4533 §3.3)', () => {
  it('is by everything when it has nothing', () => {
    for (const hint of [false, true]) {
      assert.deepEqual(planRefresh({ kind: 'nothing' }, history, hint), {
        kind: 'everything',
        unchangedSinceMs: undefined,
      });
    }
  });

  it('is by what changed from the oldest directory on that the log knows', () => {
    for (const stampMs of [50, 99, 100]) {
      assert.deepEqual(planRefresh({ kind: 'known', stampMs }, history, false), { kind: 'changes', sinceMs: stampMs });
    }
  });

  it('is by everything, with what is unchanged named only, before that', () => {
    assert.deepEqual(planRefresh({ kind: 'known', stampMs: 49 }, history, false), {
      kind: 'everything',
      unchangedSinceMs: 49,
    });
  });

  it('is not possible for what is not from here, unless everything is wanted then', () => {
    const state = { kind: 'unknown', stampMs: 60 } as const;
    assert.deepEqual(planRefresh(state, history, false), { kind: 'refuse', reason: 'unknown' });
    assert.deepEqual(planRefresh(state, history, true), { kind: 'everything', unchangedSinceMs: undefined });
  });

  it('is not possible for what is from later than now', () => {
    for (const kind of ['known', 'unknown'] as const) {
      assert.deepEqual(planRefresh({ kind, stampMs: 101 }, history, true), { kind: 'refuse', reason: 'ahead' });
    }
  });
});
