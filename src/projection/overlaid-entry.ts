/** What the overlay makes of the names and the attributes of an entry. */
import type { MirrorRecord } from '../identity/mirror.ts';
import type { RecordOverlay } from '../identity/overlay.ts';
import type { Attributes } from './attributes.ts';
import { cleanName, type NameCandidates } from './naming.ts';

/** Where an entry comes from: the tenant, the overlay, or the tenant with something of the overlay (SNP-25). */
function entrySource(overlay: RecordOverlay | undefined): readonly string[] {
  if (overlay === undefined) return ['tenant'];
  return overlay.isLocal ? ['overlay'] : ['tenant', 'overlay'];
}

/** The attributes of an entry with what the overlay changes of them, and with its source. What is new comes last. */
export function overlaidAttributes(attributes: Attributes, overlay: RecordOverlay | undefined): Attributes {
  const source: Attributes[number] = ['entraSource', entrySource(overlay)];
  const changes = new Map((overlay?.parts ?? []).flatMap((part) => part.changes));
  if (changes.size === 0) return [...attributes, source];
  const kept = attributes.flatMap(([name, values]): Attributes => {
    const changed = changes.get(name) ?? values;
    changes.delete(name);
    return changed.length === 0 ? [] : [[name, changed]];
  });
  return [...kept, ...[...changes].filter(([, values]) => values.length > 0), source];
}

/** The short names that a user may get when the overlay asks for one; `others` are those that properties give. */
export function overlaidNames(
  { objectId, overlay }: MirrorRecord,
  others: NameCandidates | undefined,
): NameCandidates | undefined {
  if (overlay?.uid === undefined) return others;
  const uid = cleanName(overlay.uid);
  const [, ...further] = others ?? [];
  return [uid, ...(further.length > 0 ? further : [`${uid}-${objectId.slice(0, 8)}`, `${uid}-${objectId}`])];
}
