/** The grammar of RFC 4514 §3, read in one pass without recursion. */

import { decodeUtf8 } from './string-prep.ts';

/**
 * Longer texts are no names. Names of entries are a few hundred characters at most; the bound keeps one request from taking
 * long, and the patterns below, which remember every turn of their loops, from using up the stack of the engine.
 */
export const dnLengthMax = 262_144;

interface ParsedAva {
  readonly type: string;
  readonly value: string;
  readonly encoded: boolean;
}

const typePattern = /[ ]*((?:oid\.)?\d+(?:\.\d+)+|[a-z][a-z0-9-]*)[ ]*=[ ]*/iy;
const hexPattern = /#((?:[0-9a-f]{2})+)[ ]*(?=[,+]|$)/iy;
// A run of characters that stand for themselves, or one escape (RFC 4514 §3: stringchar, pair).
// oxlint-disable-next-line no-control-regex -- NUL may not stand for itself
const plainPattern = /[^\0",+;<>\\]+/y;
const pairPattern = /\\(?:([ "#+,;<=>\\])|((?:[0-9a-f]{2})(?:\\[0-9a-f]{2})*))/iy;

/** BER tags whose content is text or octets that we compare as text: OCTET STRING, UTF8String and its elder relatives. */
const textTags = new Set([0x04, 0x0c, 0x12, 0x13, 0x14, 0x16, 0x1a]);

function readEncoded(hex: string): { value: string; encoded: boolean } | undefined {
  const bytes = Buffer.from(hex, 'hex');
  const tag = bytes[0] ?? 0;
  const length = bytes[1] ?? 0xff;
  if (textTags.has(tag) && length < 0x80 && bytes.length === length + 2) {
    const text = decodeUtf8(bytes.subarray(2));
    if (text !== undefined && text !== '') return { value: text, encoded: false };
  }
  return bytes.length < 2 ? undefined : { value: hex.toLowerCase(), encoded: true };
}

/** Reads from `text` at a position that the patterns move on. */
class Scanner {
  readonly text: string;
  at = 0;

  constructor(text: string) {
    this.text = text;
  }

  match(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text);
    if (found === null) return undefined;
    this.at = pattern.lastIndex;
    return found;
  }
}

function trailingSpaces(text: string): number {
  let start = text.length;
  while (start > 0 && text[start - 1] === ' ') start -= 1;
  return text.length - start;
}

/** Reads the value up to the next separator; spaces before the separator are not part of it unless escaped. */
function readString(scanner: Scanner): string | undefined {
  let value = '';
  let trimmable = 0;
  for (;;) {
    const plain = scanner.match(plainPattern);
    if (plain !== undefined) {
      value += plain[0];
      trimmable = trailingSpaces(plain[0]);
      continue;
    }
    const pair = scanner.match(pairPattern);
    if (pair === undefined) return trimmable === 0 ? value : value.slice(0, -trimmable);
    const unescaped = pair[1] ?? decodeUtf8(Buffer.from((pair[2] ?? '').replaceAll('\\', ''), 'hex'));
    if (unescaped === undefined) return undefined;
    value += unescaped;
    trimmable = 0;
  }
}

function readAva(scanner: Scanner): ParsedAva | undefined {
  const type = scanner.match(typePattern)?.[1]?.replace(/^oid\./i, '');
  if (type === undefined) return undefined;
  if (scanner.text[scanner.at] === '#') {
    const hex = scanner.match(hexPattern)?.[1];
    const read = hex === undefined ? undefined : readEncoded(hex);
    return read === undefined ? undefined : { type, ...read };
  }
  const value = readString(scanner);
  // No string syntax that names entries admits the empty value (RFC 4517 §3.3.6), so no entry can have such a name.
  return value === undefined || value === '' ? undefined : { type, value, encoded: false };
}

/** Parses a DN into its RDNs, the first one first; undefined when it is invalid or longer than {@link dnLengthMax}. */
export function parseDnText(text: string): readonly (readonly ParsedAva[])[] | undefined {
  if (text.length > dnLengthMax) return undefined;
  if (text === '') return [];
  const scanner = new Scanner(text);
  const rdns: ParsedAva[][] = [];
  let separator: string | undefined = ',';
  while (separator !== undefined) {
    const ava = readAva(scanner);
    if (ava === undefined) return undefined;
    const last = rdns.at(-1);
    if (separator === '+' && last !== undefined) last.push(ava);
    else rdns.push([ava]);
    separator = scanner.text[scanner.at];
    if (separator !== undefined && separator !== ',' && separator !== '+') return undefined;
    scanner.at += 1;
  }
  return rdns;
}
