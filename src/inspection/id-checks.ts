import { type IdsReport, idProblemsMax } from '../identity/inspection.ts';
import type { Ledger, LedgerImport, LedgerSpace } from '../identity/ledger.ts';
import type { Reserved } from '../projection/naming.ts';
import { isPersonalNumber } from '../projection/source-property.ts';

/** Collects what stands against a file, all of it, so that it is mended at once. */
export class Problems {
  readonly #listed: { readonly line: number; readonly problem: string }[] = [];
  #count = 0;

  get count(): number {
    return this.#count;
  }

  add(line: number, problem: string): undefined {
    this.#count++;
    if (this.#listed.length < idProblemsMax) this.#listed.push({ line, problem });
  }

  report(changes: LedgerImport, unchanged: number, isWritten: boolean): IdsReport {
    const added = changes.entries.length + changes.formerNames.length + changes.reservations.length;
    return { added, unchanged, problems: this.#listed, problemCount: this.#count, isWritten };
  }
}

/** What a change of the ledger is checked against. */
export interface IdTarget {
  readonly ledger: Ledger;
  /** What is kept for the primary group. */
  readonly reservedForGroups: Reserved;
  /** The time that is noted, in milliseconds since the epoch. */
  readonly nowMs: number;
}

/** The kind that a text names. */
export function readKind(text: string): LedgerSpace | undefined {
  return text === 'user' || text === 'group' ? text : undefined;
}

/** A number that a person or a group may have, in decimal digits. */
export function readNumber(text: string): number | undefined {
  const number = /^\d{1,10}$/.test(text) ? Number(text) : undefined;
  return number !== undefined && isPersonalNumber(number) ? number : undefined;
}

/** Why nobody can be given a number of the primary group. */
export function primaryGroupHas(target: IdTarget, kind: LedgerSpace, number: number): string | undefined {
  return kind === 'group' && number === target.reservedForGroups.number
    ? `number ${number} is the one of the primary group`
    : undefined;
}
