/** Tests of single values, made once for a request with the assertion already in normal form. */

import { decodeUtf8 } from './string-prep.ts';
import type { SubstringForm, MatchingRule } from './schema-rules.ts';
import { integerValue } from './value-forms.ts';
import type { ValueTest } from './entry-view.ts';

const space = 0x20;

/**
 * Compares plain ASCII with a prepared assertion as RFC 4518 would, without making the prepared value. Undefined when the
 * value has other characters and has to be prepared properly.
 */
export function equalsAscii(
  bytes: Buffer,
  start: number,
  end: number,
  assertion: Buffer,
  folds: boolean,
): boolean | undefined {
  let at = start;
  let matched = 0;
  while (at < end && bytes[at] === space) at += 1;
  for (; at < end; at++) {
    let octet = bytes[at] ?? 0;
    if (!isPlain(octet)) return undefined;
    if (octet === space) {
      while (at + 1 < end && bytes[at + 1] === space) at += 1;
      if (at + 1 === end) break;
    } else if (folds && octet >= 0x41 && octet <= 0x5a) octet += 0x20;
    // What follows may be a combining mark that composes with this character.
    if (assertion[matched] !== octet) return at + 1 === end || isPlain(bytes[at + 1] ?? 0) ? false : undefined;
    matched += 1;
  }
  return matched === assertion.length;
}

function isPlain(octet: number): boolean {
  return octet >= space && octet <= 0x7e;
}

/** Whether a value equals an assertion that is in the rule's normal form. */
export function equalityTest(rule: MatchingRule, assertion: Buffer): ValueTest {
  const byForm: ValueTest = (bytes, start, end) => rule.form(bytes.subarray(start, end))?.equals(assertion) === true;
  if (rule.ascii === undefined) return byForm;
  const folds = rule.ascii === 'fold';
  return (bytes, start, end) => equalsAscii(bytes, start, end, assertion, folds) ?? byForm(bytes, start, end);
}

/** Whether a value stands to an assertion, which is in the rule's normal form, as `accepts` wants: negative is before. */
export function orderingTest(
  rule: MatchingRule,
  assertion: Buffer,
  accepts: (comparison: number) => boolean,
): ValueTest {
  return (bytes, start, end) => {
    const form = rule.form(bytes.subarray(start, end));
    return form !== undefined && accepts(Buffer.compare(form, assertion));
  };
}

/** The prepared parts of a substring assertion (RFC 4511 §4.5.1.7.2). */
export interface SubstringParts {
  readonly initial: string;
  readonly any: readonly string[];
  readonly final: string;
}

function containsParts(text: string, parts: SubstringParts): boolean {
  if (!text.startsWith(parts.initial)) return false;
  let at = parts.initial.length;
  for (const part of parts.any) {
    const found = text.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return text.length - parts.final.length >= at && text.endsWith(parts.final);
}

/** Whether a value contains the parts in order and without overlap. */
export function substringsTest(form: SubstringForm, parts: SubstringParts): ValueTest {
  return (bytes, start, end) => {
    const text = decodeUtf8(bytes.subarray(start, end));
    return text !== undefined && containsParts(form.value(text), parts);
  };
}

/** Whether all (`bitAnd`) or some (`bitOr`) bits of a mask are set ([MS-ADTS] 3.1.1.3.4.4.1, 3.1.1.3.4.4.2). */
export function bitTest(kind: 'bitAnd' | 'bitOr', mask: bigint): ValueTest {
  return (bytes, start, end) => {
    const value = integerValue(bytes.subarray(start, end));
    if (value === undefined) return false;
    return kind === 'bitAnd' ? (value & mask) === mask : (value & mask) !== 0n;
  };
}
