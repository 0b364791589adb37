/**
 * Templates: text with references in braces, `{givenName|lower}.{surname|lower}`. The grammar (ABNF, RFC 5234):
 *
 *     template  = *( text / "{{" / "}}" / reference )
 *     reference = "{" name *( "|" function ) "}"
 *     function  = word *( ":" argument )
 *     argument  = quoted / bare
 *     quoted    = "'" *( any character but "'" / "''" ) "'"
 *     bare      = any characters but ' : | { }, without blanks around them
 *
 * `{{` and `}}` stand for a brace. A template is read once, when the configuration is, and never met by data that is not right.
 */
import { readFunction, type TemplateFunction, valueLengthMax } from './template-functions.ts';

/** A reference with what is done to its values. */
export interface TemplateReference<T> {
  readonly to: T;
  readonly functions: readonly TemplateFunction[];
}

/** Fixed texts and references, in their order. */
export type Template<T> = readonly (string | TemplateReference<T>)[];

/** The template, or a sentence about what is wrong; `isUnknown`: a name that nothing has, which begins at `nameAt` and is `name`. */
export type TemplateReading<T> =
  | { readonly template: Template<T> }
  | { readonly problem: string; readonly unknownName?: string };

/** What a name in braces refers to. */
export type NameReading<T> = { readonly to: T } | { readonly problem: string; readonly isUnknown?: true };

/** The longest template, in characters. */
export const templateLengthMax = 1024;
/** The most references in one template. */
export const templateReferencesMax = 32;
/** The most functions behind one reference. */
export const templateFunctionsMax = 8;

/** True for a text that is a template and not the name of a property. */
export function isTemplate(text: string): boolean {
  return /[{}]/.test(text);
}

/** Reads a template; `resolve` tells what a name refers to. Never throws, never quotes the text. */
export function parseTemplate<T>(text: string, resolve: (name: string) => NameReading<T>): TemplateReading<T> {
  if (text.length > templateLengthMax) return { problem: `is longer than ${templateLengthMax} characters` };
  const parts: (string | TemplateReference<T>)[] = [];
  let fixed = '';
  for (let at = 0; at < text.length; ) {
    const character = text[at] ?? '';
    if (character !== '{' && character !== '}') {
      fixed += character;
      at++;
    } else if (text[at + 1] === character) {
      fixed += character;
      at += 2;
    } else if (character === '}') {
      return problemAt(at, 'is a } without a {; write }} for a brace that stands in the text');
    } else {
      const reading = readReference(text, at, resolve);
      if ('problem' in reading) return reading;
      if (fixed !== '') parts.push(fixed);
      fixed = '';
      parts.push(reading.reference);
      at = reading.end;
    }
  }
  if (fixed !== '') parts.push(fixed);
  const references = parts.filter((part) => typeof part !== 'string').length;
  return references > templateReferencesMax
    ? { problem: `has more than ${templateReferencesMax} references` }
    : { template: parts };
}

function problemAt(at: number, message: string, unknownName?: string): { problem: string; unknownName?: string } {
  const problem = `is no template: character ${at + 1} ${message}`;
  return unknownName === undefined ? { problem } : { problem, unknownName };
}

type ReferenceReading<T> =
  | { readonly reference: TemplateReference<T>; readonly end: number }
  | { readonly problem: string; readonly unknownName?: string };

// Where the parts of a reference begin, so that a problem can be shown its place.
const word = /\s*([\w.]*)\s*/y;
const argument = /\s*(?:'((?:[^']|'')*)'\s*|([^':|{}]*))/y;

function readReference<T>(text: string, from: number, resolve: (name: string) => NameReading<T>): ReferenceReading<T> {
  const name = match(word, text, from + 1);
  const reading = resolve(name.value);
  if ('problem' in reading) {
    return problemAt(from + 1, reading.problem, reading.isUnknown === true ? name.value : undefined);
  }
  const functions: TemplateFunction[] = [];
  let at = name.end;
  while (text[at] === '|') {
    const called = match(word, text, at + 1);
    const args: string[] = [];
    let end = called.end;
    while (text[end] === ':') {
      const read = match(argument, text, end + 1);
      args.push(read.value);
      end = read.end;
    }
    const made = readFunction(called.value, args);
    if ('problem' in made) return problemAt(at + 1, made.problem);
    if (functions.push(made.apply) > templateFunctionsMax) {
      return problemAt(at + 1, `is one function too many: at most ${templateFunctionsMax} follow each other`);
    }
    at = end;
  }
  if (text[at] === '}') return { reference: { to: reading.to, functions }, end: at + 1 };
  if (at >= text.length) return problemAt(from, 'is a { without a }; write {{ for a brace that stands in the text');
  return problemAt(at, "is not expected there; put quotes ('…') around an argument with : | ' { or }");
}

function match(pattern: RegExp, text: string, at: number): { readonly value: string; readonly end: number } {
  pattern.lastIndex = at;
  const [whole = '', first, second] = pattern.exec(text) ?? [];
  const value = second === undefined ? (first ?? '').replaceAll("''", "'") : second.trim();
  return { value, end: at + whole.length };
}

/**
 * The values of a template: none when a reference has none. Where a reference has several, there is one for each of them; of
 * further references with several values the first counts.
 */
export function templateValues<T>(template: Template<T>, valuesOf: (to: T) => readonly string[]): readonly string[] {
  let results = [''];
  for (const part of template) {
    const values = typeof part === 'string' ? [part] : referenceValues(part, valuesOf);
    const [value] = values;
    if (value === undefined) return [];
    results =
      results.length > 1 || values.length === 1
        ? results.map((result) => result + value)
        : values.map((each) => `${results[0] ?? ''}${each}`);
    if (results.some((result) => result.length > valueLengthMax)) return [];
  }
  return results.filter((result) => result.trim() !== '');
}

function referenceValues<T>(
  { to, functions }: TemplateReference<T>,
  valuesOf: (to: T) => readonly string[],
): readonly string[] {
  let values = valuesOf(to);
  for (const apply of functions) {
    values = apply(values).filter((value) => value.trim() !== '' && value.length <= valueLengthMax);
  }
  return values;
}
