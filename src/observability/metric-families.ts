/**
 * What is measured: each family with its name, its unit and how it is read (https://prometheus.io/docs/practices/naming/). The table
 * in `docs/monitoring.md` has the same names and words; a test holds the two together.
 */
import type { DurationSnapshot } from './duration-counts.ts';
import type { Counts, Expiring, MetricsReading } from './metrics-reading.ts';

/** One number, or the durations of a histogram, under its labels. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number | DurationSnapshot;
}

/** Numbers of one name. */
export interface MetricFamily {
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  /** A clause for people; it is in the documentation word by word. */
  readonly help: string;
  readonly labels: readonly string[];
  readonly read: (reading: MetricsReading) => readonly Sample[];
}

/** Every word of {@link MetricsReading.state}. */
const states = ['starting', 'serving', 'held', 'stale', 'broken', 'stopping'] as const;

/** All families, in the order in which they are written. */
export const metricFamilies: readonly MetricFamily[] = [
  family('build_info', 'gauge', 'Always 1; the labels say what runs.', ['version', 'node_version'], (reading) => [
    { labels: { version: reading.version, node_version: reading.nodeVersion }, value: 1 },
  ]),
  family(
    'state',
    'gauge',
    '1 for the state that the daemon is in, as /readyz names it, else 0.',
    ['state'],
    ({ state }) => states.map((each) => ({ labels: { state: each }, value: Number(each === state) })),
  ),
  single('ready', 'gauge', '1 while /readyz answers 200, else 0.', ({ isReady }) => Number(isReady)),
  ...ldapFamilies(),
  ...bindFamilies(),
  ...syncFamilies(),
  ...directoryFamilies(),
  ...graphFamilies(),
  ...upkeepFamilies(),
];

function ldapFamilies(): readonly MetricFamily[] {
  return [
    family(
      'ldap_connections',
      'gauge',
      'Open LDAP connections, by whether TLS protects them.',
      ['security'],
      ({ ldap }) => [
        { labels: { security: 'tls' }, value: ldap.secureConnections },
        { labels: { security: 'clear' }, value: ldap.connections - ldap.secureConnections },
      ],
    ),
    single(
      'ldap_bound_connections',
      'gauge',
      'Open LDAP connections on which somebody has bound.',
      ({ ldap }) => ldap.boundConnections,
    ),
    single(
      'ldap_connections_accepted_total',
      'counter',
      'LDAP connections that were accepted.',
      ({ ldap }) => ldap.connectionsAccepted,
    ),
    single(
      'ldap_connections_refused_total',
      'counter',
      'LDAP connections that were refused because there were too many.',
      ({ ldap }) => ldap.connectionsRefused,
    ),
    single(
      'ldap_protocol_errors_total',
      'counter',
      'LDAP connections that were ended because of what the client sent.',
      ({ ldap }) => ldap.protocolErrors,
    ),
    counts('ldap_operations_total', 'LDAP requests, by operation.', 'operation', ({ ldap }) => ldap.operations),
    family(
      'ldap_results_total',
      'counter',
      'LDAP answers, by operation and result code (RFC 4511).',
      ['operation', 'result'],
      ({ ldap }) =>
        ldap.results.map(({ operation, result, count }) => ({ labels: { operation, result }, value: count })),
    ),
    single('ldap_entries_sent_total', 'counter', 'Entries that searches have returned.', ({ ldap }) => ldap.entries),
    family(
      'ldap_search_duration_seconds',
      'histogram',
      'Time from a search request to its result; persistent searches are not counted.',
      [],
      ({ ldap }) => [{ labels: {}, value: ldap.searches }],
    ),
  ];
}

function bindFamilies(): readonly MetricFamily[] {
  return [
    family(
      'binds_total',
      'counter',
      'Binds, by what decided (link; none where nothing was asked) and how they ended (verdict).',
      ['link', 'verdict'],
      ({ binds }) =>
        Object.entries(binds.byLink).flatMap(([link, verdicts]) =>
          Object.entries(verdicts).map(([verdict, value]) => ({ labels: { link, verdict }, value })),
        ),
    ),
    single(
      'bind_alarm',
      'gauge',
      '1 while Entra cannot be asked about passwords until somebody acts, else 0.',
      ({ binds }) => Number(binds.hasAlarm),
    ),
    single('bind_audit_failing', 'gauge', '1 while the audit trail of binds cannot be written, else 0.', ({ binds }) =>
      Number(binds.isAuditFailing),
    ),
    single(
      'bind_accounts_resting',
      'gauge',
      'Accounts that Entra has locked and that rest here.',
      ({ binds }) => binds.resting,
    ),
    single(
      'bind_addresses_limited',
      'gauge',
      'Addresses from which strangers are told to come back later.',
      ({ binds }) => binds.limited,
    ),
    single('bind_strangers_held', 'gauge', '1 while strangers from everywhere are told so, else 0.', ({ binds }) =>
      Number(binds.strangersHeld),
    ),
  ];
}

function syncFamilies(): readonly MetricFamily[] {
  return [
    counts('sync_rounds_total', 'Rounds that have ended, by outcome.', 'outcome', ({ sync }) => sync.rounds),
    family('sync_round_duration_seconds', 'histogram', 'Duration of rounds.', [], ({ sync }) => [
      { labels: {}, value: sync.durations },
    ]),
    family(
      'sync_entries_total',
      'counter',
      'Entries that rounds have created, changed, locked and removed; locked ones are counted as changed too.',
      ['collection', 'change'],
      ({ sync }) =>
        Object.entries(sync.entries).flatMap(([collection, changes]) =>
          Object.entries(changes).map(([change, value]) => ({ labels: { collection, change }, value })),
        ),
    ),
    single('sync_running', 'gauge', '1 while a round runs, else 0.', ({ sync }) => Number(sync.isRunning)),
    time(
      'sync_last_success_timestamp_seconds',
      'When the tenant was last read to its end; absent before.',
      ({ sync }) => sync.lastSuccessAtMs,
    ),
    time(
      'sync_last_full_timestamp_seconds',
      'When everything was last read anew; absent before.',
      ({ sync }) => sync.lastFullAtMs,
    ),
    time(
      'sync_next_timestamp_seconds',
      'When the next round is due; absent while one runs.',
      ({ sync }) => sync.nextAtMs,
    ),
    single(
      'sync_staleness_seconds',
      'gauge',
      'Time since the tenant was last read to its end, or since the start when that was before it.',
      ({ sync, nowMs, startedAtMs }) => Math.max(0, nowMs - Math.max(startedAtMs, sync.lastSuccessAtMs ?? 0)) / 1000,
    ),
    single(
      'sync_stale_threshold_seconds',
      'gauge',
      'Staleness from which on the state is stale.',
      ({ sync }) => sync.staleAfterMs / 1000,
    ),
    single('sync_held', 'gauge', '1 while a change that reaches far is held back, else 0.', ({ sync }) =>
      Number(sync.held !== null),
    ),
    time(
      'sync_held_since_timestamp_seconds',
      'Since when it is held back; absent when nothing is.',
      ({ sync }) => sync.held?.sinceMs ?? null,
    ),
    counts(
      'sync_held_changes',
      'Users and groups whom the held change concerns, by what would happen to them.',
      'kind',
      ({ sync }) => sync.held?.affected ?? {},
      'gauge',
    ),
  ];
}

function directoryFamilies(): readonly MetricFamily[] {
  return [
    family(
      'directory_entries',
      'gauge',
      'Entries of the published directory, by kind; private groups are those of one user alone.',
      ['kind'],
      ({ directory }) => {
        if (directory === null) return [];
        const { users, groups, services, privateGroups } = directory;
        return Object.entries({ user: users, group: groups, service: services, private_group: privateGroups }).map(
          ([kind, value]) => ({ labels: { kind }, value }),
        );
      },
    ),
    family(
      'directory_publication',
      'gauge',
      'Number of the published directory; absent before the first.',
      [],
      ({ directory }) => (directory === null ? [] : [{ labels: {}, value: directory.publication }]),
    ),
    time(
      'directory_published_timestamp_seconds',
      'When it was published; absent before the first.',
      ({ directory }) => directory?.publishedAtMs ?? null,
    ),
  ];
}

function graphFamilies(): readonly MetricFamily[] {
  return [
    single(
      'graph_requests_total',
      'counter',
      'Answers of Microsoft Graph, refusals included.',
      ({ graph }) => graph.requests,
    ),
    single(
      'graph_resource_units_total',
      'counter',
      'What they cost, in the units in which Microsoft counts.',
      ({ graph }) => graph.resourceUnits,
    ),
    single(
      'graph_throttled_total',
      'counter',
      'Refusals because of too many requests.',
      ({ graph }) => graph.throttled,
    ),
    single(
      'graph_slowed_seconds_total',
      'counter',
      'Time for which requests were held back in order not to be refused.',
      ({ graph }) => graph.slowedMs / 1000,
    ),
    family(
      'graph_allowance_used_ratio',
      'gauge',
      'Share of the allowance that is used up, where 1 is all of it; absent below 0.8, where Microsoft does not tell.',
      [],
      ({ graph }) => (graph.allowanceUsed === null ? [] : [{ labels: {}, value: graph.allowanceUsed }]),
    ),
  ];
}

function upkeepFamilies(): readonly MetricFamily[] {
  return [
    ...expiring(
      'credential',
      'credential of the application',
      'Entra has refused it',
      ({ credentials }) => credentials,
    ),
    ...expiring(
      'certificate',
      'certificate',
      'its files as they are now cannot be used',
      ({ certificates }) => certificates,
    ),
    single(
      'config_problems',
      'gauge',
      'Problems of the configuration file as it is now, which is not in use then.',
      ({ config }) => config.problems,
    ),
    single('config_restart_pending', 'gauge', '1 while changed settings wait for a restart, else 0.', ({ config }) =>
      Number(config.needsRestart),
    ),
    single(
      'unreadable_properties',
      'gauge',
      'Mapped properties that must not be read, for want of a permission.',
      ({ unreadableProperties }) => unreadableProperties,
    ),
    single('store_size_bytes', 'gauge', 'Size of the files of the store.', ({ storeBytes }) => storeBytes),
    single('http_connections', 'gauge', 'Open HTTP connections.', ({ http }) => http.connections),
    single(
      'http_connections_refused_total',
      'counter',
      'HTTP connections that were refused because there were too many.',
      ({ http }) => http.refused,
    ),
  ];
}

function expiring(
  word: string,
  what: string,
  problem: string,
  of: (reading: MetricsReading) => readonly Expiring[],
): readonly MetricFamily[] {
  return [
    family(
      `${word}_expiry_timestamp_seconds`,
      'gauge',
      `When the ${what} expires; absent where that is not known.`,
      [word],
      (reading) =>
        of(reading).flatMap(({ name, expiresAtMs }) =>
          expiresAtMs === null ? [] : [{ labels: { [word]: name }, value: expiresAtMs / 1000 }],
        ),
    ),
    family(`${word}_problem`, 'gauge', `1 for a ${what} of which ${problem}, else 0.`, [word], (reading) =>
      of(reading).map(({ name, hasProblem }) => ({ labels: { [word]: name }, value: Number(hasProblem) })),
    ),
  ];
}

function family(
  name: string,
  type: MetricFamily['type'],
  help: string,
  labels: readonly string[],
  read: MetricFamily['read'],
): MetricFamily {
  return { name: `entra_ldapd_${name}`, type, help, labels, read };
}

function single(
  name: string,
  type: 'counter' | 'gauge',
  help: string,
  read: (reading: MetricsReading) => number,
): MetricFamily {
  return family(name, type, help, [], (reading) => [{ labels: {}, value: read(reading) }]);
}

function time(name: string, help: string, read: (reading: MetricsReading) => number | null): MetricFamily {
  return family(name, 'gauge', help, [], (reading) => {
    const atMs = read(reading);
    return atMs === null ? [] : [{ labels: {}, value: atMs / 1000 }];
  });
}

function counts(
  name: string,
  help: string,
  label: string,
  read: (reading: MetricsReading) => Counts,
  type: 'counter' | 'gauge' = 'counter',
): MetricFamily {
  return family(name, type, help, [label], (reading) =>
    Object.entries(read(reading)).map(([word, value]) => ({ labels: { [label]: word }, value })),
  );
}
