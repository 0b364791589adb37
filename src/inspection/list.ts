import type { ListRequest, ObjectRow } from '../identity/inspection.ts';
import { outOfScope } from '../projection/rules.ts';
import type { Pace } from '../sync/assignments.ts';
import { everyStanding, type InspectionContext, listPace, type Published } from './context.ts';
import { objectRow, removedRow } from './object-row.ts';

/** Users or groups, those of the mirror first and then those that are gone; one after the other, whatever their number. */
export async function* listObjects(
  context: InspectionContext,
  request: ListRequest,
): AsyncGenerator<ObjectRow, void, void> {
  using lease = context.source.acquire();
  const published = lease?.reader ?? { entry: () => undefined };
  const pace = listPace();
  const wanted = request.search?.toLowerCase();
  for await (const row of everyRow(context, request, published, pace)) {
    const isListed = request.state === undefined ? isUsual(row) : row.state === request.state;
    const isAsked = isListed && (request.overlay !== true || row.origin !== 'tenant');
    if (isAsked && (wanted === undefined || holds(row, wanted))) yield row;
    if (pace.due) await pace.pause();
  }
}

async function* everyRow(
  context: InspectionContext,
  { kind }: ListRequest,
  published: Published,
  pace: Pace,
): AsyncGenerator<ObjectRow, void, void> {
  const collection = kind === 'user' ? 'users' : 'groups';
  const standingOf = await everyStanding(context, pace);
  for await (const block of context.mirror.records(collection)) {
    for (const record of block) {
      yield objectRow(context, kind, record, kind === 'user' ? standingOf(record.node) : 'active', published);
    }
  }
  for await (const block of context.mirror.removals(collection)) {
    for (const gone of block) yield removedRow(context, kind, gone, published);
  }
}

/** Who is gone, and of whom nothing is kept but the id, is listed only for those who ask for such. */
function isUsual({ state, reason }: ObjectRow): boolean {
  return state !== 'removed' && reason !== outOfScope;
}

function holds(row: ObjectRow, wanted: string): boolean {
  return [row.name, row.displayName, row.userPrincipalName, row.mail, row.objectId, row.number].some(
    (value) => value !== null && String(value).toLowerCase().includes(wanted),
  );
}
