import assert from 'node:assert/strict';

import { Deadlines, type Progress } from '../../../src/ldap/deadlines.ts';
import { defaultLdapLimits } from '../../../src/ldap/limits.ts';

const limits = {
  ...defaultLdapLimits,
  handshakeMs: 100,
  closeMs: 200,
  outputStallMs: 300,
  partialMessageMs: 400,
  idleMs: 2000,
  anonymousIdleMs: 1000,
};
const quiet: Progress = { state: 'open', pendingBytes: 0, takenBytes: 0, busy: false, anonymous: false };

describe('Deadlines: each limit is passed when its time is up and not before (P8)', () => {
  const table: [string, Partial<Progress>, number, string][] = [
    ['a handshake', { state: 'handshake' }, 100, 'handshake'],
    ['a close', { state: 'closing' }, 200, 'close'],
    ['output', { pendingBytes: 1 }, 300, 'output'],
    ['idleness', {}, 2000, 'idle'],
    ['anonymous idleness', { anonymous: true }, 1000, 'idle'],
  ];
  for (const [name, progress, ms, overdue] of table) {
    it(`ends ${name} after ${ms} ms`, () => {
      const deadlines = new Deadlines(limits, 5000);
      assert.equal(deadlines.overdue(5000 + ms - 1, { ...quiet, ...progress }), undefined);
      assert.equal(deadlines.overdue(5000 + ms, { ...quiet, ...progress }), overdue);
    });
  }

  it('counts an incomplete message from its first byte, whatever follows', () => {
    const deadlines = new Deadlines(limits, 0);
    deadlines.received(50);
    deadlines.partial();
    deadlines.received(300);
    deadlines.partial();
    assert.equal(deadlines.overdue(449, quiet), undefined);
    assert.equal(deadlines.overdue(450, quiet), 'partialMessage');
    deadlines.whole();
    assert.equal(deadlines.overdue(450, quiet), undefined);
  });

  it('gives a reader that takes something its time anew', () => {
    const deadlines = new Deadlines(limits, 0);
    const busy = { ...quiet, busy: true, pendingBytes: 10 };
    assert.equal(deadlines.overdue(299, { ...busy, takenBytes: 1 }), undefined);
    assert.equal(deadlines.overdue(598, { ...busy, takenBytes: 1 }), undefined);
    assert.equal(deadlines.outputMovedAtMs, 299);
    assert.equal(deadlines.overdue(599, { ...busy, takenBytes: 1 }), 'output');
  });

  it('calls nothing idle while an operation is under way', () => {
    assert.equal(new Deadlines(limits, 0).overdue(1_000_000, { ...quiet, busy: true }), undefined);
  });

  it('begins anew with each state', () => {
    const deadlines = new Deadlines(limits, 0);
    deadlines.entered(5000);
    assert.equal(deadlines.overdue(5099, { ...quiet, state: 'handshake' }), undefined);
  });
});
