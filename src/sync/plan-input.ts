import type { EngineOptions } from './engine-options.ts';
import type { OverlaidMirror } from './overlaid-mirror.ts';
import type { PlanInput } from './publisher.ts';

/** What a publish is planned from by these options, at this instant. */
export function planInputOf(
  options: EngineOptions,
  mirror: OverlaidMirror,
  signal: AbortSignal,
  onProgress: PlanInput['onProgress'],
): PlanInput {
  const { ledger, view, projector, fingerprint, clock, onNumberKept, onValueLeftOut } = options;
  const nowMs = clock.now();
  return { mirror, ledger, view, projector, fingerprint, nowMs, signal, onNumberKept, onValueLeftOut, onProgress };
}
