import assert from 'node:assert/strict';
import { findingsOf } from '../../../../src/http/pages/findings.ts';
import { healthOf } from '../../../../src/http/pages/health.ts';
import type { StatusReport } from '../../../../src/identity/admin.ts';
import { sampleHold, sampleNowMs, sampleRound, sampleStatus } from '../../../support/sample-administration.ts';

const dayMs = 86_400_000;
const alarm = { reason: 'the client secret has expired', aadsts: 7000222, sinceMs: sampleNowMs, count: 3 };

function titles(changes: Partial<StatusReport>): readonly string[] {
  return findingsOf({ ...sampleStatus, ...changes }, sampleNowMs).map(({ tone, title }) => `${tone}: ${title}`);
}

function health(changes: Partial<StatusReport>) {
  return healthOf({ ...sampleStatus, ...changes }, sampleNowMs);
}

describe('health at a glance', () => {
  it('has a headline, a colour and a shape for each state (PAIN-20, FAM-24)', () => {
    assert.deepEqual([health({}).tone, health({}).headline], ['good', 'Everything is well']);
    assert.deepEqual(
      [health({ state: 'starting' }).tone, health({ state: 'starting' }).headline],
      ['busy', 'Starting: nothing is published yet'],
    );
    assert.equal(health({ state: 'held' }).tone, 'warn');
    assert.equal(health({ state: 'stale' }).tone, 'warn');
    assert.equal(health({ state: 'broken' }).tone, 'bad');
  });

  it('is as bad as the worst of what there is to look at, and says how much that is', () => {
    const config = { file: 'f', sinceMs: 0, problems: ['f:1:1: no'], needsRestart: ['ldap.listen'] };
    assert.deepEqual(
      [health({ config }).tone, health({ config }).headline],
      ['bad', 'Serving, with 2 things to look at'],
    );
    assert.equal(health({ state: 'stale', config }).tone, 'bad');
  });

  it('finds nothing in a daemon that is well', () => {
    assert.deepEqual(titles({}), []);
  });

  it('tells a held change, a failed round with its error and an overdue one (P4, FED-21, FED-20)', () => {
    const { sync } = sampleStatus;
    assert.deepEqual(titles({ state: 'held', sync: { ...sync, held: sampleHold } }), [
      'warn: A change reaches too far and is held back',
    ]);
    assert.deepEqual(titles({ sync: { ...sync, held: { ...sampleHold, decision: 'rejected' } } }), []);
    const last = { ...sampleRound, outcome: 'failed' as const, error: 'Graph is away.' };
    assert.deepEqual(findingsOf({ ...sampleStatus, state: 'stale', sync: { ...sync, last } }, sampleNowMs), [
      { tone: 'bad', title: 'Round 12 failed', advice: 'Graph is away.', path: '/history' },
    ]);
    assert.deepEqual(titles({ state: 'stale' }), ['warn: No round has succeeded for 5 min']);
    assert.deepEqual(titles({ state: 'stale', sync: { ...sync, lastSuccessAtMs: null } }), [
      'warn: No round has succeeded since the start',
    ]);
  });

  it('tells how many days are left of credentials and certificates, the pressing ones as bad (FAM-06)', () => {
    const ending = (days: number): readonly string[] =>
      titles({ certificates: [{ names: ['ldap.contoso.com'], validToMs: sampleNowMs + days * dayMs, problem: null }] });
    assert.deepEqual(ending(30), []);
    assert.deepEqual(ending(29), ['warn: The certificate for ldap.contoso.com ends in 29 days']);
    assert.deepEqual(ending(6), ['bad: The certificate for ldap.contoso.com ends in 6 days']);
    assert.deepEqual(ending(-1), ['bad: The certificate for ldap.contoso.com has expired']);
    const credential = {
      name: 'tenant.credential',
      kind: 'secret',
      state: 'inUse',
      problem: null,
      expiresAtMs: sampleNowMs + dayMs,
    } as const;
    assert.deepEqual(titles({ credentials: [credential] }), ['bad: The credential tenant.credential ends in 1 day']);
    assert.deepEqual(titles({ credentials: [{ ...credential, state: 'refused', problem: 'expired' }] }), [
      'bad: Entra refuses tenant.credential',
    ]);
  });

  it('tells what stands against sign-ins, the worst first', () => {
    const binds = {
      ...sampleStatus.binds,
      alarm,
      keysAlarm: alarm,
      auditProblem: 'disk full',
      resting: 6,
      limited: 1,
      strangersHeld: true,
    };
    const found = findingsOf({ ...sampleStatus, binds }, sampleNowMs);
    assert.deepEqual(
      found.map(({ tone }) => tone),
      ['bad', 'bad', 'bad', 'warn', 'warn', 'warn'],
    );
    assert.match(found[0]?.title ?? '', /expired \(AADSTS7000222\)/);
    assert.match(found[4]?.advice ?? '', /may mean that Entra blocks the address/);
  });

  it('tells which rules about binds are for groups that nobody is in', () => {
    const rule = { groups: ['admins'], services: null, switches: {}, unknownGroups: ['admins'] };
    assert.deepEqual(titles({ binds: { ...sampleStatus.binds, rules: [rule] } }), [
      'warn: bind.rules[0] is for a group that nobody is in',
    ]);
  });

  it('tells what of the configuration, the permissions and the overlay has no effect', () => {
    const found = titles({
      settingsPending: true,
      unreadableProperties: [
        {
          collection: 'users',
          property: 'customSecurityAttributes',
          permission: 'CustomSecAttributeAssignment.Read.All',
        },
      ],
      unknownPolicyGroups: [
        { list: 'allowedGroups', group: 'vpn', found: 0 },
        { list: 'disabledGroups', group: 'leavers', found: 2 },
      ],
      sudo: { shown: 1, hidden: ['web'], unknown: [] },
      overlay: {
        files: ['o.yaml'],
        users: 0,
        groups: 0,
        members: 0,
        overrides: 0,
        findings: [{ place: { file: 'o.yaml', line: 3 }, about: 'user', kind: 'none', name: 'x' }],
      },
    });
    assert.deepEqual(found, [
      'warn: The configuration has changed',
      'warn: An entry of policy.allowedGroups has no effect',
      'warn: An entry of policy.disabledGroups has no effect',
      'warn: customSecurityAttributes of users cannot be read',
      'warn: The sudo rule web is not served',
      'warn: 1 line of the overlay files do not do what they say',
    ]);
  });
});
