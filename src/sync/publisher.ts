import type { EntryCounts } from '../identity/round.ts';
import type { PublicationFacts, View, ViewWriter } from '../identity/view.ts';
import { objectClassesOf } from '../projection/projector.ts';
import { planChanges } from './plan-changes.ts';
import { planEverything } from './plan-everything.ts';
import { PublishRun, type PublishRunInput } from './publish-run.ts';

/** What a publish is made from. */
export interface PublishInput extends PublishRunInput {
  readonly view: View;
  /** Identifies the settings and the version of the projection; another one than the published leads to a look at everything. */
  readonly fingerprint: string;
  /** The engine's state to store together with the commit. */
  readonly state: string;
}

/** What a publish did. */
export interface PublishReport {
  readonly facts: PublicationFacts;
  readonly changed: boolean;
  readonly users: EntryCounts;
  readonly groups: EntryCounts;
  readonly skippedUsers: Readonly<Record<string, number>>;
  readonly skippedGroups: Readonly<Record<string, number>>;
  /** Objects that do not have the number that their property asks for, by reason. */
  readonly notAdopted: Readonly<Record<'users' | 'groups', Readonly<Record<string, number>>>>;
}

/**
 * Makes the view show what the mirror and the settings imply: plans the difference and writes it. Nothing of it
 * is visible before it is committed; when it throws, a later publish starts over.
 */
export async function publish(input: PublishInput): Promise<PublishReport> {
  const writer = input.view.openWriter(input.nowMs);
  try {
    const dirty = await input.mirror.dirtyNodes();
    const unfinished = input.view.publishUnfinished;
    const run = new PublishRun(input, writer);
    if (dirty.kind === 'all' || unfinished || writer.facts?.fingerprint !== input.fingerprint) {
      await planEverything(run, writer.facts === undefined && !unfinished);
    } else {
      await planChanges(run, dirty.nodes);
    }
    return await commit(input, writer, run);
  } catch (error) {
    await writer.abort();
    throw error;
  }
}

async function commit(input: PublishInput, writer: ViewWriter, run: PublishRun): Promise<PublishReport> {
  const { changed } = writer;
  const facts = await writer.commit(
    {
      publishedAtMs: input.nowMs,
      fingerprint: input.fingerprint,
      ...run.totals,
      objectClasses: objectClassesOf(input.projector.settings),
    },
    input.state,
  );
  return {
    facts,
    changed,
    users: run.users.entries,
    groups: run.groups.entries,
    skippedUsers: run.users.skipped,
    skippedGroups: run.groups.skipped,
    notAdopted: { users: run.users.notAdopted, groups: run.groups.notAdopted },
  };
}
