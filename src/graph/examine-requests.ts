import type { Collection } from '../identity/change.ts';
import type { Finding } from '../identity/examination.ts';
import type { ReadingMode } from '../identity/reading.ts';
import type { Scope } from '../identity/scope.ts';
import { SourceError } from '../identity/source-error.ts';
import { hasDeltaQueries } from './auto-feed.ts';
import { examineProperties } from './examine-properties.ts';
import { createGraphClient } from './graph-client.ts';
import type { GraphClient, GraphClientOptions } from './graph-client.ts';
import { graphUrl } from './graph-url.ts';
import { asRecord } from './json.ts';
import { fetchOrganization } from './organization.ts';
import type { Organization } from './organization.ts';
import { Pace } from './pace.ts';
import { permissionRemedy } from './permissions.ts';
import type { SelectedProperties } from './selection.ts';
import { tryFilter } from './try-filter.ts';

/** What examining requests needs. */
export interface RequestExaminer extends Omit<GraphClientOptions, 'tokens' | 'pace' | 'attemptsMax'> {
  /** An access token; requests do not get another one. */
  readonly token: string;
  readonly tenantId: string;
  readonly scope: Scope;
  readonly properties: SelectedProperties;
  readonly reading: ReadingMode;
  readonly signal: AbortSignal;
}

// Somebody waits for the answers, and a second attempt tells whether it was only a hiccup.
const attemptsMax = 2;

/** Makes each kind of request that a sync makes, for as little data as possible. Ends with a domain of the tenant, if known. */
export async function* examineRequests(examiner: RequestExaminer): AsyncGenerator<Finding, string | undefined, void> {
  const { token, clock, log } = examiner;
  const tokens = { token: async () => token, discard: () => undefined };
  const client = createGraphClient({ ...examiner, tokens, pace: new Pace(clock, log), attemptsMax });
  for (const [collection, permission] of [
    ['users', 'User.Read.All'],
    ['groups', 'GroupMember.Read.All'],
  ] as const) {
    const { enabled, filter } = examiner.scope[collection];
    if (enabled) {
      const reading = await examineReading(examiner, client, collection, permission);
      yield reading;
      const properties = examiner.properties[collection];
      if (reading.verdict === 'good' && properties.length > 0) {
        const { origin, signal } = examiner;
        yield await examineProperties({ client, origin, collection, properties, signal });
      }
    }
    if (enabled && filter !== undefined) yield await examineFilter(examiner, client, collection, filter);
  }
  const organization = await examineOrganization(examiner, client);
  yield* organization.findings;
  return organization.domain ?? (await domainOfSomeUser(examiner, client));
}

/** Whether a collection can be read in the way in which it is to be. */
async function examineReading(
  examiner: RequestExaminer,
  client: GraphClient,
  collection: Collection,
  permission: string,
): Promise<Finding> {
  const row = { id: `requests.${collection}`, subject: `Changes of ${collection}` };
  const { origin, signal, reading } = examiner;
  const asking = { signal, statistics: { retries: 0, throttledMs: 0 } };
  try {
    if (reading !== 'list' && (await hasDeltaQueries(client, origin, collection, asking))) {
      return { ...row, verdict: 'good', finding: 'Microsoft Graph reports them', fix: null };
    }
    if (reading === 'delta') {
      const finding = 'this tenant has no delta queries, as external (CIAM) and B2C tenants have none';
      return { ...row, verdict: 'bad', finding, fix: 'Leave out sync.mode, so that each round lists everything.' };
    }
    await ask(examiner, client, graphUrl(origin, [collection], { $top: '1', $select: 'id' }), collection);
    const why = reading === 'list' ? 'sync.mode' : 'this tenant has no delta queries';
    return { ...row, verdict: 'good', finding: `not asked for; each round lists everything (${why})`, fix: null };
  } catch (error) {
    if (!(error instanceof SourceError) || error.code === 'aborted') throw error;
    const fix = error.code === 'forbidden' ? permissionRemedy(permission) : requestRemedy(error);
    return { ...row, verdict: 'bad', finding: error.message, fix };
  }
}

async function examineFilter(
  { origin, signal }: RequestExaminer,
  client: GraphClient,
  collection: Collection,
  filter: string,
): Promise<Finding> {
  const where = `${collection}.filter`;
  const row = { id: `filter.${collection}`, subject: where };
  try {
    const { count } = await tryFilter(client, origin, { collection, filter, where, sampleSize: 1, signal });
    if (count > 0) return { ...row, verdict: 'good', finding: `lets ${count} of the ${collection} through`, fix: null };
    const fix = `Look at some ${collection} in Graph Explorer, or try: entra-ldapd filter test ${collection}`;
    return { ...row, verdict: 'doubtful', finding: `lets no ${collection} through`, fix };
  } catch (error) {
    if (!(error instanceof SourceError) || error.code === 'aborted') throw error;
    const fix = error.code === 'badRequest' ? 'Correct it; docs/scope.md has examples.' : requestRemedy(error);
    return { ...row, verdict: 'bad', finding: error.message, fix };
  }
}

function requestRemedy({ code }: SourceError): string {
  switch (code) {
    case 'throttled':
      return 'Wait some minutes; another program may use up the allowance of this application, so give each its own.';
    case 'credentials':
      return 'Check tenant.graphUrl and tenant.cloud, and the clock of this machine.';
    default:
      return 'Try again in some minutes; if it stays, look at https://status.cloud.microsoft.';
  }
}

function ask({ signal }: RequestExaminer, client: GraphClient, url: string, operation: string): Promise<unknown> {
  const statistics = { retries: 0, throttledMs: 0 };
  return client.get({ url, operation, signal, statistics, priority: 'normal' });
}

interface ExaminedOrganization {
  readonly findings: readonly Finding[];
  readonly domain: string | undefined;
}

async function examineOrganization(examiner: RequestExaminer, client: GraphClient): Promise<ExaminedOrganization> {
  const row = { id: 'organization', subject: 'Name and domains' };
  try {
    const organization = await fetchOrganization(client, examiner.origin, examiner.signal);
    return describe(organization, examiner.tenantId);
  } catch (error) {
    if (!(error instanceof SourceError) || error.code === 'aborted') throw error;
    const finding = error.code === 'forbidden' ? 'not shown without Organization.Read.All' : error.message;
    return { findings: [{ ...row, verdict: 'skipped', finding, fix: null }], domain: undefined };
  }
}

function describe(organization: Organization, tenantId: string): ExaminedOrganization {
  const { id, displayName, verifiedDomains, isHybrid } = organization;
  const row = { id: 'organization', subject: 'Name and domains' };
  const initial = verifiedDomains.find((domain) => domain.isInitial) ?? verifiedDomains[0];
  if (id !== undefined && id !== tenantId) {
    const finding = 'Microsoft Graph answers for another tenant';
    const fix = 'Check tenant.id, tenant.graphUrl and tenant.cloud.';
    return { findings: [{ ...row, verdict: 'bad', finding, fix }], domain: undefined };
  }
  const names = verifiedDomains.map(({ name, isDefault }) => (isDefault ? `${name} (primary)` : name));
  const kind = isHybrid ? 'hybrid, synchronized with Active Directory' : 'cloud-only';
  const finding = `${displayName ?? 'without a name'}: ${names.join(', ')}; ${kind}`;
  return {
    findings: [{ ...row, verdict: 'good', finding, fix: null }, ...federation(organization)],
    domain: initial?.name,
  };
}

function federation({ verifiedDomains }: Organization): readonly Finding[] {
  const names = verifiedDomains.filter(({ isFederated }) => isFederated).map(({ name }) => name);
  if (names.length === 0) return [];
  return [
    {
      id: 'domains.federated',
      subject: 'Federated domains',
      verdict: 'doubtful',
      finding: `${names.join(', ')}: their users sign in elsewhere, and Entra cannot check their passwords`,
      fix:
        'Synchronize password hashes, and allow cloud passwords by a home realm discovery policy ' +
        '(AllowCloudPasswordValidation).',
    },
  ];
}

/** The domain of any user: whoever may read users but not the organization is told by that. */
async function domainOfSomeUser(examiner: RequestExaminer, client: GraphClient): Promise<string | undefined> {
  try {
    const url = graphUrl(examiner.origin, ['users'], { $top: '1', $select: 'userPrincipalName' });
    const value = asRecord(await ask(examiner, client, url, 'users'))?.['value'];
    const name = Array.isArray(value) ? asRecord(value[0])?.['userPrincipalName'] : undefined;
    return typeof name === 'string' ? /@([\w.-]+)$/.exec(name)?.[1] : undefined;
  } catch (error) {
    if (!(error instanceof SourceError) || error.code === 'aborted') throw error;
    return undefined;
  }
}
