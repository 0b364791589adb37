import type { AdminApi, StatusReport } from '../../identity/admin.ts';
import {
  type HistoryEntry,
  type HistoryKind,
  type HistoryOutcome,
  historyKinds,
  historyOutcomes,
} from '../../identity/history.ts';
import type { BindSeries } from './bind-series.ts';
import { bindRange, bindRanges } from './binds-chart.ts';
import type { Door, Fields } from './door.ts';
import { domainsPage } from './domains.ts';
import { decidePage, type HeldList, heldPage, heldShown } from './held.ts';
import { historyPage, historyShown, historyShownMax, publicationsPage } from './history.ts';
import { overview } from './overview.ts';
import { card, empty, heading } from './parts.ts';
import { chartedRounds } from './rounds-chart.ts';
import { html } from './html.ts';
import { allOf, firstOf } from './rows.ts';

/** Adds the pages that tell nothing about single people: the overview, what is held back, domains, the sync log, publications. */
export function addStatusPages(door: Door, api: AdminApi, binds: BindSeries): void {
  door.page('/', 'read', async (visit, query) => {
    const range = bindRange(query('binds'));
    const { steps, stepMinutes } = bindRanges[range];
    const rounds = await chartedOf(api, visit.status);
    const main = overview(visit, { rounds, binds: binds.steps(steps, stepMinutes), range });
    return { title: 'Overview', path: '/', main };
  });
  door.page('/held', 'read', async (visit) => {
    const isNamed = visit.identity.scopes.has('people');
    return { title: 'Held back', path: '/held', main: heldPage(visit, isNamed ? await heldList(api) : null) };
  });
  door.page('/held/decide', 'approve', (visit, query) => {
    const { held } = visit.status.sync;
    const decision = query('decision') === 'rejected' ? 'rejected' : 'approved';
    const isIt = held !== null && String(held.hold) === query('change');
    const main = isIt ? decidePage(visit, held, decision) : goneNotice;
    return { title: isIt ? 'Decide' : 'Not held back any more', path: '/held', main };
  });
  door.page('/domains', 'read', async (visit) => {
    const report = await api.inspection.domains({ refresh: false });
    return { title: 'Domains', path: '/domains', main: domainsPage(report, visit) };
  });
  door.page('/history', 'read', async (visit, query) => {
    const asked = historyAsked(query);
    const entries = await allOf(api.memory.history({ ...asked, sinceMs: null }));
    return { title: 'Sync log', path: '/history', main: historyPage(entries, asked, visit) };
  });
  door.page('/publications', 'read', async (visit) => {
    const points = await api.memory.returnPoints();
    return { title: 'Publications', path: '/publications', main: publicationsPage(points, visit) };
  });
}

/** The rounds to draw. The page that says that the store cannot be read must be there when it cannot. */
async function chartedOf(api: AdminApi, { state }: StatusReport): Promise<readonly HistoryEntry[] | null> {
  try {
    return await allOf(api.memory.history({ sinceMs: null, outcome: null, kind: 'round', limit: chartedRounds }));
  } catch (error) {
    if (state === 'broken') return null;
    throw error;
  }
}

const goneNotice = html`${heading('Not held back any more', 'The change is another one by now, or none.')}
${card('What to do', empty(html`<a href="/held">See what is held back</a>`), { id: 'gone' })}`;

async function heldList(api: AdminApi): Promise<HeldList> {
  const { rows, hasMore } = await firstOf(api.heldItems(), heldShown);
  return { items: rows, isCut: hasMore };
}

function historyAsked(query: Fields): { kind: HistoryKind | null; outcome: HistoryOutcome | null; limit: number } {
  const [kind, outcome] = [query('kind'), query('outcome')];
  return {
    kind: historyKinds.find((word) => word === kind) ?? null,
    outcome: historyOutcomes.find((word) => word === outcome) ?? null,
    limit: query('limit') === String(historyShownMax) ? historyShownMax : historyShown,
  };
}
