import assert from 'node:assert/strict';
import {
  initialSyncState,
  isUntouched,
  nextStep,
  resyncsMax,
  step,
  type SyncEvent,
  type SyncState,
  SyncStateError,
} from '../../../src/sync/sync-state.ts';

type StateKind = SyncState['kind'];
type EventName =
  | 'start'
  | 'start full'
  | 'start otherwise'
  | 'page next'
  | 'page delta'
  | 'settling'
  | 'resyncRequired'
  | 'swept'
  | 'published'
  | 'replan';

const events: Readonly<Record<EventName, SyncEvent>> = {
  start: { kind: 'start', full: false, query: 'q', nowMs: 1000 },
  'start full': { kind: 'start', full: true, query: 'q', nowMs: 1000 },
  'start otherwise': { kind: 'start', full: false, query: 'other', nowMs: 1000 },
  'page next': { kind: 'page', link: { kind: 'next', url: 'https://graph/next' }, read: 2, rejected: { 'no id': 1 } },
  'page delta': { kind: 'page', link: { kind: 'delta', url: 'https://graph/delta' }, read: 3, rejected: {} },
  settling: { kind: 'settling' },
  resyncRequired: { kind: 'resyncRequired' },
  swept: { kind: 'swept' },
  published: { kind: 'published' },
  replan: { kind: 'replan', nowMs: 1000 },
};

function play(from: SyncState, ...names: EventName[]): SyncState {
  return names.reduce((state, name) => step(state, events[name]), from);
}

const afterFirst = play(initialSyncState, 'start', 'page delta', 'swept', 'page delta', 'swept', 'published');

/** One state of each kind, in the middle of an incremental round or of a full one. */
const states: Readonly<Record<StateKind, SyncState>> = {
  idle: afterFirst,
  pulling: play(afterFirst, 'start', 'page next'),
  sweeping: play(initialSyncState, 'start', 'page delta'),
  publishing: play(afterFirst, 'start', 'page delta', 'page delta'),
};

/** What every event leads to in every state; a missing cell does not compile. */
const table: Readonly<Record<StateKind, Readonly<Record<EventName, string>>>> = {
  idle: {
    start: 'pulling users incremental from delta',
    'start full': 'pulling users full from the beginning',
    'start otherwise': 'pulling users full from the beginning',
    'page next': 'impossible',
    'page delta': 'impossible',
    settling: 'impossible',
    resyncRequired: 'impossible',
    swept: 'impossible',
    published: 'impossible',
    replan: 'publishing',
  },
  pulling: {
    start: 'unchanged',
    'start full': 'pulling users full from the beginning',
    'start otherwise': 'pulling users full from the beginning',
    'page next': 'pulling users incremental from next',
    'page delta': 'pulling groups incremental from delta',
    settling: 'pulling users incremental from next',
    resyncRequired: 'pulling users full from the beginning',
    swept: 'impossible',
    published: 'impossible',
    replan: 'unchanged',
  },
  sweeping: {
    start: 'unchanged',
    'start full': 'pulling users full from the beginning',
    'start otherwise': 'pulling users full from the beginning',
    'page next': 'impossible',
    'page delta': 'impossible',
    settling: 'impossible',
    resyncRequired: 'impossible',
    swept: 'pulling groups full from the beginning',
    published: 'impossible',
    replan: 'unchanged',
  },
  publishing: {
    start: 'unchanged',
    'start full': 'pulling users full from the beginning',
    'start otherwise': 'pulling users full from the beginning',
    'page next': 'impossible',
    'page delta': 'impossible',
    settling: 'impossible',
    resyncRequired: 'impossible',
    swept: 'impossible',
    published: 'idle',
    replan: 'unchanged',
  },
};

function describeState(state: SyncState): string {
  if (state.kind !== 'pulling') return state.kind;
  const { collection, modes } = state.round;
  const from = state.from === null ? 'the beginning' : state.from.replace('https://graph/', '');
  return `pulling ${collection} ${modes[collection]} from ${from}`;
}

function outcome(state: SyncState, event: SyncEvent): string {
  try {
    const next = step(state, event);
    return next === state ? 'unchanged' : describeState(next);
  } catch (error) {
    assert.ok(error instanceof SyncStateError);
    return 'impossible';
  }
}

describe('sync state', () => {
  for (const [kind, cells] of Object.entries(table) as [StateKind, Record<EventName, string>][]) {
    for (const [name, expected] of Object.entries(cells) as [EventName, string][]) {
      it(`goes from ${kind} by ${name} to: ${expected}`, () => {
        assert.equal(outcome(states[kind], events[name]), expected);
      });
    }
  }

  it('keeps the old delta links until the round that found new ones is published', () => {
    const open = play(states.idle, 'start', 'page delta', 'page delta');
    assert.deepEqual(open.links, { users: 'https://graph/delta', groups: 'https://graph/delta' });
    const first = play(initialSyncState, 'start', 'page delta', 'swept', 'page delta', 'swept');
    assert.deepEqual(first.links, { users: null, groups: null });
    assert.deepEqual(step(first, events.published).links, {
      users: 'https://graph/delta',
      groups: 'https://graph/delta',
    });
  });

  it('sweeps a full collection only after the page with its delta link (P2)', () => {
    const pulling = play(initialSyncState, 'start', 'page next', 'page next');
    assert.equal(nextStep(pulling).do, 'pull');
    assert.deepEqual(nextStep(step(pulling, events['page delta'])), {
      do: 'sweep',
      collection: 'users',
      generation: 1,
    });
  });

  it('starts a resync under a new generation and forgets what the abandoned enumeration counted', () => {
    const pulling = play(initialSyncState, 'start', 'page next');
    const resynced = step(pulling, events.resyncRequired);
    assert.deepEqual(nextStep(resynced), { do: 'pull', collection: 'users', from: undefined, generation: 2 });
    assert.ok(resynced.kind === 'pulling');
    assert.equal(resynced.round.read.users, 0);
    assert.deepEqual(resynced.round.rejected.users, {});
  });

  it('resyncs only the collection whose link was refused', () => {
    const groups = play(states.idle, 'start', 'page delta');
    const resynced = step(groups, events.resyncRequired);
    assert.ok(resynced.kind === 'pulling');
    assert.deepEqual(resynced.round.modes, { users: 'incremental', groups: 'full' });
  });

  it(`gives up a round after ${resyncsMax} resyncs of one collection (P8)`, () => {
    let state = play(states.idle, 'start');
    for (let i = 0; i < resyncsMax; i++) state = step(state, events.resyncRequired);
    assert.throws(() => step(state, events.resyncRequired), SyncStateError);
    const startedAgain = step(state, events.start);
    assert.equal(describeState(step(startedAgain, events.resyncRequired)), 'pulling users full from the beginning');
  });

  it('does not read everything again for a demand that comes when everything was just read', () => {
    const read = play(initialSyncState, 'start', 'page delta', 'swept', 'page delta', 'swept');
    assert.equal(step(read, events['start full']), read);
  });

  it('counts pages, objects and rejected objects per collection', () => {
    const state = play(initialSyncState, 'start', 'page next', 'page next', 'page delta');
    assert.ok(state.kind === 'sweeping');
    assert.deepEqual(state.round.pages, { users: 3, groups: 0 });
    assert.deepEqual(state.round.read, { users: 7, groups: 0 });
    assert.deepEqual(state.round.rejected.users, { 'no id': 2 });
  });

  it('publishes a change of the settings without asking for any page, and keeps the delta links', () => {
    const state = play(states.idle, 'replan');
    assert.deepEqual(nextStep(state), { do: 'publish' });
    assert.deepEqual(step(state, events.published).links, states.idle.links);
  });

  it('counts the mirror as of one reading between rounds, and in a round until something may have changed it (P2)', () => {
    const link = { kind: 'delta', url: 'https://graph/delta' } as const;
    const empty: SyncEvent = { kind: 'page', link, read: 0, rejected: {}, isEmpty: true };
    const open = play(afterFirst, 'start');
    const quiet = step(open, empty);
    const untouched = [afterFirst, open, quiet, play(open, 'start full'), play(open, 'start otherwise')];
    assert.deepEqual(untouched.map(isUntouched), [true, true, true, true, true]);
    const touched = [
      play(open, 'page next'),
      play(open, 'page next', 'start full'),
      play(open, 'page next', 'resyncRequired'),
      play(open, 'settling'),
      step(play(open, 'settling'), empty),
      step(play(open, 'page delta'), empty),
      play(step(play(open, 'start full'), empty), 'swept'),
      play(step(play(open, 'start full'), empty), 'start full'),
    ];
    assert.deepEqual(
      touched.map(isUntouched),
      touched.map(() => false),
    );
  });

  it('never counts a mirror as of one reading that was not read to its end, or was forgotten (P1)', () => {
    const cleared = step(afterFirst, { kind: 'cleared', query: 'q', nowMs: 1000 });
    const states = [initialSyncState, play(initialSyncState, 'start'), cleared, play(cleared, 'start full')];
    assert.deepEqual(states.map(isUntouched), [false, false, false, false]);
  });
});
