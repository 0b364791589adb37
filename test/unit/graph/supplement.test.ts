import assert from 'node:assert/strict';

import { createGraph, type Graph } from '../../../src/graph/graph.ts';
import type { Collection, ObjectProperties } from '../../../src/identity/change.ts';
import type { Supplement } from '../../../src/identity/ports.ts';
import { systemClock } from '../../../src/timing/clock.ts';
import { graphFailure, json } from '../../support/fake-microsoft.ts';
import { everyPermission, offering, offeringTenant } from '../../support/offering-tenant.ts';
import { type RecordingLog, recordingLog } from '../../support/recording-log.ts';
import { SimulatorClient } from '../../support/simulator-client.ts';
import { secretCredential, sourceError, startFixture } from './graph-fixture.ts';

const { signal } = new AbortController();
const attributes = 'customSecurityAttributes';
const desk = 'extabcdefgh_desk';
const assignmentRead = 'CustomSecAttributeAssignment.Read.All';

/** The simulated tenant and a way to it that selects these properties of users, and desks of groups. */
async function connected(
  properties: readonly string[],
  permissions: readonly string[] = everyPermission,
): Promise<{ readonly client: SimulatorClient; readonly graph: Graph; readonly log: RecordingLog } & AsyncDisposable> {
  const client = await SimulatorClient.start({ tenant: offeringTenant(permissions) });
  const { url, tenant } = client.simulator;
  const log = recordingLog();
  const graph = createGraph({
    tenantId: tenant.tenantId,
    clientId: offering.clientId,
    credentials: [secretCredential(offering.secret)],
    authorityHost: url,
    graphUrl: url,
    ca: client.ca,
    requestTimeoutMs: 20_000,
    properties: { users: properties, groups: [desk] },
    clock: systemClock,
    random: Math.random,
    log,
  });
  return {
    client,
    graph,
    log,
    async [Symbol.asyncDispose]() {
      await graph.close();
      await client.close();
    },
  };
}

async function read(supplement: Supplement | undefined, collection: Collection = 'users'): Promise<ObjectProperties[]> {
  assert.ok(supplement !== undefined);
  const all: ObjectProperties[] = [];
  for await (const objects of supplement.read(collection, signal, { retries: 0, throttledMs: 0 })) all.push(...objects);
  return all;
}

const valuesOf = (objects: readonly ObjectProperties[], name: string): unknown[] =>
  objects.map(({ properties }) => properties[name]);

describe('properties that delta queries do not report', () => {
  it('are not asked for when none of them is selected', async () => {
    await using fixture = await startFixture({ properties: { users: ['mail', 'manager'], groups: ['mail'] } });
    assert.equal(fixture.graph.supplement, undefined);
  });

  it('are read of everybody by a list, 999 at a time, and are null for whoever has none (SNP-05)', async () => {
    await using tenant = await connected(['mail', attributes, desk]);
    const { supplement } = tenant.graph;
    assert.deepEqual(supplement?.properties, { users: [attributes, desk], groups: [desk] });
    const users = await read(supplement);
    assert.deepEqual(valuesOf(users, attributes), [
      { Site: { Floor: 3, Projects: ['a', 'b'] } },
      null,
      { Site: { Floor: 4 } },
    ]);
    assert.deepEqual(valuesOf(users, desk), [{ number: 7, floor: 'first' }, null, null]);
    assert.ok(users.every(({ properties }) => Object.keys(properties).length === 2));
    assert.deepEqual(valuesOf(await read(supplement, 'groups'), desk), [{ number: 9 }]);
    assert.deepEqual(supplement?.unreadable, []);
    const { requests } = tenant.client.control.statistics();
    assert.equal(requests['users'], 1, JSON.stringify(requests));
  });

  it('are left alone where the permission is missing, which is told once and where it is asked for (PAIN-21)', async () => {
    const permissions = everyPermission.filter((permission) => permission !== assignmentRead);
    await using tenant = await connected([attributes, desk], permissions);
    const { supplement } = tenant.graph;
    for (let times = 0; times < 2; times++) {
      const users = await read(supplement);
      assert.ok(
        users.every(({ properties }) => !(attributes in properties)),
        'null would clear what is known',
      );
      assert.deepEqual(valuesOf(users, desk).filter((value) => value !== null).length, 1, 'the others are read');
    }
    const told = { collection: 'users', property: attributes, permission: assignmentRead };
    assert.deepEqual(supplement?.unreadable, [told]);
    assert.deepEqual(
      tenant.log.events.filter(({ event }) => event === 'sync.property.unreadable').map(({ fields }) => fields),
      [told],
    );
  });

  it('are not asked for at all when none of them may be read', async () => {
    await using tenant = await connected([attributes], ['User.Read.All', 'GroupMember.Read.All']);
    assert.deepEqual(await read(tenant.graph.supplement), []);
    assert.equal(tenant.client.control.statistics().requests['users'], undefined);
  });

  it('clear nothing when nobody can tell whether they may be read', async () => {
    // The tokens of this service say nothing about permissions.
    await using fixture = await startFixture({ properties: { users: [attributes, desk], groups: [] } });
    const [known, none] = ['00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-000000000002'];
    const value = [
      { id: known, [attributes]: { Site: { Floor: 3 } } },
      { id: none, [attributes]: null },
    ];
    fixture.microsoft.graph(json({ value }));
    assert.deepEqual(await read(fixture.graph.supplement), [
      { id: known, properties: { [attributes]: { Site: { Floor: 3 } }, [desk]: null } },
      { id: none, properties: { [desk]: null } },
    ]);
  });

  it('stay what they are for an object that makes no sense', async () => {
    await using fixture = await startFixture({ properties: { users: [desk], groups: [] } });
    const id = '00000000-0000-4000-8000-000000000001';
    fixture.microsoft.graph(
      json({ value: [{ id, [desk]: 'a text' }, { [desk]: { number: 1 } }, { id, [desk]: null }] }),
    );
    assert.deepEqual(await read(fixture.graph.supplement), [{ id, properties: { [desk]: null } }]);
  });

  it('are read from the beginning when the list expires on the way, and not for ever (P8)', async () => {
    await using fixture = await startFixture({ properties: { users: [desk], groups: [] } });
    const id = '00000000-0000-4000-8000-000000000001';
    fixture.microsoft.graph(graphFailure(400, 'Directory_ExpiredPageToken'), json({ value: [{ id }] }));
    assert.equal((await read(fixture.graph.supplement)).length, 1);
    fixture.microsoft.graph(graphFailure(400, 'Directory_ExpiredPageToken'));
    // A demand for a new start must not make the engine read all users anew.
    await assert.rejects(read(fixture.graph.supplement), sourceError('protocol'));
  });

  it('are named, with where to look, when the tenant does not have them', async () => {
    await using fixture = await startFixture({ properties: { users: [desk], groups: [] } });
    fixture.microsoft.graph(graphFailure(400, 'Request_BadRequest', {}, `Could not find a property named '${desk}'.`));
    await assert.rejects(
      read(fixture.graph.supplement),
      sourceError(
        'badRequest',
        ({ message }) => message.includes(desk) && message.includes('attributes discover users'),
      ),
    );
  });
});
