/** How users come by their primary groups, for the administrator. */
import type { Conflict, PrimaryGroupReport } from '../identity/inspection.ts';
import type { LedgerEntry } from '../identity/ledger.ts';
import type { MirrorRecord } from '../identity/mirror.ts';
import { nameKey } from '../projection/naming.ts';
import type { PrimaryChoice } from '../projection/primary-group.ts';
import { isTakenByGroup, privateGroupName } from '../projection/private-groups.ts';
import type { PrimaryFinder } from '../sync/primary-groups.ts';
import type { InspectionContext } from './context.ts';

/** What decides about a user's primary group; null for a user who was given no number yet. */
export async function primaryGroupReport(
  context: InspectionContext,
  primaries: PrimaryFinder,
  record: MirrorRecord | undefined,
): Promise<PrimaryGroupReport | null> {
  const { ledger, mirror, projector } = context;
  const given = record && ledger.entry(record.objectId);
  if (record === undefined || given === undefined) return null;
  const group = await primaries.of(record.node);
  const objectId = group === undefined ? undefined : mirror.objectIdOf(group);
  const match = objectId === undefined ? undefined : ledger.entry(objectId);
  const choice = projector.primaryGroup(record, given, { isNumberTaken: () => isTakenByGroup(ledger, given), match });
  return { gidNumber: choice.gidNumber, by: choice.by, ...nameOf(context, given, choice) };
}

function nameOf(
  context: InspectionContext,
  given: LedgerEntry,
  choice: PrimaryChoice,
): Pick<PrimaryGroupReport, 'group' | 'nameHolder'> {
  const { name: shared } = context.projector.settings.users.primaryGroup;
  switch (choice.by) {
    case 'property':
      return { group: null, nameHolder: null };
    case 'group':
      return { group: choice.group, nameHolder: null };
    case 'private': {
      const { name, holder } = privateGroupName(context.ledger, given, nameKey(shared));
      return { group: name, nameHolder: holder === undefined ? null : holderName(context, holder) };
    }
    case 'shared':
    case 'numberTaken':
      return { group: shared, nameHolder: null };
  }
}

/** That a user's own group is called otherwise than the user, or that the user has none. */
export function privateGroupConflict(
  context: InspectionContext,
  record: MirrorRecord,
  given: LedgerEntry,
): Pick<Extract<Conflict, { about: 'privateGroup' }>, 'group' | 'holder' | 'holderName'> | undefined {
  const { ledger, projector } = context;
  const { kind, name: shared, shown, gidNumber } = projector.settings.users.primaryGroup;
  if (kind !== 'private') return undefined;
  const { by } = projector.primaryGroup(record, given, {
    isNumberTaken: () => isTakenByGroup(ledger, given),
    match: undefined,
  });
  if (by === 'numberTaken') {
    const holder = given.number === gidNumber ? 'shared' : (ledger.numberHolder('group', given.number) ?? 'shared');
    return { group: null, ...named(context, holder) };
  }
  if (by !== 'private' || !shown) return undefined;
  const { name, holder } = privateGroupName(ledger, given, nameKey(shared));
  return holder === undefined ? undefined : { group: name, ...named(context, holder) };
}

function named(
  context: InspectionContext,
  holder: NonNullable<ReturnType<typeof privateGroupName>['holder']>,
): { readonly holder: string | null; readonly holderName: string } {
  return { holder: holder === 'shared' ? null : holder, holderName: holderName(context, holder) };
}

function holderName(
  { ledger, projector }: InspectionContext,
  holder: NonNullable<ReturnType<typeof privateGroupName>['holder']>,
): string {
  return holder === 'shared' ? projector.settings.users.primaryGroup.name : (ledger.entry(holder)?.name ?? holder);
}
