import type { StatusReport, SyncRequestOutcome } from '../../identity/admin.ts';
import type { AuthReport, BindAlarm } from '../../identity/auth-report.ts';
import type { ConfigReport } from '../../identity/config-report.ts';
import type { CredentialReport } from '../../identity/credential-report.ts';
import type { CollectionSummary, EntryCounts, RoundProgress, RoundSummary } from '../../identity/round.ts';
import type { ServingThreads } from '../../identity/serving-threads.ts';
import { type DangerCount, dangerKinds, type HoldReport } from '../../identity/safety.ts';
import type { SourceTraffic } from '../../identity/source-traffic.ts';
import {
  count,
  countOrNull,
  flag,
  list,
  mapOf,
  milliseconds,
  moment,
  momentOrNull,
  oneOf,
  orNull,
  schemaOf,
  text,
  textOrNull,
} from './pieces.ts';

/** What happened, or would happen, to entries. */
export const entryCountsSchema = schemaOf<EntryCounts>({
  created: count,
  changed: count,
  locked: count,
  removed: count,
});

/** How much of one kind reaches too far. */
export const dangerSchema = schemaOf<DangerCount>({
  kind: oneOf(dangerKinds),
  affected: count,
  total: count,
  limit: count,
});

/** What is held back. */
export const holdSchema = schemaOf<HoldReport>(
  {
    hold: { type: 'integer', description: 'Names this change in a decision.' },
    sinceMs: moment,
    cause: oneOf(['tenant', 'configuration', 'rollback']),
    rolledBack: { type: 'object' },
    decision: oneOf(['open', 'approved', 'rejected']),
    dangers: list(dangerSchema),
  },
  'A change that reaches far.',
  ['rolledBack'],
);

const progressSchema = schemaOf<RoundProgress>({
  round: count,
  phase: oneOf(['pull', 'sweep', 'plan', 'publish']),
  collection: { enum: ['users', 'groups', null] },
  mode: oneOf(['full', 'incremental']),
  pages: count,
  read: count,
  entries: count,
  expected: countOrNull,
  startedAtMs: moment,
});

const collectionSchema = schemaOf<CollectionSummary>({
  mode: oneOf(['full', 'incremental']),
  read: count,
  pages: count,
  entries: entryCountsSchema,
  skipped: mapOf(count),
  notAdopted: mapOf(count),
  leftOut: mapOf(count),
});

const summarySchema = schemaOf<RoundSummary>({
  round: count,
  outcome: oneOf(['published', 'unchanged', 'held', 'failed', 'aborted']),
  error: textOrNull,
  held: orNull(holdSchema),
  startedAtMs: moment,
  durationMs: milliseconds,
  resumed: flag,
  retries: count,
  collections: { type: 'object', properties: { users: collectionSchema, groups: collectionSchema } },
});

/** One line of a round that is followed. */
export const roundEventSchema = {
  anyOf: [
    {
      type: 'object',
      properties: { kind: { const: 'progress' }, progress: progressSchema },
      required: ['kind', 'progress'],
    },
    {
      type: 'object',
      properties: { kind: { const: 'finished' }, summary: summarySchema },
      required: ['kind', 'summary'],
    },
  ],
};

/** What came of a request to synchronize now. */
export const syncOutcomeSchema = schemaOf<SyncRequestOutcome>({
  started: { type: 'boolean', description: 'False when a round was already running, which is then the one reported.' },
  round: count,
});

const alarmSchema = orNull(
  schemaOf<BindAlarm>({ reason: text, aadsts: countOrNull, sinceMs: moment, count }, 'What stands against binds.'),
);
const bindCountsSchema = schemaOf<AuthReport['counts']>({
  accepted: count,
  refused: count,
  busy: count,
  unavailable: count,
});

const bindsSchema = schemaOf<AuthReport>({
  entra: flag,
  acceptProven: list(count),
  ntHashes: orNull(schemaOf<NonNullable<AuthReport['ntHashes']>>({ kept: count, readers: list(text) })),
  counts: bindCountsSchema,
  byLink: mapOf(bindCountsSchema),
  alarm: alarmSchema,
  keysAlarm: alarmSchema,
  rules: list({ type: 'object' }),
  auditProblem: textOrNull,
  resting: count,
  limited: count,
  strangersHeld: flag,
});

const syncSchema = schemaOf<StatusReport['sync']>({
  running: orNull(progressSchema),
  last: orNull(summarySchema),
  lastSuccessAtMs: momentOrNull,
  nextAtMs: momentOrNull,
  lastFullAtMs: momentOrNull,
  reconciliation: orNull({
    type: 'object',
    properties: { atMs: moment, users: entryCountsSchema, groups: entryCountsSchema },
  }),
  held: orNull(holdSchema),
  reading: { type: 'object' },
});

const directorySchema = orNull(
  schemaOf<NonNullable<StatusReport['directory']>>({
    publication: count,
    publishedAtMs: moment,
    users: count,
    groups: count,
    services: count,
    privateGroups: count,
  }),
);

/** The answer of `/v1/status`. */
export const statusSchema = schemaOf<StatusReport>({
  version: text,
  state: oneOf(['starting', 'serving', 'held', 'stale', 'broken']),
  startedAtMs: moment,
  tenant: {
    type: 'object',
    properties: { id: text, displayName: textOrNull, isHybrid: { type: ['boolean', 'null'] } },
  },
  baseDn: text,
  listeners: list({ type: 'object', properties: { host: text, port: count, tls: flag } }),
  connections: count,
  http: list({ type: 'object', properties: { host: text, port: count, tls: flag } }),
  threads: schemaOf<ServingThreads>(
    { wanted: count, serving: count, restarts: count },
    'The threads that serve LDAP: how many there are to be, how many serve, and how often one that had died was replaced.',
  ),
  certificates: list({ type: 'object', properties: { names: list(text), validToMs: moment, problem: textOrNull } }),
  directory: directorySchema,
  sync: syncSchema,
  binds: bindsSchema,
  credentials: list(
    schemaOf<CredentialReport>({
      name: text,
      kind: text,
      state: oneOf(['inUse', 'unused', 'refused']),
      problem: textOrNull,
      expiresAtMs: momentOrNull,
    }),
  ),
  traffic: schemaOf<SourceTraffic>({
    requests: count,
    resourceUnits: count,
    throttled: count,
    slowedMs: milliseconds,
    allowanceUsed: { type: ['number', 'null'] },
  }),
  config: orNull(
    schemaOf<ConfigReport>({ file: text, sinceMs: moment, problems: list(text), needsRestart: list(text) }),
  ),
  settingsPending: flag,
  unreadableProperties: list({ type: 'object' }),
  unknownPolicyGroups: list({ type: 'object' }),
  sudo: { type: ['object', 'null'] },
  overlay: { type: ['object', 'null'] },
});
