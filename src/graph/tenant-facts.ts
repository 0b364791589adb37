import { SourceError } from '../identity/source-error.ts';
import type { TenantDomain, TenantFacts } from '../identity/tenant-facts.ts';
import type { GraphClient } from './graph-client.ts';
import type { JsonRecord } from './json.ts';
import { listPages } from './listing.ts';
import { fetchOrganization } from './organization.ts';

/**
 * Asks the tenant for its verified domains and whether it is hybrid: by its organization, or where that is not permitted by the
 * list of its domains (https://learn.microsoft.com/graph/api/domain-list). Throws {@link SourceError}: `forbidden` when neither
 * is permitted, `protocol` when no domain is named, which no tenant is without.
 */
export async function fetchTenantFacts(
  client: GraphClient,
  origin: string,
  nowMs: number,
  signal: AbortSignal,
): Promise<TenantFacts> {
  const { domains, isHybrid } = await fetchEither(client, origin, signal);
  if (domains.length === 0) throw new SourceError('protocol', 'Microsoft Graph names no verified domain of the tenant');
  return { domains, isHybrid, readAtMs: nowMs };
}

async function fetchEither(
  client: GraphClient,
  origin: string,
  signal: AbortSignal,
): Promise<Pick<TenantFacts, 'domains' | 'isHybrid'>> {
  try {
    const { verifiedDomains, isHybrid } = await fetchOrganization(client, origin, signal);
    return { domains: verifiedDomains.map((domain) => ({ ...domain, name: domain.name.toLowerCase() })), isHybrid };
  } catch (error) {
    if (!isForbidden(error)) throw error;
    return { domains: await fetchDomains(client, origin, signal), isHybrid: null };
  }
}

async function fetchDomains(
  client: GraphClient,
  origin: string,
  signal: AbortSignal,
): Promise<readonly TenantDomain[]> {
  const statistics = { retries: 0, throttledMs: 0 };
  const query = { segments: ['domains'], options: {}, operation: 'domains', signal, statistics };
  try {
    const domains: TenantDomain[] = [];
    for await (const { value } of listPages(client, origin, query)) domains.push(...value.flatMap(decodeDomain));
    return domains;
  } catch (error) {
    if (!isForbidden(error)) throw error;
    const message =
      'The domains of the tenant cannot be read: the application permission Organization.Read.All or Domain.Read.All is ' +
      'missing, or admin consent was not granted to it';
    throw new SourceError('forbidden', message, error.details, { cause: error });
  }
}

function decodeDomain({
  id,
  isVerified,
  isDefault,
  isInitial,
  authenticationType,
}: JsonRecord): readonly TenantDomain[] {
  if (typeof id !== 'string' || isVerified !== true) return [];
  return [
    {
      name: id.toLowerCase(),
      isDefault: isDefault === true,
      isInitial: isInitial === true,
      isFederated: authenticationType === 'Federated',
    },
  ];
}

function isForbidden(error: unknown): error is SourceError {
  return error instanceof SourceError && error.code === 'forbidden';
}
