import { idColumns } from '../identity/inspection.ts';
import { CsvError, parseCsv } from '../identity/csv.ts';
import { numbersOfLdif, type WishedNumber } from './ldif-numbers.ts';

/** A row of a file as it stands there, unchecked, with its line; in JSON, its place in the list. */
export interface UncheckedIdRow {
  readonly line: number;
  readonly objectId: string;
  readonly kind: string;
  readonly use: string;
  readonly name: string;
  readonly number: string;
}

/** The file cannot be read as what it should be. `message` is a clause. */
export class IdFileError extends Error {
  override readonly name = 'IdFileError';
}

/** Reads what `ids export` has written, as CSV or as JSON. */
export function readIdRows(text: string): readonly UncheckedIdRow[] {
  if (/^\s*\{/.test(text)) return idRowsOfJson(text);
  return table(text, idColumns).map(({ line, cell }) => ({
    line,
    objectId: cell('objectId'),
    kind: cell('kind'),
    use: cell('use'),
    name: cell('name'),
    number: cell('number'),
  }));
}

/**
 * Reads numbers to adopt: from LDIF, or from CSV with the columns `name` or `userPrincipalName`, `number`, and `kind` when
 * there are groups among them.
 */
export function readWishedNumbers(text: string): readonly WishedNumber[] {
  if (isLdif(text)) return numbersOfLdif(text);
  return table(text, ['number']).map(({ line, cell }) => ({
    line,
    kind: cell('kind') || 'user',
    name: cell('userPrincipalName') || cell('name'),
    number: cell('number'),
  }));
}

/** LDIF begins with a DN, behind comments and the line with its version. */
function isLdif(text: string): boolean {
  for (const [line] of text.matchAll(/^.+$/gm)) {
    if (!/^(?:#|version:|\s)/i.test(line)) return /^dn:/i.test(line);
  }
  return false;
}

function idRowsOfJson(text: string): readonly UncheckedIdRow[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new IdFileError('it is not JSON', { cause: error });
  }
  const rows = (value as { readonly ids?: unknown }).ids;
  if (!Array.isArray(rows)) throw new IdFileError('it has no list "ids"');
  return rows.map((row: unknown, index) => {
    const cell = (column: string): string => {
      const found: unknown = typeof row === 'object' && row !== null ? Reflect.get(row, column) : undefined;
      return typeof found === 'string' || typeof found === 'number' ? String(found) : '';
    };
    return {
      line: index + 1,
      objectId: cell('objectId'),
      kind: cell('kind'),
      use: cell('use'),
      name: cell('name'),
      number: cell('number'),
    };
  });
}

interface TableRow {
  readonly line: number;
  /** The value of a column; empty when the row or the table does not have it. */
  readonly cell: (column: string) => string;
}

function table(text: string, needed: readonly string[]): readonly TableRow[] {
  const [head, ...records] = csvRecords(text.replace(/^\ufeff/, ''));
  const columns = new Map((head?.fields ?? []).map((name, at) => [name.toLowerCase(), at]));
  const missing = needed.filter((name) => !columns.has(name.toLowerCase()));
  if (missing.length > 0) throw new IdFileError(`its first line does not name the column ${missing.join(' and ')}`);
  return records.map(({ line, fields }) => ({
    line,
    cell: (column) => fields[columns.get(column.toLowerCase()) ?? -1] ?? '',
  }));
}

function csvRecords(text: string): ReturnType<typeof parseCsv> {
  try {
    return parseCsv(text);
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw new IdFileError(`line ${error.line} is not CSV: ${error.message}`, { cause: error });
  }
}
