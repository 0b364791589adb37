import type { DomainRow, DomainsReport, TenantDomain } from '../identity/tenant-facts.ts';
import { otherDomainsMax } from '../identity/tenant-facts.ts';
import { accountType, domainOf } from '../projection/kinds.ts';
import { type InspectionContext, listPace, withPublished } from './context.ts';

interface Tally {
  users: number;
  shown: number;
}

/** The domains of the tenant, and how many users there are in each. Looks at every user once. */
export async function listDomains(context: InspectionContext): Promise<DomainsReport> {
  const facts = context.tenant.load();
  const tallies = new Map<string, Tally>((facts?.domains ?? []).map(({ name }) => [name, { users: 0, shown: 0 }]));
  const listed = tallies.size;
  const accounts = { cloud: 0, synchronized: 0 };
  const pace = listPace();
  await withPublished(context, async (_, published) => {
    for await (const block of context.mirror.records('users')) {
      for (const { node, properties, outOfScope, overlay } of block) {
        // Users of the overlay alone are not the tenant's.
        if (outOfScope === true || overlay?.isLocal === true) continue;
        accounts[accountType(properties)] += 1;
        const tally = tallyOf(tallies, domainOf(properties), listed + otherDomainsMax);
        if (tally !== undefined) {
          tally.users += 1;
          if (published.entry(node) !== undefined) tally.shown += 1;
        }
        if (pace.due) await pace.pause();
      }
    }
  });
  const { domains } = context.projector.settings.users;
  const row = (domain: TenantDomain, isVerified: boolean): DomainRow => ({
    ...domain,
    isVerified,
    isShown: domains === undefined || domains.includes(domain.name),
    ...(tallies.get(domain.name) ?? { users: 0, shown: 0 }),
  });
  const others = [...tallies.keys()].slice(listed).toSorted();
  return {
    readAtMs: facts?.readAtMs ?? null,
    problem: context.tenantProblem ?? null,
    isHybrid: facts?.isHybrid ?? null,
    accounts,
    domains: [
      ...(facts?.domains ?? []).map((domain) => row(domain, true)),
      ...others.map((name) => row({ name, isDefault: false, isInitial: false, isFederated: false }, false)),
    ],
  };
}

function tallyOf(tallies: Map<string, Tally>, domain: string | undefined, max: number): Tally | undefined {
  if (domain === undefined) return undefined;
  const known = tallies.get(domain);
  if (known !== undefined || tallies.size >= max) return known;
  const fresh = { users: 0, shown: 0 };
  tallies.set(domain, fresh);
  return fresh;
}
