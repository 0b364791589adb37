/**
 * The events of the daemon, one function each, so that an event has one name and the same fields wherever it comes from.
 * Events of the wire and of Graph requests stay beside the code that knows their details.
 */
import type { Log } from './log.ts';

/** A round of synchronization begins, or goes on where an interrupted one had stopped. */
export function syncRoundStarted(
  log: Log,
  facts: { readonly round: number; readonly users: string; readonly groups: string; readonly resumed: boolean },
): void {
  log.info('sync.round.started', facts);
}

/** What a round did with the entries of one kind. */
export interface EntryTotals {
  readonly read: number;
  readonly created: number;
  readonly changed: number;
  readonly locked: number;
  readonly removed: number;
  readonly skipped: number;
  /** Without the POSIX number that their property asks for. */
  readonly notAdopted: number;
  /** With a value that is not shown, for the syntax of its attribute does not admit it. */
  readonly leftOut: number;
}

/** A round has ended well. Counts of zero are left out, so that a quiet round is a short line. */
export function syncRoundFinished(
  log: Log,
  facts: {
    readonly round: number;
    readonly outcome: 'published' | 'unchanged';
    readonly durationMs: number;
    readonly pages: number;
    readonly retries: number;
    readonly users: EntryTotals;
    readonly groups: EntryTotals;
  },
): void {
  const { users, groups, ...rest } = facts;
  log.info('sync.round.finished', { ...rest, ...totals('users', users), ...totals('groups', groups) });
}

function totals(kind: string, counts: EntryTotals): Record<string, number> {
  const present = Object.entries(counts).filter(([, count]) => count > 0);
  return Object.fromEntries(present.map(([name, count]) => [`${kind}.${name}`, count]));
}

/** Everything was read anew by schedule, and it differs in nothing from what the reported changes had led to. */
export function syncReconciled(log: Log): void {
  log.info('sync.reconciled');
}

/** How many entries differed. */
type Drift = Readonly<Record<'created' | 'changed' | 'removed', number>>;

/** Everything was read anew by schedule, and it differs from what the reported changes had led to; it is right now. */
export function syncDriftFound(
  log: Log,
  { entries, users, groups }: { readonly entries: number; readonly users: Drift; readonly groups: Drift },
): void {
  const counts = (kind: string, { created, changed, removed }: Drift): Record<string, number> => {
    const present = Object.entries({ created, changed, removed }).filter(([, count]) => count > 0);
    return Object.fromEntries(present.map(([name, count]) => [`${kind}.${name}`, count]));
  };
  log.warn('sync.drift.found', { entries, ...counts('users', users), ...counts('groups', groups) });
}

/** The tenant has no delta queries, so that every round lists everything from now on. `reason` is what a delta query was answered. */
export function syncDeltaRefused(log: Log, facts: { readonly reason: string }): void {
  log.warn('sync.delta.refused', facts);
}

/** The tenant that had no delta queries has them now; rounds ask for changes again. */
export function syncDeltaAvailable(log: Log): void {
  log.info('sync.delta.available');
}

/**
 * The domains of the tenant could not be read; those that were known stay. `reason` is a sentence for the administrator, and a
 * warning where the configuration is followed by them.
 */
export function tenantFactsKept(log: Log, reason: string, isNeeded: boolean): void {
  if (isNeeded) log.warn('tenant.facts.kept', { reason });
  else log.info('tenant.facts.kept', { reason });
}

/** A round has failed; what was published before goes on being served. `reason` is a sentence for the administrator. */
export function syncRoundFailed(
  log: Log,
  facts: { readonly round: number; readonly durationMs: number; readonly reason: string; readonly retryInMs?: number },
  cause?: unknown,
): void {
  log.error('sync.round.failed', facts, cause);
}

/** What a round would change reaches too far, so it is held back; `isNew` when that was not so before, or it reaches further now. */
export function syncRoundHeld(
  log: Log,
  facts: {
    readonly hold: number;
    readonly sinceMs: number;
    readonly cause: string;
    readonly decision: string;
    readonly isNew: boolean;
    readonly dangers: readonly { readonly kind: string; readonly affected: number }[];
  },
): void {
  const { hold, sinceMs, cause, decision, isNew, dangers } = facts;
  const counts = Object.fromEntries(dangers.map(({ kind, affected }) => [kind, affected]));
  const fields = { hold, since: new Date(sinceMs).toISOString(), cause, decision, ...counts };
  if (isNew) log.warn('sync.round.held', fields);
  else log.info('sync.round.held', fields);
}

/** An administrator has decided about what is held back. */
export function syncHoldDecided(log: Log, facts: { readonly hold: number; readonly decision: string }): void {
  log.warn('sync.hold.decided', facts);
}

/** Nothing is held back any more: it was approved and published, or has gone away. */
export function syncHoldEnded(
  log: Log,
  { hold, decision }: { readonly hold: number; readonly decision: string },
): void {
  log.warn('sync.hold.ended', { hold, decision });
}

/** A round was ended by our own stop; it goes on at the next start. */
export function syncRoundAborted(log: Log, facts: { readonly round: number; readonly durationMs: number }): void {
  log.info('sync.round.aborted', facts);
}

/** An object does not have the POSIX number that its property asks for; it keeps its own, or gets one of the range. */
export function posixNumberNotAdopted(
  log: Log,
  facts: { readonly kind: 'user' | 'group'; readonly objectId: string; readonly reason: string },
): void {
  log.debug('posix.number.kept', facts);
}

/** A value of an object is not shown, for the syntax of the attribute does not admit it. */
export function valueLeftOut(
  log: Log,
  facts: { readonly kind: 'user' | 'group'; readonly objectId: string; readonly attribute: string },
): void {
  log.debug('attribute.value.left-out', facts);
}

/** A new directory is visible to clients. */
export function directoryPublished(
  log: Log,
  facts: {
    readonly publication: number;
    readonly users: number;
    readonly groups: number;
    readonly services: number;
  },
): void {
  log.info('directory.published', facts);
}

/** A publish that was interrupted is finished before the first answer. */
export function publishResumed(log: Log): void {
  log.warn('directory.publish.resumed');
}

/** An earlier directory is shown again by an administrator's command; what was taken back is held back as change `hold`. */
export function directoryRolledBack(
  log: Log,
  {
    publication,
    from,
    to,
    hold,
  }: {
    readonly publication: number;
    readonly from: number;
    readonly to: number;
    readonly hold: number;
  },
): void {
  log.warn('directory.rolled.back', { publication, from, to, hold });
}

/** What was read of the tenant was forgotten by an administrator's command; the round reads everything anew. */
export function mirrorCleared(log: Log, facts: { readonly round: number }): void {
  log.warn('sync.cleared', facts);
}

/** What happened could not be written into the history; it has happened nevertheless. */
export function historyNotWritten(log: Log, cause: unknown): void {
  log.error('history.unwritten', {}, cause);
}

/** A backup was handed over, with the keys or without. */
export function backupMade(
  log: Log,
  facts: { readonly bytes: number; readonly secrets: boolean; readonly durationMs: number },
): void {
  log.info('backup.made', facts);
}

/** The service manager could not be told how the daemon is; told once until it can. */
export function serviceManagerNotTold(log: Log, cause: unknown): void {
  log.error('service.notify.failed', { remedy: 'systemd-notify must be installed, and NotifyAccess=all set' }, cause);
}

/** The store had an older format, and has today's now. */
export function storeMigrated(log: Log, facts: { readonly from: number; readonly to: number }): void {
  log.warn('store.migrated', facts);
}

/** The store is open. `publication` is that of the directory it holds, undefined before the first. */
export function storeOpened(
  log: Log,
  facts: { readonly path: string; readonly publication: number | undefined },
): void {
  log.info('store.opened', facts);
}

/**
 * A password or a client certificate was right. `account` is the object id of a user or the DN of a service account, `by` the
 * link that decided, `remembered` whether from memory; `aadsts` is Entra's code where it counts as success.
 */
export function bindAccepted(
  log: Log,
  facts: {
    readonly account: string | undefined;
    readonly by: string | undefined;
    readonly remembered: boolean;
    readonly peer: string;
    readonly secure: boolean;
    readonly aadsts?: number | undefined;
  },
): void {
  log.info('bind.accepted', facts);
}

/**
 * A bind was refused. `account` is as in {@link bindAccepted}, undefined for a name that nobody has; `reason` one of our own
 * words; `aadsts` the number of Entra's error code when Entra decided. There is no field for a password.
 */
export function bindRefused(
  log: Log,
  facts: {
    readonly account: string | undefined;
    readonly reason: string;
    readonly remembered: boolean;
    readonly peer: string;
    readonly secure: boolean;
    readonly aadsts?: number | undefined;
  },
): void {
  log.info('bind.refused', facts);
}

/** The name that a client sent with a bind: personal data, and what somebody types who mistakes it for the password. */
export function bindNamed(
  log: Log,
  facts: { readonly name: string; readonly peer: string; readonly answer: string },
): void {
  log.debug('bind.named', facts);
}

/** A bind could not be decided. The client is told to try again (`busy`) or that there is trouble (`unavailable`). */
export function bindUndecided(
  log: Log,
  facts: {
    readonly account: string | undefined;
    readonly answer: string;
    readonly reason: string;
    readonly peer: string;
    readonly secure: boolean;
    readonly aadsts?: number | undefined;
  },
  cause?: unknown,
): void {
  if (cause === undefined) log.warn('bind.undecided', facts);
  else log.error('bind.undecided', facts, cause);
}

/** Somebody who was bound is not any more who it was, by the directory or the configuration of now, and was disconnected. */
export function bindRevoked(log: Log, facts: { readonly account: string; readonly reason: string }): void {
  log.info('bind.revoked', facts);
}

/** An app password was made; `account` is the object id of whoever has it. */
export function appPasswordMade(
  log: Log,
  facts: { readonly account: string; readonly id: string; readonly expiresAtMs: number | null },
): void {
  const { expiresAtMs, ...rest } = facts;
  log.info('app_password.made', {
    ...rest,
    expires: expiresAtMs === null ? 'never' : new Date(expiresAtMs).toISOString(),
  });
}

/** An app password works no longer. */
export function appPasswordRevoked(log: Log, facts: { readonly account: string; readonly id: string }): void {
  log.info('app_password.revoked', facts);
}

/** One-time codes were set up for somebody; `account` is the object id. */
export function oneTimeCodesMade(log: Log, facts: { readonly account: string }): void {
  log.info('one_time_codes.made', facts);
}

/** The one-time codes of somebody work no longer. */
export function oneTimeCodesRevoked(log: Log, facts: { readonly account: string }): void {
  log.info('one_time_codes.revoked', facts);
}

/** A group that a rule about binds names is not in the directory, so that nobody is in it; `rule` is the key of the configuration. */
export function bindGroupUnknown(log: Log, facts: { readonly rule: string; readonly group: string }): void {
  log.warn('bind.group.unknown', facts);
}

/** Entra answers about passwords again, after it had refused this application. */
export function bindAlarmEnded(log: Log): void {
  log.info('bind.alarm.ended');
}

/** The one-time codes that could not be checked can be again, or are not there any more. */
export function keysAlarmEnded(log: Log): void {
  log.info('bind.keys.alarm.ended');
}

/** The audit trail cannot be written; binds go on, and their events are lost until it can. */
export function auditFailed(log: Log, cause: unknown): void {
  log.error('audit.failed', {}, cause);
}

/** The audit trail is written again. */
export function auditRestored(log: Log): void {
  log.info('audit.restored');
}

/** Entra refuses this application, so that no user can bind until the administrator acts. */
export function bindMisconfigured(
  log: Log,
  facts: { readonly reason: string; readonly aadsts: number | undefined },
): void {
  log.error('bind.misconfigured', facts);
}

/**
 * A request to Microsoft Graph failed in passing and is sent again after a wait. `operation` is no URL; `reason` is a
 * sentence for the administrator.
 */
export function graphRequestRetried(
  log: Log,
  facts: {
    readonly operation: string;
    readonly attempt: number;
    readonly waitMs: number;
    readonly reason: string;
    readonly code: string;
    readonly status: number | undefined;
    readonly sourceCode: string | undefined;
    readonly requestId: string | undefined;
  },
): void {
  log.warn('graph.request.retried', facts);
}

/** Microsoft Graph says that its allowance runs low (1 is all of it); requests follow each other more slowly from now on. */
export function graphPaceLowered(log: Log, facts: { readonly allowanceUsed: number }): void {
  log.info('graph.pace.lowered', facts);
}

/** Requests to Microsoft Graph follow each other at full speed again. */
export function graphPaceRestored(log: Log): void {
  log.info('graph.pace.restored');
}

/** Another credential of the application than before is in use, or one that was refused is accepted again. */
export function credentialAccepted(
  log: Log,
  facts: { readonly entry: string; readonly kind: string; readonly backup: boolean },
): void {
  log.info('credential.accepted', facts);
}

/** Entra refuses a credential of the application; `others` is how many more there are. Told once for each reason. */
export function credentialRefused(
  log: Log,
  facts: {
    readonly entry: string;
    readonly kind: string;
    readonly reason: string;
    readonly sourceCode: string | undefined;
    readonly others: number;
  },
): void {
  log.warn('credential.refused', facts);
}

/** A credential of the application runs out in so many whole days; below zero it has run out. */
export function credentialExpiring(
  log: Log,
  facts: { readonly entry: string; readonly kind: string; readonly expiresAt: string; readonly daysLeft: number },
): void {
  log.warn('credential.expiring', facts);
}

/** A property that is to be read must not be, for want of a permission; what is known of it stays. */
export function propertyUnreadable(
  log: Log,
  facts: { readonly collection: string; readonly property: string; readonly permission: string },
): void {
  log.warn('sync.property.unreadable', facts);
}

/** Rights name a group that the directory does not have, so that they grant less than was meant; `whose` they are. */
export function accessGroupUnknown(log: Log, facts: { readonly whose: string; readonly group: string }): void {
  log.warn('rights.group.unknown', facts);
}

/** A configuration is in force. */
export function configLoaded(log: Log, facts: { readonly file: string; readonly warnings: number }): void {
  log.info('config.loaded', facts);
}

/**
 * The configuration file was changed and is right. `changed` is false when the running daemon can take over nothing of it;
 * `needsRestart` names the keys that only a restart takes over.
 */
export function configReloaded(
  log: Log,
  { needsRestart, ...facts }: { readonly file: string; readonly changed: boolean; readonly needsRestart: string },
): void {
  if (needsRestart === '') log.info('config.reloaded', facts);
  else log.warn('config.reloaded', { ...facts, needsRestart });
}

/** The configuration file was read again and says what is in use. */
export function configUnchanged(log: Log, facts: { readonly file: string }): void {
  log.info('config.unchanged', facts);
}

/** The configuration file was changed and cannot be used, so that what is in use stays; `problem` is the first of `problems`. */
export function configKept(
  log: Log,
  facts: {
    readonly file: string;
    readonly line?: number;
    readonly column?: number;
    readonly key?: string;
    readonly problem: string;
    readonly problems: number;
  },
): void {
  log.error('config.kept', facts);
}

/** A group that decides who may sign in cannot be told: `found` groups have the name. The name has no effect. */
export function policyGroupUnknown(
  log: Log,
  facts: { readonly list: string; readonly group: string; readonly found: number },
): void {
  log.warn('policy.group.unknown', facts);
}

/**
 * A sudo rule names a user or a group that cannot be told, or that is not shown, so that it gives nothing by that name. The names
 * of users are told at level debug only.
 */
export function sudoNameUnknown(
  log: Log,
  {
    rule,
    kind,
    name,
    found,
  }: { readonly rule: string; readonly kind: 'user' | 'group'; readonly name: string; readonly found: number },
): void {
  if (kind === 'group') log.warn('sudo.name.unknown', { rule, group: name, found });
  else {
    log.warn('sudo.name.unknown', { rule, found });
    log.debug('sudo.user.unknown', { rule, user: name, found });
  }
}

/** Nobody is left in a sudo rule, so that it is not served. */
export function sudoRuleHidden(log: Log, facts: { readonly rule: string }): void {
  log.warn('sudo.rule.hidden', facts);
}

/** A line of an overlay file has no effect, or another than it seems to have. */
export function overlayLineDoubted(
  log: Log,
  facts: { readonly file: string; readonly line: number; readonly about: string; readonly finding: string },
): void {
  log.warn('overlay.line.doubted', facts);
}

/** A configuration is in force although it is probably not what was meant. */
export function configDoubted(
  log: Log,
  facts: { readonly file: string; readonly line: number; readonly key: string; readonly doubt: string },
): void {
  log.warn('config.doubted', facts);
}

/** New certificate files are in use; open connections keep the certificate that they were made with. */
export function certificateRenewed(log: Log, facts: { readonly file: string; readonly validTo: string }): void {
  log.info('certificate.renewed', facts);
}

/** The certificate files were read again and hold what is in use already. */
export function certificateUnchanged(log: Log, facts: { readonly file: string; readonly validTo: string }): void {
  log.info('certificate.unchanged', facts);
}

/** The certificate files have changed and cannot be used, so the earlier certificate, valid until `validTo`, stays in use. */
export function certificateKept(
  log: Log,
  facts: { readonly file: string; readonly reason: string; readonly validTo: string },
): void {
  log.warn('certificate.kept', facts);
}

/** The certificate in use runs out in so many whole days; below zero it has run out. */
export function certificateExpiring(
  log: Log,
  facts: { readonly file: string; readonly validTo: string; readonly daysLeft: number },
): void {
  log.warn('certificate.expiring', facts);
}

/** A token for the administration over HTTP was made. */
export function adminTokenMade(
  log: Log,
  facts: {
    readonly id: string;
    readonly name: string;
    readonly scopes: readonly string[];
    readonly expiresAtMs: number | null;
  },
): void {
  const { expiresAtMs, ...rest } = facts;
  log.info('admin_token.made', {
    ...rest,
    expires: expiresAtMs === null ? 'never' : new Date(expiresAtMs).toISOString(),
  });
}

/** A token has another name or description; `before` is the name that it had. */
export function adminTokenEdited(
  log: Log,
  facts: { readonly id: string; readonly name: string; readonly before: string },
): void {
  log.info('admin_token.edited', facts);
}

/** A token works no longer. */
export function adminTokenRevoked(log: Log, facts: { readonly id: string; readonly name: string }): void {
  log.info('admin_token.revoked', facts);
}

/** A request over HTTP that may change something was answered with this status; `id` and `name` are those of its token. */
export function adminRequestAnswered(
  log: Log,
  facts: {
    readonly id: string;
    readonly name: string;
    readonly peer: string;
    readonly method: string;
    readonly route: string;
    readonly status: number;
  },
): void {
  log.info('http.api.answered', facts);
}

/** A token was not accepted, or does not allow what was asked for. */
export function adminRequestRefused(
  log: Log,
  facts: { readonly peer: string; readonly route: string; readonly reason: string; readonly id?: string | undefined },
): void {
  log.warn('http.api.refused', facts);
}

/** The HTTP server cannot listen where nobody asked it to; the daemon goes on without. */
export function httpNotListening(log: Log, facts: { readonly address: string; readonly reason: string }): void {
  log.warn('http.not_listening', facts);
}

/** LDAP is served by one thread, though as many as there are processors are wanted: this release of Node.js can do no more. */
export function workersUnavailable(log: Log, facts: { readonly node: string; readonly needed: string }): void {
  log.info('workers.unavailable', facts);
}

/** LDAP is served by so many threads. */
export function workersServing(log: Log, facts: { readonly threads: number }): void {
  log.info('workers.serving', facts);
}

/** A thread that served LDAP has died, and its connections with it; another one takes its place. */
export function workerDied(
  log: Log,
  facts: { readonly worker: number; readonly exitCode: number; readonly restartInMs: number },
  cause: unknown,
): void {
  log.error('worker.died', facts, cause);
}

/** Another thread serves in the place of one that had died. */
export function workerRestarted(log: Log, facts: { readonly worker: number }): void {
  log.warn('worker.restarted', facts);
}
