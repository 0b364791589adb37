import assert from 'node:assert/strict';

import { Gate, GateFullError } from '../../../src/auth/gate.ts';

const { signal } = new AbortController();

interface Task {
  readonly done: Promise<unknown>;
  readonly finish: () => void;
}

function enter(gate: Gate, began: string[], name: string, own = signal): Task {
  let finish: () => void = () => undefined;
  const work = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const done = gate.run(own, () => {
    began.push(name);
    return work;
  });
  return { done, finish };
}

describe('Gate', () => {
  it('runs as many tasks at a time as it may, and the others in the order of their coming', async () => {
    const gate = new Gate(2, 5);
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
    const gate = new Gate(1, 2);
    const began: string[] = [];
    const tasks = ['a', 'b', 'c'].map((name) => enter(gate, began, name));
    await assert.rejects(enter(gate, began, 'd').done, GateFullError);
    for (const task of tasks) task.finish();
    await Promise.all(tasks.map(({ done }) => done));
    assert.deepEqual(began, ['a', 'b', 'c']);
  });

  it('frees the place of a task that gives up while it waits', async () => {
    const gate = new Gate(1, 1);
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
    await assert.rejects(enter(new Gate(1, 1), [], 'x', AbortSignal.abort(new Error('gone'))).done, /gone/);
  });

  it('lets the next one in after a task that failed', async () => {
    const gate = new Gate(1, 1);
    const failing = gate.run(signal, () => Promise.reject(new Error('broken')));
    const next = gate.run(signal, () => Promise.resolve('fine'));
    await assert.rejects(failing, /broken/);
    assert.equal(await next, 'fine');
    assert.equal(await gate.run(signal, () => Promise.resolve('free again')), 'free again');
  });
});
