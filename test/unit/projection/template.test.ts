import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import {
  isTemplate,
  type NameReading,
  parseTemplate,
  templateFunctionsMax,
  templateLengthMax,
  templateReferencesMax,
  templateValues,
} from '../../../src/projection/template.ts';
import { templateFunctions, valueLengthMax } from '../../../src/projection/template-functions.ts';

type Values = Readonly<Record<string, readonly string[]>>;

const sample: Values = {
  upn: ['Anna.Meyer@Contoso.com'],
  guest: ['joe_fabrikam.com#EXT#@contoso.com'],
  name: ['Änna'],
  phones: ['+1 1', '+1 2'],
  mails: ['a@x', 'b@y', 'c@z'],
  none: [],
  blank: ['  '],
};

function resolveIn(values: Values): (name: string) => NameReading<string> {
  return (name) => (Object.hasOwn(values, name) ? { to: name } : { problem: 'must be known', isUnknown: true });
}

function valuesOf(text: string, values: Values = sample): readonly string[] {
  const reading = parseTemplate(text, resolveIn(values));
  assert.ok('template' in reading, 'problem' in reading ? reading.problem : '');
  return templateValues(reading.template, (name) => values[name] ?? []);
}

function problemOf(text: string): string {
  const reading = parseTemplate(text, resolveIn(sample));
  assert.ok('problem' in reading, text);
  return reading.problem;
}

describe('a template', () => {
  const table: readonly (readonly [template: string, values: readonly string[]])[] = [
    ['no reference at all', ['no reference at all']],
    ['https://x/{upn|local|lower}', ['https://x/anna.meyer']],
    ['{ upn | domain | upper }', ['CONTOSO.COM']],
    ['{guest|local}', ['joe_fabrikam.com']],
    ['{name|prefix:1|lower}{upn|local|prefix:3}', ['äAnn']],
    ['{upn|replace:.: }', ['Anna.Meyer@Contoso.com'.replaceAll('.', '')]],
    ["{upn|replace:.:' '}", ['Anna Meyer@Contoso com']],
    ["{name|replace:'n':'''|:{}'}", ["Ä'|:{}'|:{}a"]],
    ['{none|default:nobody}', ['nobody']],
    ["{none|default:'a : b'}", ['a : b']],
    ['{blank|trim|default:x}', ['x']],
    ['{name|default:x}', ['Änna']],
    ['{phones|first}', ['+1 1']],
    ["{phones|join:', '}", ['+1 1, +1 2']],
    ['{phones|join:}', ['+1 1+1 2']],
    ['tel:{phones}', ['tel:+1 1', 'tel:+1 2']],
    ['{phones}/{mails}', ['+1 1/a@x', '+1 2/a@x']],
    ['{name}-{none}', []],
    ['{none}', []],
    ['{none|join:x}', []],
    ['{{{name}}}', ['{Änna}']],
    ['a}}b{{c', ['a}b{c']],
    ['{mails|domain|upper|join:/}', ['X/Y/Z']],
    ['{name|domain}', []],
  ];
  for (const [template, values] of table) {
    it(`${JSON.stringify(template)} gives ${JSON.stringify(values)} (OOM-03)`, () => {
      assert.deepEqual(valuesOf(template), values);
    });
  }

  it('cuts between characters, never within one', () => {
    assert.deepEqual(valuesOf('{emoji|prefix:1}', { emoji: ['😀😃'] }), ['😀']);
  });

  it('is told apart from the name of a property by a brace', () => {
    assert.ok(isTemplate('{a}'));
    assert.ok(isTemplate('a}'));
    assert.ok(!isTemplate('jobTitle'));
  });

  const wrong: readonly (readonly [template: string, problem: RegExp])[] = [
    ['{upn', /character 1 is a \{ without a \}/],
    ['ab}', /character 3 is a \} without a \{/],
    ['{}', /character 2 must be known/],
    ['x{nobody}', /character 3 must be known/],
    ['{upn|lowr}', /character 6 must be one of the functions lower, upper, /],
    ['{upn|}', /must be one of the functions/],
    ['{upn|lower:x}', /must be written lower/],
    ['{upn|prefix}', /must be written prefix:N/],
    ['{upn|prefix:0}', /must be written prefix:N/],
    ['{upn|prefix:1025}', /must be written prefix:N/],
    ['{upn|prefix:1:2}', /must be written prefix:N/],
    ['{upn|replace:a}', /must be written replace:A:B/],
    ["{upn|replace:'@':' at ':}", /must be written replace:A:B/],
    ['{upn|replace::b}', /must be written replace:A:B/],
    ['{upn|default}', /must be written default:TEXT/],
    ['{upn|join}', /must be written join:TEXT/],
    ["{upn|join:'x}", /is not expected there/],
    ["{upn|join:'x'y}", /is not expected there/],
    ['{upn lower}', /is not expected there/],
    ['{up{n}}', /must be known/],
  ];
  for (const [template, problem] of wrong) {
    it(`${JSON.stringify(template)} is refused with a sentence that leads to the place and does not quote it`, () => {
      assert.match(problemOf(template), problem);
    });
  }

  it('has a bounded length, number of references and number of functions (P8)', () => {
    const references = (count: number): string => '{upn}'.repeat(count);
    const functions = (count: number): string => `{upn${'|lower'.repeat(count)}}`;
    assert.equal(valuesOf('x'.repeat(templateLengthMax)).length, 1);
    assert.match(problemOf('x'.repeat(templateLengthMax + 1)), /longer than 1024/);
    assert.equal(valuesOf(references(templateReferencesMax)).length, 1);
    assert.match(problemOf(references(templateReferencesMax + 1)), /more than 32 references/);
    assert.equal(valuesOf(functions(templateFunctionsMax)).length, 1);
    assert.match(problemOf(functions(templateFunctionsMax + 1)), /one function too many/);
  });

  it('makes no value longer than the limit, whatever its functions do (P8)', () => {
    const long = 'a'.repeat(valueLengthMax);
    assert.deepEqual(valuesOf('{long}', { long: [long] }), [long]);
    assert.deepEqual(valuesOf('{long}b', { long: [long] }), []);
    assert.deepEqual(valuesOf(`{long|replace:a:${'b'.repeat(200)}}`, { long: [long] }), []);
    assert.deepEqual(valuesOf('{longs|join:x}', { longs: [long, long] }), []);
    assert.deepEqual(valuesOf('{long|replace:a:bb|default:x}', { long: [long] }), ['x']);
  });

  it('gives what is written, when what is written is quoted as it has to be', () => {
    const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 100 }), (text) => {
        fc.pre(text.trim() !== '');
        assert.deepEqual(valuesOf(`{none|default:${quoted(text)}}`), [text]);
        assert.deepEqual(valuesOf(text.replaceAll(/[{}]/g, '$&$&')), [text]);
      }),
      { seed: 20261121 },
    );
  });

  it('is read without an error and in the same way each time, whatever is written (P8)', () => {
    const pieces = fc.constantFrom(
      '{',
      '}',
      '|',
      ':',
      "'",
      'upn',
      'phones',
      'lower',
      'join',
      'default',
      'prefix',
      '1',
      ' ',
      'é',
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 30 }), (parts) => {
        const text = parts.join('');
        const reading = parseTemplate(text, resolveIn(sample));
        if ('problem' in reading) {
          assert.match(reading.problem, /^(?:is no template: character \d+ |has more than )/);
          return;
        }
        const values = templateValues(reading.template, (name) => sample[name] ?? []);
        assert.ok(values.every((value) => value.trim() !== '' && value.length <= valueLengthMax));
        assert.deepEqual(
          templateValues(reading.template, (name) => sample[name] ?? []),
          values,
        );
      }),
      { seed: 20261121, numRuns: 2000 },
    );
  });

  it('has as many values as the first reference with several, and none where one reference has none', () => {
    const lists = fc.array(fc.stringMatching(/^[a-z]{1,3}$/), { maxLength: 3 });
    fc.assert(
      fc.property(lists, lists, lists, (a, b, c) => {
        const values = valuesOf('{a}-{b}-{c}', { a, b, c });
        const several = [a, b, c].find((list) => list.length > 1);
        const isEmpty = [a, b, c].some((list) => list.length === 0);
        assert.equal(values.length, isEmpty ? 0 : (several?.length ?? 1));
      }),
      { seed: 20261121 },
    );
  });
});

describe('the functions of templates', () => {
  it('are described each by how it is written and what it does', () => {
    for (const [name, { usage, meaning }] of Object.entries(templateFunctions)) {
      assert.ok(usage.startsWith(name));
      assert.ok(meaning.length > 0);
    }
  });
});
