/** Range retrieval ([MS-ADTS] 3.1.1.3.1.3.3): `member;range=0-1499` asks for so many values of an attribute, in several turns for all. */

import { contentStart, elementEnd, elementHeader, sequenceTag, setTag } from './ber.ts';
import { encodeValue, findRow, rowLink } from './entry-codec.ts';
import { isComputed } from './entry-view.ts';
import type { EntryView } from './entry-view.ts';
import type { ValueFilter } from './matched-values.ts';
import type { AttributeType } from './schema-elements.ts';
import type { Schema } from './schema.ts';

/** Values `from` to `to` of an attribute, both inclusive, counted from 0. */
export interface ValueRange {
  readonly type: AttributeType;
  readonly from: number;
  /** Infinity for all that follow. */
  readonly to: number;
}

const pattern = /^([^;]+);range=(\d{1,10})-(\d{1,10}|\*)$/i;

/** Reads a selector with a range; undefined when it is none, or of an attribute whose values are not stored. */
export function parseValueRange(schema: Schema, selector: string): ValueRange | undefined {
  const parts = pattern.exec(selector);
  const type = parts === null ? undefined : schema.attribute(parts[1] ?? '');
  if (parts === null || type === undefined || isComputed(type.key)) return undefined;
  const from = Number(parts[2]);
  const to = parts[3] === '*' ? Number.POSITIVE_INFINITY : Number(parts[3]);
  return from > to ? undefined : { type, from, to };
}

/**
 * A PartialAttribute with the values of the range, in parts. Its name says which values they are, with `*` for the end when the
 * last of the attribute is among them: then the client is done. Nothing when the entry does not have the attribute. A filter of
 * values takes from those of the range, which stays what it was.
 */
export function encodeValueRange(
  entry: EntryView,
  range: ValueRange,
  how: { readonly typesOnly: boolean; readonly values?: ValueFilter },
): readonly Buffer[] {
  const { type, from, to } = range;
  if (!entry.has(type)) return [];
  const found = cut(runsOf(entry, type), from, to);
  const name = encodeValue(`${type.name};range=${from}-${found.more ? to : '*'}`);
  const filtered = how.values === undefined ? found.parts : how.values.pass(type, found.parts);
  const values = how.typesOnly ? [] : filtered;
  const length = values.reduce((sum, part) => sum + part.length, 0);
  const set = elementHeader(setTag, length);
  return [elementHeader(sequenceTag, name.length + set.length + length), name, set, ...values];
}

function runsOf(entry: EntryView, type: AttributeType): Iterable<Buffer> {
  const word = findRow(entry.bytes, type.hash);
  const link = rowLink(word);
  if (link !== undefined) return entry.surroundings.linked(entry.id, link)?.runs ?? [];
  const set = elementEnd(entry.bytes, contentStart(entry.bytes, word));
  return [entry.bytes.subarray(contentStart(entry.bytes, set), elementEnd(entry.bytes, set))];
}

/** The elements with the numbers `from` to `to`, and whether any follow. */
function cut(
  runs: Iterable<Buffer>,
  from: number,
  to: number,
): { readonly parts: readonly Buffer[]; readonly more: boolean } {
  const parts: Buffer[] = [];
  let number = 0;
  for (const run of runs) {
    let start = run.length;
    for (let at = 0; at < run.length; number++) {
      if (number > to) {
        if (start < at) parts.push(run.subarray(start, at));
        return { parts, more: true };
      }
      if (number >= from) start = Math.min(start, at);
      at = elementEnd(run, at);
    }
    if (start < run.length) parts.push(run.subarray(start));
  }
  return { parts, more: false };
}
