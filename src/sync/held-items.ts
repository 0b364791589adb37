import type { Danger, Hold } from '../identity/hold.ts';
import { nodeKind } from '../identity/node.ts';
import type { HeldItem } from '../identity/safety.ts';
import type { StoredView, View } from '../identity/view.ts';
import type { Projector } from '../projection/projector.ts';

/** Everybody whom a held change concerns, as they are shown now. */
export function* heldItems(
  hold: Hold | undefined,
  view: Pick<View, 'openStored'>,
  projector: Projector,
): Generator<HeldItem, void, void> {
  if (hold === undefined) return;
  using stored = view.openStored();
  for (const danger of hold.dangers) yield* itemsOf(danger, stored, projector);
}

function* itemsOf(
  { kind, nodes, names, lost }: Danger,
  stored: StoredView,
  projector: Projector,
): Generator<HeldItem, void, void> {
  for (const [at, node] of nodes.entries()) {
    const entry = stored.entry(node);
    if (entry === undefined) continue;
    const { dn, objectId, displayName } = projector.identityOf(entry, nodeKind(node) === 'user' ? 'user' : 'group');
    const leaving = lost?.[at];
    yield {
      kind,
      dn,
      objectId,
      displayName: displayName ?? null,
      newName: names?.[at] ?? null,
      members: leaving === undefined ? null : { lost: leaving.length, of: stored.storedMembers(node).length },
    };
  }
}
