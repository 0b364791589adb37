import type { ObjectRow, ObjectSource, ObjectState } from '../identity/inspection.ts';
import type { LedgerSpace } from '../identity/ledger.ts';
import type { MirrorRecord, RemovedObject } from '../identity/mirror.ts';
import type { Standing } from '../projection/policy.ts';
import { groupRules, judge, userRules } from '../projection/rules.ts';
import { text } from '../projection/values.ts';
import type { InspectionContext, Published } from './context.ts';

/** How an object of the mirror stands: what is published decides, and the rules say why. */
export function objectRow(
  { ledger, projector }: InspectionContext,
  kind: LedgerSpace,
  record: MirrorRecord,
  standing: Standing,
  published: Published,
): ObjectRow {
  const { objectId, properties } = record;
  const rules = kind === 'user' ? userRules : groupRules;
  const { skipped, lock } = judge(rules, projector.factsOf(record, standing));
  const stored = published.entry(record.node);
  const given = ledger.entry(objectId);
  const state = stateOf(stored && { isLocked: projector.isLockedEntry(stored) }, skipped);
  return {
    kind,
    objectId,
    state,
    origin: originOf(record),
    reason: (state === 'skipped' ? skipped : state === 'locked' ? lock : undefined) ?? null,
    name: given?.name ?? null,
    number: given?.number ?? null,
    displayName: text(properties, 'displayName') ?? null,
    userPrincipalName: text(properties, 'userPrincipalName') ?? null,
    mail: text(properties, 'mail') ?? null,
  };
}

/** Where an object is from. */
function originOf({ overlay }: MirrorRecord): ObjectSource {
  if (overlay === undefined) return 'tenant';
  return overlay.isLocal ? 'overlay' : 'both';
}

/** What is left of an object that is gone; while it still has an entry, it stands as that says. */
export function removedRow(
  { ledger, projector }: InspectionContext,
  kind: LedgerSpace,
  { node, objectId, reason }: RemovedObject,
  published: Published,
): ObjectRow {
  const given = ledger.entry(objectId);
  const stored = published.entry(node);
  return {
    kind,
    objectId,
    origin: reason === 'overlay' ? 'overlay' : 'tenant',
    state: stored === undefined ? 'removed' : projector.isLockedEntry(stored) ? 'locked' : 'shown',
    reason: removalReasons[reason],
    name: given?.name ?? null,
    number: given?.number ?? null,
    displayName: null,
    userPrincipalName: null,
    mail: null,
  };
}

/** Why an object is gone, in a few words. */
const removalReasons: Readonly<Record<RemovedObject['reason'], string>> = {
  softDeleted: 'deleted in Entra, can be restored there',
  deleted: 'deleted in Entra for ever',
  unseen: 'not listed any more when everything was read',
  overlay: 'not in the overlay any more',
};

function stateOf(stored: { readonly isLocked: boolean } | undefined, skipped: string | undefined): ObjectState {
  if (stored !== undefined) return stored.isLocked ? 'locked' : 'shown';
  return skipped === undefined ? 'pending' : 'skipped';
}
