import type { DaemonState, StatusReport } from '../../identity/admin.ts';
import { counted, duration, ldapUrl, moment } from './quantities.ts';
import { progressText } from './progress.ts';
import { summaryText } from './summary.ts';
import { properties } from './table.ts';

const states: Readonly<Record<DaemonState, string>> = {
  starting: 'is starting: nothing has been published yet, so searches are answered "busy"',
  serving: 'is serving',
  stale: 'is serving an old state: the last round failed or is overdue',
  broken: 'cannot read its store, so searches are answered "unavailable"',
};

/** The status of a daemon for people, as of `nowMs`. */
export function statusText(status: StatusReport, nowMs: number): string {
  const { version, state, startedAtMs, tenant, baseDn, listeners, connections, directory, sync } = status;
  const tenantName = tenant.displayName === null ? tenant.id : `${tenant.displayName} (${tenant.id})`;
  const rows: (readonly [string, string])[] = [
    ['Tenant', tenantName],
    ['Base', baseDn],
    ['Listening', [...listeners.map(ldapUrl), counted(connections, 'connection')].join(', ')],
    ...certificateRows(status.certificate, nowMs),
    ['Running for', duration(nowMs - startedAtMs)],
    ['Directory', directoryText(directory, nowMs)],
    ['Synchronized', ago(sync.lastSuccessAtMs, nowMs) ?? 'not yet since the start'],
    ['Next round', nextText(sync, nowMs)],
  ];
  const last = sync.last === null ? [] : ['', summaryText(sync.last)];
  return [`entra-ldapd ${version} ${states[state]}.`, '', properties(rows), ...last].join('\n');
}

const dayMs = 86_400_000;

function certificateRows(certificate: StatusReport['certificate'], nowMs: number): (readonly [string, string])[] {
  if (certificate === null) return [];
  const { validToMs, problem } = certificate;
  const daysLeft = Math.floor((validToMs - nowMs) / dayMs);
  const left = validToMs > nowMs ? `${counted(daysLeft, 'day')} left` : 'expired';
  const lines = [
    `valid until ${moment(validToMs)} (${left})`,
    ...(problem === null ? [] : [`not renewed: ${problem}`]),
  ];
  return [['Certificate', lines.join('\n')]];
}

function directoryText(directory: StatusReport['directory'], nowMs: number): string {
  if (directory === null) return 'nothing published yet';
  const { users, groups, services, publishedAtMs } = directory;
  const counts = [counted(users, 'user'), counted(groups, 'group'), counted(services, 'service account')].join(', ');
  return `${counts}; published ${ago(publishedAtMs, nowMs) ?? ''}`;
}

function nextText({ running, nextAtMs }: StatusReport['sync'], nowMs: number): string {
  if (running !== null) return `running now: ${progressText(running, nowMs)}`;
  if (nextAtMs === null) return 'not scheduled';
  return nextAtMs <= nowMs ? 'now' : `in ${duration(nextAtMs - nowMs)}`;
}

function ago(atMs: number | null, nowMs: number): string | undefined {
  return atMs === null ? undefined : `${moment(atMs)} (${duration(nowMs - atMs)} ago)`;
}
