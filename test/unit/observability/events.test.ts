import assert from 'node:assert/strict';
import * as events from '../../../src/observability/events.ts';
import type { Log } from '../../../src/observability/log.ts';
import { type LoggedEvent, recordingLog } from '../../support/recording-log.ts';

function recorded(act: (log: Log) => void): LoggedEvent {
  const log = recordingLog();
  act(log);
  const [only] = log.events;
  assert.ok(only !== undefined && log.events.length === 1);
  return only;
}

const cause = new Error('cause');
const none = { read: 0, created: 0, changed: 0, locked: 0, removed: 0, skipped: 0, notAdopted: 0, leftOut: 0 };

describe('events of the daemon', () => {
  const peer = { peer: '192.0.2.1', secure: true };
  const cases: readonly [string, keyof Log, (log: Log) => void, unknown?][] = [
    [
      'sync.round.started',
      'info',
      (log) => events.syncRoundStarted(log, { round: 1, users: 'full', groups: 'full', resumed: false }),
    ],
    [
      'sync.round.failed',
      'error',
      (log) => events.syncRoundFailed(log, { round: 1, durationMs: 5, reason: 'no route' }, cause),
      cause,
    ],
    [
      'posix.number.kept',
      'debug',
      (log) => events.posixNumberNotAdopted(log, { kind: 'user', objectId: 'id', reason: 'given to another' }),
    ],
    ['sync.round.aborted', 'info', (log) => events.syncRoundAborted(log, { round: 1, durationMs: 5 })],
    [
      'directory.published',
      'info',
      (log) => events.directoryPublished(log, { publication: 2, users: 5, groups: 3, services: 1 }),
    ],
    ['directory.publish.resumed', 'warn', (log) => events.publishResumed(log)],
    ['rights.group.unknown', 'warn', (log) => events.accessGroupUnknown(log, { whose: 'gitlab', group: 'staff' })],
    [
      'certificate.renewed',
      'info',
      (log) => events.certificateRenewed(log, { file: '/ldap.pem', validTo: '2027-01-01T00:00:00.000Z' }),
    ],
    [
      'certificate.unchanged',
      'info',
      (log) => events.certificateUnchanged(log, { file: '/ldap.pem', validTo: '2027-01-01T00:00:00.000Z' }),
    ],
    [
      'certificate.kept',
      'warn',
      (log) =>
        events.certificateKept(log, { file: '/ldap.pem', reason: 'no key', validTo: '2027-01-01T00:00:00.000Z' }),
    ],
    [
      'certificate.expiring',
      'warn',
      (log) => events.certificateExpiring(log, { file: '/ldap.pem', validTo: '2027-01-01T00:00:00.000Z', daysLeft: 3 }),
    ],
    [
      'attribute.value.left-out',
      'debug',
      (log) => events.valueLeftOut(log, { kind: 'user', objectId: 'id', attribute: 'mail' }),
    ],
    ['store.migrated', 'warn', (log) => events.storeMigrated(log, { from: 1, to: 2 })],
    ['backup.made', 'info', (log) => events.backupMade(log, { bytes: 1, secrets: false, durationMs: 5 })],
    ['service.notify.failed', 'error', (log) => events.serviceManagerNotTold(log, cause), cause],
    ['store.opened', 'info', (log) => events.storeOpened(log, { path: '/data', publication: undefined })],
    [
      'bind.undecided',
      'warn',
      (log) => events.bindUndecided(log, { account: undefined, answer: 'busy', reason: 'starting', ...peer }),
    ],
    [
      'bind.undecided',
      'error',
      (log) =>
        events.bindUndecided(log, { account: undefined, answer: 'unavailable', reason: 'store', ...peer }, cause),
      cause,
    ],
    [
      'bind.misconfigured',
      'error',
      (log) => events.bindMisconfigured(log, { reason: 'secret expired', aadsts: 7000222 }),
    ],
    [
      'graph.request.retried',
      'warn',
      (log) =>
        events.graphRequestRetried(log, {
          operation: 'users delta',
          attempt: 1,
          waitMs: 500,
          reason: 'Microsoft Graph is throttling this application',
          code: 'throttled',
          status: 429,
          sourceCode: undefined,
          requestId: undefined,
        }),
    ],
    ['config.loaded', 'info', (log) => events.configLoaded(log, { file: 'c.yaml', warnings: 0 })],
    [
      'config.doubted',
      'warn',
      (log) => events.configDoubted(log, { file: 'c.yaml', line: 3, key: 'a.b', doubt: 'is odd' }),
    ],
  ];
  for (const [name, level, act, expectedCause] of cases) {
    it(`write ${name} at level ${level}`, () => {
      const written = recorded(act);
      assert.deepEqual([written.level, written.event, written.cause], [level, name, expectedCause]);
    });
  }

  it('sum up a round in one line and leave out what did not happen (FAM-23)', () => {
    const { event, fields } = recorded((log) =>
      events.syncRoundFinished(log, {
        round: 4,
        outcome: 'published',
        durationMs: 1200,
        pages: 7,
        retries: 0,
        users: { ...none, read: 12, changed: 3, locked: 1 },
        groups: none,
      }),
    );
    assert.equal(event, 'sync.round.finished');
    assert.deepEqual(fields, {
      round: 4,
      outcome: 'published',
      durationMs: 1200,
      pages: 7,
      retries: 0,
      'users.read': 12,
      'users.changed': 3,
      'users.locked': 1,
    });
  });
});
