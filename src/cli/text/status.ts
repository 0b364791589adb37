import type { DaemonState, StatusReport } from '../../identity/admin.ts';
import type { CredentialReport } from '../../identity/credential-report.ts';
import { driftOf } from '../../identity/reconciliation.ts';
import { holdText } from './hold.ts';
import { count, counted, duration, httpUrl, ldapUrl, moment } from '../../wording/quantities.ts';
import { printable } from '../../wording/printable.ts';
import { progressText } from './progress.ts';
import { overlayRows } from './overlay.ts';
import { bindRows } from './auth.ts';
import { summaryText } from './summary.ts';
import { properties } from './table.ts';

const states: Readonly<Record<DaemonState, string>> = {
  starting: 'is starting: nothing has been published yet, so searches are answered "busy"',
  serving: 'is serving',
  held: 'is serving an old state: a change is held back until it is approved',
  stale: 'is serving an old state: the last round failed or is overdue',
  broken: 'cannot read its store, so searches are answered "unavailable"',
};

/** The status of a daemon for people, as of `nowMs`. */
export function statusText(status: StatusReport, nowMs: number): string {
  const { version, state, startedAtMs, tenant, baseDn, listeners, connections, directory, sync } = status;
  const tenantName = tenant.displayName === null ? tenant.id : `${tenant.displayName} (${tenant.id})`;
  const rows: (readonly [string, string])[] = [
    ['Tenant', `${tenantName}${tenantKind(tenant.isHybrid)}`],
    ['Base', baseDn],
    ['Listening', [...listeners.map(ldapUrl), counted(connections, 'connection')].join(', ')],
    ...(status.http.length === 0 ? [] : [['HTTP', status.http.map(httpUrl).join(', ')] as const]),
    ...threadRows(status.threads),
    ...status.certificates.map((certificate, index) => certificateRow(certificate, index, nowMs)),
    ['Running for', duration(nowMs - startedAtMs)],
    ['Directory', directoryText(directory, nowMs)],
    ['Synchronized', ago(sync.lastSuccessAtMs, nowMs) ?? 'not yet since the start'],
    ['Next round', nextText(sync, nowMs)],
    ...fullRows(sync, nowMs),
    ...readingRows(sync.reading),
    ...(sync.held === null ? [] : [['Held back', holdText(sync.held)] as const]),
    ...bindRows(status.binds),
    ...credentialRows(status.credentials, nowMs),
    ...trafficRows(status.traffic),
    ...configRows(status),
    ...unreadableRows(status.unreadableProperties),
    ...policyRows(status.unknownPolicyGroups),
    ...sudoRows(status.sudo),
    ...overlayRows(status.overlay),
  ];
  const last = sync.last === null ? [] : ['', summaryText(sync.last)];
  return [`entra-ldapd ${version} ${states[state]}.`, '', properties(rows), ...last].join('\n');
}

function tenantKind(isHybrid: boolean | null): string {
  if (isHybrid === null) return '';
  return isHybrid ? ', hybrid' : ', cloud-only';
}

const dayMs = 86_400_000;

const credentialKinds: Readonly<Record<CredentialReport['kind'], string>> = {
  secret: 'client secret',
  certificate: 'certificate',
  workloadIdentity: 'workload identity',
  managedIdentity: 'managed identity',
};

function credentialRows(credentials: StatusReport['credentials'], nowMs: number): (readonly [string, string])[] {
  if (credentials.length === 0) return [];
  const lines = credentials.map(({ name, kind, state, problem, expiresAtMs }) => {
    const use = { inUse: 'in use', unused: 'not in use', refused: `refused: ${problem ?? ''}` }[state];
    const expiry = expiresAtMs === null ? '' : `, ${validityText(expiresAtMs, nowMs)}`;
    return `${name}, ${credentialKinds[kind]}${expiry}: ${use}`;
  });
  return [[credentials.length === 1 ? 'Credential' : 'Credentials', lines.join('\n')]];
}

function validityText(atMs: number, nowMs: number): string {
  const left = atMs > nowMs ? `${counted(Math.floor((atMs - nowMs) / dayMs), 'day')} left` : 'expired';
  return `valid until ${moment(atMs)} (${left})`;
}

/** Nothing while the file, the running configuration and the directory say the same. */
function configRows({ config, settingsPending, sync }: StatusReport): (readonly [string, string])[] {
  const { problems = [], needsRestart = [], file } = config ?? {};
  const isHeld = sync.held !== null;
  const lines = [
    ...(problems.length === 0
      ? []
      : [`not taken over: ${file ?? ''} has ${counted(problems.length, 'problem')}`, ...problems]),
    ...needsRestart.map((keys) => `needs a restart: ${keys}`),
    ...(settingsPending && !isHeld ? ['changed; shown when the open round is complete'] : []),
  ];
  return lines.length === 0 ? [] : [['Configuration', lines.join('\n')]];
}

const noEffect = {
  allowedGroups: ['policy.allowedGroups', 'lets nobody in'],
  disabledGroups: ['policy.disabledGroups', 'locks nobody'],
  primaryGroup: ['users.primaryGroup.groups', "is nobody's primary group"],
} as const;

/** Nothing where one thread is all there is to be. */
function threadRows({ wanted, serving, restarts }: StatusReport['threads']): (readonly [string, string])[] {
  if (wanted === 1) return [];
  const served = serving === wanted ? counted(wanted, 'thread') : `${serving} of ${counted(wanted, 'thread')}`;
  const died =
    restarts === 0 ? '' : `; ${counted(restarts, 'thread')} died since the start and came back, the log says why`;
  return [['Served by', `${served}${died}`]];
}

function unreadableRows(unreadable: StatusReport['unreadableProperties']): (readonly [string, string])[] {
  const lines = unreadable.map(
    ({ collection, property, permission }) =>
      `${property} of ${collection} cannot be read without the application permission ${permission}; what is known of it stays`,
  );
  return lines.length === 0 ? [] : [['Properties', lines.join('\n')]];
}

function policyRows(unknown: StatusReport['unknownPolicyGroups']): (readonly [string, string])[] {
  const rows = unknown.map(({ list, group, found }) => {
    const [key, effect] = noEffect[list];
    return [
      list === 'primaryGroup' ? 'Primary' : 'Policy',
      `${key}: ${nameText('group', group, found)}, so it ${effect}`,
    ] as const;
  });
  return [...new Set(rows.map(([title]) => title))].map((title) => [
    title,
    rows.flatMap(([of, line]) => (of === title ? [line] : [])).join('\n'),
  ]);
}

function nameText(kind: 'user' | 'group', name: string, found: number): string {
  return `${found === 0 ? `no ${kind} is` : `${count(found)} ${kind}s are`} called ${printable(name)}`;
}

function sudoRows(sudo: StatusReport['sudo']): (readonly [string, string])[] {
  if (sudo === null) return [];
  const { shown, hidden, unknown } = sudo;
  const lines = [
    counted(shown, 'rule'),
    ...hidden.map((rule) => `${printable(rule)} is not served, because nobody is left in it`),
    ...unknown.map(({ rule, kind, name, found }) => {
      const who = found === 0 ? `no ${kind} that is shown answers` : `${count(found)} ${kind}s answer`;
      return `${printable(rule)}: ${who} to ${printable(name)}, so it gives nothing by this name`;
    }),
  ];
  return [['Sudo', lines.join('\n')]];
}

function trafficRows({ requests, resourceUnits, throttled, slowedMs, allowanceUsed }: StatusReport['traffic']) {
  if (requests === 0) return [];
  const facts = [
    counted(requests, 'request'),
    counted(resourceUnits, 'resource unit'),
    ...(throttled === 0 ? [] : [`${count(throttled)} refused as too many`]),
    ...(slowedMs === 0 ? [] : [`slowed down by ${duration(slowedMs)}`]),
    ...(allowanceUsed === null ? [] : [`${Math.round(allowanceUsed * 100)} % of the allowance used`]),
  ];
  return [['Graph', facts.join(', ')] as const];
}

/** Nothing while the tenant is asked for changes, and all of them come in. */
function readingRows({
  mode,
  listsEverything,
  create,
}: StatusReport['sync']['reading']): (readonly [string, string])[] {
  const why = mode === 'list' ? 'sync.mode' : 'the tenant has no delta queries';
  const lines = [
    ...(listsEverything ? [`each round lists everything (${why})`] : []),
    ...(create ? [] : ['nobody who is new here comes in (sync.create)']),
  ];
  return lines.length === 0 ? [] : [['Reading', lines.join('\n')]];
}

function fullRows({ lastFullAtMs, reconciliation }: StatusReport['sync'], nowMs: number) {
  if (lastFullAtMs === null) return [];
  const drift = reconciliation === null ? undefined : driftOf(reconciliation);
  const found =
    drift === undefined ? '' : drift === 0 ? '; nothing had drifted' : `; ${counted(drift, 'change')} had been missed`;
  return [['Read in full', `${ago(lastFullAtMs, nowMs) ?? ''}${found}`] as const];
}

/** The first certificate is for everybody, so its names matter only where there are others. */
function certificateRow(
  { names, validToMs, problem }: StatusReport['certificates'][number],
  index: number,
  nowMs: number,
): readonly [string, string] {
  const daysLeft = Math.floor((validToMs - nowMs) / dayMs);
  const left = validToMs > nowMs ? `${counted(daysLeft, 'day')} left` : 'expired';
  const lines = [
    ...(index === 0 ? [] : [`for ${names.join(', ')}`]),
    `valid until ${moment(validToMs)} (${left})`,
    ...(problem === null ? [] : [`not renewed: ${problem}`]),
  ];
  return ['Certificate', lines.join('\n')];
}

function directoryText(directory: StatusReport['directory'], nowMs: number): string {
  if (directory === null) return 'nothing published yet';
  const { users, groups, services, privateGroups, publishedAtMs } = directory;
  const counts = [
    counted(users, 'user'),
    counted(groups, 'group'),
    ...(privateGroups === 0 ? [] : [counted(privateGroups, 'private group')]),
    counted(services, 'service account'),
  ].join(', ');
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
