/** Where something begins in a text; both count from 1. */
export interface TextPlace {
  readonly line: number;
  readonly column: number;
}

/** One record of a CSV text with the line on which it begins. */
export interface CsvRecord {
  readonly line: number;
  readonly fields: readonly string[];
  /** Where a field begins; of one that the record does not have, where it ends. */
  placeOf(index: number): TextPlace;
}

/** A field, and the comma or line end behind it; the last field of the text has nothing behind it. */
const piece = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))[ \t]*(,|\r?\n|\r|$)/y;
const lineEnd = /\r\n|\r|\n/g;

/** Goes through a text field by field. */
class Cursor {
  readonly #text: string;
  at: number;
  line: number;
  #lineStart: number;

  constructor(text: string, at: number, { line, column }: TextPlace) {
    this.#text = text;
    this.at = at;
    this.line = line;
    this.#lineStart = at - column + 1;
  }

  get place(): TextPlace {
    return { line: this.line, column: this.at - this.#lineStart + 1 };
  }

  /** Reads a field; `behind` is empty behind the last one of the text. */
  next(): { readonly field: string; readonly behind: string } {
    const from = this.at;
    piece.lastIndex = from;
    const found = piece.exec(this.#text);
    if (found === null) throw new CsvError(this.place, 'a quotation mark stands where none can be');
    const [all, quoted, plain = '', behind = ''] = found;
    this.at = from + all.length;
    if (quoted !== undefined || behind !== ',') {
      for (const end of all.matchAll(lineEnd)) {
        this.line++;
        this.#lineStart = from + end.index + end[0].length;
      }
    }
    return { field: quoted?.replaceAll('""', '"') ?? plain.trim(), behind };
  }
}

/**
 * Reads CSV (RFC 4180): commas, fields in double quotes where needed, either kind of line end, with or without a byte order
 * mark. Empty lines are left out.
 *
 * @throws CsvError when a quotation mark stands where none can be
 */
export function parseCsv(text: string): readonly CsvRecord[] {
  const records: CsvRecord[] = [];
  const cursor = new Cursor(text, text.startsWith('\uFEFF') ? 1 : 0, { line: 1, column: 1 });
  for (;;) {
    const { at, line } = cursor;
    const fields: string[] = [];
    let behind: string;
    do {
      const next = cursor.next();
      fields.push(next.field);
      ({ behind } = next);
    } while (behind === ',');
    if (fields.length > 1 || fields[0] !== '') records.push(record(text, at, line, fields));
    if (behind === '') return records;
  }
}

/** Places are asked for of the few fields that are wrong, and worked out then. */
function record(text: string, at: number, line: number, fields: readonly string[]): CsvRecord {
  return {
    line,
    fields,
    placeOf(index) {
      const cursor = new Cursor(text, at, { line, column: 1 });
      for (let i = 0; i < Math.min(index, fields.length); i++) cursor.next();
      return cursor.place;
    },
  };
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
