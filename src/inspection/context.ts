import type { DirectoryReader, PublishedSource } from '../directory/reader.ts';
import type { Schema } from '../directory/schema.ts';
import type { SourceReport } from '../identity/inspection.ts';
import type { StoredLedger } from '../identity/ledger.ts';
import type { NodeId } from '../identity/node.ts';
import type { MirrorReader } from '../identity/mirror.ts';
import type { TenantMemory } from '../identity/tenant-facts.ts';
import type { OverlayFinding } from '../identity/overlay.ts';
import type { View } from '../identity/view.ts';
import { matchesFor } from '../projection/named-groups.ts';
import { policyGroups, type StandingOf } from '../projection/policy.ts';
import { primaryGroupNodes } from '../projection/primary-group.ts';
import type { Projector } from '../projection/projector.ts';
import type { Pace } from '../sync/assignments.ts';
import { findPolicyMatches } from '../sync/policy-matches.ts';
import { PrimaryFinder } from '../sync/primary-groups.ts';
import { type Duplicate, findDuplicates, withDuplicates } from '../sync/duplicates.ts';
import { StandingFinder, standingsOfAll } from '../sync/standings.ts';
import { decodeSyncState } from '../sync/state-codec.ts';

/** What questions are answered from. Nothing of it is written. */
export interface InspectionContext {
  readonly mirror: MirrorReader;
  readonly ledger: StoredLedger;
  readonly view: View;
  readonly source: PublishedSource;
  readonly projector: Projector;
  readonly schema: Schema;
  readonly tenantId: string;
  readonly tenant: Pick<TenantMemory, 'load'>;
  /** Why the tenant could not be asked about itself lately; left out or null when it could. */
  readonly tenantProblem?: string | null;
  /** Whether passwords of people are checked by Entra. */
  readonly isEntraAsked: boolean;
  /** What the overlay says without effect, or with another than it seems. */
  readonly overlayFindings: readonly OverlayFinding[];
  /** Whether the overlay has a password for one of its users. */
  readonly hasLocalPassword: (objectId: string) => boolean;
}

/** What is published, as far as lists need it. */
export type Published = Pick<DirectoryReader, 'entry'>;

const nothing: Published = { entry: () => undefined };

/** Runs `work` on what is published now; before the first publish nobody has an entry. */
export async function withPublished<T>(
  { source }: InspectionContext,
  work: (reader: DirectoryReader | undefined, published: Published) => Promise<T>,
): Promise<T> {
  using lease = source.acquire();
  return await work(lease?.reader, lease?.reader ?? nothing);
}

/** Where the answers come from, and how old that is. */
export function sourceReport({ mirror, view, tenantId }: InspectionContext): SourceReport {
  const state = mirror.loadState();
  return {
    tenantId,
    readInFullAtMs: (state === undefined ? undefined : decodeSyncState(state).lastFullAtMs) ?? null,
    publishedAtMs: view.facts?.publishedAtMs ?? null,
  };
}

/** So many objects are looked at before others may run: a millisecond or two. */
const STEPS_AT_ONCE = 50;

/** Lets searches be answered while a long list is made. */
export function listPace(): Pace {
  let steps = 0;
  return {
    get due() {
      return ++steps % STEPS_AT_ONCE === 0;
    },
    pause: () => new Promise<void>((resolve) => setImmediate(resolve)),
  };
}

/** What groups say of everybody. */
export async function everyStanding(context: InspectionContext, pace: Pace): Promise<StandingOf> {
  const { mirror, projector } = context;
  const { policy: settings } = projector.settings;
  const groups = policyGroups(settings, await findPolicyMatches(mirror, projector));
  return withDuplicates(
    await standingsOfAll({ mirror, settings, groups, pace }),
    await supersededAccounts(context, pace),
  );
}

/** Accounts that others take the place of, where the settings say so. */
export async function supersededAccounts(
  { mirror, projector }: InspectionContext,
  pace: Pace,
): Promise<ReadonlyMap<NodeId, Duplicate>> {
  const isOn = projector.settings.users.duplicates === 'preferSynchronized';
  return isOn ? await findDuplicates({ mirror, projector, pace }) : new Map();
}

/** What groups say of single people: who may sign in, and what their primary group is. */
export async function personFinders({
  mirror,
  projector,
}: InspectionContext): Promise<{ readonly standings: StandingFinder; readonly primaries: PrimaryFinder }> {
  const { settings } = projector;
  const matches = await findPolicyMatches(mirror, projector);
  const primary = primaryGroupNodes(matchesFor('primary', settings, matches));
  return {
    standings: new StandingFinder({
      mirror,
      settings: settings.policy,
      groups: policyGroups(settings.policy, matches),
    }),
    primaries: new PrimaryFinder({ mirror, groups: primary, nested: settings.users.primaryGroup.nested }),
  };
}
