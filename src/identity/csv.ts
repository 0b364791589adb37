/** Where something begins in a text; both count from 1. */
export interface TextPlace {
  readonly line: number;
  readonly column: number;
}

/** One record of a CSV text with the line on which it begins. */
export interface CsvRecord {
  readonly line: number;
  readonly fields: readonly string[];
  /** Where each field begins. */
  readonly places: readonly TextPlace[];
}

/**
 * Reads CSV (RFC 4180): commas, fields in double quotes where needed, either kind of line end, with or without a byte order
 * mark. Empty lines are left out.
 *
 * @throws CsvError when a quotation mark stands where none can be
 */
export function parseCsv(text: string): readonly CsvRecord[] {
  const records: CsvRecord[] = [];
  let fields: string[] = [];
  let places: TextPlace[] = [];
  let line = 1;
  let lineStart = 0;
  const end = (): void => {
    const [first] = places;
    if (first !== undefined && (fields.length > 1 || fields[0] !== ''))
      records.push({ line: first.line, fields, places });
    fields = [];
    places = [];
  };
  // A field, and the comma or line end behind it; the last field of the text has nothing behind it.
  const piece = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))[ \t]*(,|\r?\n|\r|$)/gy;
  piece.lastIndex = text.startsWith('\uFEFF') ? 1 : 0;
  lineStart = piece.lastIndex;
  while (piece.lastIndex <= text.length) {
    const at = piece.lastIndex;
    const found = piece.exec(text);
    if (found === null)
      throw new CsvError({ line, column: at - lineStart + 1 }, 'a quotation mark stands where none can be');
    const [all, quoted, plain = '', behind = ''] = found;
    places.push({ line, column: at - lineStart + 1 });
    fields.push(quoted?.replaceAll('""', '"') ?? plain.trim());
    for (const lineEnd of all.matchAll(/\r\n|\r|\n/g)) {
      line++;
      lineStart = at + lineEnd.index + lineEnd[0].length;
    }
    if (behind !== ',') end();
    if (behind === '' || piece.lastIndex === at) return records;
  }
  return records;
}

/** The text is not CSV. */
export class CsvError extends Error implements TextPlace {
  override readonly name = 'CsvError';
  readonly line: number;
  readonly column: number;

  constructor({ line, column }: TextPlace, message: string) {
    super(message);
    this.line = line;
    this.column = column;
  }
}
