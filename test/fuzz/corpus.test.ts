import assert from 'node:assert/strict';

import { readCorpus } from './corpus.ts';
import { mutate } from './mutate.ts';
import type { FuzzTarget } from './target.ts';
import { targets } from './targets/all.ts';
import { seededChoice } from '../support/seeded-choice.ts';

/** New inputs made of the kept ones, always the same: what takes long is for `npm run fuzz`. */
const mutationsMax = 400;

async function holds(target: FuzzTarget, input: Buffer, what: string): Promise<void> {
  try {
    await target.run(Buffer.from(input));
  } catch (error) {
    throw new Error(`${target.name} breaks a promise with ${what}: ${input.toString('hex')}`, { cause: error });
  }
}

describe('inputs that a coverage-guided fuzzer has found (P7, P8)', () => {
  for (const target of targets) {
    it(`break no promise of the target ${target.name}`, async () => {
      const kept = readCorpus(target.name);
      assert.ok(kept.length > 0, 'there is no corpus');
      for (const { file, input } of kept) await holds(target, input, file);
    });

    it(`break none of ${target.name} when they are changed either`, async () => {
      const choose = seededChoice(1);
      const inputs = [...readCorpus(target.name).map(({ input }) => input), ...target.seeds];
      const any = (): Buffer => inputs[choose(inputs.length)] ?? Buffer.alloc(0);
      for (let run = 0; run < mutationsMax; run++) {
        const { words, bytesMax } = target;
        await holds(target, mutate(any(), { choose, words, other: any(), bytesMax }), 'a changed input');
      }
    });
  }
});
