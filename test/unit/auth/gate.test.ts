import assert from 'node:assert/strict';

import { Gate, GateFullError } from '../../../src/auth/gate.ts';

const { signal } = new AbortController();

interface Task {
  readonly done: Promise<unknown>;
  readonly finish: () => void;
}

function enter(gate: Gate, began: string[], name: string, own = signal, party = ''): Task {
  let finish: () => void = () => undefined;
  const work = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const done = gate.run(
    own,
    () => {
      began.push(name);
      return work;
    },
    party,
  );
  return { done, finish };
}

describe('Gate', () => {
  it('runs as many tasks at a time as it may, and the others in the order of their coming', async () => {
    const gate = new Gate({ runningMax: 2, waitingMax: 5 });
    const began: string[] = [];
    const tasks = ['a', 'b', 'c', 'd'].map((name) => enter(gate, began, name));
    assert.deepEqual(began, ['a', 'b']);
    tasks[1]?.finish();
    await tasks[1]?.done;
    assert.deepEqual(began, ['a', 'b', 'c']);
    for (const task of tasks) task.finish();
    await Promise.all(tasks.map(({ done }) => done));
    assert.deepEqual(began, ['a', 'b', 'c', 'd']);
  });

  it('takes as many waiting tasks as it may, and refuses one more at once (P8)', async () => {
    const gate = new Gate({ runningMax: 1, waitingMax: 2 });
    const began: string[] = [];
    const tasks = ['a', 'b', 'c'].map((name) => enter(gate, began, name));
    await assert.rejects(enter(gate, began, 'd').done, GateFullError);
    for (const task of tasks) task.finish();
    await Promise.all(tasks.map(({ done }) => done));
    assert.deepEqual(began, ['a', 'b', 'c']);
  });

  it('frees the place of a task that gives up while it waits', async () => {
    const gate = new Gate({ runningMax: 1, waitingMax: 1 });
    const began: string[] = [];
    const first = enter(gate, began, 'first');
    const controller = new AbortController();
    const impatient = enter(gate, began, 'impatient', controller.signal);
    controller.abort(new Error('gone'));
    await assert.rejects(impatient.done, /gone/);
    const next = enter(gate, began, 'next');
    first.finish();
    next.finish();
    await next.done;
    assert.deepEqual(began, ['first', 'next']);
  });

  it('does not begin for somebody who has gone before', async () => {
    await assert.rejects(
      enter(new Gate({ runningMax: 1, waitingMax: 1 }), [], 'x', AbortSignal.abort(new Error('gone'))).done,
      /gone/,
    );
  });

  it('lets the next one in after a task that failed', async () => {
    const gate = new Gate({ runningMax: 1, waitingMax: 1 });
    const failing = gate.run(signal, () => Promise.reject(new Error('broken')));
    const next = gate.run(signal, () => Promise.resolve('fine'));
    await assert.rejects(failing, /broken/);
    assert.equal(await next, 'fine');
    assert.equal(await gate.run(signal, () => Promise.resolve('free again')), 'free again');
  });

  it('lets parties take turns, so that one with many tasks does not slow down one with a few', async () => {
    const gate = new Gate({ runningMax: 1, waitingMax: 10 });
    const began: string[] = [];
    const tasks = ['a0', 'a1', 'a2', 'a3', 'b1', 'b2', 'c1'].map((name) =>
      enter(gate, began, name, signal, name.slice(0, 1)),
    );
    for (const task of tasks) task.finish();
    await Promise.all(tasks.map(({ done }) => done));
    assert.deepEqual(began, ['a0', 'a1', 'b1', 'c1', 'a2', 'b2', 'a3']);
  });

  it('takes no more waiting tasks of one party than it may, and those of others still (P8)', async () => {
    const gate = new Gate({ runningMax: 1, waitingMax: 3, partyWaitingMax: 2 });
    const began: string[] = [];
    const tasks = ['a0', 'a1', 'a2'].map((name) => enter(gate, began, name, signal, 'a'));
    await assert.rejects(enter(gate, began, 'a3', signal, 'a').done, GateFullError);
    tasks.push(enter(gate, began, 'b1', signal, 'b'));
    await assert.rejects(enter(gate, began, 'c1', signal, 'c').done, GateFullError);
    for (const task of tasks) task.finish();
    await Promise.all(tasks.map(({ done }) => done));
    assert.deepEqual(began, ['a0', 'a1', 'b1', 'a2']);
  });
});
