import type { Conflict } from '../../identity/inspection.ts';
import { conflictClause } from '../../wording/conflict.ts';
import { count } from '../../wording/quantities.ts';
import { type Html, html } from './html.ts';
import { card, command, empty, heading, link, table } from './parts.ts';

/** So many conflicts are listed. */
export const conflictsShown = 500;

const abouts: Readonly<Record<Conflict['about'], string>> = {
  name: 'Name',
  number: 'Number',
  privateGroup: 'Own group',
  duplicate: 'Two accounts',
};

/** Who does not have what it asks for, or is there twice (P5). */
export function conflictsPage(conflicts: readonly Conflict[], isCut: boolean): Html {
  const lead = 'Two who ask for one name both stay, and the same one keeps it at every run.';
  if (conflicts.length === 0)
    return html`${heading('Conflicts', lead)}${card('None', empty('Everybody has the name and the number they ask for.'), { id: 'conflicts' })}`;
  const rows = conflicts.map((conflict) => [
    html`<a href="${link(`/${conflict.kind}s/explain`, { name: conflict.objectId })}">${conflict.name}</a>${conflict.userPrincipalName !== null && conflict.userPrincipalName !== conflict.name && html`<span class="sub">${conflict.userPrincipalName}</span>`}`,
    abouts[conflict.about],
    conflictClause(conflict),
  ]);
  return html`${heading('Conflicts', lead)}
${card(
  'Conflicts',
  table('Conflicts', [{ title: 'Who' }, { title: 'About', kind: 'wide' }, { title: 'What happened' }], rows),
  {
    aside: html`<span class="quiet">${isCut ? `the first ${count(conflicts.length)}` : count(conflicts.length)}</span>`,
    footer: isCut ? html`All of them: ${command('entra-ldapd conflicts')}` : undefined,
  },
)}`;
}
