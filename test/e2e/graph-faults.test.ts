import assert from 'node:assert/strict';
import { Client } from 'ldapts';
import { hashPassword } from '../../src/auth/hash-password.ts';
import type { RoundSummary } from '../../src/identity/round.ts';
import type { FaultRequest } from '../../src/simulator/control/faults.ts';
import { generateTenant } from '../../src/simulator/generate.ts';
import { DEFAULT_CLIENT_SECRET } from '../../src/simulator/tenant/registration.ts';
import { DaemonOnSimulator } from '../support/daemon-on-simulator.ts';
import { expectedDirectory } from '../support/expected-directory.ts';
import { readServedDirectory } from '../support/served-directory.ts';

const servicePassword = 'fault-test';
const bindDn = 'cn=reader,ou=services,dc=contoso,dc=com';
/** The shortest that the configuration takes; a slow answer costs the test as much. */
const requestTimeout = '1s';

type Fault = Omit<FaultRequest, 'match'> & { readonly on?: string };

/** Faults that one round must survive. */
const passing: readonly Fault[] = [
  { kind: 'throttled', retryAfter: { form: 'decimal', seconds: 0.128 } },
  { kind: 'throttled', retryAfter: { form: 'date', seconds: 1 } },
  { kind: 'throttled', retryAfter: { form: 'none' } },
  { kind: 'serverError' },
  { kind: 'unavailableHtml', retryAfter: { form: 'none' } },
  { kind: 'connectionReset' },
  { kind: 'truncatedBody' },
  { kind: 'expiredToken' },
  { kind: 'replayedPage' },
  { kind: 'emptyPage' },
];

const roundEnd = 'sync.round.failed|sync.round.finished';

/** What an administrator reads about a request that is sent again, by its code. */
const said = {
  throttled: /^Microsoft Graph is throttling this application/,
  unavailable: /^(?:Microsoft Graph is not available|Cannot reach 127\.0\.0\.1:\d+: the other side )/,
  timeout: /^127\.0\.0\.1:\d+ did not answer within 1000 ms/,
};

interface Logged {
  readonly level: string;
  readonly event: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

describe('a daemon whose Entra and Graph are in trouble', function () {
  this.timeout(120_000);
  let daemon: DaemonOnSimulator;
  let changes = 0;

  before(async () => {
    daemon = await DaemonOnSimulator.open({
      tenant: generateTenant({ seed: 17, users: 100, groups: 12 }),
      pageSize: 10,
      memberSliceSize: 40,
      sections: {
        tenant: { requestTimeout },
        serviceAccounts: [{ name: 'reader', passwordHash: await hashPassword(servicePassword) }],
        // Else the password would be accepted from memory after the first of the binds.
        bind: { memory: { accepted: '0s' } },
      },
    });
    inject({ kind: 'forbidden', on: 'usersDelta', after: 1 });
    await daemon.start();
    await daemon.waitFor(/sync\.round\.failed/);
  });

  after(() => daemon[Symbol.asyncDispose]());

  afterEach(() => {
    daemon.simulator.control.clearFaults();
    daemon.simulator.control.releaseSlow();
  });

  function inject({ on = 'usersDelta', ...fault }: Fault): void {
    daemon.simulator.control.injectFault({ ...fault, match: { kind: on } });
  }

  /** One round, asked for as an administrator would. */
  async function round(): Promise<RoundSummary> {
    const client = daemon.control;
    const outcome = await client.requestSync({ full: false });
    for await (const event of client.followRound(outcome.round, AbortSignal.timeout(40_000))) {
      if (event.kind === 'finished') return event.summary;
    }
    return assert.fail('the round did not finish');
  }

  /** Makes users and groups differ from what is served. */
  function changeTenant(): void {
    changes += 1;
    const { control } = daemon.simulator;
    const { users, groups } = control.snapshot();
    const people = [...users].filter(({ state, properties }) => state === 'live' && properties['userType'] !== 'Guest');
    const teams = [...groups].filter(({ state }) => state === 'live');
    for (const { id } of people.slice(0, 20)) control.setUserProperties(id, { displayName: `Changed ${changes}` });
    for (const { id } of teams) control.setGroupProperties(id, { description: `Changed ${changes}` });
  }

  function expected(): ReturnType<typeof expectedDirectory> {
    return expectedDirectory(daemon.simulator.control.snapshot());
  }

  async function assertServed(directory: ReturnType<typeof expectedDirectory> | 'busy'): Promise<void> {
    const served = await readServedDirectory(daemon.url, bindDn, servicePassword);
    if (directory === 'busy') assert.equal(served, undefined, 'before the first publication the answer is busy (P1)');
    else assert.deepEqual(served?.entries, directory);
  }

  /** What was logged since `mark`, a length of the output, as soon as an event that `until` matches is there. */
  async function logged(mark: number, until: string): Promise<readonly Logged[]> {
    await daemon.waitFor(new RegExp(`^[\\s\\S]{${mark}}[\\s\\S]*"event":"(?:${until})".*\n`));
    return daemon.output
      .slice(mark)
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as Logged);
  }

  /** Runs a round that must fail, and checks that one line says why and when it goes on. */
  async function assertFails(reason: RegExp): Promise<void> {
    const mark = daemon.output.length;
    const summary = await round();
    assert.equal(summary.outcome, 'failed');
    assert.match(summary.error ?? '', reason);
    const [line, ...more] = (await logged(mark, roundEnd)).filter(({ level }) => level === 'error');
    assert.deepEqual([line?.event, more.length], ['sync.round.failed', 0], 'one line tells the administrator');
    assert.match(String(line?.fields['reason']), reason);
    const { nextAtMs } = (await daemon.control.status()).sync;
    assert.ok(
      nextAtMs !== null && nextAtMs < Date.now() + 24 * 3_600_000 - 1,
      'it tries again before the next interval',
    );
  }

  /** Runs a round that must get over its trouble by itself. */
  async function assertRecovers(code: keyof typeof said | undefined): Promise<RoundSummary> {
    const mark = daemon.output.length;
    const summary = await round();
    assert.deepEqual([summary.outcome, summary.error], ['published', null]);
    assert.equal(daemon.simulator.control.pendingFaults(), 0, 'the fault was met');
    const retries = (await logged(mark, roundEnd)).filter(({ event }) => event === 'graph.request.retried');
    assert.equal(retries.length, summary.retries);
    if (code !== undefined) {
      assert.equal(retries[0]?.fields['code'], code);
      assert.match(String(retries[0]?.fields['reason']), said[code]);
    }
    return summary;
  }

  describe('before anything is published', () => {
    it('names the missing permission and the consent in one line, and answers busy (P1, FAM-05)', async () => {
      const line = (await logged(0, roundEnd)).find(({ level }) => level === 'error');
      assert.match(String(line?.fields['reason']), /User\.Read\.All .*admin consent .*403/);
      await assertServed('busy');
    });

    it('answers busy as long as the source leads to a foreign host, and follows it not', async () => {
      inject({ kind: 'foreignNextLink' });
      await assertFails(/link to another host/);
      await assertServed('busy');
    });

    it('starts anew when the links of the interrupted round have expired, and publishes through every passing fault', async () => {
      daemon.simulator.control.expireDeltaTokens('gone');
      daemon.simulator.control.expireAccessTokens();
      // One request passes between two faults: eight failures of one page in a row would end the round.
      for (const [index, fault] of passing.entries()) inject({ ...fault, after: index });
      await assertServed('busy');
      const summary = await assertRecovers(undefined);
      assert.deepEqual(
        [summary.collections.users.mode, summary.collections.groups.mode, summary.resumed],
        ['full', 'full', true],
      );
      await assertServed(expected());
    });
  });

  describe('while a directory is served', () => {
    for (const { code, ...fault } of passing.map((each) => ({ ...each, code: codeOf(each) }))) {
      for (const on of ['usersDelta', 'groupsDelta']) {
        it(`gets over ${nameOf(fault)} of ${on} within the round (P2, P6)`, async () => {
          changeTenant();
          inject({ ...fault, on });
          await assertRecovers(code);
          await assertServed(expected());
        });
      }
    }

    it('serves the old directory while Graph is silent beyond the timeout, and then the new one (P6)', async () => {
      const old = expected();
      changeTenant();
      const mark = daemon.output.length;
      inject({ kind: 'slow', count: 1 });
      const running = assertRecovers('timeout');
      await daemon.waitFor(new RegExp(`^[\\s\\S]{${mark}}[\\s\\S]*sync\\.round\\.started`));
      await assertServed(old);
      await running;
      await assertServed(expected());
    });

    for (const form of ['gone', 'syncStateNotFound', 'resyncRequired'] as const) {
      it(`reads everything anew, and removes nobody, when its delta links have expired: ${form} (P2, PAIN-05)`, async () => {
        changeTenant();
        daemon.simulator.control.expireDeltaTokens(form);
        const { collections } = await assertRecovers(undefined);
        assert.deepEqual([collections.users.mode, collections.groups.mode], ['full', 'full']);
        assert.equal(collections.users.entries.removed + collections.groups.entries.removed, 0);
        await assertServed(expected());
      });
    }

    it('gets a new token when the old one has expired', async () => {
      changeTenant();
      daemon.simulator.control.expireAccessTokens();
      const { retries } = await assertRecovers(undefined);
      assert.equal(retries, 0);
      await assertServed(expected());
    });

    const lasting: readonly (readonly [fault: Fault, reason: RegExp])[] = [
      [{ kind: 'forbidden' }, /User\.Read\.All .*admin consent .*403/],
      [{ kind: 'forbidden', on: 'groupsDelta' }, /GroupMember\.Read\.All .*admin consent .*403/],
      [{ kind: 'expiredToken', count: 2 }, /refuses this application's token .*401/],
      [{ kind: 'foreignNextLink' }, /link to another host/],
      [{ kind: 'throttled', retryAfter: { form: 'decimal', seconds: 3600 } }, /throttling .*429/],
    ];
    for (const [fault, reason] of lasting) {
      it(`keeps serving the old directory, and says so in one line, after ${nameOf(fault)} of ${fault.on ?? 'usersDelta'} (P6)`, async () => {
        const old = expected();
        changeTenant();
        inject(fault);
        await assertFails(reason);
        await assertServed(old);
        await assertRecovers(undefined);
        await assertServed(expected());
      });
    }

    const loginFaults: readonly Fault[] = [
      { kind: 'connectionReset' },
      { kind: 'unavailableHtml' },
      { kind: 'throttled', retryAfter: { form: 'none' } },
      { kind: 'truncatedBody' },
      { kind: 'serverError' },
    ];
    for (const fault of loginFaults) {
      it(`answers a user's bind with unavailable after ${nameOf(fault)} of the token endpoint, asks once, and logs it (B12, P6, P7)`, async () => {
        const mark = daemon.output.length;
        inject({ ...fault, on: 'token' });
        daemon.simulator.control.resetStatistics();
        assert.equal(await bindCode(), 52);
        assert.equal(daemon.simulator.control.statistics().requests['token'], 1);
        const line = (await logged(mark, 'bind.undecided')).find(({ event }) => event === 'bind.undecided');
        assert.deepEqual([line?.level, line?.fields['answer']], ['warn', 'unavailable']);
        assert.equal(await bindCode(), 0);
      });
    }

    async function bindCode(): Promise<unknown> {
      const client = new Client({ url: daemon.url, timeout: 20_000 });
      try {
        await client.bind('alice@contoso.com', 'Passw0rd!');
        return 0;
      } catch (error) {
        return error instanceof Error && 'code' in error ? error.code : error;
      } finally {
        await client.unbind();
      }
    }
  });

  describe('at its end', () => {
    it('has neither tokens nor links nor secrets in its log, and stops in order', async () => {
      const { code, stdout, stderr } = await daemon.stop();
      assert.deepEqual([code, stderr], [0, '']);
      for (const hidden of ['skiptoken', 'deltatoken', 'eyJ', DEFAULT_CLIENT_SECRET, servicePassword, 'Passw0rd!']) {
        assert.ok(!stdout.includes(hidden), `${hidden} is in the log`);
      }
    });
  });
});

/** The code under which a repeated request is logged; undefined for faults that are no failures. */
function codeOf({ kind }: Fault): keyof typeof said | undefined {
  switch (kind) {
    case 'throttled':
      return 'throttled';
    case 'serverError':
    case 'unavailableHtml':
    case 'connectionReset':
    case 'truncatedBody':
      return 'unavailable';
    default:
      return undefined;
  }
}

function nameOf({ kind, retryAfter }: Fault): string {
  return retryAfter === undefined ? kind : `${kind} (Retry-After: ${retryAfter.form})`;
}
