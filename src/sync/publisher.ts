import type { EntryCounts } from '../identity/round.ts';
import { nodeKind } from '../identity/node.ts';
import type { PublicationFacts, View, ViewWriter } from '../identity/view.ts';
import { type PolicyMatches, policyGroups } from '../projection/policy.ts';
import { objectClassesOf } from '../projection/projector.ts';
import { planChanges } from './plan-changes.ts';
import { planEverything } from './plan-everything.ts';
import { findPolicyMatches, sameMatches, updatePolicyMatches } from './policy-matches.ts';
import { PublishRun, type PublishRunInput } from './publish-run.ts';
import { reachedUsers, standingsOf, standingsOfAll } from './standings.ts';

/** What a publish is made from. */
export interface PublishInput extends PublishRunInput {
  readonly view: View;
  /** Identifies the settings and the version of the projection; another one than the published leads to a look at everything. */
  readonly fingerprint: string;
  /** The engine's state to store together with the commit. */
  readonly state: string;
}

/** What a publish did with entries, or would do. */
export interface PlanReport {
  readonly users: EntryCounts;
  readonly groups: EntryCounts;
  readonly skippedUsers: Readonly<Record<string, number>>;
  readonly skippedGroups: Readonly<Record<string, number>>;
  /** Objects that do not have the number that their property asks for, by reason. */
  readonly notAdopted: Readonly<Record<'users' | 'groups', Readonly<Record<string, number>>>>;
}

/** What a publish did. */
export interface PublishReport extends PlanReport {
  readonly facts: PublicationFacts;
  readonly changed: boolean;
}

/**
 * Makes the view show what the mirror and the settings imply: plans the difference and writes it. Nothing of it
 * is visible before it is committed; when it throws, a later publish starts over.
 */
export async function publish(input: PublishInput): Promise<PublishReport> {
  const writer = input.view.openWriter(input.nowMs);
  try {
    const run = new PublishRun(input, writer);
    const matches = await plan(input, run);
    return await commit(input, writer, run, matches);
  } catch (error) {
    await writer.abort();
    throw error;
  }
}

/** What a publish is planned from. */
export type PlanInput = Omit<PublishInput, 'state'>;

/** Plans what differs; returns the groups that decide who may sign in. */
export async function plan(input: PlanInput, run: PublishRun): Promise<PolicyMatches> {
  const { mirror, view, projector } = input;
  const { facts } = run.writer;
  const dirty = await mirror.dirtyNodes();
  const { policy: settings } = projector.settings;
  const unfinished = view.publishUnfinished;
  const before = facts?.fingerprint === input.fingerprint && !unfinished ? facts.policyMatches : undefined;
  const changed = dirty.kind === 'some' && before !== undefined ? dirty.nodes : undefined;
  const matches =
    changed === undefined || before === undefined
      ? await findPolicyMatches(mirror, settings)
      : updatePolicyMatches(mirror, settings, before, changed);
  const standings = { mirror, settings, groups: policyGroups(settings, matches), pace: run };
  // Another group of the same name decides about other people altogether, and that is rare.
  if (changed === undefined || before === undefined || !sameMatches(before, matches)) {
    run.standingOf = await standingsOfAll(standings);
    await planEverything(run, facts === undefined && !unfinished);
  } else {
    const nodes = new Set([...changed, ...(await reachedUsers(standings, await mirror.movedNodes()))]);
    const users = [...nodes].filter((node) => nodeKind(node) === 'user');
    run.standingOf = await standingsOf(standings, users);
    await planChanges(run, Uint32Array.from(nodes).sort());
  }
  return matches;
}

async function commit(
  input: PublishInput,
  writer: ViewWriter,
  run: PublishRun,
  policyMatches: PolicyMatches,
): Promise<PublishReport> {
  const { changed } = writer;
  const facts = await writer.commit(
    {
      publishedAtMs: input.nowMs,
      fingerprint: input.fingerprint,
      ...run.totals,
      objectClasses: objectClassesOf(input.projector.settings),
      policyMatches,
    },
    input.state,
  );
  return { facts, changed, ...planReport(run) };
}

/** What was planned. */
export function planReport(run: PublishRun): PlanReport {
  return {
    users: run.users.entries,
    groups: run.groups.entries,
    skippedUsers: run.users.skipped,
    skippedGroups: run.groups.skipped,
    notAdopted: { users: run.users.notAdopted, groups: run.groups.notAdopted },
  };
}
