import assert from 'node:assert/strict';
import { ConfigHistory } from '../../../src/daemon/config-history.ts';
import type { HistoryEntry } from '../../../src/identity/history.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { recordingLog } from '../../support/recording-log.ts';
import { cutWritesAfter, openTestStore } from '../../support/sync-bench.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

describe('the history of the configuration (FED-21, FAM-28)', () => {
  it('tells of each change that was taken over and by what, and of each that was not, and why', async () => {
    using folder = temporaryFolder();
    await using store = await openTestStore(folder.path);
    {
      await using history = new ConfigHistory(store, new ManualClock(), recordingLog());
      history.taken(false);
      history.kept('ldap.listen: wrong (3:4)');
      history.taken(true);
    }
    const lines: HistoryEntry[] = [];
    for await (const line of store.history.entries({ sinceMs: null, outcome: null, kind: null, limit: 10 }))
      lines.push(line);
    assert.deepEqual(
      lines.map(({ kind, by, outcome, note }) => [kind, by, outcome, note]),
      [
        ['configuration', 'signal', 'done', null],
        ['configuration', 'configuration', 'failed', 'ldap.listen: wrong (3:4)'],
        ['configuration', 'configuration', 'done', null],
      ],
    );
  });

  it('goes on without it when it cannot be written, and says so in the log', async () => {
    using folder = temporaryFolder();
    await using store = await openTestStore(folder.path);
    const log = recordingLog();
    {
      using _cut = cutWritesAfter(0);
      await using history = new ConfigHistory(store, new ManualClock(), log);
      history.taken(false);
    }
    assert.deepEqual(
      log.events.map(({ level, event }) => [level, event]),
      [['error', 'history.unwritten']],
    );
  });
});
