import assert from 'node:assert/strict';
import { graphError, objects, SimulatorClient, string } from '../../support/simulator-client.ts';

describe('simulated batches and tenants without delta queries', function () {
  this.timeout(30_000);
  let client: SimulatorClient;

  beforeEach(async () => {
    client = await SimulatorClient.start();
  });
  afterEach(async () => {
    await client.close();
  });

  async function batch(count: number): Promise<Awaited<ReturnType<SimulatorClient['post']>>> {
    const requests = Array.from({ length: count }, (_, index) => ({
      id: String(index),
      method: 'GET',
      url: '/users?$top=1',
    }));
    return client.post('/$batch', { requests });
  }

  it('hits single requests of a batch with a fault, each with its own headers', async () => {
    client.control.injectFault({
      kind: 'throttled',
      match: { kind: 'users' },
      after: 1,
      retryAfter: { form: 'decimal', seconds: 9 },
    });
    const answer = await batch(3);
    assert.equal(answer.status, 200);
    const responses = objects(answer.json['responses']);
    assert.deepEqual(
      responses.map(({ status }) => status),
      [200, 429, 200],
    );
    assert.equal((responses[1]?.['headers'] as Record<string, string> | undefined)?.['Retry-After'], '9');
    assert.equal(client.control.pendingFaults(), 0);
  });

  it('leaves faults of connections to requests that come alone', async () => {
    client.control.injectFault({ kind: 'connectionReset', match: { kind: 'users' } });
    assert.equal((await batch(1)).status, 200);
    assert.equal(client.control.pendingFaults(), 1);
  });

  it('counts and charges what is in a batch, and not the batch', async () => {
    client.control.resetStatistics();
    const answer = await batch(4);
    const { requests, inBatches, resourceUnits } = client.control.statistics();
    assert.deepEqual([requests['batch'], requests['users'], inBatches['users']], [1, undefined, 4]);
    const units = objects(answer.json['responses']).map(({ headers }) =>
      Number((headers as Record<string, string>)['x-ms-resource-unit']),
    );
    assert.equal(
      units.reduce((sum, each) => sum + each, 0),
      resourceUnits,
    );
    assert.equal(answer.headers['x-ms-resource-unit'], undefined);
  });

  for (const [form, status, code] of [
    ['notImplemented', 501, 'NotImplemented'],
    ['badRequest', 400, 'Request_UnsupportedQuery'],
  ] as const) {
    it(`refuses every delta query with ${status} after refuseDelta ${form}, and offers them again`, async () => {
      const round = await client.round('/users/delta');
      client.control.refuseDelta(form);
      for (const target of ['/users/delta', '/groups/delta?$deltatoken=latest', round.deltaLink]) {
        const answer = await client.get(target);
        assert.deepEqual([answer.status, string(graphError(answer)['code'])], [status, code], target);
      }
      assert.equal((await client.get('/users')).status, 200, 'lists go on');
      client.control.refuseDelta(undefined);
      assert.equal((await client.get('/users/delta')).status, 200);
    });
  }
});
