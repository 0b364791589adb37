import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { recipes } from '../src/cli/clients/recipes.ts';

function findRoot(from: string): string {
  return existsSync(join(from, 'package.json')) ? from : findRoot(dirname(from));
}

const text = readFileSync(join(findRoot(dirname(fileURLToPath(import.meta.url))), 'docs/recipes.md'), 'utf8');

describe('docs/recipes.md', () => {
  it('has a section for every client, in the order of the list, that begins with its command', () => {
    const [, ...sections] = text.split(/^## /m);
    const commands = sections.flatMap(
      (section) => /^[^\n]+\n\n```sh\nentra-ldapd client-config ([a-z]+)/.exec(section)?.[1] ?? [],
    );
    assert.deepEqual(
      commands,
      recipes.map(({ name }) => name),
    );
  });
});
