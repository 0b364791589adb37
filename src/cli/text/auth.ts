import type { AuthReport, HeldAccount, ShieldReport, UnlockOutcome } from '../../identity/auth-report.ts';
import { type BindEvent, bindVerdicts } from '../../identity/bind-event.ts';
import { type BindRuleReport, bindSwitches } from '../../identity/bind-rule.ts';
import { printable } from '../../wording/printable.ts';
import { count, counted, duration, moment } from '../../wording/quantities.ts';
import { properties } from './table.ts';

/** How binds go, as lines of a status; none while there is nothing to tell. */
export function bindRows(report: AuthReport): (readonly [string, string])[] {
  const lines = [...countLines(report), ...ruleLines(report), ...heldLines(report), ...alarmLines(report)];
  return lines.length === 0 ? [] : [['Logins', lines.join('\n')]];
}

/** When so many accounts are locked at a time, it is rather the address of this server. */
const restingManyMin = 5;

function countLines({ counts, entra, acceptProven, ntHashes }: AuthReport): string[] {
  const decided = bindVerdicts.filter((word) => counts[word] > 0).map((word) => `${count(counts[word])} ${word}`);
  const codes = acceptProven.map((code) => `AADSTS${code}`).join(', ');
  return [
    ...(decided.length === 0 ? [] : [`${decided.join(', ')} since the start`]),
    ...(entra ? [] : ['Entra is not asked about passwords']),
    ...(ntHashes === null ? [] : [ntHashLine(ntHashes)]),
    ...(codes === '' ? [] : [`no second factor is asked for although Entra wants one: ${codes}`]),
  ];
}

function ntHashLine({ kept, readers }: NonNullable<AuthReport['ntHashes']>): string {
  const who = readers.length === 0 ? 'which no service account may read' : `readable by ${readers.join(', ')}`;
  return `NT hashes are kept of ${counted(kept, 'password')}, ${who}`;
}

function ruleLines({ rules }: AuthReport): string[] {
  return rules.map((rule, index) => `bind.rules[${index}]: ${ruleText(rule)}`);
}

function ruleText({ groups, services, switches, unknownGroups }: BindRuleReport): string {
  const who = groups === null ? 'everybody' : groups.map(printable).join(', ');
  const where = services === null ? '' : `, from the networks of ${services.map(printable).join(', ')}`;
  const what = bindSwitches.flatMap((name) =>
    switches[name] === undefined ? [] : [`${name} ${switches[name] ? 'on' : 'off'}`],
  );
  const unknown = unknownGroups.map((group) => `; no group is called ${printable(group)}, so nobody is in it`);
  return `${who}${where}: ${what.join(', ')}${unknown.join('')}`;
}

function heldLines({ resting, limited, strangersHeld }: AuthReport): string[] {
  // Entra says the same of an account that is locked and of an address that is blocked.
  const blocked = resting < restingManyMin ? '' : ', which may have blocked the address of this server';
  const addresses = limited === 1 ? '1 address' : `${count(limited)} addresses`;
  return [
    ...(resting === 0 ? [] : [`${counted(resting, 'account')} locked by Entra${blocked}; see entra-ldapd auth status`]),
    ...(limited === 0 ? [] : [`${addresses} with too many wrong passwords; see entra-ldapd auth status`]),
    ...(strangersHeld
      ? ['who has not logged in from the same address before is told to come back later: too many wrong passwords']
      : []),
  ];
}

function alarmLines({ alarm, keysAlarm, auditProblem }: AuthReport): string[] {
  return [
    ...(alarm === null
      ? []
      : [
          `ALARM since ${moment(alarm.sinceMs)}: passwords cannot be checked: ${alarm.reason} (${counted(alarm.count, 'login')})`,
        ]),
    ...(keysAlarm === null
      ? []
      : [`ALARM since ${moment(keysAlarm.sinceMs)}: ${keysAlarm.reason} (${counted(keysAlarm.count, 'login')})`]),
    ...(auditProblem === null ? [] : [`ALARM: the audit trail cannot be written: ${auditProblem}`]),
  ];
}

/** Who is held back. */
export function shieldText(report: AuthReport, { accounts, addresses, isShortened }: ShieldReport): string {
  const lines = [
    ...(bindRows(report).length === 0 ? [] : [properties(bindRows(report)), '']),
    ...(accounts.length === 0 ? ['No account is held back.'] : ['Accounts:', ...accounts.map(accountLine)]),
    ...(addresses.length === 0
      ? ['No address is held back.']
      : ['Addresses:', ...addresses.map(({ address, left, waitMs }) => `  ${address}: ${leftText(left, waitMs)}`)]),
    ...(isShortened ? ['There are more than are listed.'] : []),
  ];
  return lines.join('\n');
}

/** What was unlocked, as a sentence. */
export function unlockText({ name, wasHeld }: UnlockOutcome): string {
  return printable(wasHeld ? `${name} may try again.` : `Nothing stood against ${name}.`);
}

/** One event of the audit trail on one line. */
export function bindEventLine(event: BindEvent): string {
  const {
    atMs,
    verdict,
    name,
    dn,
    address,
    link,
    remembered,
    reason,
    aadsts,
    correlationId,
    durationMs,
    count: times,
  } = event;
  const who = dn === null ? name : name === '' || name.toLowerCase() === dn.toLowerCase() ? dn : `${name} (${dn})`;
  const facts = [
    ...(reason === null ? [] : [reason]),
    ...(aadsts === null ? [] : [`AADSTS${aadsts}`]),
    ...(link === null ? [] : [`by ${link}${remembered ? ', remembered' : ''}`]),
    duration(durationMs),
    ...(correlationId === null ? [] : [correlationId]),
  ];
  const repeated = times === 1 ? '' : ` ×${count(times)}`;
  const from = address === '' ? 'several addresses' : address;
  return printable(
    `${moment(atMs)}  ${verdict.padEnd(11)}  ${from}  ${who === '' ? '-' : who}: ${facts.join(', ')}${repeated}`,
  );
}

function accountLine({ key, dn, left, waitMs, locks }: HeldAccount): string {
  const locked =
    locks === 0
      ? ''
      : `locked by Entra${locks === 1 ? '' : ` ${count(locks)} times`}, asked again in ${duration(waitMs)}`;
  return printable(`  ${dn ?? key}: ${locks === 0 ? leftText(left, waitMs) : locked}`);
}

function leftText(left: number, waitMs: number): string {
  if (left >= 1) return `${counted(left, 'wrong password')} left`;
  return `no wrong password left, the next in ${duration(waitMs)}`;
}
