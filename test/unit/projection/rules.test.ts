import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import type { MirrorRecord } from '../../../src/identity/mirror.ts';
import { nodeId } from '../../../src/identity/node.ts';
import { standardSchema } from '../../../src/directory/schema.ts';
import type { Standing } from '../../../src/projection/policy.ts';
import { Projector } from '../../../src/projection/projector.ts';
import { applyRules, groupRules, judge, type RuleFacts, userRules } from '../../../src/projection/rules.ts';
import { modelId } from '../../support/model-tenant.ts';
import { openSettings } from '../../support/sync-bench.ts';

interface ConfigNode {
  readonly properties?: Readonly<Record<string, ConfigNode>>;
}

const settings = { ...openSettings, users: { ...openSettings.users, includeGuests: false } };
const hiding = { ...settings, users: { ...settings.users, whenLocked: 'hide' as const } };

function facts(properties: MirrorRecord['properties'], changes: Partial<RuleFacts> = {}): RuleFacts {
  const record = { node: nodeId('user', 1), objectId: modelId('user', 1), properties };
  return { record, standing: 'active', settings, isKnown: true, ...changes };
}

const alice = { userPrincipalName: 'alice@example.com' };

describe('rules', () => {
  it('pass whoever nothing stands against (P9)', () => {
    assert.deepEqual(judge(userRules, facts(alice)), { skipped: undefined, lock: undefined });
    assert.ok(applyRules(userRules, facts(alice)).every(({ verdict }) => verdict.kind === 'passed'));
    assert.equal(applyRules(userRules, facts(alice)).length, userRules.length);
  });

  it('end at the one that leaves the object out (P9)', () => {
    const applied = applyRules(userRules, facts({ ...alice, userType: 'Guest', accountEnabled: false }));
    assert.deepEqual(applied.at(-1)?.verdict, { kind: 'skipped', reason: 'guest' });
    assert.ok(applied.length < userRules.length);
  });

  it('name the first of several locks, and go on asking (P9)', () => {
    const locked = facts({ ...alice, accountEnabled: false }, { standing: 'disabled' });
    assert.equal(judge(userRules, locked).lock, 'disabled');
    const reasons = applyRules(userRules, locked).flatMap(({ verdict }) =>
      verdict.kind === 'locked' ? [verdict.reason] : [],
    );
    assert.deepEqual(reasons, ['disabled', 'in a disabled group']);
  });

  it('hide the locked where the settings say so, for the reason of the lock', () => {
    const locked = facts(alice, { standing: 'inactive', settings: hiding });
    assert.deepEqual(judge(userRules, locked), { skipped: 'in no allowed group', lock: 'in no allowed group' });
  });

  it('leave out what is not in scope before anything else is asked', () => {
    const record = { ...facts({}).record, outOfScope: true as const };
    for (const rules of [userRules, groupRules]) {
      assert.deepEqual(
        applyRules(rules, facts({}, { record })).map(({ verdict }) => verdict),
        [{ kind: 'skipped', reason: 'not in scope' }],
      );
    }
  });

  it('name keys that the configuration has', () => {
    const schema = JSON.parse(readFileSync('config/entra-ldapd.schema.json', 'utf8')) as ConfigNode;
    for (const { setting } of [...userRules, ...groupRules]) {
      const node = setting?.split('.').reduce<ConfigNode | undefined>((at, key) => at?.properties?.[key], schema);
      assert.ok(setting === undefined || node !== undefined, setting);
    }
  });

  it('say of everybody what the projector does (P9)', () => {
    const anybody = fc.record(
      {
        userPrincipalName: fc.constantFrom('a@x.com', '', ' '),
        userType: fc.constantFrom('Member', 'guest', 'Guest'),
        accountEnabled: fc.boolean(),
      },
      { requiredKeys: [] },
    );
    const standings = fc.constantFrom<Standing>('active', 'inactive', 'disabled');
    fc.assert(
      fc.property(anybody, standings, fc.boolean(), (properties, standing, hides) => {
        const chosen = hides ? hiding : settings;
        const asked = facts(properties, { standing, settings: chosen });
        const projector = new Projector(chosen, standardSchema);
        const answer = projector.admitUser(asked.record, standing);
        const last = applyRules(userRules, asked).at(-1)?.verdict;
        assert.equal(answer.kind, last?.kind === 'skipped' ? 'skipped' : 'admitted');
        if (answer.kind === 'skipped') assert.equal(last?.kind === 'skipped' ? last.reason : '', answer.reason);
        else {
          const given = { objectId: asked.record.objectId, space: 'user', name: 'a', number: 1 } as const;
          assert.equal(
            projector.user(asked.record, given, standing, 100).locked,
            judge(userRules, asked).lock !== undefined,
          );
        }
      }),
      { seed: 20_261_121 },
    );
  });
});
