import assert from 'node:assert/strict';
import { explanationText } from '../../../src/cli/text/explanation.ts';
import { conflictLine } from '../../../src/cli/text/objects.ts';
import { standardSchema } from '../../../src/directory/schema.ts';
import type { Inspection } from '../../../src/identity/inspection.ts';
import { createInspection } from '../../../src/inspection/inspection.ts';
import { Projector } from '../../../src/projection/projector.ts';
import type { ProjectionSettings } from '../../../src/projection/settings.ts';
import { modelId } from '../../support/model-tenant.ts';
import { PosixBench, primarySettings } from '../../support/posix-bench.ts';
import { openSettings } from '../../support/sync-bench.ts';
import { collect } from './inspection-bench.ts';

const adopting = {
  users: { ...openSettings.users, uidNumberFrom: 'extensionAttribute1' },
  groups: { ...openSettings.groups, gidNumberFrom: 'mailNickname' },
};
const settings = (primary: Parameters<typeof primarySettings>[0]): ProjectionSettings =>
  primarySettings({ gidNumberFrom: 'extensionAttribute2', ...primary }, adopting);

/** A tenant in which `p7` and a group have the number 5000, a group is called as `u1` is, and a property has the group of `p8`. */
async function openBench(): Promise<PosixBench> {
  const bench = await PosixBench.open(settings({ kind: 'shared' }));
  const person = (number: number, extensions: Readonly<Record<string, string>>): void =>
    bench.tenant.putUser(modelId('user', number), {
      userPrincipalName: `p${number}@example.com`,
      displayName: `Person ${number}`,
      accountEnabled: true,
      onPremisesExtensionAttributes: extensions,
    });
  person(7, { extensionAttribute1: '5000' });
  person(8, { extensionAttribute2: '70001' });
  bench.tenant.putGroup(modelId('group', 7), { displayName: 'Numbered', mailNickname: '5000' });
  bench.tenant.putGroup(modelId('group', 8), { displayName: 'U1' });
  await bench.round();
  return bench;
}

function inspectionOf({ store }: PosixBench, chosen: ProjectionSettings): Inspection {
  return createInspection(() => ({
    ...store,
    projector: new Projector(chosen, standardSchema),
    schema: standardSchema,
    tenantId: 'the tenant',
    hasLocalPassword: () => false,
    overlayFindings: [],
    isEntraAsked: true,
  }));
}

describe('what is told of the primary group of a user (P9)', () => {
  let bench: PosixBench;

  before(async () => {
    bench = await openBench();
  });

  after(() => bench[Symbol.asyncDispose]());

  const privates = settings({ kind: 'private' });
  const first = settings({ kind: 'firstMatch', groups: ['no such group', 'Staff'] });
  const fallback = `u1-${modelId('user', 1).slice(0, 8)}`;

  for (const [what, chosen, name, by, group, line] of [
    ['a number in a property', privates, 'p8', 'property', null, /70001, the number in a property/],
    ['a group of their own', privates, 'u2', 'private', 'u2', /u2 \(\d+\), of the user alone\n/],
    [
      'one that had to give way',
      privates,
      'u1',
      'private',
      fallback,
      /not called like the user, because the group U1 has/,
    ],
    ['a number that a group has', privates, 'p7', 'numberTaken', 'domain-users', /because a group has the number/],
    ['the first match', first, 'u2', 'group', 'Staff', /Staff \(\d+\), the first of users\.primaryGroup\.groups/],
    ['no match', first, 'u4', 'shared', 'domain-users', /domain-users \(1000000000\), the shared one\n/],
  ] as const) {
    it(`is what decided: ${what}`, async () => {
      const answer = await inspectionOf(bench, chosen).explain({ kind: 'user', name });
      assert.ok(answer.found === 'one');
      const { primaryGroup } = answer.explanation;
      assert.deepEqual([primaryGroup?.by, primaryGroup?.group], [by, group]);
      assert.match(explanationText(answer, 'user', name), line);
    });
  }

  it('is nothing for a group', async () => {
    const answer = await inspectionOf(bench, privates).explain({ kind: 'group', name: 'Staff' });
    assert.ok(answer.found === 'one');
    assert.equal(answer.explanation.primaryGroup, null);
  });

  it('is among the conflicts where a name or a number is another’s (P5)', async () => {
    const conflicts = await collect(inspectionOf(bench, privates).conflicts());
    const found = conflicts.filter(({ about }) => about === 'privateGroup');
    assert.deepEqual(found.map(conflictLine).toSorted(), [
      'group   user p7 <p7@example.com> has no group of their own, because the group Numbered has the number',
      `group   user u1 <u1@example.com> has a group of their own called "${fallback}", because the group U1 has, or had, the name`,
    ]);
    for (const chosen of [first, settings({ kind: 'shared' })]) {
      const others = await collect(inspectionOf(bench, chosen).conflicts());
      assert.ok(others.every(({ about }) => about !== 'privateGroup'));
    }
  });

  it('is the shared group where that has the name', async () => {
    const chosen = settings({ kind: 'private', name: 'u2' });
    const conflicts = await collect(inspectionOf(bench, chosen).conflicts());
    const conflict = conflicts.find(({ name }) => name === 'u2');
    assert.ok(conflict?.about === 'privateGroup');
    assert.deepEqual([conflict.holder, conflict.holderName], [null, 'u2']);
  });
});
