import { AdminRefusal } from '../identity/admin.ts';
import type { HistoryEvent } from '../identity/history.ts';
import type { Hold } from '../identity/hold.ts';
import type { Mirror } from '../identity/mirror.ts';
import { type NodeId, structuralNodes } from '../identity/node.ts';
import type { NamedUser, ReturnPoints, RollbackOutcome, RollbackPlan } from '../identity/rollback.ts';
import type { EarlierView, PublicationFacts, StoredView, View } from '../identity/view.ts';
import type { Projector } from '../projection/projector.ts';
import { sameMemberValues } from '../projection/stored-entries.ts';
import { PlanCollector } from './plan-collector.ts';
import { PreviewEditor } from './preview.ts';
import { putBack } from './put-back.ts';

/** What going back works with. */
export interface RollbackInput {
  readonly view: View;
  readonly mirror: Pick<Mirror, 'record' | 'removed'>;
  readonly projector: Projector;
  readonly nowMs: number;
  readonly signal: AbortSignal;
}

/** What is stored with the publish that goes back. */
export interface RollbackMemory {
  /** The engine's state, which does not change. */
  readonly state: string;
  /** The number of the change that is held back from then on. */
  readonly hold: number;
  readonly event: (outcome: RollbackOutcome) => HistoryEvent;
}

/** What came of going back, and what is held back now. */
export interface RolledBack {
  readonly outcome: RollbackOutcome;
  readonly hold: Hold;
}

/** The publications that can be returned to. */
export async function returnPoints({ facts, undo }: View): Promise<ReturnPoints> {
  const { points, end } = await undo.returnPoints();
  return { shown: facts?.publication ?? null, restores: facts?.restores ?? null, points, end };
}

/**
 * What going back would change.
 *
 * @throws AdminRefusal when that cannot be done
 */
export async function planRollback(
  { view, mirror, projector, nowMs, signal }: RollbackInput,
  to: number | null,
  itemsMax: number,
): Promise<RollbackPlan> {
  const { earlier, shown } = await earlierView(view, to);
  using stored = view.openStored();
  const collector = new PlanCollector(stored, projector, itemsMax);
  const editor = new PreviewEditor(stored, collector, (entry) => projector.nameOf(entry), projector.unnamed);
  const report = await putBack({ earlier, editor, mirror, projector, nowMs, signal });
  return {
    from: shown.publication,
    to: earlier.facts.publication,
    publishedAtMs: earlier.facts.publishedAtMs,
    users: report.users,
    groups: report.groups,
    ...collector.result,
    reopened: report.reopened.map((node) => named(projector, node, stored, earlier)),
    keptShut: report.keptShut.map((node) => named(projector, node, stored, earlier)),
  };
}

/**
 * Shows an earlier directory again, as a publish of its own: it has a number and a time after all others, so that whoever
 * follows changes is told of it. What was taken back is held back until it is approved.
 *
 * @throws AdminRefusal when that cannot be done; nothing is changed then
 */
export async function rollBack(
  input: RollbackInput,
  to: number | null,
  { state, hold: number, event }: RollbackMemory,
): Promise<RolledBack> {
  const { view, nowMs } = input;
  const { earlier, shown } = await earlierView(view, to);
  const rolledBack = { from: shown.publication, to: earlier.facts.publication };
  const hold: Hold = {
    hold: number,
    sinceMs: nowMs,
    cause: 'rollback',
    rolledBack,
    decision: 'open',
    basis: '',
    dangers: [],
  };
  const outcome = { ...rolledBack, publication: shown.publication + 1, hold: number };
  const writer = view.openWriter(nowMs, { to: rolledBack.to });
  try {
    const { totals } = await putBack({ ...input, earlier, editor: writer });
    await writer.commit({ ...totals, publishedAtMs: nowMs }, state, { hold, event: event(outcome) });
  } catch (error) {
    await writer.abort();
    throw error;
  }
  return { outcome, hold };
}

async function earlierView(
  view: View,
  to: number | null,
): Promise<{ readonly earlier: EarlierView; readonly shown: PublicationFacts }> {
  const shown = view.facts;
  if (shown === undefined) throw new AdminRefusal('Nothing has been published yet.');
  const wanted = to ?? (shown.restores ?? shown.publication) - 1;
  if (wanted === shown.publication) throw new AdminRefusal(`Publication ${wanted} is what is shown.`);
  const earlier = await view.undo.earlier(wanted);
  if (earlier === undefined) throw new AdminRefusal(await whyNot(view, shown, wanted));
  using stored = view.openStored();
  if (hasMoved(earlier, stored)) {
    throw new AdminRefusal(
      'The whole directory has another name since then, and this program answers for that name. Change directory.baseDn and ' +
        'the names of the containers back in the configuration instead.',
    );
  }
  return { earlier, shown };
}

async function whyNot(view: View, shown: PublicationFacts, wanted: number): Promise<string> {
  const { points, end } = await view.undo.returnPoints();
  const oldest = points.at(-1)?.publication;
  const { publication } = shown;
  if (publication === 1) return 'There is no way back yet: what is shown is the first publication.';
  const newest = publication - 1;
  const there =
    oldest === undefined
      ? `Publication ${publication} is shown, and none before it is remembered.`
      : `${oldest === newest ? `Publication ${newest}` : `Publications ${oldest} to ${newest}`} can be returned to.`;
  const why =
    end === 'tooLarge'
      ? ' The one before was replaced by a change that is larger than store.undo.size, so that it cannot be taken back.'
      : '';
  return `There is no way back to publication ${wanted}. ${there}${why}`;
}

/** True when the base entry or a container goes by another name now. */
function hasMoved(earlier: EarlierView, stored: StoredView): boolean {
  return Object.values(structuralNodes).some((node) => {
    const before = earlier.nodes.includes(node) ? earlier.entry(node) : undefined;
    const now = stored.entry(node);
    return before !== undefined && now !== undefined && !sameMemberValues(before, now, 'group');
  });
}

function named(projector: Projector, node: NodeId, stored: StoredView, earlier: EarlierView): NamedUser {
  const entry = stored.entry(node) ?? earlier.entry(node);
  if (entry === undefined) return { dn: '', objectId: '', displayName: null };
  const { dn, objectId, displayName } = projector.identityOf(entry, 'user');
  return { dn, objectId, displayName: displayName ?? null };
}
