import type { Conflict } from '../identity/inspection.ts';
import type { LedgerSpace } from '../identity/ledger.ts';
import type { MirrorRecord } from '../identity/mirror.ts';
import type { Standing } from '../projection/policy.ts';
import { text } from '../projection/values.ts';
import type { Pace } from '../sync/assignments.ts';
import { findDuplicates } from '../sync/duplicates.ts';
import { nameClash, numberRefusal } from './clashes.ts';
import { everyStanding, type InspectionContext, listPace } from './context.ts';
import { privateGroupConflict } from './primary-group.ts';

/** Two accounts of one person, and everybody who does not have the name or number that was asked for, users first (P5). */
export async function* listConflicts(context: InspectionContext): AsyncGenerator<Conflict, void, void> {
  const pace = listPace();
  yield* listDuplicates(context, pace);
  const standingOf = await everyStanding(context, pace);
  for (const kind of ['user', 'group'] as const) {
    for await (const block of context.mirror.records(kind === 'user' ? 'users' : 'groups')) {
      for (const record of block) {
        yield* conflictsOf(context, kind, record, kind === 'user' ? standingOf(record.node) : 'active');
        if (pace.due) await pace.pause();
      }
    }
  }
}

/** Cloud accounts whose person has a synchronized one too. */
async function* listDuplicates(context: InspectionContext, pace: Pace): AsyncGenerator<Conflict, void, void> {
  const { mirror, projector, ledger } = context;
  for (const [node, { of, sign }] of await findDuplicates({ mirror, projector, pace })) {
    const [record, other] = [mirror.record(node), mirror.record(of)];
    if (record === undefined || other === undefined) continue;
    const userPrincipalName = text(record.properties, 'userPrincipalName') ?? null;
    yield {
      kind: 'user',
      objectId: record.objectId,
      name: ledger.entry(record.objectId)?.name ?? userPrincipalName ?? record.objectId,
      about: 'duplicate',
      userPrincipalName,
      holder: other.objectId,
      holderUserPrincipalName: text(other.properties, 'userPrincipalName') ?? null,
      sign,
      isLeftOut: projector.settings.users.duplicates === 'preferSynchronized',
    };
  }
}

function conflictsOf(
  context: InspectionContext,
  kind: LedgerSpace,
  record: MirrorRecord,
  standing: Standing,
): readonly Conflict[] {
  const { ledger, projector } = context;
  const admitted = kind === 'user' ? projector.admitUser(record, standing) : projector.admitGroup(record);
  const given = ledger.entry(record.objectId);
  if (admitted.kind === 'skipped' || given === undefined) return [];
  const common = {
    kind,
    objectId: record.objectId,
    name: given.name,
    userPrincipalName: text(record.properties, 'userPrincipalName') ?? null,
  };
  const conflicts: Conflict[] = [];
  const clash = nameClash(context, kind, record, admitted.names, given);
  if (clash !== undefined) conflicts.push({ ...common, about: 'name', clash });
  const reason = numberRefusal(context, kind, record, admitted);
  if (reason !== undefined) {
    const wanted = typeof admitted.number === 'number' ? admitted.number : null;
    const found = wanted === null ? undefined : ledger.numberHolder(kind, wanted);
    const holder = found === record.objectId ? undefined : found;
    const holderName = holder === undefined ? undefined : ledger.entry(holder)?.name;
    conflicts.push({
      ...common,
      about: 'number',
      wanted,
      number: given.number,
      holder: holder ?? null,
      holderName: holderName ?? null,
      reason,
    });
  }
  const own = kind === 'user' ? privateGroupConflict(context, record, given) : undefined;
  if (own !== undefined) conflicts.push({ ...common, about: 'privateGroup', ...own });
  return conflicts;
}
