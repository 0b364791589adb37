import type { Inspection } from '../identity/inspection.ts';
import { listConflicts } from './conflicts.ts';
import type { InspectionContext } from './context.ts';
import { explain } from './explain.ts';
import { listIds } from './ids.ts';
import { listObjects } from './list.ts';

/** Answers questions from what is stored at the moment of asking; `context` is asked for anew each time. */
export function createInspection(context: () => InspectionContext): Inspection {
  return {
    explain: (request) => explain(context(), request),
    objects: (request) => listObjects(context(), request),
    conflicts: () => listConflicts(context()),
    ids: () => listIds(context().ledger),
  };
}
