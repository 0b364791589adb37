import type { HistoryEvent } from '../identity/history.ts';
import type { Danger, Hold, HoldMemory } from '../identity/hold.ts';
import { nodeKind } from '../identity/node.ts';
import type { DangerCount, HoldDecision, HoldReport, SafetyLimits } from '../identity/safety.ts';
import type { PublicationFacts } from '../identity/view.ts';
import { BlastRadius, harmlessUsers, isWithin } from './blast-radius.ts';
import { PreviewEditor, PreviewLedger, type PreviewObserver } from './preview.ts';
import { type PlanInput, type PlanReport, plan, planReport } from './publisher.ts';
import { PublishRun } from './publish-run.ts';

/** What the guard says of a publish: it may be made, or it is held back and would have done what `report` counts. */
export type Verdict =
  | { readonly kind: 'free' }
  | { readonly kind: 'held'; readonly hold: Hold; readonly isNew: boolean; readonly report: PlanReport | undefined };

/** What a publish is judged by beside its input. */
export interface Judged {
  /** The number of the round. */
  readonly round: number;
  /** True when the round has read nothing that it could have changed the mirror by. */
  readonly nothingRead: boolean;
}

/**
 * Stands before every publish but the first (P4): a change that reaches further than the limits is held back until it was
 * approved or has gone away. What was approved is published as it was listed, or less; what goes beyond it is held anew.
 */
export class Guard {
  readonly #memory: HoldMemory;
  #limits: SafetyLimits;
  #hold: Hold | undefined;
  #saving: Promise<void> = Promise.resolve();

  constructor(memory: HoldMemory, limits: SafetyLimits) {
    this.#memory = memory;
    this.#limits = limits;
    this.#hold = memory.load();
  }

  get hold(): Hold | undefined {
    return this.#hold;
  }

  /** True when what these settings imply is held back, and it was not decided to let it through. */
  holdsBack(fingerprint: string): boolean {
    return this.#hold?.basis === this.#basis(fingerprint) && this.#hold.decision !== 'approved';
  }

  /** From now on judges by these limits. */
  limit(limits: SafetyLimits): void {
    this.#limits = limits;
  }

  /** Plans the publish without making it, unless it can do no harm. */
  async judge(input: PlanInput, { round, nothingRead }: Judged): Promise<Verdict> {
    using stored = input.view.openStored();
    const { facts } = stored;
    if (facts === undefined) return free;
    const before = this.#hold;
    if (before !== undefined && nothingRead && this.holdsBack(input.fingerprint)) {
      return { kind: 'held', hold: before, isNew: false, report: undefined };
    }
    if (before === undefined && (await this.#isHarmless(input, facts))) return free;
    const radius = new BlastRadius(this.#limits, input.projector, facts);
    const difference = new AnyDifference();
    const report = await preview(input, stored, observedBy(radius, difference));
    const dangers = radius.dangers();
    // Read again: it may have been decided about meanwhile.
    const known = this.#hold;
    const rolledBack = known?.decision === 'approved' ? undefined : known?.rolledBack;
    if (dangers.length === 0 && (rolledBack === undefined || !difference.found)) return free;
    const isKnown = known !== undefined && isStill(known, dangers);
    if (isKnown && known.decision === 'approved') return free;
    const basis = this.#basis(input.fingerprint);
    const cause = facts.fingerprint === input.fingerprint ? 'tenant' : 'configuration';
    const why =
      rolledBack === undefined ? { cause: cause as Hold['cause'] } : { cause: 'rollback' as const, rolledBack };
    const hold: Hold = isKnown
      ? { ...known, ...why, basis, dangers }
      : {
          hold: Math.max(round, (known?.hold ?? 0) + 1),
          sinceMs: input.nowMs,
          decision: 'open',
          ...why,
          basis,
          dangers,
        };
    return { kind: 'held', hold, isNew: !isKnown, report };
  }

  /** Tells that this is held back from now on, and that the commit of a publish has stored it. */
  adopt(hold: Hold): void {
    this.#hold = hold;
  }

  /** Remembers what is held back, and that the round has ended so. */
  async keep(hold: Hold, state: string): Promise<void> {
    this.#hold = hold;
    await this.#save(hold, state);
  }

  /** Tells that a publish was made: nothing is held back any more. The commit has forgotten the stored hold. */
  release(): void {
    this.#hold = undefined;
  }

  /** Remembers what was decided about the hold with this number; false when another one, or none, is held back. */
  async decide(number: number, decision: Exclude<HoldDecision, 'open'>, event: HistoryEvent): Promise<boolean> {
    const hold = this.#hold;
    if (hold?.hold !== number) return false;
    this.#hold = { ...hold, decision };
    await this.#save(this.#hold, undefined, event);
    return true;
  }

  #basis(fingerprint: string): string {
    return JSON.stringify([fingerprint, this.#limits]);
  }

  // One after the other: LevelDB does not promise that writes which are under way at once keep their order.
  #save(hold: Hold, state?: string, event?: HistoryEvent): Promise<void> {
    const saved = this.#saving.then(() => this.#memory.save(hold, state, event));
    // Its error is for the one who awaits it.
    this.#saving = saved.catch(() => undefined);
    return saved;
  }

  async #isHarmless(input: PlanInput, { users, fingerprint, policyMatches }: PublicationFacts): Promise<boolean> {
    const { mirror, view } = input;
    const dirty = await mirror.dirtyNodes();
    if (dirty.kind === 'all' || view.publishUnfinished || fingerprint !== input.fingerprint) return false;
    if (policyMatches === undefined || (await mirror.movedNodes()).length > 0) return false;
    return (
      dirty.nodes.length <= harmlessUsers(this.#limits, users) &&
      dirty.nodes.every((node) => nodeKind(node) !== 'group')
    );
  }
}

const free: Verdict = { kind: 'free' };

/**
 * True when what is held back is the change that is known. What was taken back by a rollback is known by that, however much of
 * it there is, until a list of it was made; but nothing is approved by an empty list.
 */
function isStill(known: Hold, dangers: readonly Danger[]): boolean {
  const unlisted = known.rolledBack !== undefined && known.decision !== 'approved' && known.dangers.length === 0;
  return unlisted || isWithin(dangers, known.dangers);
}

/** Notices whether a publish would change anything at all. */
class AnyDifference implements PreviewObserver {
  found = false;

  entry(): void {
    this.found = true;
  }

  members(): void {
    this.found = true;
  }
}

/** Plans a publish in every detail and makes none of it; the observer is told what it would do. */
export async function preview(
  input: PlanInput,
  stored: ConstructorParameters<typeof PreviewEditor>[0],
  observer: PreviewObserver,
): Promise<PlanReport> {
  const { projector } = input;
  const editor = new PreviewEditor(stored, observer, (entry) => projector.nameOf(entry), projector.unnamed);
  const quiet = { ...input, ledger: new PreviewLedger(input.ledger), onNumberKept: () => {}, onValueLeftOut: () => {} };
  const run = new PublishRun(quiet, editor);
  await plan(quiet, run);
  return planReport(run);
}

/** Tells several observers, one after the other. */
export function observedBy(...observers: readonly PreviewObserver[]): PreviewObserver {
  return {
    entry: (node, before, after) => {
      for (const observer of observers) observer.entry(node, before, after);
    },
    members: (group, before, change) => {
      for (const observer of observers) observer.members(group, before, change);
    },
  };
}

/** What is told of a hold. */
export function holdReport({ hold, sinceMs, cause, decision, rolledBack, dangers }: Hold): HoldReport {
  return { hold, sinceMs, cause, decision, ...(rolledBack && { rolledBack }), dangers: dangers.map(dangerCount) };
}

/** How many a danger concerns. */
export function dangerCount({ kind, nodes, total, limit }: Danger): DangerCount {
  return { kind, affected: nodes.length, total, limit };
}
