import { parseTenantId } from '../identity/ids.ts';
import type { TenantId } from '../identity/ids.ts';
import { SourceError } from '../identity/source-error.ts';
import type { TenantDomain } from '../identity/tenant-facts.ts';
import type { GraphClient } from './graph-client.ts';
import { graphUrl } from './graph-url.ts';
import { asRecord } from './json.ts';

/** The tenant about itself (https://learn.microsoft.com/graph/api/resources/organization). */
export interface Organization {
  readonly id: TenantId | undefined;
  readonly displayName: string | undefined;
  readonly verifiedDomains: readonly TenantDomain[];
  /** Objects come from an Active Directory of the organization's own too. */
  readonly isHybrid: boolean;
}

/** Asks for the tenant's own description. Throws {@link SourceError}; `forbidden` where the permission was not granted. */
export async function fetchOrganization(
  client: GraphClient,
  origin: string,
  signal: AbortSignal,
): Promise<Organization> {
  const url = graphUrl(origin, ['organization'], { $select: 'id,displayName,onPremisesSyncEnabled,verifiedDomains' });
  const statistics = { retries: 0, throttledMs: 0 };
  return decodeOrganization(
    await client.get({ url, operation: 'organization', signal, statistics, priority: 'normal' }),
  );
}

/** Decodes the answer; throws a {@link SourceError} `protocol` unless it describes one organization. */
export function decodeOrganization(body: unknown): Organization {
  const value = asRecord(body)?.['value'];
  const organization = Array.isArray(value) ? asRecord(value[0]) : undefined;
  if (organization === undefined) throw new SourceError('protocol', 'The answer to organization names no organization');
  const { id, displayName, onPremisesSyncEnabled, verifiedDomains } = organization;
  return {
    id: typeof id === 'string' ? parseTenantId(id) : undefined,
    displayName: typeof displayName === 'string' ? displayName : undefined,
    verifiedDomains: Array.isArray(verifiedDomains) ? verifiedDomains.flatMap(decodeDomain) : [],
    isHybrid: onPremisesSyncEnabled === true,
  };
}

function decodeDomain(value: unknown): readonly TenantDomain[] {
  const domain = asRecord(value);
  if (typeof domain?.['name'] !== 'string') return [];
  return [
    {
      name: domain['name'],
      isDefault: domain['isDefault'] === true,
      isInitial: domain['isInitial'] === true,
      isFederated: domain['type'] === 'Federated',
    },
  ];
}
