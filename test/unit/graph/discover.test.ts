import assert from 'node:assert/strict';

import { createGraph } from '../../../src/graph/graph.ts';
import type { Collection } from '../../../src/identity/change.ts';
import type { Discovery, OfferedProperty } from '../../../src/identity/discovery.ts';
import { graphProperties, isTracked } from '../../../src/identity/graph-properties.ts';
import { silentLog } from '../../../src/observability/log.ts';
import { catalogOf } from '../../../src/simulator/graph/property-catalog.ts';
import { systemClock } from '../../../src/timing/clock.ts';
import { graphFailure, json } from '../../support/fake-microsoft.ts';
import { badge, everyPermission, offering, offeringTenant } from '../../support/offering-tenant.ts';
import { SimulatorClient } from '../../support/simulator-client.ts';
import { secretCredential, sourceError, startFixture } from './graph-fixture.ts';

const { signal } = new AbortController();

async function discovered(
  collection: Collection,
  permissions: readonly string[] = everyPermission,
  sampleSize = 100,
): Promise<Discovery> {
  const client = await SimulatorClient.start({ tenant: offeringTenant(permissions) });
  const { url, tenant } = client.simulator;
  const graph = createGraph({
    tenantId: tenant.tenantId,
    clientId: offering.clientId,
    credentials: [secretCredential(offering.secret)],
    authorityHost: url,
    graphUrl: url,
    ca: client.ca,
    requestTimeoutMs: 20_000,
    properties: { users: [], groups: [] },
    clock: systemClock,
    random: Math.random,
    log: silentLog,
  });
  try {
    return await graph.discover({ collection, sampleSize, signal });
  } finally {
    await graph.close();
    await client.close();
  }
}

function offer({ properties }: Discovery, source: string): OfferedProperty | undefined {
  const found = properties.filter((each) => each.source === source);
  assert.ok(found.length <= 1, `${source} is listed ${found.length} times`);
  return found[0];
}

const without = (...names: readonly string[]): readonly string[] =>
  everyPermission.filter((permission) => !names.includes(permission));

describe('what a tenant offers (SNP-18)', () => {
  it('is its documented properties with how many have a value, and a few values, each once and shortened', async () => {
    const users = await discovered('users');
    assert.equal(users.sampled, 3);
    assert.deepEqual(offer(users, 'jobTitle'), {
      source: 'jobTitle',
      kind: 'property',
      type: 'text',
      multiValued: false,
      description: null,
      count: 2,
      values: ['Clerk'],
    });
    assert.deepEqual(offer(users, 'extensionAttribute1')?.values, [`${'x'.repeat(59)}…`]);
    assert.equal(offer(users, 'employeeOrgData.costCenter')?.count, 1);
    assert.equal(offer(users, 'employeeOrgData.division')?.count, 0);
    assert.equal(offer(users, 'manager')?.count, 2);
    const documented = Object.keys(graphProperties.users).filter(
      (name) =>
        isTracked(name) && !['authorizationInfo', 'employeeOrgData', 'onPremisesExtensionAttributes'].includes(name),
    );
    for (const name of documented) assert.ok(offer(users, name), name);
  });

  it('is the directory extensions of users and of groups, with the application that has them', async () => {
    const [users, groups] = [await discovered('users'), await discovered('groups')];
    assert.deepEqual(offer(users, badge), {
      source: badge,
      kind: 'directoryExtension',
      type: 'text',
      multiValued: false,
      description: 'of Tenant Schema Extension App, synchronized from Active Directory',
      count: 1,
      values: ['A-17'],
    });
    const cards = offer(users, 'extension_0123456789abcdef0123456789abcdef_cards');
    assert.deepEqual([cards?.type, cards?.multiValued, cards?.values], ['number', true, ['1', '2', '3']]);
    assert.deepEqual(offer(groups, badge)?.values, ['S-1']);
    assert.equal(offer(groups, 'extension_0123456789abcdef0123456789abcdef_cards'), undefined, 'is for users only');
    assert.equal(offer(users, 'extension_0123456789abcdef0123456789abcdef_device'), undefined, 'is for devices only');
  });

  it('is the schema extensions with each of their properties, deprecated ones left out', async () => {
    const [users, groups] = [await discovered('users'), await discovered('groups')];
    assert.deepEqual(offer(users, 'extabcdefgh_desk.number'), {
      source: 'extabcdefgh_desk.number',
      kind: 'schemaExtension',
      type: 'number',
      multiValued: false,
      description: 'Where people sit',
      count: 1,
      values: ['7'],
    });
    assert.deepEqual(offer(groups, 'extabcdefgh_desk.number')?.values, ['9']);
    assert.equal(offer(users, 'extabcdefgh_old.gone'), undefined);
  });

  it('is the custom security attributes that are defined, and what users have of them', async () => {
    const users = await discovered('users');
    const floor = offer(users, 'customSecurityAttributes.Site.Floor');
    assert.deepEqual([floor?.kind, floor?.type, floor?.count], ['securityAttribute', 'number', 2]);
    assert.deepEqual([floor?.values, floor?.description], [['3', '4'], 'The floor']);
    assert.deepEqual(offer(users, 'customSecurityAttributes.Site.Projects')?.values, ['a', 'b']);
    assert.equal(offer(users, 'customSecurityAttributes.Site.Unused')?.count, 0);
    assert.ok((await discovered('groups')).properties.every(({ kind }) => kind !== 'securityAttribute'));
  });

  it('is listed as far as the permissions go, and says which permission the rest takes (PAIN-21)', async () => {
    const cases: readonly [missing: readonly string[], says: RegExp, gone: string, count: number | null | undefined][] =
      [
        [
          ['Directory.Read.All', 'Application.Read.All'],
          /directory extensions .*Directory\.Read\.All/,
          badge,
          undefined,
        ],
        [
          ['Directory.Read.All', 'Application.Read.All'],
          /schema extensions .*Application\.Read\.All/,
          'extabcdefgh_desk.number',
          undefined,
        ],
        [
          ['CustomSecAttributeAssignment.Read.All'],
          /customSecurityAttributes .*CustomSecAttributeAssignment\.Read\.All/,
          'customSecurityAttributes.Site.Floor',
          null,
        ],
        // What users have is seen without the definitions.
        [
          ['CustomSecAttributeDefinition.Read.All'],
          /custom security attributes .*CustomSecAttributeDefinition\.Read\.All/,
          'customSecurityAttributes.Site.Floor',
          2,
        ],
      ];
    for (const [missing, says, source, count] of cases) {
      const users = await discovered('users', without(...missing));
      const told = users.undiscovered.map(({ what, why }) => `${what} ${why}`);
      assert.ok(
        told.some((each) => says.test(each)),
        `${String(says)}\n${told.join('\n')}`,
      );
      assert.equal(offer(users, source)?.count, count, source);
      assert.equal(offer(users, 'jobTitle')?.count, 2, 'the rest is listed');
    }
  });

  it('finds the directory extensions of registered applications without a permission for the whole directory', async () => {
    const users = await discovered('users', without('Directory.Read.All'));
    assert.deepEqual(offer(users, badge)?.values, ['A-17']);
    assert.equal(users.undiscovered.filter(({ what }) => what === 'directory extensions').length, 0);
  });

  it('looks at no more objects than it is told to', async () => {
    const users = await discovered('users', everyPermission, 1);
    assert.equal(users.sampled, 1);
    assert.equal(offer(users, 'jobTitle')?.count, 1);
  });

  it('leaves out a property that Microsoft Graph refuses, and names it', async () => {
    await using fixture = await startFixture();
    fixture.microsoft.graph((response, request) => {
      const { searchParams } = new URL(request.url ?? '', fixture.microsoft.origin);
      const selected = searchParams.get('$select')?.split(',') ?? [];
      const refuses = selected.includes('identityParentId');
      const answer = refuses
        ? graphFailure(400, 'Request_BadRequest')
        : json({ value: [selected.includes('jobTitle') ? { id: 'x', jobTitle: 'Clerk' } : { id: 'x' }] });
      answer(response, request);
    });
    const users = await fixture.graph.discover({ collection: 'users', sampleSize: 1, signal });
    assert.deepEqual(
      users.undiscovered.map(({ what }) => what).filter((what) => what === 'identityParentId'),
      ['identityParentId'],
    );
    assert.equal(offer(users, 'identityParentId')?.count, null);
    assert.equal(offer(users, 'jobTitle')?.count, 1);
  });

  it('throws when users must not be read', async () => {
    await using fixture = await startFixture();
    fixture.microsoft.graph(graphFailure(403, 'Authorization_RequestDenied'));
    await assert.rejects(
      fixture.graph.discover({ collection: 'users', sampleSize: 1, signal }),
      sourceError('forbidden'),
    );
  });
});

describe('the catalog of properties', () => {
  for (const collection of ['users', 'groups'] as const) {
    it(`has properties of ${collection} that the simulated tenant knows too, and none that takes a request for one object`, () => {
      const { names } = catalogOf(collection);
      assert.deepEqual(
        Object.keys(graphProperties[collection]).filter((name) => !names.has(name)),
        [],
      );
      for (const name of ['id', 'members', 'owners', 'signInActivity', 'passwordProfile', 'isArchived', 'aboutMe']) {
        assert.ok(!(name in graphProperties[collection]), name);
      }
    });
  }
});
