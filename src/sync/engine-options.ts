import type { History } from '../identity/history.ts';
import type { HoldMemory } from '../identity/hold.ts';
import type { Ledger } from '../identity/ledger.ts';
import type { Mirror } from '../identity/mirror.ts';
import type { Admission, DeltaFeed, Supplement } from '../identity/ports.ts';
import type { RoundProgress } from '../identity/round.ts';
import type { SafetyLimits } from '../identity/safety.ts';
import type { View } from '../identity/view.ts';
import type { Projector } from '../projection/projector.ts';
import type { Clock } from '../timing/clock.ts';
import type { PublishInput } from './publisher.ts';

/** What the engine works with. */
export interface EngineOptions {
  readonly feed: DeltaFeed;
  /** Decides which objects are in scope; left out when all are. */
  readonly admission?: Admission | undefined;
  /** Brings what the feed does not report; left out when nothing of it is read. */
  readonly supplement?: Supplement | undefined;
  /** The least time between two readings of that, which full rounds do not wait for; left out: with every round. */
  readonly supplementIntervalMs?: number;
  readonly mirror: Mirror;
  readonly ledger: Ledger;
  readonly view: View;
  readonly holds: HoldMemory;
  readonly history: History;
  /** What a round may change without asking. */
  readonly safety: SafetyLimits;
  readonly projector: Projector;
  /** See `PublishInput.fingerprint`. */
  readonly fingerprint: string;
  /** Why nothing may be published by these settings; left out when it may. A sentence for the administrator. */
  readonly notReady?: string | undefined;
  /** Done before a round, in it; `everything`: the round reads all anew. What it throws fails the round. */
  readonly prepare?: (everything: boolean, signal: AbortSignal) => Promise<void>;
  readonly clock: Clock;
  readonly onProgress: (progress: RoundProgress) => void;
  /** See `PublishInput.onNumberKept`. */
  readonly onNumberKept: PublishInput['onNumberKept'];
  /** See `PublishInput.onValueLeftOut`. */
  readonly onValueLeftOut: PublishInput['onValueLeftOut'];
}

/** By what a plan is made. */
export type PlanSettings = Pick<EngineOptions, 'projector' | 'fingerprint' | 'safety' | 'notReady'>;

/** What of the options may change while the engine works. */
export type EngineSettings = Pick<
  EngineOptions,
  'projector' | 'fingerprint' | 'safety' | 'supplementIntervalMs' | 'notReady'
>;
