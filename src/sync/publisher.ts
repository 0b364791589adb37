import type { HistoryEvent } from '../identity/history.ts';
import type { EntryCounts } from '../identity/round.ts';
import { type NodeId, nodeKind } from '../identity/node.ts';
import type { PublicationFacts, View, ViewWriter } from '../identity/view.ts';
import type { SudoReport } from '../identity/sudo.ts';
import { type GroupMatches, groupsNamed, matchesFor } from '../projection/named-groups.ts';
import { policyGroups } from '../projection/policy.ts';
import { primaryGroupNodes } from '../projection/primary-group.ts';
import { objectClassesOf } from '../projection/projector.ts';
import { schemaAdditions } from '../projection/schema-additions.ts';
import { planChanges } from './plan-changes.ts';
import { planEverything } from './plan-everything.ts';
import { doubtfulNodes, type Duplicate, type DuplicatesInput, findDuplicates, withDuplicates } from './duplicates.ts';
import { reachedUsers } from './group-reach.ts';
import { planSudo } from './plan-sudo.ts';
import { findPolicyMatches, sameDeciders, updatePolicyMatches } from './policy-matches.ts';
import { primaryOfAll, primaryOfSome } from './primary-groups.ts';
import { PublishRun, type PublishRunInput } from './publish-run.ts';
import { standingsOf, standingsOfAll } from './standings.ts';
import { findSudoUsers, principalNames, updateSudoUsers, type UserMatches } from './sudo-users.ts';
import { reportsOfAll } from './user-dns.ts';

/** What a publish is made from. */
export interface PublishInput extends PublishRunInput {
  readonly view: View;
  /** Identifies the settings and the version of the projection; another one than the published leads to a look at everything. */
  readonly fingerprint: string;
  /** The engine's state to store together with the commit. */
  readonly state: string;
  /** What the history is to say of a publish that changes something, stored together with the commit. */
  readonly event?: (report: PlanReport) => HistoryEvent;
}

/** What a publish did with entries, or would do. */
export interface PlanReport {
  readonly users: EntryCounts;
  readonly groups: EntryCounts;
  readonly skippedUsers: Readonly<Record<string, number>>;
  readonly skippedGroups: Readonly<Record<string, number>>;
  /** Objects that do not have the number that their property asks for, by reason. */
  readonly notAdopted: Readonly<Record<'users' | 'groups', Readonly<Record<string, number>>>>;
  /** Objects with a value that is not shown because the syntax of its attribute does not admit it, by attribute. */
  readonly leftOut: Readonly<Record<'users' | 'groups', Readonly<Record<string, number>>>>;
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
    const found = await plan(input, run);
    return await commit(input, writer, run, found);
  } catch (error) {
    await writer.abort();
    throw error;
  }
}

/** What a publish is planned from. */
export type PlanInput = Omit<PublishInput, 'state' | 'event'>;

/** What a plan has found out that the next one starts from. */
type Findings = Pick<PublicationFacts, 'policyMatches' | 'sudo' | 'sudoUsers'>;

/** Plans what differs. */
export async function plan(input: PlanInput, run: PublishRun): Promise<Findings> {
  const { mirror, view, projector } = input;
  const { settings } = projector;
  const { facts } = run.writer;
  const dirty = await mirror.dirtyNodes();
  const unfinished = view.publishUnfinished;
  const current = facts?.fingerprint === input.fingerprint && !unfinished ? facts : undefined;
  const before = current?.policyMatches;
  const changed = dirty.kind === 'some' ? dirty.nodes : undefined;
  const principals = principalNames(settings.sudo);
  if (before !== undefined && changed !== undefined) {
    const matches = updatePolicyMatches(mirror, projector, before, changed);
    const sudoUsers = updateSudoUsers(mirror, principals, current?.sudoUsers ?? [], changed);
    // Another group of the same name decides about other people altogether, and that is rare.
    if (sameDeciders(settings, before, matches)) await planReached(run, matches, changed);
    else await planAll(run, matches, false);
    return findings(matches, sudoUsers, await planSudo(run, matches, sudoUsers));
  }
  const matches = await findPolicyMatches(mirror, projector);
  const sudoUsers = await findSudoUsers(mirror, principals);
  await planAll(run, matches, facts === undefined && !unfinished);
  return findings(matches, sudoUsers, await planSudo(run, matches, sudoUsers));
}

function findings(policyMatches: GroupMatches, sudoUsers: UserMatches, sudo: SudoReport | undefined): Findings {
  return { policyMatches, ...(sudo === undefined ? {} : { sudo, sudoUsers }) };
}

async function planAll(run: PublishRun, matches: GroupMatches, first: boolean): Promise<void> {
  const { standings, primary } = decidersOf(run, matches);
  const duplicates = await duplicatesOf(run);
  run.standingOf = withDuplicates(await standingsOfAll(standings), duplicates);
  run.primaryOf = await primaryOfAll(primary);
  await planEverything(run, first);
}

/** Plans the nodes that changed, and the users about whom groups decide otherwise than before. */
async function planReached(run: PublishRun, matches: GroupMatches, changed: Uint32Array): Promise<void> {
  const { mirror, projector } = run.input;
  const { standings, primary, decide, nested } = decidersOf(run, matches);
  const reached = decide ? await reachedUsers(mirror, await mirror.movedNodes(), nested, run) : [];
  const duplicates = await duplicatesOf(run);
  const isShown = (node: NodeId): boolean => run.writer.entry(node) !== undefined;
  const doubtful = prefersSynchronized(run) ? await doubtfulNodes(duplicatesInput(run), duplicates, isShown) : [];
  const moved = [...changed, ...reached, ...doubtful];
  const nodes = new Set([...moved, ...(projector.namesManagers ? await reportsOfAll(mirror, moved) : [])]);
  const users = [...nodes].filter((node) => nodeKind(node) === 'user');
  run.standingOf = withDuplicates(await standingsOf(standings, users), duplicates);
  run.primaryOf = await primaryOfSome(primary, users);
  await planChanges(run, Uint32Array.from(nodes).sort());
}

function prefersSynchronized({ input }: PublishRun): boolean {
  return input.projector.settings.users.duplicates === 'preferSynchronized';
}

function duplicatesInput(run: PublishRun): DuplicatesInput {
  const { mirror, projector } = run.input;
  return { mirror, projector, pace: run };
}

/** Accounts that others take the place of, where the settings say so. */
async function duplicatesOf(run: PublishRun): Promise<ReadonlyMap<NodeId, Duplicate>> {
  return prefersSynchronized(run) ? await findDuplicates(duplicatesInput(run)) : new Map();
}

/** The groups that decide about users; `decide` when the settings name any, `nested` when members of nested groups count. */
function decidersOf(run: PublishRun, matches: GroupMatches) {
  const { mirror, projector } = run.input;
  const { settings } = projector;
  const { policy } = settings;
  const named = groupsNamed(settings);
  const isPolicy = named.allowed.length + named.disabled.length > 0;
  const isPrimary = named.primary.length > 0;
  const { nested } = settings.users.primaryGroup;
  return {
    standings: { mirror, settings: policy, groups: policyGroups(policy, matches), pace: run },
    primary: { mirror, groups: primaryGroupNodes(matchesFor('primary', settings, matches)), nested, pace: run },
    decide: isPolicy || isPrimary,
    nested: (isPolicy && policy.nested) || (isPrimary && nested),
  };
}

async function commit(
  input: PublishInput,
  writer: ViewWriter,
  run: PublishRun,
  found: Findings,
): Promise<PublishReport> {
  const { changed } = writer;
  const facts = await writer.commit(
    {
      publishedAtMs: input.nowMs,
      fingerprint: input.fingerprint,
      ...run.totals,
      objectClasses: objectClassesOf(input.projector.settings),
      addedAttributes: schemaAdditions(input.projector.settings),
      ...found,
    },
    input.state,
    changed && input.event !== undefined ? { event: input.event(planReport(run)) } : {},
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
    leftOut: { users: run.users.leftOut, groups: run.groups.leftOut },
  };
}
