/** A strict reader of the text format of Prometheus, version 0.0.4 (https://prometheus.io/docs/instrumenting/exposition_formats/). */
import assert from 'node:assert/strict';

/** One family: its words, and its samples by name and labels. */
export interface ReadFamily {
  readonly type: string;
  readonly help: string;
  readonly samples: ReadonlyMap<string, number>;
}

const nameOf = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const label = `[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\\\\n]|\\\\[\\\\"n])*"`;
const sampleLine = new RegExp(
  `^(${nameOf})(\\{${label}(?:,${label})*\\})? (-?(?:\\d+(?:\\.\\d+)?(?:e[+-]?\\d+)?|Inf)|\\+Inf|NaN)$`,
);

/** Reads a text; fails where it is not as the format wants it, and where a histogram does not add up. */
export function readMetrics(text: string): ReadonlyMap<string, ReadFamily> {
  assert.ok(text.endsWith('\n'), 'the last line ends');
  const families = new Map<string, { type: string; help: string; samples: Map<string, number> }>();
  let current = '';
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const [, help, words] = new RegExp(`^# HELP (${nameOf}) (.+)$`).exec(line) ?? [];
    if (help !== undefined) {
      assert.ok(!families.has(help), `${help} comes once`);
      families.set(help, { type: '', help: words ?? '', samples: new Map() });
      current = help;
      continue;
    }
    const [, typed, type] = new RegExp(`^# TYPE (${nameOf}) (counter|gauge|histogram|summary)$`).exec(line) ?? [];
    const family = families.get(current) ?? assert.fail(`a line before the first family: ${line}`);
    if (typed !== undefined) {
      assert.equal(typed, current, 'a type stands below its help');
      assert.equal(family.type, '', `${typed} has one type`);
      family.type = type ?? '';
      continue;
    }
    const [, name = '', labels = '', value = ''] = sampleLine.exec(line) ?? assert.fail(`no sample: ${line}`);
    assert.notEqual(family.type, '', `${current} has its type before its samples`);
    const isPart =
      ['histogram', 'summary'].includes(family.type) && new RegExp(`^${current}_(?:bucket|sum|count)$`).test(name);
    assert.ok(name === current || isPart, `${name} stands below ${current}`);
    const key = `${name}${labels}`;
    assert.ok(!family.samples.has(key), `${key} comes once`);
    family.samples.set(key, Number(value.replace('Inf', 'Infinity')));
  }
  for (const [name, { type, samples }] of families) if (type === 'histogram') checkHistogram(name, samples);
  return families;
}

function checkHistogram(name: string, samples: ReadonlyMap<string, number>): void {
  const groups = new Map<string, [string, number][]>();
  for (const [key, value] of samples) {
    const [, before = '', le] = /^[^{]+_bucket\{(.*?),?le="([^"]+)"\}$/.exec(key) ?? [];
    if (le === undefined) continue;
    groups.set(before, [...(groups.get(before) ?? []), [le, value]]);
  }
  for (const [labels, buckets] of groups) {
    const counts = buckets.map(([, value]) => value);
    assert.deepEqual(
      counts,
      counts.toSorted((a, b) => a - b),
      `${name} adds up its buckets`,
    );
    assert.equal(buckets.at(-1)?.[0], '+Inf', `${name} ends with +Inf`);
    const suffix = labels === '' ? '' : `{${labels}}`;
    assert.equal(samples.get(`${name}_count${suffix}`), counts.at(-1), `${name} counts all`);
    assert.ok(samples.has(`${name}_sum${suffix}`), `${name} has a sum`);
  }
}
