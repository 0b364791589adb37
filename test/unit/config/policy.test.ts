import assert from 'node:assert/strict';
import { accepted, describeProblems, minimal, onlyProblem } from './config-fixture.ts';

const id = '22222222-3333-4444-8555-666666666666';

describe('the policy section (FOX-17, FOX-18)', () => {
  it('lets everybody in without it', () => {
    const { policy } = accepted(minimal).config.projection;
    assert.deepEqual(policy, { allowedGroups: undefined, disabledGroups: [], nested: true });
  });

  it('takes names and object ids of groups', () => {
    const text = `${minimal}policy:\n  allowedGroups: [LDAP users, ${id}]\n  disabledGroups: [Leavers]\n  nested: false\n`;
    const { policy } = accepted(text).config.projection;
    assert.deepEqual(policy, { allowedGroups: ['LDAP users', id], disabledGroups: ['Leavers'], nested: false });
  });

  it('refuses an empty list of allowed groups, which would lock everybody', () => {
    const { key, line, message } = onlyProblem('policy:\n  allowedGroups: []\n');
    assert.deepEqual([key, line], ['policy.allowedGroups', 9]);
    assert.match(message, /everybody would be locked/);
  });

  it('refuses an empty name and more groups than anybody can have meant, with their places', () => {
    assert.equal(onlyProblem('policy:\n  disabledGroups: [""]\n').key, 'policy.disabledGroups[0]');
    const names = (count: number): string => Array.from({ length: count }, (_, index) => `g${index}`).join(', ');
    const most = accepted(`${minimal}policy: { disabledGroups: [${names(256)}] }\n`);
    assert.equal(most.config.projection.policy.disabledGroups.length, 256);
    assert.equal(onlyProblem(`policy: { disabledGroups: [${names(257)}] }\n`).key, 'policy.disabledGroups');
  });

  it('doubts a group that is both allowed and disabled, in any letter case', () => {
    const local = 'ldap: { listen: ["127.0.0.1:3389"] }\n';
    const text = `${minimal}${local}policy: { allowedGroups: [Staff, sales], disabledGroups: [SALES] }\n`;
    const { warnings } = accepted(text);
    assert.deepEqual(
      warnings.map(({ key }) => key),
      ['policy.allowedGroups[1]'],
    );
    assert.match(describeProblems({ ok: true, ...accepted(text) }).join(), /which lock its members/);
  });
});
