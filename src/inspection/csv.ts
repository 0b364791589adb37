/** One record of a CSV text with the line on which it begins. */
export interface CsvRecord {
  readonly line: number;
  readonly fields: readonly string[];
}

/** Reads CSV (RFC 4180): commas, fields in double quotes where needed, either kind of line end. Empty lines are left out. */
export function parseCsv(text: string): readonly CsvRecord[] {
  const records: CsvRecord[] = [];
  let fields: string[] = [];
  let line = 1;
  let begins = 1;
  const end = (): void => {
    if (fields.length > 1 || fields[0] !== '') records.push({ line: begins, fields });
    fields = [];
  };
  // A field, and the comma or line end behind it; the last field of the text has nothing behind it.
  const piece = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))[ \t]*(,|\r?\n|\r|$)/gy;
  while (piece.lastIndex <= text.length) {
    const at = piece.lastIndex;
    const found = piece.exec(text);
    if (found === null) throw new CsvError(line, 'a quotation mark stands where none can be');
    if (fields.length === 0) begins = line;
    const [all, quoted, plain = '', behind = ''] = found;
    fields.push(quoted?.replaceAll('""', '"') ?? plain.trim());
    line += all.match(/\r\n|\r|\n/g)?.length ?? 0;
    if (behind !== ',') end();
    if (behind === '' || piece.lastIndex === at) return records;
  }
  return records;
}

/** The text is not CSV. */
export class CsvError extends Error {
  override readonly name = 'CsvError';
  readonly line: number;

  constructor(line: number, message: string) {
    super(message);
    this.line = line;
  }
}
