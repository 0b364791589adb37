import { CsvError, type CsvRecord, parseCsv, type TextPlace } from '../../identity/csv.ts';
import {
  type OverlayMatchProperty,
  overlayMatchProperties,
  type OverlayReference,
  type Override,
} from '../../projection/overlay.ts';
import type { EntryOwner } from '../../projection/source-setting.ts';
import { nearest } from '../nearest.ts';
import { type Changeable, ChangesByKind, changeable, fittingValues } from './changes.ts';
import type { KnownSchema, OverlayPieces } from './pieces.ts';
import type { FileProblems } from './problems.ts';
import { byObjectId, isName } from './references.ts';

/** The longest CSV file that is read, in UTF-16 code units. */
const csvLengthMax = 16 * 1024 * 1024;
const rowsMax = 100_000;
const columnsMax = 64;

/** What the first column names users and groups by. */
const matchColumns = ['objectId', ...overlayMatchProperties] as const;

interface Column {
  readonly name: string;
  readonly attribute: Changeable;
}

/** What an overlay file in CSV says, or all that is wrong with it: the first column says whom, the others are attributes. */
export function readOverlayCsv(
  file: string,
  text: string,
  schema: KnownSchema,
  problems: FileProblems,
): OverlayPieces | undefined {
  const records = recordsOf(text, problems);
  const [header, ...rows] = records ?? [];
  if (records === undefined) return undefined;
  if (header === undefined) {
    problems.add({
      line: 1,
      column: 1,
      key: '',
      message: `is empty; the first line names the columns: ${matchColumns.join(' or ')}, then attributes`,
    });
    return undefined;
  }
  const by = matchColumn(header, problems);
  const columns = header.fields
    .slice(1)
    .map((name, index) => columnOf(name, header.placeOf(index + 1), by, schema, problems));
  if (by === undefined) return undefined;
  if (rows.length > rowsMax) {
    problems.add({
      line: rows[rowsMax]?.line ?? 1,
      column: 1,
      key: '',
      message: `is beyond the ${rowsMax} rows that one file may have; split it`,
    });
    return undefined;
  }
  const reader = new RowReader(file, by, columns, problems);
  const overrides = rows.flatMap((row) => reader.read(row));
  return { users: [], accounts: [], groups: [], members: [], everyone: [], overrides };
}

function recordsOf(text: string, problems: FileProblems): readonly CsvRecord[] | undefined {
  if (text.length > csvLengthMax) {
    problems.add({ line: 1, column: 1, key: '', message: 'is longer than 16 MiB; split it' });
    return undefined;
  }
  try {
    return parseCsv(text);
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const { line, column, message } = error;
    problems.add({ line, column, key: '', message: `${message}; write a quotation mark within quotes twice` });
    return undefined;
  }
}

type Match = 'objectId' | OverlayMatchProperty;

function matchColumn({ line, fields }: CsvRecord, problems: FileProblems): Match | undefined {
  const [first = ''] = fields;
  const found = matchColumns.find((each) => each.toLowerCase() === first.toLowerCase());
  if (found !== undefined && fields.length > 1 && fields.length <= columnsMax) return found;
  problems.add({ line, column: 1, key: '', message: headerProblem(first, fields.length, found !== undefined) });
  return undefined;
}

function headerProblem(first: string, columns: number, isMatch: boolean): string {
  if (columns === 1 && /[;\t]/.test(first))
    return 'separates columns by something else than commas; save it with commas';
  if (columns > columnsMax) return `has more than ${columnsMax} columns`;
  if (isMatch) return 'has no attributes: name them in the columns behind the first';
  const meant = nearest(first, matchColumns);
  const advice = meant === undefined ? '' : `; did you mean ${meant}?`;
  return `must begin with one of the columns ${matchColumns.join(', ')}${advice}`;
}

function columnOf(
  name: string,
  place: TextPlace,
  by: Match | undefined,
  { schema, isComplete }: KnownSchema,
  problems: FileProblems,
): Column | undefined {
  const owners: readonly EntryOwner[] = by === 'objectId' ? ['users', 'groups'] : ['users'];
  const found = changeable(name, owners, schema);
  if (!('problem' in found)) return found;
  if (!found.isUnknown || isComplete) problems.add({ ...place, key: name, message: found.problem });
  return undefined;
}

/** Reads rows, and remembers whom it has read. */
class RowReader {
  readonly #file: string;
  readonly #by: Match;
  readonly #columns: readonly (Column | undefined)[];
  readonly #problems: FileProblems;
  readonly #seen = new Map<string, number>();

  constructor(file: string, by: Match, columns: readonly (Column | undefined)[], problems: FileProblems) {
    this.#file = file;
    this.#by = by;
    this.#columns = columns;
    this.#problems = problems;
  }

  read(record: CsvRecord): readonly Override[] {
    const { line, fields } = record;
    const wrong = (index: number, message: string, key = ''): void =>
      this.#problems.add({ ...record.placeOf(index), key, message });
    const [whom = '', ...cells] = fields;
    if (cells.length > this.#columns.length) wrong(this.#columns.length + 1, 'has more columns than the first line');
    const changes = this.#changes(cells, wrong);
    const target = this.#target(whom);
    if (target === undefined) {
      wrong(0, whom === '' ? 'is empty, so that nobody is meant' : 'is not an object id', this.#by);
      return [];
    }
    const other = this.#seen.get(whom.toLowerCase());
    if (other !== undefined) wrong(0, `stands in line ${other} already; put both into one row`, this.#by);
    this.#seen.set(whom.toLowerCase(), line);
    return [{ place: { file: this.#file, line }, target, changes, isLocked: false }];
  }

  #target(whom: string): OverlayReference | undefined {
    if (!isName(whom)) return undefined;
    if (this.#by === 'objectId') return byObjectId(whom);
    return { by: 'property', property: this.#by, value: whom };
  }

  /** Cells of columns with one name are several values of that attribute; an empty cell says nothing. */
  #changes(
    cells: readonly string[],
    wrong: (index: number, message: string, key?: string) => void,
  ): Override['changes'] {
    const texts = new Map<string, { readonly column: Column; readonly values: string[]; readonly at: number }>();
    for (const [index, column] of this.#columns.entries()) {
      const cell = cells[index] ?? '';
      if (column === undefined || cell === '') continue;
      const known = texts.get(column.name) ?? { column, values: [], at: index + 1 };
      known.values.push(cell);
      texts.set(column.name, known);
    }
    const changes = new ChangesByKind();
    for (const { column, values, at } of texts.values()) {
      const fitting = fittingValues(column.attribute, values);
      if ('values' in fitting) changes.add(column.name, column.attribute, fitting.values);
      else wrong(at, fitting.problem, column.name);
    }
    return { user: changes.users, group: changes.groups };
  }
}
