import type { EntryCounts } from '../identity/round.ts';

/** Counts what a publish does with the entries of one kind. */
export class EntryTally {
  created = 0;
  changed = 0;
  locked = 0;
  removed = 0;
  readonly skipped: Record<string, number> = {};
  readonly notAdopted: Record<string, number> = {};
  readonly leftOut: Record<string, number> = {};

  skip(reason: string): void {
    this.skipped[reason] = (this.skipped[reason] ?? 0) + 1;
  }

  keepNumber(reason: string): void {
    this.notAdopted[reason] = (this.notAdopted[reason] ?? 0) + 1;
  }

  leaveOut(attribute: string): void {
    this.leftOut[attribute] = (this.leftOut[attribute] ?? 0) + 1;
  }

  get entries(): EntryCounts {
    return { created: this.created, changed: this.changed, locked: this.locked, removed: this.removed };
  }
}
