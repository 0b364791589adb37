import assert from 'node:assert/strict';
import { hasSubstitution, substituteAll, unresolved } from '../../../src/config/substitute.ts';

const files: Readonly<Record<string, string>> = {
  'one.txt': 'content\n',
  'crlf.txt': 'content\r\n',
  'two.txt': 'a\nb\n\n',
  empty: '',
};

function readFile(path: string): string {
  const content = files[path];
  if (content !== undefined) return content;
  throw Object.assign(new Error(`open ${path}`), { code: path.startsWith('denied') ? 'EACCES' : 'ENOENT' });
}

function substitute(text: string): { value: unknown; problems: string[] } {
  const [value, findings] = substituteAll(text, { env: { NAME: 'value', EMPTY: '', NESTED: '${env:NAME}' }, readFile });
  return { value, problems: findings.map((finding) => finding.message) };
}

describe('substitution in the configuration', () => {
  const cases: readonly [string, string][] = [
    ['plain', 'plain'],
    ['${env:NAME}', 'value'],
    ['a-${env:NAME}-${env:NAME}-b', 'a-value-value-b'],
    ['${env:EMPTY}', ''],
    ['${file:one.txt}', 'content'],
    ['${file:crlf.txt}', 'content'],
    ['${file:two.txt}', 'a\nb\n'],
    ['${file:empty}', ''],
    ['$${env:NAME}', '${env:NAME}'],
    ['$$', '$$'],
    ['a$b{c}', 'a$b{c}'],
    ['$2b$12$abc', '$2b$12$abc'],
    ['/home/{uid}', '/home/{uid}'],
  ];
  for (const [text, expected] of cases) {
    it(`turns ${JSON.stringify(text)} into ${JSON.stringify(expected)}`, () => {
      assert.deepEqual(substitute(text), { value: expected, problems: [] });
    });
  }

  it('does not replace again what a replacement brought in', () => {
    assert.equal(substitute('${env:NESTED}').value, '${env:NAME}');
  });

  const faults: readonly [string, RegExp][] = [
    ['${env:MISSING}', /environment variable MISSING is not set/],
    ['${env:constructor}', /constructor is not set/],
    ['${env:}', /letters, digits and _/],
    ['${env:A B}', /letters, digits and _/],
    ['${file:missing.txt}', /the file "missing.txt" does not exist/],
    ['${file:denied.txt}', /may not be read by the user/],
    ['${file:}', /path .* is missing/],
    ['${NAME}', /only \$\{env:NAME\} and \$\{file:PATH\}/],
    ['${env:NAME', /no closing }/],
  ];
  for (const [text, expected] of faults) {
    it(`reports ${JSON.stringify(text)}`, () => {
      const { value, problems } = substitute(text);
      assert.equal(value, unresolved);
      assert.equal(problems.length, 1);
      assert.match(problems[0] ?? '', expected);
    });
  }

  it('replaces in every text of a tree, keeps other values, and reports each failure with its path', () => {
    const tree = { a: ['${env:NAME}', 1, null], b: { c: '${env:X}', d: true } };
    const [value, findings] = substituteAll(tree, { env: { NAME: 'v' }, readFile });
    assert.deepEqual((value as { a: unknown }).a, ['v', 1, null]);
    assert.deepEqual(
      findings.map(({ path, at }) => ({ path, at })),
      [{ path: ['b', 'c'], at: 'value' }],
    );
  });

  it('tells a text with a substitution from one that stands in the file itself', () => {
    assert.ok(hasSubstitution('${env:A}'));
    assert.ok(hasSubstitution('x${file:a}'));
    assert.ok(!hasSubstitution('$${env:A}'));
    assert.ok(!hasSubstitution('plain'));
  });
});
