import type { NameClash } from '../identity/inspection.ts';
import type { LedgerEntry, LedgerSpace } from '../identity/ledger.ts';
import type { MirrorRecord } from '../identity/mirror.ts';
import { nameKey } from '../projection/naming.ts';
import type { Admitted } from '../projection/projector.ts';
import { instant, text } from '../projection/values.ts';
import { type Adoption, NumberClaims } from '../sync/number-claims.ts';
import type { InspectionContext } from './context.ts';

/** Why an object has another name than the one it wishes for; undefined when it has that one. */
export function nameClash(
  context: InspectionContext,
  kind: LedgerSpace,
  record: MirrorRecord,
  [wanted]: Admitted['names'],
  given: LedgerEntry,
): NameClash | undefined {
  const { ledger, mirror, projector } = context;
  const key = nameKey(wanted);
  if (nameKey(given.name) === key) return undefined;
  if (kind === 'group' && key === projector.reservedForGroups.nameKey) {
    return {
      wanted,
      holder: null,
      holderName: projector.settings.users.primaryGroup.name,
      holderUserPrincipalName: null,
      decidedBy: 'it is the name of the primary group',
    };
  }
  const holder = ledger.nameHolder(kind, key);
  if (holder === undefined || holder === record.objectId) return undefined;
  const node = mirror.nodeOf(holder);
  const other = node === undefined ? undefined : mirror.record(node);
  return {
    wanted,
    holder,
    holderName: ledger.entry(holder)?.name ?? null,
    holderUserPrincipalName: (other && text(other.properties, 'userPrincipalName')) ?? null,
    decidedBy: decidedBy(context, record, key, other),
  };
}

function decidedBy(
  { ledger }: InspectionContext,
  record: MirrorRecord,
  key: string,
  other: MirrorRecord | undefined,
): string {
  if (other === undefined) return 'its holder is gone, and a name is never given to another';
  const name = ledger.entry(other.objectId)?.name;
  if (name !== undefined && nameKey(name) !== key) {
    return 'its holder was called so before, and a name is never given to another';
  }
  const here = ledger.origin(record.objectId)?.nameAtMs;
  const there = ledger.origin(other.objectId)?.nameAtMs;
  if (here !== undefined && there !== undefined && here !== there) return 'its holder was given it first';
  const created = ({ properties }: MirrorRecord): number =>
    instant(text(properties, 'createdDateTime')) ?? Number.MAX_SAFE_INTEGER;
  if (created(other) < created(record)) return 'its holder is the older object in Entra';
  return other.objectId < record.objectId
    ? 'its holder has the smaller object id, and both are of one age'
    : 'its holder was given it first';
}

/** Why an object does not have the number that its property asks for. */
export function numberRefusal(
  { ledger, projector }: InspectionContext,
  kind: LedgerSpace,
  { objectId }: MirrorRecord,
  { number }: Admitted,
): Adoption['not'] {
  return new NumberClaims(ledger, kind, projector).adopt(objectId, number).not;
}
