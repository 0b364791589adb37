import { parseObjectId } from '../identity/ids.ts';
import type { ObjectId } from '../identity/ids.ts';
import { SourceError } from '../identity/source-error.ts';
import type { GraphClient } from './graph-client.ts';
import type { JsonRecord } from './json.ts';
import { listIds, listPages, pageObjectsMax } from './listing.ts';
import type { ListQuery } from './listing.ts';

/** What is assigned to an enterprise application. */
export interface Assigned {
  readonly users: ReadonlySet<ObjectId>;
  readonly groups: ReadonlySet<ObjectId>;
}

const operation = 'servicePrincipals';

/**
 * The users and groups that are assigned to the enterprise application of a client id, complete or not at all
 * (https://learn.microsoft.com/graph/api/serviceprincipal-list-approleassignedto). Needs Application.Read.All; throws
 * {@link SourceError}.
 */
export async function listAssigned(
  client: GraphClient,
  origin: string,
  clientId: string,
  asking: Pick<ListQuery, 'signal' | 'statistics'>,
): Promise<Assigned> {
  const options = { $filter: `appId eq '${clientId}'`, $select: 'id' };
  const [application] = await listIds(client, origin, {
    segments: ['servicePrincipals'],
    options,
    operation,
    ...asking,
  });
  if (application === undefined) {
    throw new SourceError('notFound', 'The app registration has no enterprise application in this tenant');
  }
  const found = { users: new Set<ObjectId>(), groups: new Set<ObjectId>() };
  const query: ListQuery = {
    segments: ['servicePrincipals', application, 'appRoleAssignedTo'],
    options: { $top: String(pageObjectsMax) },
    operation,
    ...asking,
  };
  for await (const { value } of listPages(client, origin, query)) {
    for (const assignment of value) add(assignment, found);
  }
  return found;
}

function add(
  { principalId, principalType }: JsonRecord,
  { users, groups }: Record<keyof Assigned, Set<ObjectId>>,
): void {
  const id = typeof principalId === 'string' ? parseObjectId(principalId) : undefined;
  if (id === undefined || typeof principalType !== 'string') {
    throw new SourceError('protocol', 'An assignment to the enterprise application does not say to whom');
  }
  if (principalType === 'User') users.add(id);
  if (principalType === 'Group') groups.add(id);
}
