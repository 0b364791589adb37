import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { formatProblem } from '../src/config/problem.ts';
import { parseConfig } from '../src/config/load.ts';
import { defaultMap } from '../src/projection/default-map.ts';
import { templateFunctions } from '../src/projection/template-functions.ts';
import { codeIn, tableRows } from './support/markdown.ts';
import { minimal, source } from './unit/config/config-fixture.ts';

function findRoot(from: string): string {
  return existsSync(join(from, 'package.json')) ? from : findRoot(dirname(from));
}

const text = readFileSync(join(findRoot(dirname(fileURLToPath(import.meta.url))), 'docs/attributes.md'), 'utf8');

describe('docs/attributes.md', () => {
  it('has the default maps (OOM-02)', () => {
    const [, ...sections] = text.slice(text.indexOf('## The default map')).split('| attribute | source |');
    const tables = sections.map((section) =>
      tableRows(`| attribute | source |${section}`, 'attribute | source').map(
        ([name, written]) => [codeIn(name)[0], codeIn(written)] as const,
      ),
    );
    for (const [index, owner] of (['users', 'groups'] as const).entries()) {
      assert.deepEqual(
        tables[index],
        defaultMap[owner].map(([name, written]) => [name, [written].flat()]),
      );
    }
  });

  it('has every function of templates, and what it does', () => {
    assert.deepEqual(
      tableRows(text, 'function | what becomes of the values').map(([usage, meaning]) => [codeIn(usage)[0], meaning]),
      Object.values(templateFunctions).map(({ usage, meaning }) => [usage, meaning]),
    );
  });

  it('has examples that are right', () => {
    const examples = [...text.matchAll(/^```yaml\n(.*?)^```/gms)].map(([, yaml = '']) => yaml);
    assert.ok(examples.length > 5);
    for (const yaml of examples) {
      const result = parseConfig(minimal + yaml, source());
      assert.deepEqual(result.ok ? [] : result.problems.map(formatProblem), [], yaml);
    }
  });
});
