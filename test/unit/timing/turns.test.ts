import assert from 'node:assert/strict';
import { Turns } from '../../../src/timing/turns.ts';

describe('turns', () => {
  it('lets one work after the other, in the order in which they ask', async () => {
    const turns = new Turns();
    const told: string[] = [];
    const work = async (name: string): Promise<string> => {
      told.push(`${name} begins`);
      await Promise.resolve();
      told.push(`${name} ends`);
      return name;
    };
    assert.deepEqual(await Promise.all([turns.take(() => work('a')), turns.take(() => work('b'))]), ['a', 'b']);
    assert.deepEqual(told, ['a begins', 'a ends', 'b begins', 'b ends']);
  });

  it('goes on after work that failed, and tells only whoever asked for it', async () => {
    const turns = new Turns();
    const failing = turns.take(() => Promise.reject(new Error('broken')));
    const next = turns.take(() => Promise.resolve('done'));
    await assert.rejects(failing, /broken/);
    assert.equal(await next, 'done');
  });
});
