import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import * as fc from 'fast-check';
import { startSimulator } from '../../src/simulator/simulator.ts';
import { parseTenant } from '../../src/simulator/tenant-file.ts';
import { TenantError } from '../../src/simulator/tenant/tenant-model.ts';
import { dumpDirectory } from '../support/directory-dump.ts';
import { graphOn } from '../support/graph-on-simulator.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { loopbackCertificates, SimulatorClient } from '../support/simulator-client.ts';
import { openTestStore, testEngine } from '../support/sync-bench.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const people = ['ada', 'bob', 'eve', 'joe', 'kim', 'lee'] as const;
const groups = ['Staff', 'Sales', 'Inner'] as const;

const tenantText = JSON.stringify({
  tenant: { id: '11111111-2222-4333-8444-555555555555', domains: ['contoso.com'] },
  users: people.map((name) => ({ userPrincipalName: `${name}@contoso.com`, createdDateTime: '2026-01-01T00:00:00Z' })),
  groups: groups.map((displayName) => ({
    displayName,
    groupTypes: displayName === 'Sales' ? ['Unified'] : [],
    members: displayName === 'Staff' ? ['Inner', 'ada@contoso.com'] : ['bob@contoso.com'],
  })),
});

type Control = SimulatorClient['control'];

const person = fc.constantFrom(...people).map((name) => `${name}@contoso.com`);
const group = fc.constantFrom(...groups);
const change: fc.Arbitrary<(control: Control) => void> = fc.oneof(
  fc.tuple(group, fc.oneof(person, group)).map(
    ([into, member]) =>
      (control: Control) =>
        control.join(into, member),
  ),
  fc.tuple(group, fc.oneof(person, group)).map(
    ([from, member]) =>
      (control: Control) =>
        control.leave(from, member),
  ),
  person.map((user) => (control: Control) => control.removeUser(user)),
  person.map((user) => (control: Control) => control.restoreUser(user)),
  person.map((user) => (control: Control) => control.purgeUser(user)),
  fc.tuple(person, fc.boolean()).map(
    ([user, accountEnabled]) =>
      (control: Control) =>
        control.setUserProperties(user, { accountEnabled }),
  ),
  fc.tuple(person, fc.constantFrom('a@contoso.com', 'b@contoso.com', null)).map(
    ([user, mail]) =>
      (control: Control) =>
        control.setUserProperties(user, { mail }),
  ),
  group.map((each) => (control: Control) => control.removeGroup(each)),
  group.map((each) => (control: Control) => control.restoreGroup(each)),
  fc.tuple(group, fc.constantFrom('x@contoso.com', null)).map(
    ([each, mail]) =>
      (control: Control) =>
        control.setGroupProperties(each, { mail }),
  ),
);

/** Entra refuses what makes no sense, such as restoring who is not in the recycle bin. */
function attempt(control: Control, act: (control: Control) => void): void {
  try {
    act(control);
  } catch (error) {
    if (!(error instanceof TenantError)) throw error;
  }
}

const seed = randomInt(2 ** 31);

/** Plays a history, and compares what both ways show after each part of it. */
async function play(
  client: SimulatorClient,
  history: readonly (readonly ((control: Control) => void)[])[],
): Promise<void> {
  using deltaFolder = temporaryFolder();
  using listFolder = temporaryFolder();
  await using deltaStore = await openTestStore(deltaFolder.path);
  await using listStore = await openTestStore(listFolder.path);
  await using deltaGraph = graphOn(client, { reading: 'delta' });
  await using listGraph = graphOn(client, { reading: 'list' });
  const ways = [
    { store: deltaStore, engine: testEngine(deltaStore, deltaGraph.feed, new ManualClock()) },
    { store: listStore, engine: testEngine(listStore, listGraph.feed, new ManualClock()) },
  ];
  for (const changes of [[], ...history]) {
    for (const act of changes) attempt(client.control, act);
    const shown = [];
    for (const { store, engine } of ways) {
      const { summary } = await engine.runRound(false, new AbortController().signal);
      assert.notEqual(summary.outcome, 'failed', summary.error ?? '');
      shown.push(await dumpDirectory(store.source));
    }
    assert.deepEqual(shown[1], shown[0]);
  }
}

describe(`reading a tenant in either way, seed ${seed}`, function () {
  this.timeout(300_000);

  it('shows the same directory after any history of the tenant', async () => {
    const certificates = await loopbackCertificates();
    const histories = fc.array(fc.array(change, { maxLength: 8 }), { minLength: 1, maxLength: 5 });
    const property = fc.asyncProperty(histories, async (history) => {
      const simulator = await startSimulator({
        tenant: parseTenant(tenantText, 'modes'),
        certificate: certificates.server,
        reportPurgedMemberships: true,
      });
      const client = new SimulatorClient(simulator, certificates.ca.certPem);
      try {
        await play(client, history);
      } finally {
        await client.close();
      }
    });
    await fc.assert(property, { numRuns: 25, seed });
  });
});
