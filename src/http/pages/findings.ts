/** What is not well and what to do about it, the worst first: the first thing that an administrator wants to know. */
import type { StatusReport } from '../../identity/admin.ts';
import type { CredentialReport } from '../../identity/credential-report.ts';
import { count, counted, duration, moment } from '../../wording/quantities.ts';
import { daysLeft, toneOfDays } from './days-left.ts';
import type { Finding } from './finding.ts';
import { settingsFindings } from './findings-settings.ts';

/** Everything that wants attention, the worst first. */
export function findingsOf(status: StatusReport, nowMs: number): readonly Finding[] {
  const all = [
    ...stateFindings(status, nowMs),
    ...bindFindings(status),
    ...status.credentials.flatMap((credential) => credentialFindings(credential, nowMs)),
    ...certificateFindings(status, nowMs),
    ...settingsFindings(status),
  ];
  return [...all.filter(({ tone }) => tone === 'bad'), ...all.filter(({ tone }) => tone === 'warn')];
}

function stateFindings({ state, sync, baseDn }: StatusReport, nowMs: number): readonly Finding[] {
  const findings: Finding[] = [];
  if (state === 'broken') {
    findings.push({
      tone: 'bad',
      title: `The entry ${baseDn} cannot be read from the store`,
      advice:
        'Look at the disk and at the daemon’s log. The store can be read anew from the tenant after a restart with entra-ldapd sync --full.',
    });
  }
  if (sync.held?.decision === 'open') {
    findings.push({
      tone: 'warn',
      title: 'A change reaches too far and is held back',
      advice: 'Look at whom it concerns, then approve or reject it.',
      path: '/held',
    });
  }
  if (sync.last?.outcome === 'failed') {
    findings.push({
      tone: 'bad',
      title: `Round ${sync.last.round} failed`,
      advice: sync.last.error ?? 'The sync log says why.',
      path: '/history',
    });
  } else if (state === 'stale') {
    const last = sync.lastSuccessAtMs === null ? 'since the start' : `for ${duration(nowMs - sync.lastSuccessAtMs)}`;
    findings.push({
      tone: 'warn',
      title: `No round has succeeded ${last}`,
      advice: 'The sync log says how the last rounds ended.',
      path: '/history',
    });
  }
  return findings;
}

/** When so many accounts are locked at a time, it is rather the address of this server. */
const restingManyMin = 5;

function bindFindings({ binds }: StatusReport): readonly Finding[] {
  const { alarm, keysAlarm, auditProblem, resting, limited, strangersHeld } = binds;
  const findings: Finding[] = [];
  if (alarm !== null) {
    const code = alarm.aadsts === null ? '' : ` (AADSTS${alarm.aadsts})`;
    findings.push({
      tone: 'bad',
      title: `Passwords cannot be checked: ${alarm.reason}${code}`,
      advice: `It has stood against ${counted(alarm.count, 'sign-in')} since ${moment(alarm.sinceMs)}. entra-ldapd check says what is missing in Entra.`,
    });
  }
  if (keysAlarm !== null) {
    findings.push({
      tone: 'bad',
      title: `One-time codes cannot be checked: ${keysAlarm.reason}`,
      advice: `It has stood against ${counted(keysAlarm.count, 'sign-in')} since ${moment(keysAlarm.sinceMs)}.`,
    });
  }
  if (auditProblem !== null)
    findings.push({ tone: 'bad', title: 'Sign-ins are not being recorded', advice: auditProblem });
  if (strangersHeld)
    findings.push({
      tone: 'warn',
      title: 'Somebody is guessing passwords from many addresses',
      advice: 'Whoever has not signed in from the same address before is told to come back later.',
      path: '/audit',
    });
  if (resting > 0) {
    const address =
      resting < restingManyMin ? '' : ' So many at a time may mean that Entra blocks the address of this server.';
    findings.push({
      tone: 'warn',
      title: `Entra has locked ${counted(resting, 'account')}`,
      advice: `They are not asked about until the lock has passed.${address}`,
      path: '/audit',
    });
  }
  if (limited > 0)
    findings.push({
      tone: 'warn',
      title:
        limited === 1
          ? 'One address has sent too many wrong passwords'
          : `${count(limited)} addresses have sent too many wrong passwords`,
      advice: 'They are told to come back later; nobody else waits for them.',
      path: '/audit',
    });
  return findings;
}

function credentialFindings(
  { name, state, problem, expiresAtMs }: CredentialReport,
  nowMs: number,
): readonly Finding[] {
  if (state === 'refused')
    return [
      {
        tone: 'bad',
        title: `Entra refuses ${name}`,
        advice: problem ?? 'Make a new one in the app registration, and put it into the configuration.',
      },
    ];
  const end = endFinding(expiresAtMs, nowMs, `The credential ${name}`);
  return end === undefined
    ? []
    : [
        {
          ...end,
          advice:
            'Make a new one in the app registration, and put it into the configuration; the daemon takes it over while it runs.',
        },
      ];
}

function certificateFindings({ certificates }: StatusReport, nowMs: number): readonly Finding[] {
  return certificates.flatMap(({ names, validToMs, problem }) => {
    const called = `The certificate for ${names[0] ?? 'LDAPS'}`;
    if (problem !== null) return [{ tone: 'bad' as const, title: `${called} was not renewed`, advice: problem }];
    const end = endFinding(validToMs, nowMs, called);
    return end === undefined
      ? []
      : [{ ...end, advice: 'Put a renewed one in the place of the files; the daemon takes it over while it runs.' }];
  });
}

function endFinding(atMs: number | null, nowMs: number, called: string): Omit<Finding, 'advice'> | undefined {
  if (atMs === null) return undefined;
  const days = daysLeft(atMs, nowMs);
  const tone = toneOfDays(days);
  if (tone === 'good') return undefined;
  return { tone, title: days < 0 ? `${called} has expired` : `${called} ends in ${counted(days, 'day')}` };
}
