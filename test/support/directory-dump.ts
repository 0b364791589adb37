import type { DirectoryReader, DirectorySource, LinkName } from '../../src/directory/reader.ts';
import { attributeValues, entryDn, entryRow, rowCount, rowLink } from '../../src/directory/entry-codec.ts';
import { splitElements } from '../../src/store/set-codec.ts';

/** An entry as a client would see it: attribute hashes or link names with sorted values as text. */
export type DumpedEntry = Readonly<Record<string, readonly string[]>>;

const WHOLE = [{ from: 0, to: 0xffff_ffff }];
/** Values that depend on when, not on what. */
const STAMPS = /^(\d{14}Z|\d{14}\.\d{6}Z#.*)$/;

/** Everything in the published directory by DN, without time stamps; undefined when nothing is published. */
export async function dumpDirectory(source: DirectorySource): Promise<ReadonlyMap<string, DumpedEntry> | undefined> {
  const lease = source.acquire();
  if (lease === undefined) return undefined;
  using held = lease;
  const dump = new Map<string, DumpedEntry>();
  for await (const block of held.reader.scan(WHOLE, 100)) {
    for (const { id, bytes } of block) dump.set(entryDn(bytes), dumpEntry(held.reader, id, bytes));
  }
  return dump;
}

function dumpEntry(reader: DirectoryReader, id: number, bytes: Buffer): DumpedEntry {
  const entry: Record<string, readonly string[]> = {};
  for (let i = 0; i < rowCount(bytes); i++) {
    const { hash, word } = entryRow(bytes, i);
    const link = rowLink(word);
    if (link === undefined) {
      const values = attributeValues(bytes, word)
        .map(String)
        .filter((value) => !STAMPS.test(value));
      if (values.length > 0) entry[hash.toString(16)] = values.toSorted();
    } else entry[link] = linkedTexts(reader, id, link);
  }
  return entry;
}

/** The values of a link as text, sorted. */
function linkedTexts(reader: DirectoryReader, id: number, link: LinkName): readonly string[] {
  const linked = reader.linked(id, link);
  const runs = Buffer.concat([...(linked?.runs ?? [])]);
  return splitElements(runs)
    .map((element) => element.subarray(2 + ((element[1] ?? 0) >= 0x80 ? (element[1] ?? 0) & 0x7f : 0)).toString())
    .toSorted();
}
