import type { ObjectRow, ObjectState } from '../../identity/inspection.ts';
import type { LedgerSpace } from '../../identity/ledger.ts';
import { count } from '../../wording/quantities.ts';
import { type Html, html } from './html.ts';
import type { Tone } from './icons.ts';
import { badge, card, empty, heading, link, table } from './parts.ts';

/** Rows of a page of a list. */
export const rowsOfPage = 50;

/** Pages that can be turned: to find somebody further on, one searches. */
export const listPagesMax = 200;

/** A page of a list, and what was asked for. */
export interface ObjectList {
  readonly kind: LedgerSpace;
  readonly rows: readonly ObjectRow[];
  readonly search: string | undefined;
  readonly state: ObjectState | undefined;
  /** From 1. */
  readonly number: number;
  readonly hasMore: boolean;
  /** How many are in the directory; undefined before the first publication. */
  readonly shown: number | undefined;
}

const looks: Readonly<Record<ObjectState, readonly [Tone, string, string]>> = {
  shown: ['good', 'Shown', 'has an entry'],
  locked: ['warn', 'Locked', 'has an entry, and nobody may bind as it'],
  skipped: ['none', 'Left out', 'a rule leaves it out'],
  removed: ['bad', 'Removed', 'gone from Entra'],
  pending: ['busy', 'Pending', 'the next publish gives it an entry'],
};

/** How an object stands, as a word with its shape. */
export function stateBadge(state: ObjectState): Html {
  const [tone, word] = looks[state];
  return badge(tone, word);
}

/** Whether a word of a query is a state. */
export function isObjectState(word: string | undefined): word is ObjectState {
  return word !== undefined && Object.hasOwn(looks, word);
}

/** Users or groups, with a search. */
export function peoplePage(list: ObjectList): Html {
  const { kind, shown } = list;
  const isUser = kind === 'user';
  const lead =
    shown === undefined
      ? 'Nothing is published yet.'
      : `${count(shown)} in the directory. Open one to see every rule and what it decided.`;
  return html`${heading(isUser ? 'Users' : 'Groups', lead)}
<div class="stack">${searchCard(list)}${rowsCard(list)}</div>`;
}

function searchCard({ kind, search, state }: ObjectList): Html {
  const options = Object.entries(looks).map(
    ([word, [, title, meaning]]) =>
      html`<option value="${word}"${word === state && html` selected`}>${title}: ${meaning}</option>\n`,
  );
  return html`<search class="card"><form class="filter" method="get" action="/${kind}s">
<div class="grow"><label for="search">Name, mail address, number or object id</label><input id="search" name="search" type="search" value="${search}" maxlength="256" autocomplete="off" spellcheck="false"></div>
<div><label for="state">How they stand</label><select id="state" name="state"><option value="">Shown, locked, left out or pending</option>${options}</select></div>
<div><button class="main">Search</button></div>
</form></search>`;
}

function rowsCard(list: ObjectList): Html {
  const { kind, rows, number, hasMore, search, state } = list;
  const title = kind === 'user' ? 'Users' : 'Groups';
  if (rows.length === 0) {
    const why =
      search === undefined && state === undefined
        ? 'There are none.'
        : 'Nobody like this. Whoever is gone from Entra is found under “Removed”.';
    return card(title, empty(why), { id: 'list' });
  }
  const numberName = kind === 'user' ? 'uidNumber' : 'gidNumber';
  const columns = [
    { title: kind === 'user' ? 'Who' : 'Group' },
    { title: 'State' },
    { title: kind === 'user' ? 'uid' : 'cn', kind: 'wide' },
    { title: numberName, kind: 'wide number' },
  ] as const;
  return card(title, html`${table(`${title}, page ${number}`, columns, rows.map(rowOf))}${pager(list)}`, {
    id: 'list',
    aside: html`<span class="quiet">${count((number - 1) * rowsOfPage + 1)}–${count((number - 1) * rowsOfPage + rows.length)}${hasMore && ' and more'}</span>`,
  });
}

function rowOf(row: ObjectRow): readonly Html[] {
  const { kind, objectId, state, origin, reason, name, displayName, userPrincipalName, mail, number } = row;
  const address = userPrincipalName ?? mail;
  return [
    html`<a href="${link(`/${kind}s/explain`, { name: objectId })}">${displayName ?? name ?? address ?? objectId}</a>${address !== null && html`<span class="sub">${address}</span>`}${origin !== 'tenant' && html`<span class="sub">${origin === 'overlay' ? 'from the overlay' : 'from the tenant, changed by the overlay'}</span>`}`,
    html`${stateBadge(state)}${reason !== null && html`<span class="sub">${reason}</span>`}`,
    html`<span class="mono">${name ?? '–'}</span>`,
    html`${number ?? '–'}`,
  ];
}

function pager({ kind, search, state, number, hasMore }: ObjectList): Html | false {
  if (number === 1 && !hasMore) return false;
  const to = (page: number): string => link(`/${kind}s`, { search, state, page: page === 1 ? undefined : page });
  return html`<nav class="pager" aria-label="Pages of the list">
<span>${number > 1 && html`<a class="button" rel="prev" href="${to(number - 1)}">Previous</a>`}</span>
<span>Page ${number}</span>
<span>${hasMore && (number < listPagesMax ? html`<a class="button" rel="next" href="${to(number + 1)}">Next</a>` : 'Search to see more')}</span>
</nav>`;
}
