import type { DomainRow, DomainsReport } from '../../identity/tenant-facts.ts';
import { printable } from '../../wording/printable.ts';
import { count, counted, moment } from '../../wording/quantities.ts';
import { table } from './table.ts';

/** The domains of the tenant for people. */
export function domainsText({ domains, readAtMs, problem, isHybrid, accounts }: DomainsReport): string {
  const { cloud, synchronized } = accounts;
  const kind = isHybrid === null ? '' : isHybrid ? 'The tenant is hybrid: ' : 'The tenant is cloud-only: ';
  const people = `${counted(cloud, 'account')} made in Entra, ${count(synchronized)} synchronized from Active Directory.`;
  const read = readAtMs === null ? 'The list of verified domains was never read.' : `Read ${moment(readAtMs)}.`;
  const rows = domains.map((row) => [printable(row.name), count(row.users), count(row.shown), remarks(row)]);
  return [
    table([['domain', 'users', 'shown', ''], ...rows]),
    '',
    `${kind}${people}`,
    problem === null ? read : `${read} The last attempt failed: ${problem}`,
  ].join('\n');
}

function remarks({ isDefault, isInitial, isFederated, isVerified, isShown }: DomainRow): string {
  return [
    ...(isDefault ? ['primary'] : []),
    ...(isInitial ? ['initial'] : []),
    ...(isVerified ? [isFederated ? 'federated' : 'managed'] : ['not a verified domain of the tenant']),
    ...(isShown ? [] : ['left out by users.domains']),
  ].join(', ');
}
