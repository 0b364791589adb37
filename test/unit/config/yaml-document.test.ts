import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { configDepthMax, configLengthMax, readYaml } from '../../../src/config/yaml-document.ts';

describe('the YAML document', () => {
  it('gives plain values and the place of each key and value', () => {
    const document = readYaml('a: 1\nb:\n  c: [x, "y"]\n');
    assert.deepEqual(document.problems, []);
    assert.equal(JSON.stringify(document.value), '{"a":1,"b":{"c":["x","y"]}}');
    assert.deepEqual(document.locate(['b', 'c'], 'key'), { line: 3, column: 3 });
    assert.deepEqual(document.locate(['b', 'c'], 'value'), { line: 3, column: 6 });
    assert.deepEqual(document.locate(['b', 'c', 1], 'value'), { line: 3, column: 10 });
  });

  it('points at the nearest section for what is missing', () => {
    const document = readYaml('a: 1\nb:\n  c: 2\n');
    assert.deepEqual(document.locate(['b', 'd', 'e'], 'value'), { line: 2, column: 1 });
    assert.deepEqual(document.locate(['z'], 'value'), { line: 1, column: 1 });
  });

  it('reads an empty text and a text of comments as nothing', () => {
    for (const text of ['', '\n', '# nothing here\n']) {
      const document = readYaml(text);
      assert.equal(document.value ?? null, null);
      assert.ok(document.understood);
      assert.deepEqual(document.problems, []);
    }
  });

  const faulty: readonly [string, string, { line: number; column: number }, RegExp][] = [
    ['a repeated key', 'a: 1\nb: 2\na: 3\n', { line: 3, column: 1 }, /twice/],
    ['a tab in the indentation', 'a:\n\tb: 2\n', { line: 2, column: 1 }, /tab/],
    ['a missing blank after the colon', 'secret:hunter2\nname: x\n', { line: 1, column: 1 }, /space after the colon/],
    ['a quote that does not end', "a: 'x\nb: 1\n", { line: 3, column: 1 }, /missing/],
    ['an unknown escape', 'a: "\\q"\n', { line: 1, column: 5 }, /single quotes/],
    ['a text that begins with @', 'a: @hunter2\n', { line: 1, column: 4 }, /quotes/],
    ['a second document', 'a: 1\n---\nb: 2\n', { line: 2, column: 1 }, /second document/],
    ['a tag', 'a: !hunter2 1\n', { line: 1, column: 4 }, /tags/],
    ['an anchor', 'a: &hunter2 1\n', { line: 1, column: 13 }, /anchors/],
    ['an alias', 'a: 1\nb: *hunter2\n', { line: 2, column: 4 }, /aliases/],
    ['a key that is a list', '? [hunter2]\n: 1\n', { line: 1, column: 3 }, /plain word/],
    ['two keys on one line', 'a: hunter2 b: 3\n', { line: 1, column: 4 }, /two keys/],
  ];
  for (const [what, text, place, message] of faulty) {
    it(`reports ${what} with its place, in its own words and without quoting the text`, () => {
      const document = readYaml(text);
      const [problem] = document.problems;
      assert.ok(problem);
      assert.deepEqual({ line: problem.line, column: problem.column }, place);
      assert.match(problem.message, message);
      assert.doesNotMatch(problem.message, /hunter2/);
    });
  }

  it('understands a document whose only faults are repeated keys', () => {
    assert.ok(readYaml('a: 1\na: 2\n').understood);
    assert.ok(!readYaml('a: [1\n').understood);
  });

  it('reads nesting up to the limit and refuses one level more (P8)', () => {
    const nested = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);
    assert.deepEqual(readYaml(nested(configDepthMax + 1)).problems, []);
    const [problem] = readYaml(nested(configDepthMax + 2)).problems;
    assert.match(problem?.message ?? '', /too deep/);
    assert.ok(!readYaml(nested(5000)).understood);
  });

  it('reads a text of the longest length and refuses one character more (P8)', () => {
    const text = '# '.padEnd(configLengthMax, 'x');
    assert.deepEqual(readYaml(text).problems, []);
    assert.match(readYaml(`${text}x`).problems[0]?.message ?? '', /longer than 1 MiB/);
  });

  it('takes __proto__ for a key like any other', () => {
    const document = readYaml('__proto__: {polluted: yes}\n');
    assert.deepEqual(Object.keys(document.value as object), ['__proto__']);
    assert.equal(({} as Record<string, unknown>)['polluted'], undefined);
  });

  it('never throws, and gives every problem a place inside the text', () => {
    const yamlish = fc.string({ unit: fc.constantFrom(...'ab: -[]{}"\'#&*!|>%@`\n\t,?~\\\u0000é'.split('')) });
    fc.assert(
      fc.property(fc.oneof(yamlish, fc.string({ unit: 'binary' })), (text) => {
        const lines = text.split('\n').length;
        for (const { line, column, message } of readYaml(text).problems) {
          assert.ok(line >= 1 && line <= lines + 1 && column >= 1, `${line}:${column} of ${lines} lines`);
          assert.equal(typeof message, 'string');
        }
      }),
      { numRuns: 500 },
    );
  });
});
