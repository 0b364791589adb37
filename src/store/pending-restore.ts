/**
 * Putting a restored database in the place of another one. What was restored is complete in `restored` before it counts: making
 * that folder, by renaming, is the moment from which on the restored store is the store. Whoever opens the store next finishes what an
 * end of the process in between has left undone.
 */
import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** The places in a data directory. */
export const restorePlaces = {
  /** The database. */
  database: 'db',
  /** One that is being made; worthless until it is complete. */
  unfinished: 'restoring',
  /** One that is complete. */
  complete: 'restored',
  /** The database from before. */
  replaced: 'db.replaced',
} as const;

/** Whether a restored database waits to take its place. */
export function hasPendingRestore(directory: string): boolean {
  return existsSync(join(directory, restorePlaces.complete, restorePlaces.database, 'CURRENT'));
}

/** Makes what lies in the unfinished folder the database that takes its place next. */
export function commitRestore(directory: string): void {
  syncFolder(join(directory, restorePlaces.unfinished));
  renameSync(join(directory, restorePlaces.unfinished), join(directory, restorePlaces.complete));
  syncFolder(directory);
}

/** Puts a restored database that waits in its place. The caller has made sure that nobody uses the one that is there. */
export function finishRestore(directory: string): void {
  const place = (name: string): string => join(directory, name);
  const database = place(restorePlaces.database);
  if (existsSync(database)) {
    rmSync(place(restorePlaces.replaced), { recursive: true, force: true });
    renameSync(database, place(restorePlaces.replaced));
  }
  renameSync(join(place(restorePlaces.complete), restorePlaces.database), database);
  syncFolder(directory);
  rmSync(place(restorePlaces.complete), { recursive: true, force: true });
}

function syncFolder(path: string): void {
  const folder = openSync(path, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
