import type { Inspection } from '../identity/inspection.ts';
import { listConflicts } from './conflicts.ts';
import type { InspectionContext } from './context.ts';
import { listDomains } from './domains.ts';
import { explain } from './explain.ts';
import { listIds } from './ids.ts';
import { listObjects } from './list.ts';

/**
 * Answers questions from what is stored at the moment of asking; `context` is asked for anew each time. `refresh` asks the
 * tenant for its domains and resolves whatever comes of it; left out where nobody can be asked.
 */
export function createInspection(
  context: () => InspectionContext,
  refresh: () => Promise<void> = () => Promise.resolve(),
): Inspection {
  return {
    explain: (request) => explain(context(), request),
    objects: (request) => listObjects(context(), request),
    conflicts: () => listConflicts(context()),
    ids: () => listIds(context().ledger),
    async domains(request) {
      if (request.refresh) await refresh();
      return await listDomains(context());
    },
  };
}
