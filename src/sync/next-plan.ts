import { AdminRefusal } from '../identity/admin.ts';
import type { PlanResult } from '../identity/plan.ts';
import { BlastRadius } from './blast-radius.ts';
import type { EngineMemory } from './engine-memory.ts';
import type { PlanSettings } from './engine-options.ts';
import { dangerCount, observedBy, preview } from './guard.ts';
import { OverlaidMirror } from './overlaid-mirror.ts';
import { PlanCollector } from './plan-collector.ts';
import { planInputOf } from './plan-input.ts';

/**
 * What the next publish would do by these settings. Changes nothing; `overlaid` is the mirror with the overlay of the settings
 * that are in use.
 *
 * @throws AdminRefusal when nothing is published yet, or the mirror is half of one state and half of the next
 */
export async function planNext(
  memory: EngineMemory,
  overlaid: OverlaidMirror,
  { projector, fingerprint, safety, notReady }: PlanSettings,
  itemsMax: number,
  signal: AbortSignal,
): Promise<Omit<PlanResult, 'readsOtherwise'>> {
  if (notReady !== undefined) throw new AdminRefusal(notReady);
  const { options, state } = memory;
  using stored = options.view.openStored();
  if (stored.facts === undefined) throw new AdminRefusal('Nothing has been published yet that could change.');
  if (state.kind !== 'publishing' && !(await memory.isWhole())) {
    throw new AdminRefusal('The last round was interrupted before everything was read. Synchronize first.');
  }
  const isSame = projector.settings.overlay.digest === options.projector.settings.overlay.digest;
  const mirror = isSame ? overlaid : OverlaidMirror.over(options, projector);
  await mirror.refresh(signal);
  const collector = new PlanCollector(stored, projector, itemsMax);
  const radius = new BlastRadius(safety, projector, stored.facts);
  const input = planInputOf({ ...options, projector, fingerprint }, mirror, signal, () => {});
  const { users, groups } = await preview(input, stored, observedBy(collector, radius));
  return { users, groups, dangers: radius.dangers().map(dangerCount), ...collector.result };
}
