import type { ObjectId } from '../../identity/ids.ts';
import type { LoggedChange } from '../tenant/change-log.ts';
import type { ObjectRef } from '../tenant/population.ts';

/** What happened to one object between two delta queries. */
export interface ChangedObject {
  readonly index: number;
  /** true: created, removed or restored, so that it is reported with everything. */
  readonly whole: boolean;
  readonly names: ReadonlySet<string>;
  /** The last word on every membership that was touched: true for joined. */
  readonly members: readonly (readonly [ObjectRef, boolean])[];
  /** The manager before the first change, when it changed. */
  readonly formerManager: ObjectId | undefined;
}

interface Draft {
  index: number;
  whole: boolean;
  names: Set<string>;
  members: Map<ObjectRef, boolean>;
  formerManager: ObjectId | undefined;
}

/**
 * Folds logged changes into one entry per object, in the order in which the objects first changed. Only properties in
 * `tracked` count; an object of which nothing tracked changed is left out (a change to an unselected property does not
 * surface).
 */
export function foldChanges(changes: readonly LoggedChange[], tracked: ReadonlySet<string>): ChangedObject[] {
  const drafts = new Map<number, Draft>();
  for (const change of changes) {
    const draft = drafts.get(change.index) ?? {
      index: change.index,
      whole: false,
      names: new Set<string>(),
      members: new Map<ObjectRef, boolean>(),
      formerManager: undefined,
    };
    if (apply(draft, change, tracked)) drafts.set(change.index, draft);
  }
  return [...drafts.values()].map((draft) => ({ ...draft, members: [...draft.members] }));
}

function apply(draft: Draft, change: LoggedChange, tracked: ReadonlySet<string>): boolean {
  switch (change.kind) {
    case 'created':
    case 'restored':
    case 'removed':
      draft.whole = true;
      return true;
    case 'member':
      if (!tracked.has('members')) return false;
      draft.members.set(change.ref, change.joined);
      return true;
    case 'properties': {
      const names = change.names.filter((name) => tracked.has(name));
      for (const name of names) draft.names.add(name);
      if (names.includes('manager')) draft.formerManager ??= change.formerManager;
      return names.length > 0;
    }
  }
}
