import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { refusalResult } from '../src/auth/diagnostics.ts';
import { aadstsMeanings } from '../src/graph/aadsts.ts';
import { secondFactorCodes } from '../src/identity/password-check.ts';
import { codeIn, tableRows } from './support/markdown.ts';

function findRoot(from: string): string {
  return existsSync(join(from, 'package.json')) ? from : findRoot(dirname(from));
}

const root = findRoot(dirname(fileURLToPath(import.meta.url)));
const text = readFileSync(join(root, 'docs/binding.md'), 'utf8');

describe('documentation of binds', () => {
  it('has every code of Entra with its meaning and its answer, and no other', () => {
    const rows = tableRows(text, 'code').map(([code = '', meaning, answer = '', password]) => {
      const [word] = codeIn(answer);
      return [
        Number(codeIn(code)[0]),
        meaning,
        word,
        answer.includes('alarm'),
        password?.includes('let through'),
      ] as const;
    });
    const expected = [...aadstsMeanings].map(([code, meaning]) => {
      const { verdict } = meaning;
      const isTrouble = verdict === 'unavailable' || verdict === 'misconfigured';
      const word = isTrouble
        ? 'unavailable'
        : /data (\w+)/.exec(refusalResult('activeDirectoryFull', { denial: verdict }).diagnosticMessage)?.[1];
      return [code, meaning.text, word, verdict === 'misconfigured', secondFactorCodes.includes(code)] as const;
    });
    assert.deepEqual(rows, expected);
  });
});
