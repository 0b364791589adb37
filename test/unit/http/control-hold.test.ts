import assert from 'node:assert/strict';
import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { createControlClient } from '../../../src/http/control-client.ts';
import { type ControlServer, startControlServer } from '../../../src/http/control-server.ts';
import { controlConfigBytesMax } from '../../../src/http/control-socket.ts';
import { type AdminApi, AdminRefusal, type HoldRequest } from '../../../src/identity/admin.ts';
import type { PlanRequest, PlanResult } from '../../../src/identity/plan.ts';
import type { HeldItem, HoldReport } from '../../../src/identity/safety.ts';
import { recordingLog } from '../../support/recording-log.ts';
import { fakeMemory } from '../../support/fake-memory.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { fakeAppPasswords } from '../../support/fake-app-passwords.ts';
import { fakeOneTimeCodes } from '../../support/fake-one-time-codes.ts';
import { fakeAuth } from '../../support/fake-auth.ts';

const hold: HoldReport = { hold: 7, sinceMs: 1, cause: 'tenant', decision: 'approved', dangers: [] };
const counts = { created: 0, changed: 0, locked: 0, removed: 0 };
const result: PlanResult = {
  users: counts,
  groups: counts,
  memberships: { added: 0, removed: 0 },
  dangers: [],
  items: [],
  more: 0,
  readsOtherwise: true,
};
const { signal } = new AbortController();

type Offered = Pick<AdminApi, 'heldItems' | 'decideHold' | 'plan'>;

/** An API of which only this part may be used. */
function apiOf(offered: Partial<Offered>): AdminApi {
  const unused = (): never => assert.fail('this was not asked');
  return {
    appPasswords: fakeAppPasswords(),
    oneTimeCodes: fakeOneTimeCodes(),
    auth: fakeAuth(),
    inspection: { explain: unused, objects: unused, conflicts: unused, ids: unused, domains: unused },
    memory: fakeMemory(),
    status: unused,
    requestSync: unused,
    followRound: unused,
    heldItems: unused,
    decideHold: unused,
    plan: unused,
    exportLdif: unused,
    ...offered,
  };
}

describe('the control socket, about what is held back and planned', () => {
  const folder = temporaryFolder();
  let server: ControlServer | undefined;

  afterEach(() => server?.close());
  after(() => folder[Symbol.dispose]());

  async function serve(offered: Partial<Offered>): Promise<ReturnType<typeof createControlClient>> {
    server = await startControlServer({ dataDirectory: folder.path, api: apiOf(offered), log: recordingLog() });
    return createControlClient(folder.path);
  }

  function post(url: string, body: string): Promise<number | undefined> {
    return new Promise((resolve, reject) => {
      const headers = { 'content-type': 'application/json' };
      const asked = request(
        { socketPath: server?.path, method: 'POST', path: url, headers, agent: false },
        (response) => {
          text(response).then(() => resolve(response.statusCode), reject);
        },
      );
      asked.once('error', reject);
      asked.end(body);
    });
  }

  it('hands over everybody whom a held change concerns, however many (P4)', async () => {
    const items = Array.from({ length: 5000 }, (_, number): HeldItem => {
      const dn = `uid=u${number},ou=users,dc=example,dc=com`;
      return { kind: 'usersRemoved', dn, objectId: String(number), displayName: 'Zoë', newName: null, members: null };
    });
    const client = await serve({ heldItems: () => items });
    const found: HeldItem[] = [];
    for await (const item of client.heldItems(signal)) found.push(item);
    assert.deepEqual(found, items);
  });

  it('hands over a decision, and why it cannot be taken (P4)', async () => {
    const asked: HoldRequest[] = [];
    const client = await serve({
      decideHold: async (wanted) => {
        asked.push(wanted);
        if (wanted.hold === 8) throw new AdminRefusal('Change 8 is not held back.');
        return { hold, round: 9 };
      },
    });
    assert.deepEqual(await client.decideHold({ hold: null, decision: 'approved' }), { hold, round: 9 });
    await assert.rejects(client.decideHold({ hold: 8, decision: 'rejected' }), {
      code: 'notPossible',
      message: 'Change 8 is not held back.',
    });
    assert.deepEqual(asked, [
      { hold: null, decision: 'approved' },
      { hold: 8, decision: 'rejected' },
    ]);
  });

  for (const body of ['{}', '{"hold":7}', '{"hold":"7","decision":"approved"}', '{"hold":7,"decision":"open"}']) {
    it(`refuses the decision ${body}`, async () => {
      await serve({});
      assert.equal(await post('/v1/hold', body), 400);
    });
  }

  it('takes a configuration as long as the limit to plan with, and none that is longer (P8, P9)', async () => {
    const asked: PlanRequest[] = [];
    const client = await serve({
      plan: async (wanted) => {
        asked.push(wanted);
        return result;
      },
    });
    const plan = { pull: false, itemsMax: 5, config: { file: '/etc/new.yaml', text: '' } };
    const room = controlConfigBytesMax - JSON.stringify(plan).length;
    const longest = { ...plan, config: { ...plan.config, text: 'a'.repeat(room) } };
    assert.deepEqual(await client.plan(longest, signal), result);
    assert.deepEqual(asked, [longest]);
    const longer = { ...plan, config: { ...plan.config, text: 'a'.repeat(room + 1) } };
    await assert.rejects(client.plan(longer, signal));
    assert.equal(asked.length, 1);
  });
});
