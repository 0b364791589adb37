import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { knownDifferences } from './differential/known-differences.ts';
import { tableRows } from './support/markdown.ts';

const root = findRoot(dirname(fileURLToPath(import.meta.url)));
const page = 'docs/ldap-conformance.md';

function findRoot(from: string): string {
  return existsSync(join(from, 'package.json')) ? from : findRoot(dirname(from));
}

/** One row of the tables of clauses. */
interface ClauseRow {
  readonly clause: string;
  readonly here: string;
  /** Paths below the root. */
  readonly tests: readonly string[];
}

function clauseRows(text: string): readonly ClauseRow[] {
  const sections = text.split(/^## /m).slice(1);
  return sections.flatMap((section) =>
    tableRows(section, 'clause').map(([clause = '', , here = '', tests = '']) => ({
      clause,
      here,
      tests: [...tests.matchAll(/\]\(\.\.\/([^)]+)\)/g)].map(([, path = '']) => path),
    })),
  );
}

/** Whether a test names a clause: a section by its number, in a text about its RFC. */
function names(path: string, clause: string): boolean {
  const text = `${path}\n${readFileSync(join(root, path), 'utf8')}`;
  const [, document = clause, section] = /^(RFC \d+)(?: (§.+))?$/.exec(clause) ?? [];
  const isAbout = text.includes(document) || text.includes(document.replace('RFC ', 'rfc'));
  if (!isAbout || section === undefined) return isAbout;
  return text
    .split(section)
    .slice(1)
    .some((rest) => !/^\.?\d/.test(rest));
}

describe('the page on conformance', () => {
  const text = readFileSync(join(root, page), 'utf8');
  const rows = clauseRows(text);

  it('has rows for the clauses of all the documents', () => {
    assert.ok(rows.length > 80);
    const clauses = rows.map(({ clause }) => clause);
    assert.equal(new Set(clauses).size, clauses.length, 'no clause comes twice');
  });

  it('names for every clause a test that names the clause, unless it does not apply', () => {
    const untested = rows.filter(({ here, tests }) => tests.length === 0 && !here.startsWith('not applicable'));
    assert.deepEqual(untested, []);
    const unnamed = rows.flatMap(({ clause, tests }) =>
      tests.length === 0 || tests.some((path) => names(path, clause)) ? [] : `${clause}: ${tests.join(', ')}`,
    );
    assert.deepEqual(unnamed, []);
  });

  it('says of every clause in one of four words what becomes of it', () => {
    const odd = rows.filter(({ here }) => !/^(?:supported|refused|not offered|not applicable)\b/.test(here));
    assert.deepEqual(odd, []);
  });

  it('has every conformance test in it', () => {
    const linked = new Set(rows.flatMap(({ tests }) => tests));
    const files = readdirSync(join(root, 'test/conformance')).filter((name) => name.endsWith('.test.ts'));
    assert.ok(files.length > 20);
    const missing = files.map((name) => `test/conformance/${name}`).filter((path) => !linked.has(path));
    assert.deepEqual(missing, []);
  });

  it('lists the differences from OpenLDAP that the comparison knows, with their reasons', () => {
    assert.deepEqual(
      tableRows(text, 'difference'),
      knownDifferences.map(({ title, reason }) => [title, reason]),
    );
  });
});
