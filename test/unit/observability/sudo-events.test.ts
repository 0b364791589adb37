import assert from 'node:assert/strict';
import { sudoNameUnknown, sudoRuleHidden } from '../../../src/observability/events.ts';
import { recordingLog } from '../../support/recording-log.ts';

describe('what is logged of sudo rules', () => {
  it('names groups, and users only at level debug (P9)', () => {
    const log = recordingLog();
    sudoNameUnknown(log, { rule: 'web', kind: 'group', name: 'Staff', found: 2 });
    sudoNameUnknown(log, { rule: 'web', kind: 'user', name: 'alice@example.com', found: 0 });
    sudoRuleHidden(log, { rule: 'web' });
    assert.deepEqual(
      log.events.map(({ level, event, fields }) => [level, event, fields]),
      [
        ['warn', 'sudo.name.unknown', { rule: 'web', group: 'Staff', found: 2 }],
        ['warn', 'sudo.name.unknown', { rule: 'web', found: 0 }],
        ['debug', 'sudo.user.unknown', { rule: 'web', user: 'alice@example.com', found: 0 }],
        ['warn', 'sudo.rule.hidden', { rule: 'web' }],
      ],
    );
  });
});
