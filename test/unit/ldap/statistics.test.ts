import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { addStatistics, Statistics } from '../../../src/ldap/statistics.ts';
import { DurationCounts, searchBounds } from '../../../src/observability/duration-counts.ts';
import { responseTag } from '../../../src/ldap/protocol.ts';

const open = { connections: 3, secureConnections: 2, boundConnections: 1 };

describe('statistics of the LDAP server', () => {
  it('count results by response and code, extensions of the protocol included', () => {
    const statistics = new Statistics();
    statistics.result(responseTag.searchDone, 0);
    statistics.result(responseTag.searchDone, 0);
    statistics.result(responseTag.searchDone, 4096);
    assert.deepEqual(statistics.snapshot(open).results, [
      { response: responseTag.searchDone, code: 0, count: 2 },
      { response: responseTag.searchDone, code: 4096, count: 1 },
    ]);
  });

  it('of two threads are those of both together', () => {
    const [one, other] = [new Statistics(), new Statistics()];
    one.result(responseTag.bind, 49);
    other.result(responseTag.bind, 49);
    other.result(responseTag.bind, 0);
    other.operations.bind = 2;
    one.searches.note(1);
    other.searches.note(7);
    const sum = addStatistics(one.snapshot(open), other.snapshot(open));
    assert.deepEqual(sum.results, [
      { response: responseTag.bind, code: 49, count: 2 },
      { response: responseTag.bind, code: 0, count: 1 },
    ]);
    assert.deepEqual([sum.connections, sum.secureConnections, sum.boundConnections], [6, 4, 2]);
    assert.equal(sum.operations.bind, 2);
    assert.equal(sum.searches.sumSeconds, 0.008);
  });

  it('put each duration into the first bucket whose bound it does not pass', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 200_000, noNaN: true }), { maxLength: 50 }), (durations) => {
        const counts = new DurationCounts(searchBounds);
        for (const duration of durations) counts.note(duration);
        const naive = [...searchBounds, Number.POSITIVE_INFINITY].map((bound, at) => {
          const before = searchBounds[at - 1] ?? Number.NEGATIVE_INFINITY;
          return durations.filter((each) => each <= bound * 1000 && each > before * 1000).length;
        });
        assert.deepEqual(counts.snapshot().counts, naive);
      }),
    );
  });
});
