import { AdminRefusal, type AdminApi } from '../../identity/admin.ts';
import { bindVerdicts } from '../../identity/bind-event.ts';
import { eventLevels, type LoggedEvent, type LogRequest } from '../../identity/logged-event.ts';
import { type AuditAsked, auditPage, auditPeriods, auditShown } from './audit.ts';
import type { Door, Fields } from './door.ts';
import { logPage, logShown } from './log.ts';
import { allOf } from './rows.ts';

/** Adds the audit trail and the log. */
export function addTrailPages(door: Door, api: AdminApi): void {
  door.page('/audit', 'audit', async (visit, query) => {
    const asked = auditAsked(query);
    const { user, address, verdict, period } = asked;
    const sinceMs = period === undefined ? undefined : visit.nowMs - auditPeriods[period][1];
    const events = await api.auth.events({ user, address, verdict, sinceMs, newest: auditShown });
    return { title: 'Sign-ins', path: '/audit', main: auditPage(events, api.auth.shield(), asked, visit) };
  });
  door.page('/log', 'audit', async (_visit, query) => {
    const level = eventLevels.find((word) => word === query('level')) ?? 'info';
    const asked = { level, event: query('event') ?? null, sinceMs: null, limit: logShown, follow: false };
    const { events, problem } = await eventsOf(api, asked);
    return { title: 'Daemon log', path: '/log', main: logPage(events, asked, problem) };
  });
}

function auditAsked(query: Fields): AuditAsked {
  const period = query('period');
  const isPeriod = (word: string | undefined): word is keyof typeof auditPeriods =>
    word !== undefined && Object.hasOwn(auditPeriods, word);
  return {
    user: query('user')?.trim(),
    address: query('address')?.trim(),
    verdict: bindVerdicts.find((word) => word === query('verdict')),
    period: isPeriod(period) ? period : undefined,
  };
}

async function eventsOf(
  api: AdminApi,
  asked: LogRequest,
): Promise<{ events: readonly LoggedEvent[]; problem: string | undefined }> {
  try {
    const never = new AbortController().signal;
    return { events: await allOf(api.memory.logs(asked, never)), problem: undefined };
  } catch (error) {
    if (error instanceof AdminRefusal) return { events: [], problem: error.message };
    throw error;
  }
}
