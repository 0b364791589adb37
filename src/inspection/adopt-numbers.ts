import type { IdsReport } from '../identity/inspection.ts';
import type { LedgerReservation, LedgerSpace, StoredLedger } from '../identity/ledger.ts';
import type { Mirror } from '../identity/mirror.ts';
import { matchKeys } from '../projection/match-keys.ts';
import { nameKey } from '../projection/naming.ts';
import { text } from '../projection/values.ts';
import { type IdTarget, primaryGroupHas, Problems, readKind, readNumber } from './id-checks.ts';
import type { WishedNumber } from './ldif-numbers.ts';
import { listPace } from './context.ts';

interface Wish extends LedgerReservation {
  readonly line: number;
  readonly name: string;
}

/** What numbers are adopted into. */
export interface AdoptionTarget extends IdTarget {
  readonly ledger: StoredLedger;
  readonly mirror: Mirror;
}

/**
 * Keeps numbers for users and groups that have none yet, by user principal name or name: all of them, or none when any is given
 * or kept already, or its owner has another. Whoever is then given the name gets the number.
 */
export async function adoptNumbers(
  target: AdoptionTarget,
  wished: readonly WishedNumber[],
  isDryRun: boolean,
): Promise<IdsReport> {
  const problems = new Problems();
  const wishes = wished.flatMap((row) => readWish(row, problems) ?? []);
  findContradictions(wishes, problems);
  const numbers = await numbersByName(target, wishes);
  const found = wishes.map((wish) => compare(target, wish, numbers.get(keyOf(wish)), problems));
  const reservations = wishes.filter((_wish, at) => found[at] === 'new');
  const changes = { entries: [], formerNames: [], reservations };
  const isWritten = !isDryRun && problems.count === 0;
  if (isWritten) await target.ledger.enter(changes);
  return problems.report(changes, found.filter((each) => each === 'known').length, isWritten);
}

function readWish(
  { line, kind, name, key: other, number: digits }: WishedNumber,
  problems: Problems,
): Wish | undefined {
  const space = readKind(kind);
  const number = readNumber(digits.trim());
  const key = other ?? nameKey(name);
  if (space === undefined) return problems.add(line, `"${kind}" is neither user nor group`);
  if (key === '') return problems.add(line, 'there is neither a user principal name nor a name');
  if (number === undefined) return problems.add(line, `"${digits}" is not a number for users or groups`);
  return { line, space, name, nameKey: key, number };
}

function keyOf({ space, nameKey: key }: LedgerReservation): string {
  return `${space} ${key}`;
}

function findContradictions(wishes: readonly Wish[], problems: Problems): void {
  const names = new Map<string, Wish>();
  const numbers = new Map<string, Wish>();
  for (const wish of wishes) {
    const sameName = names.get(keyOf(wish));
    if (sameName !== undefined) problems.add(wish.line, `"${wish.name}" is on line ${sameName.line} too`);
    const sameNumber = numbers.get(`${wish.space} ${wish.number}`);
    if (sameNumber !== undefined) problems.add(wish.line, `number ${wish.number} is on line ${sameNumber.line} too`);
    names.set(keyOf(wish), wish);
    numbers.set(`${wish.space} ${wish.number}`, wish);
  }
}

/** The numbers that those who are known by these names have already. */
async function numbersByName(
  { ledger, mirror }: AdoptionTarget,
  wishes: readonly Wish[],
): Promise<ReadonlyMap<string, number>> {
  const found = new Map<string, number>();
  const asked = new Set(wishes.map(keyOf));
  for (const { space, nameKey: key } of wishes) {
    const holder = ledger.nameHolder(space, key);
    const entry = holder === undefined ? undefined : ledger.entry(holder);
    if (entry !== undefined) found.set(`${space} ${key}`, entry.number);
  }
  const pace = listPace();
  for (const space of ['user', 'group'] as const) {
    for await (const block of mirror.records(space === 'user' ? 'users' : 'groups')) {
      for (const { objectId, properties } of block) {
        const keys = [nameKey(text(properties, 'userPrincipalName') ?? ''), ...matchKeys(properties)];
        for (const key of keys.map((each) => `${space} ${each}`)) {
          const entry = asked.has(key) ? ledger.entry(objectId) : undefined;
          if (entry !== undefined) found.set(key, entry.number);
        }
        if (pace.due) await pace.pause();
      }
    }
  }
  return found;
}

function compare(
  target: AdoptionTarget,
  { line, space, name, nameKey: key, number }: Wish,
  given: number | undefined,
  problems: Problems,
): 'new' | 'known' | undefined {
  const { ledger } = target;
  if (given === number) return 'known';
  if (given !== undefined) return problems.add(line, `"${name}" was given number ${given} before, which stays`);
  const kept = ledger.reservedNumber(space, [key]);
  if (kept === number) return 'known';
  if (kept !== undefined) return problems.add(line, `number ${kept} is kept for "${name}" already`);
  const primary = primaryGroupHas(target, space, number);
  if (primary !== undefined) return problems.add(line, primary);
  const holder = ledger.numberHolder(space, number);
  if (holder === undefined) return 'new';
  return problems.add(line, `number ${number} is ${holderText(ledger.entry(holder), space)}`);
}

function holderText(entry: { readonly name: string } | undefined, kind: LedgerSpace): string {
  return entry === undefined ? 'kept for another' : `given to the ${kind} ${entry.name}`;
}
