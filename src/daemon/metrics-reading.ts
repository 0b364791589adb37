import { ResultCode } from '../directory/result.ts';
import type { StatusReport } from '../identity/admin.ts';
import { responseTag } from '../ldap/protocol.ts';
import type { LdapStatistics } from '../ldap/statistics.ts';
import type { Expiring, MetricsReading } from '../observability/metrics-reading.ts';
import type { RoundTotals } from '../sync/round-record.ts';

/** Where the numbers come from. */
export interface MetricsSources {
  readonly status: () => StatusReport;
  readonly state: () => string;
  readonly isReady: () => boolean;
  readonly ldap: () => LdapStatistics;
  readonly rounds: () => RoundTotals;
  readonly staleAfterMs: () => number;
  readonly storeBytes: () => Promise<number>;
  readonly http: () => MetricsReading['http'] & { readonly certificate: () => Certificate | undefined };
  readonly now: () => number;
}

type Certificate = StatusReport['certificates'][number];

/** Everything that is measured, as it stands. */
export async function readMetrics(sources: MetricsSources): Promise<MetricsReading> {
  const storeBytes = await sources.storeBytes();
  const status = sources.status();
  const http = sources.http();
  const certificate = http.certificate();
  const { statistics, totals } = { statistics: sources.ldap(), totals: sources.rounds() };
  const { binds, directory, config } = status;
  return {
    version: status.version,
    nodeVersion: process.versions.node,
    nowMs: sources.now(),
    startedAtMs: status.startedAtMs,
    state: sources.state(),
    isReady: sources.isReady(),
    ldap: { ...statistics, results: statistics.results.map(named) },
    binds: {
      byLink: binds.byLink,
      hasAlarm: binds.alarm !== null || binds.keysAlarm !== null,
      isAuditFailing: binds.auditProblem !== null,
      resting: binds.resting,
      limited: binds.limited,
      strangersHeld: binds.strangersHeld,
    },
    sync: syncReading(status, totals, sources.staleAfterMs()),
    directory,
    graph: status.traffic,
    credentials: status.credentials.map(({ name, expiresAtMs, state }) => ({
      name,
      expiresAtMs,
      hasProblem: state === 'refused',
    })),
    certificates: [
      ...status.certificates.map((each, index) => expiring(`ldap[${index}]`, each)),
      ...(certificate === undefined ? [] : [expiring('http', certificate)]),
    ],
    config: { problems: config?.problems.length ?? 0, needsRestart: (config?.needsRestart.length ?? 0) > 0 },
    unreadableProperties: status.unreadableProperties.length,
    storeBytes,
    http: { connections: http.connections, refused: http.refused },
  };
}

function syncReading({ sync }: StatusReport, totals: RoundTotals, staleAfterMs: number): MetricsReading['sync'] {
  const { held } = sync;
  return {
    isRunning: sync.running !== null,
    rounds: totals.rounds,
    durations: totals.durations,
    entries: {
      users: { ...totals.entries.users },
      groups: { ...totals.entries.groups },
    },
    lastSuccessAtMs: sync.lastSuccessAtMs,
    lastFullAtMs: sync.lastFullAtMs,
    nextAtMs: sync.nextAtMs,
    staleAfterMs,
    held:
      held === null
        ? null
        : {
            sinceMs: held.sinceMs,
            affected: Object.fromEntries(held.dangers.map(({ kind, affected }) => [kind, affected])),
          },
  };
}

const operations = new Map<number, string>(
  Object.entries(responseTag).map(([name, tag]) => [tag, name === 'searchDone' ? 'search' : name]),
);
const codes = new Map<number, string>(Object.entries(ResultCode).map(([name, code]) => [code, name]));

function named({
  response,
  code,
  count,
}: LdapStatistics['results'][number]): MetricsReading['ldap']['results'][number] {
  return { operation: operations.get(response) ?? 'other', result: codes.get(code) ?? String(code), count };
}

function expiring(name: string, { validToMs, problem }: Certificate): Expiring {
  return { name, expiresAtMs: validToMs, hasProblem: problem !== null };
}
