import type { DomainRow, DomainsReport } from '../../identity/tenant-facts.ts';
import { count, counted } from '../../wording/quantities.ts';
import { type Html, html } from './html.ts';
import { csrfField, type Visit } from './layout.ts';
import { ago, badge, card, empty, heading, notice, table } from './parts.ts';

/** The domains of the tenant and how many users each has, with reading them anew (FOX-20). */
export function domainsPage(report: DomainsReport, visit: Visit): Html {
  const { readAtMs, problem, isHybrid, accounts, domains } = report;
  const kind = isHybrid === null ? '' : isHybrid ? 'The tenant is hybrid. ' : 'The tenant is cloud-only. ';
  const lead = `${kind}${counted(accounts.cloud, 'account')} made in Entra, ${count(accounts.synchronized)} synchronized from Active Directory.`;
  return html`${heading('Domains', lead, refreshForm(visit))}
${problem !== null && notice('warn', `The list could not be read the last time: ${problem}`)}
${domains.length === 0 ? card('Domains', empty('No domain is known yet.')) : card('Domains', table('Domains of the tenant', [{ title: 'Domain' }, { title: 'Kind' }, { title: 'Users', kind: 'number' }, { title: 'In the directory', kind: 'number' }], domains.map(rowOf)), { aside: html`<span class="quiet">${readAtMs === null ? 'verified domains were never read' : html`read ${ago(readAtMs, visit.nowMs)}`}</span>` })}`;
}

function rowOf({ name, isDefault, isInitial, isFederated, isVerified, isShown, users, shown }: DomainRow) {
  const remarks = [
    ...(isDefault ? ['primary'] : []),
    ...(isInitial ? ['initial'] : []),
    ...(isVerified ? [isFederated ? 'federated' : 'managed'] : ['not a verified domain of the tenant']),
  ].join(', ');
  return [
    html`${name}${!isShown && html`<span class="sub">left out by users.domains</span>`}`,
    isVerified ? badge('good', remarks) : badge('warn', remarks),
    count(users),
    count(shown),
  ];
}

function refreshForm({ identity, csrf }: Visit): Html | false {
  return (
    identity.scopes.has('sync') &&
    html`<form method="post" action="/domains/refresh">${csrfField(csrf)}<button>Read the list anew</button></form>`
  );
}
