import { type ObjectId, parseObjectId } from '../identity/ids.ts';
import type { IdsReport } from '../identity/inspection.ts';
import type { LedgerEntry, LedgerImport, LedgerName, StoredLedger } from '../identity/ledger.ts';
import { nameKey } from '../projection/naming.ts';
import { type IdTarget, primaryGroupHas, Problems, readKind, readNumber } from './id-checks.ts';
import type { UncheckedIdRow } from './id-rows.ts';

interface IdRow extends LedgerEntry {
  readonly line: number;
  readonly key: string;
  readonly isCurrent: boolean;
}

/**
 * Takes names and numbers from a file into the ledger: all of them, or none when any would be given twice, would change what
 * was given, or could not be given at all. `isDryRun` only looks.
 */
export async function importIds(
  target: IdTarget & { readonly ledger: StoredLedger },
  unchecked: readonly UncheckedIdRow[],
  isDryRun: boolean,
): Promise<IdsReport> {
  const problems = new Problems();
  const rows = unchecked.flatMap((row) => readRow(row, problems) ?? []);
  findContradictions(rows, problems);
  const found = rows.map((row) => compare(target, row, problems));
  const added = rows.filter((_row, at) => found[at] === 'new');
  const changes: LedgerImport = {
    entries: added.filter(({ isCurrent }) => isCurrent).map((row) => newEntry(row, target.nowMs)),
    formerNames: added.filter(({ isCurrent }) => !isCurrent).map(formerName),
    reservations: [],
  };
  const isWritten = !isDryRun && problems.count === 0;
  if (isWritten) await target.ledger.enter(changes);
  return problems.report(changes, found.filter((each) => each === 'known').length, isWritten);
}

function readRow(row: UncheckedIdRow, problems: Problems): IdRow | undefined {
  const { line } = row;
  const objectId = parseObjectId(row.objectId);
  const space = readKind(row.kind);
  const number = readNumber(row.number);
  const key = nameKey(row.name);
  if (objectId === undefined) return problems.add(line, `"${row.objectId}" is not an object id`);
  if (space === undefined) return problems.add(line, `"${row.kind}" is neither user nor group`);
  if (row.use !== 'current' && row.use !== 'former') {
    return problems.add(line, `"${row.use}" is neither current nor former`);
  }
  if (key === '' || /\p{Cc}/u.test(row.name)) return problems.add(line, 'there is no name, or none that can be one');
  if (number === undefined) return problems.add(line, `"${row.number}" is not a number for users or groups`);
  return { line, objectId, space, name: row.name, number, key, isCurrent: row.use === 'current' };
}

/** Tells of rows that do not go together with an earlier one. */
function findContradictions(rows: readonly IdRow[], problems: Problems): void {
  const objects = new Map<ObjectId, IdRow>();
  const current = new Set<ObjectId>();
  const names = new Map<string, IdRow>();
  const numbers = new Map<string, IdRow>();
  for (const row of rows) {
    const same = objects.get(row.objectId) ?? row;
    if (same.space !== row.space || same.number !== row.number) {
      problems.add(row.line, `${row.objectId} has another kind or number on line ${same.line}`);
    }
    if (row.isCurrent && current.has(row.objectId)) problems.add(row.line, `${row.objectId} has two current names`);
    const sameName = names.get(`${row.space} ${row.key}`);
    if (sameName !== undefined) problems.add(row.line, `the name "${row.name}" is on line ${sameName.line} too`);
    const sameNumber = numbers.get(`${row.space} ${row.number}`) ?? row;
    if (sameNumber.objectId !== row.objectId) {
      problems.add(row.line, `number ${row.number} belongs to another on line ${sameNumber.line}`);
    }
    objects.set(row.objectId, same);
    if (row.isCurrent) current.add(row.objectId);
    names.set(`${row.space} ${row.key}`, row);
    numbers.set(`${row.space} ${row.number}`, sameNumber);
  }
  for (const [objectId, { line }] of objects) {
    if (!current.has(objectId)) problems.add(line, `${objectId} has a former name and no current one`);
  }
}

/** What the ledger says of a row; tells of what stands against it. */
function compare(target: IdTarget, row: IdRow, problems: Problems): 'new' | 'known' | undefined {
  const { ledger, reservedForGroups } = target;
  const { line, objectId, space, number, key, name } = row;
  const known = ledger.entry(objectId);
  if (known !== undefined && (known.space !== space || known.number !== number)) {
    return problems.add(line, `${objectId} was given ${known.space} number ${known.number} before, which stays`);
  }
  const primary = primaryGroupHas(target, space, number);
  if (primary !== undefined) return problems.add(line, primary);
  if (space === 'group' && key === reservedForGroups.nameKey) {
    return problems.add(line, `"${name}" is the name of the primary group`);
  }
  const numberHolder = ledger.numberHolder(space, number) ?? objectId;
  if (numberHolder !== objectId)
    return problems.add(line, `number ${number} is given to ${nameOf(target, numberHolder)}`);
  const nameHolder = ledger.nameHolder(space, key);
  if (nameHolder === objectId) return 'known';
  if (nameHolder !== undefined) return problems.add(line, `"${name}" is given to ${nameOf(target, nameHolder)}`);
  if (known !== undefined && row.isCurrent) {
    return problems.add(line, `${objectId} has the name "${known.name}" and never had "${name}"`);
  }
  return 'new';
}

function nameOf({ ledger }: IdTarget, objectId: ObjectId): string {
  const entry = ledger.entry(objectId);
  return entry === undefined ? 'somebody for whom it is kept' : `${entry.name} (${objectId})`;
}

function newEntry({ objectId, space, name, number, key }: IdRow, nowMs: number): LedgerImport['entries'][number] {
  const origin = { origin: 'imported', numberAtMs: nowMs, nameAtMs: nowMs } as const;
  return { entry: { objectId, space, name, number }, nameKey: key, origin };
}

function formerName({ space, key, objectId }: IdRow): LedgerName {
  return { space, nameKey: key, objectId };
}
