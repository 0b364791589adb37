import { contentStart, elementEnd } from '../directory/ber.ts';
import { attributeValues, entryRow, rowCount, rowLink } from '../directory/entry-codec.ts';

/** What says when an entry was changed, and not what it says. */
const stamps = new Set([
  'createTimestamp',
  'modifyTimestamp',
  'entryCSN',
  'contextCSN',
  'whenCreated',
  'whenChanged',
  'uSNCreated',
  'uSNChanged',
]);

/** The attributes that a stored entry holds itself, time stamps apart, by name; values that are no text in base64. */
export function entryTexts(entry: Buffer): ReadonlyMap<string, readonly string[]> {
  const texts = new Map<string, readonly string[]>();
  for (let row = 0; row < rowCount(entry); row++) {
    const { word } = entryRow(entry, row);
    if (rowLink(word) !== undefined) continue;
    const at = contentStart(entry, word);
    const name = entry.toString('latin1', contentStart(entry, at), elementEnd(entry, at));
    if (!stamps.has(name)) texts.set(name, attributeValues(entry, word).map(readable));
  }
  return texts;
}

function readable(value: Buffer): string {
  const text = value.toString('utf8');
  return Buffer.from(text).equals(value) ? text : value.toString('base64');
}
