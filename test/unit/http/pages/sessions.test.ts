import assert from 'node:assert/strict';
import { isSame, sessionIdleMs, sessionMs, Sessions, sessionsMax } from '../../../../src/http/pages/sessions.ts';
import type { AdminIdentity } from '../../../../src/identity/admin-token.ts';
import { ManualClock } from '../../../support/manual-clock.ts';

const ada: AdminIdentity = { id: 'token001', name: 'ada', scopes: new Set(['read']), expiresAtMs: null };

function opened() {
  const clock = new ManualClock();
  const known = new Map([[ada.id, ada]]);
  const sessions = new Sessions(clock, { current: (id) => known.get(id) });
  return { clock, known, sessions };
}

describe('sessions of the status page', () => {
  it('are found by their cookie, each with a secret of its own for its forms', () => {
    const { sessions } = opened();
    const [first, second] = [sessions.begin(ada), sessions.begin(ada)];
    assert.match(first, /^[\w-]{43}$/);
    assert.notEqual(first, second);
    assert.equal(sessions.find(first, true)?.identity, ada);
    assert.notEqual(sessions.find(first, true)?.csrf, sessions.find(second, true)?.csrf);
    assert.equal(sessions.find(`${first}x`, true), undefined);
    assert.equal(sessions.find('', true), undefined);
  });

  it('end after the idle time, which only use puts off', async () => {
    const { clock, sessions } = opened();
    const cookie = sessions.begin(ada);
    await clock.advance(sessionIdleMs - 1);
    assert.ok(sessions.find(cookie, true));
    await clock.advance(sessionIdleMs - 1);
    assert.ok(sessions.find(cookie, false));
    await clock.advance(1);
    assert.equal(sessions.find(cookie, false), undefined);
  });

  it('end after twelve hours, however busy they are', async () => {
    const { clock, sessions } = opened();
    const cookie = sessions.begin(ada);
    for (let at = 0; at < sessionMs - sessionIdleMs / 2; at += sessionIdleMs / 2) {
      await clock.advance(sessionIdleMs / 2);
      assert.equal(sessions.find(cookie, true) !== undefined, clock.monotonicMs() < sessionMs);
    }
    await clock.advance(sessionIdleMs / 2);
    assert.equal(sessions.find(cookie, true), undefined);
  });

  it('end with their token, and follow what it allows (P7)', () => {
    const { known, sessions } = opened();
    const cookie = sessions.begin(ada);
    known.set(ada.id, { ...ada, scopes: new Set(['audit']) });
    assert.deepEqual([...(sessions.find(cookie, true)?.identity.scopes ?? [])], ['audit']);
    known.delete(ada.id);
    assert.equal(sessions.find(cookie, true), undefined);
    known.set(ada.id, ada);
    assert.equal(sessions.find(cookie, true), undefined, 'one that has ended does not come back');
  });

  it('are at most as many as the limit: one more ends the one that was used least recently (P8)', () => {
    const { sessions } = opened();
    const cookies = Array.from({ length: sessionsMax }, () => sessions.begin(ada));
    const [oldest = '', second = ''] = cookies;
    assert.ok(sessions.find(oldest, true));
    sessions.begin(ada);
    assert.ok(sessions.find(oldest, false));
    assert.equal(sessions.find(second, false), undefined);
  });

  it('end by signing out, and no other with them', () => {
    const { sessions } = opened();
    const [first, second] = [sessions.begin(ada), sessions.begin(ada)];
    sessions.end(first);
    sessions.end('unknown');
    assert.equal(sessions.find(first, true), undefined);
    assert.ok(sessions.find(second, true));
  });

  it('keep a message for the next page alone', () => {
    const { sessions } = opened();
    const cookie = sessions.begin(ada);
    sessions.find(cookie, true)?.say({ tone: 'good', text: 'done' });
    assert.equal(sessions.find(cookie, true)?.takeFlash()?.text, 'done');
    assert.equal(sessions.find(cookie, true)?.takeFlash(), undefined);
  });

  it('compare secrets of any length', () => {
    assert.ok(isSame('abc', 'abc'));
    assert.ok(!isSame('abc', 'abcd'));
    assert.ok(!isSame('', 'a'));
  });
});
