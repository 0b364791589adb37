import assert from 'node:assert/strict';
import * as fc from 'fast-check';

import { createGraph } from '../../../src/graph/graph.ts';
import { Pace } from '../../../src/graph/pace.ts';
import { DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET } from '../../../src/simulator/tenant/registration.ts';
import { json } from '../../support/fake-microsoft.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { SimulatorClient } from '../../support/simulator-client.ts';
import { recordingLog } from '../../support/recording-log.ts';
import { drive, readAll, secretCredential, startFixture, timeoutMs } from './graph-fixture.ts';

const signal = new AbortController().signal;

function answer(headers: Readonly<Record<string, string>>, status = 200) {
  return { status, headers: new Map(Object.entries(headers)) };
}

function warned(share: number | string) {
  return answer({ 'x-ms-throttle-limit-percentage': String(share), 'x-ms-resource-unit': '2' });
}

/** How long the next requests, one after the other, have to wait. */
async function waits(pace: Pace, clock: ManualClock, count: number): Promise<number[]> {
  const found: number[] = [];
  for (let request = 0; request < count; request += 1) {
    const from = clock.monotonicMs();
    const turn = pace.turn(signal);
    await clock.advance(0);
    await clock.advance(clock.nextDueInMs ?? 0);
    await turn;
    found.push(clock.monotonicMs() - from);
  }
  return found;
}

describe('the pace of requests', () => {
  let clock: ManualClock;
  let log: ReturnType<typeof recordingLog>;
  let pace: Pace;

  beforeEach(() => {
    clock = new ManualClock();
    log = recordingLog();
    pace = new Pace(clock, log);
  });

  it('is not lowered below 80 % of the allowance', async () => {
    for (const share of ['0.79', '0', 'x', '']) {
      pace.observe(warned(share));
      assert.deepEqual(await waits(pace, clock, 3), [0, 0, 0]);
    }
    assert.deepEqual(log.events, []);
  });

  it('is lowered from 80 % on, before anything is refused, and much more beyond the allowance', async () => {
    pace.observe(warned(0.8));
    assert.deepEqual(await waits(pace, clock, 3), [0, 50, 50]);
    pace.observe(warned(0.9));
    assert.deepEqual(await waits(pace, clock, 2), [50, 75]);
    pace.observe(warned(1.2));
    assert.deepEqual(await waits(pace, clock, 2), [75, 500]);
    assert.equal(pace.report().allowanceUsed, 1.2);
  });

  it('never makes a request wait longer than the ten seconds over which Microsoft counts', async () => {
    for (let warning = 0; warning < 50; warning += 1) pace.observe(warned(1.8));
    await pace.turn(signal);
    assert.deepEqual(await waits(pace, clock, 2), [10_000, 10_000]);
  });

  it('comes back when the warnings end, and says so once each way', async () => {
    for (let warning = 0; warning < 4; warning += 1) pace.observe(warned(1));
    for (let quiet = 0; quiet < 9; quiet += 1) pace.observe(answer({}));
    await waits(pace, clock, 1);
    assert.deepEqual(await waits(pace, clock, 3), [0, 0, 0]);
    assert.equal(pace.report().allowanceUsed, null);
    assert.deepEqual(
      log.events.map(({ event, level }) => [event, level]),
      [
        ['graph.pace.lowered', 'info'],
        ['graph.pace.restored', 'info'],
      ],
    );
  });

  it('holds up every request after a refusal, for as long as the refusal says', async () => {
    pace.observe(answer({ 'retry-after': '2.5' }, 429));
    assert.deepEqual(await waits(pace, clock, 2), [2500, 0]);
    pace.observe(answer({ 'retry-after': '300' }, 429));
    assert.deepEqual(await waits(pace, clock, 2), [300_000, 0]);
    // The refused request is given up then, and whoever asks anew, an administrator perhaps, is not held up.
    pace.observe(answer({ 'retry-after': '301' }, 429));
    assert.deepEqual(await waits(pace, clock, 1), [0]);
    pace.observe(answer({}, 429));
    assert.deepEqual(await waits(pace, clock, 1), [0]);
    assert.equal(pace.report().throttled, 4);
  });

  it('counts what requests cost and how long they waited', async () => {
    pace.observe(warned(0.8));
    pace.observe(answer({ 'x-ms-resource-unit': '3' }));
    pace.observe(answer({ 'x-ms-resource-unit': '-7' }));
    pace.observe(answer({ 'retry-after': '1' }, 429));
    await waits(pace, clock, 1);
    const { requests, resourceUnits, throttled, slowedMs } = pace.report();
    assert.deepEqual([requests, resourceUnits, throttled, slowedMs], [4, 5, 1, 1000]);
  });

  it('ends a wait when the caller gives up', async () => {
    pace.observe(answer({ 'retry-after': '60' }, 429));
    const controller = new AbortController();
    const turn = pace.turn(controller.signal);
    controller.abort(new Error('enough'));
    await assert.rejects(turn, /enough/);
  });

  it('keeps its bounds whatever Microsoft sends (P8)', () => {
    const header = fc.oneof(
      fc.string(),
      fc.double().map(String),
      fc.constantFrom('1e9', 'Infinity', '-1', '999999999'),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(header, header, header)), (answers) => {
        const own = new Pace(new ManualClock(), recordingLog());
        for (const [share, units, retryAfter] of answers) {
          own.observe(
            answer(
              {
                'x-ms-throttle-limit-percentage': share,
                'x-ms-resource-unit': units,
                'retry-after': retryAfter,
              },
              429,
            ),
          );
        }
        const { resourceUnits, allowanceUsed } = own.report();
        return Number.isFinite(resourceUnits) && (allowanceUsed === null || Number.isFinite(allowanceUsed));
      }),
    );
  });
});

describe('requests under the documented limits of Microsoft', () => {
  it('are slowed down before any is refused, and go on at full speed afterwards', async () => {
    const clock = new ManualClock(Date.now());
    // The simulator counts 3,500 resource units in ten seconds for a tenant of this size, by the same clock.
    const client = await SimulatorClient.start({ clock, throttling: 'microsoft' });
    const { url, tenant } = client.simulator;
    const graph = createGraph({
      tenantId: tenant.tenantId,
      clientId: DEFAULT_CLIENT_ID,
      credentials: [secretCredential(DEFAULT_CLIENT_SECRET)],
      authorityHost: url,
      graphUrl: url,
      ca: client.ca,
      requestTimeoutMs: timeoutMs,
      properties: { users: [], groups: [] },
      clock,
      random: () => 0.5,
      log: recordingLog(),
    });
    try {
      const ask = async (count: number): Promise<number[]> => {
        const asking = (async () => {
          for (let left = count; left > 0; left -= 8) {
            await Promise.all(Array.from({ length: 8 }, () => graph.organization(signal)));
          }
        })();
        const waited = await drive(clock, asking);
        await asking;
        return waited;
      };
      assert.deepEqual(await ask(2800), [], 'nothing is slowed down below 80 %');
      assert.notDeepEqual(await ask(80), []);
      assert.deepEqual(await ask(16), [], 'the next ten seconds begin with a new allowance');
      const { throttled, requests, slowedMs } = graph.traffic();
      assert.deepEqual([throttled, requests], [0, 2896]);
      assert.ok(slowedMs > 0);
      assert.equal(client.control.statistics().requests['organization'], 2896);
    } finally {
      await graph.close();
      await client.close();
    }
  });
});

describe('requests of a sync', () => {
  it('come behind those that people wait for, and are slowed down by warnings', async () => {
    await using fixture = await startFixture();
    const { microsoft, graph } = fixture;
    const page = (more: object) => json({ value: [], ...more }, 200, { 'x-ms-throttle-limit-percentage': '0.85' });
    const link = `${microsoft.origin}/v1.0/users/delta`;
    microsoft.graph(
      page({ '@odata.nextLink': `${link}?$skiptoken=1` }),
      page({ '@odata.nextLink': `${link}?$skiptoken=2` }),
      page({ '@odata.deltaLink': `${link}?$deltatoken=3` }),
    );
    const reading = readAll(fixture);
    const waited = await drive(fixture.clock, reading);
    await reading;
    assert.deepEqual(waited, [50]);
    microsoft.graph(json({ value: [{}] }));
    const asking = graph.organization(signal);
    await drive(fixture.clock, asking);
    await asking;
    const priorities = microsoft.graphRequests.map(({ headers }) => headers['x-ms-throttle-priority']);
    assert.deepEqual(priorities, ['low', 'low', 'low', 'normal']);
  });
});
