import assert from 'node:assert/strict';

import { PacedLog } from '../../../src/observability/paced-log.ts';
import { RecordingLog } from '../../support/ldap-test-server.ts';
import { ManualClock } from '../../support/manual-clock.ts';

describe('the pace of the log (P8)', () => {
  let clock: ManualClock;
  let inner: RecordingLog;
  let log: PacedLog;

  beforeEach(() => {
    clock = new ManualClock();
    inner = new RecordingLog();
    log = new PacedLog(inner, clock, { periodMs: 60_000, linesPerAddressMax: 3, linesPerEventMax: 5 });
  });

  function write(times: number, event: string, peer?: string): void {
    for (let time = 0; time < times; time++) log.info(event, { peer });
  }

  const shortened = (): readonly unknown[] => inner.of('ldap.log.shortened').map(({ fields }) => fields);

  it('writes linesPerAddressMax lines of one event about one address, and not one more', () => {
    write(3, 'a', '192.0.2.1');
    assert.equal(inner.of('a').length, 3);
    write(1, 'a', '192.0.2.1');
    assert.equal(inner.of('a').length, 3);
  });

  it('writes linesPerEventMax lines of one event about all addresses, and not one more', () => {
    for (let host = 0; host < 5; host++) write(1, 'a', `192.0.2.${host}`);
    assert.equal(inner.of('a').length, 5);
    write(1, 'a', '192.0.2.9');
    assert.equal(inner.of('a').length, 5);
  });

  it('counts events and addresses apart, and lines about no address together', () => {
    write(4, 'a', '192.0.2.1');
    write(1, 'a', '192.0.2.2');
    write(1, 'b', '192.0.2.1');
    write(4, 'c');
    assert.deepEqual(
      ['a', 'b', 'c'].map((event) => inner.of(event).length),
      [4, 1, 3],
    );
  });

  it('says once in a period how many lines were left out, and writes again', async () => {
    write(10, 'a', '192.0.2.1');
    await clock.advance(59_999);
    log.checkTime();
    assert.deepEqual(shortened(), []);
    await clock.advance(1);
    log.checkTime();
    log.checkTime();
    assert.deepEqual(shortened(), [{ lines: 'a', count: 7 }]);
    write(1, 'a', '192.0.2.1');
    assert.equal(inner.of('a').length, 4);
  });

  it('says so as well when the next line comes late', async () => {
    write(4, 'a', '192.0.2.1');
    await clock.advance(600_000);
    write(1, 'a', '192.0.2.1');
    assert.deepEqual(shortened(), [{ lines: 'a', count: 1 }]);
  });

  it('keeps level, fields and cause, and passes every line of level debug', () => {
    const cause = new Error('x');
    log.error('a', { peer: '192.0.2.1', code: 1 }, cause);
    log.warn('b', { peer: '192.0.2.1' });
    for (let time = 0; time < 20; time++) log.debug('c', { peer: '192.0.2.1' });
    assert.deepEqual(inner.of('a'), [{ level: 'error', event: 'a', fields: { peer: '192.0.2.1', code: 1 }, cause }]);
    assert.equal(inner.of('b')[0]?.level, 'warn');
    assert.equal(inner.of('c').length, 20);
  });
});
