import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { escapeUnprintable, formatText } from '../../../src/observability/log-text.ts';
import type { LogRecord, SafeValue } from '../../../src/observability/log-record.ts';

const timeMs = Date.UTC(2026, 10, 21, 10, 59, 3, 456);

function record(fields: Readonly<Record<string, SafeValue>>, event = 'sync.round.finished'): LogRecord {
  return { timeMs, level: 'info', event, fields, cause: undefined };
}

describe('a log line for people', () => {
  it('begins with the time in UTC, the level and the event, in columns', () => {
    assert.equal(
      formatText(record({ users: 500, groups: 60 })),
      '2026-11-21 10:59:03Z INFO  sync.round.finished      users=500 groups=60\n',
    );
    assert.equal(
      formatText({ ...record({ ok: true }, 'a.b'), level: 'error' }),
      '2026-11-21 10:59:03Z ERROR a.b                      ok=true\n',
    );
  });

  it('has no blanks at its end when there are no fields', () => {
    assert.equal(formatText(record({}, 'store.closed')), '2026-11-21 10:59:03Z INFO  store.closed\n');
  });

  const values: readonly [SafeValue, string][] = [
    ['plain', 'plain'],
    ['cn=a,dc=b', '"cn=a,dc=b"'],
    ['two words', '"two words"'],
    ['', '""'],
    ['say "hi"', '"say \\"hi\\""'],
    ['back\\slash', '"back\\\\slash"'],
    ['line\nbreak', '"line\\nbreak"'],
    ['\u001b[31mred', '\\u001b[31mred'],
    ['\u009b31m', '\\u009b31m'],
    ['a\u202eb', 'a\\u202eb'],
    ['a\u2028b', '"a\\u2028b"'],
    ['Zoë 李', '"Zoë 李"'],
    [null, 'null'],
    [3.5, '3.5'],
    [['a', 'b c'], '[a, "b c"]'],
    [[], '[]'],
  ];
  for (const [value, expected] of values) {
    it(`writes ${JSON.stringify(value)} as ${expected}`, () => {
      assert.ok(formatText(record({ value })).endsWith(` value=${expected}\n`));
    });
  }

  it('shows the cause after the fields, and a stack on lines of its own', () => {
    const cause = { message: 'no route', code: 'EHOSTUNREACH', stack: 'Error: no route\n    at a (b.js:1:2)' };
    assert.equal(
      formatText({ ...record({ a: 1 }, 'x.y'), cause }),
      '2026-11-21 10:59:03Z INFO  x.y                      a=1 code=EHOSTUNREACH cause="no route"\n' +
        '    Error: no route\n    at a (b.js:1:2)\n',
    );
  });

  it('stays one line of printable characters, whatever names and values hold', () => {
    const anything = fc.string({ unit: 'binary' });
    fc.assert(
      fc.property(anything, anything, anything, (name, value, event) => {
        const line = formatText(record({ [name]: value, list: [value] }, event));
        assert.ok(line.endsWith('\n'));
        assert.doesNotMatch(line.slice(0, -1), /[\p{Cc}\p{Cs}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u);
      }),
    );
  });

  it('keeps letters of all scripts', () => {
    for (const text of ['Ærøskøbing', 'Владимир', '山田太郎', 'محمد', '😀'])
      assert.equal(escapeUnprintable(text), text);
  });
});
