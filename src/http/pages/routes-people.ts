import type { AdminApi } from '../../identity/admin.ts';
import type { LedgerSpace } from '../../identity/ledger.ts';
import { conflictsPage, conflictsShown } from './conflicts.ts';
import type { Door, Fields, PageContent } from './door.ts';
import { explanationPage } from './explanation.ts';
import type { Visit } from './layout.ts';
import { isObjectState, listPagesMax, peoplePage, rowsOfPage } from './people.ts';
import { firstOf } from './rows.ts';

const kinds = ['user', 'group'] as const satisfies readonly LedgerSpace[];

/** Adds the pages about people and groups. */
export function addPeoplePages(door: Door, api: AdminApi): void {
  for (const kind of kinds) {
    const path = `/${kind}s`;
    const title = kind === 'user' ? 'Users' : 'Groups';
    const list = async (visit: Visit, query: Fields): Promise<PageContent> => ({
      title,
      path,
      main: await listOf(api, kind, visit, query),
    });
    door.page(path, 'people', list);
    door.page(`${path}/explain`, 'people', async (visit, query) => {
      const name = query('name');
      if (name === undefined) return list(visit, query);
      const answer = await api.inspection.explain({ kind, name });
      return { title: `Explain a ${kind}`, path, main: explanationPage(answer, kind, name, visit) };
    });
  }
  door.page('/conflicts', 'people', async () => {
    const { rows, hasMore } = await firstOf(api.inspection.conflicts(), conflictsShown);
    return { title: 'Conflicts', path: '/conflicts', main: conflictsPage(rows, hasMore) };
  });
}

async function listOf(api: AdminApi, kind: LedgerSpace, visit: Visit, query: Fields) {
  const [search, word] = [query('search')?.trim(), query('state')];
  const state = isObjectState(word) ? word : undefined;
  const number = Math.min(listPagesMax, Math.max(1, Math.trunc(Number(query('page') ?? 1)) || 1));
  const asked = { kind, state, search: search === '' ? undefined : search };
  const found = await firstOf(api.inspection.objects(asked), rowsOfPage, (number - 1) * rowsOfPage);
  const shown = visit.status.directory?.[`${kind}s`];
  return peoplePage({ ...asked, ...found, number, shown });
}
