/** Domains, the organization, service principals and their assignments. */
import { parseObjectId } from '../../identity/ids.ts';
import type { AppRegistration } from '../tenant/registration.ts';
import type { TenantModel } from '../tenant/tenant-model.ts';
import { type GraphAnswer, type GraphCall, ok } from './call.ts';
import { notFound, unsupportedQuery } from './graph-error.ts';
import { demand } from './permissions.ts';

const NO_ROLE = '00000000-0000-0000-0000-000000000000';

function context(call: GraphCall, what: string): { '@odata.context': string } {
  return { '@odata.context': `${call.origin}/v1.0/$metadata#${what}` };
}

/** `GET /domains` and `GET /domains/{name}`. */
export function domains(call: GraphCall, tenant: TenantModel): GraphAnswer {
  demand(call.caller, 'domains');
  const all = tenant.facts.domains.map((domain) => ({
    authenticationType: domain.authentication,
    availabilityStatus: null,
    id: domain.name,
    isAdminManaged: true,
    isDefault: domain.isDefault,
    isInitial: domain.isInitial,
    isRoot: true,
    isVerified: true,
    supportedServices: ['Email', 'OfficeCommunicationsOnline'],
    passwordValidityPeriodInDays: 2147483647,
    passwordNotificationWindowInDays: 14,
    state: null,
  }));
  const name = call.segments[1];
  if (name === undefined) return ok({ ...context(call, 'domains'), value: all });
  const found = all.find((domain) => domain.id === name.toLowerCase());
  if (found === undefined) throw notFound(name);
  return ok({ ...context(call, 'domains/$entity'), ...found });
}

/** True when somebody comes from an Active Directory. */
function isHybrid({ users }: TenantModel): boolean {
  for (let index = 0; index < users.count; index += 1) {
    if (users.state(index) === 'live' && users.record(index)['onPremisesSyncEnabled'] === true) return true;
  }
  return false;
}

/** `GET /organization` and `GET /organization/{id}`. */
export function organization(call: GraphCall, tenant: TenantModel): GraphAnswer {
  demand(call.caller, 'organization');
  const { facts } = tenant;
  const entity = {
    id: facts.tenantId,
    deletedDateTime: null,
    businessPhones: ['+1 425 555 0100'],
    city: 'Redmond',
    country: null,
    countryLetterCode: 'US',
    createdDateTime: facts.createdDateTime,
    displayName: facts.displayName,
    onPremisesLastSyncDateTime: null,
    onPremisesSyncEnabled: isHybrid(tenant) ? true : null,
    preferredLanguage: 'en',
    tenantType: 'AAD',
    verifiedDomains: facts.domains.map((domain) => ({
      capabilities: 'Email, OfficeCommunicationsOnline',
      isDefault: domain.isDefault,
      isInitial: domain.isInitial,
      name: domain.name,
      type: domain.authentication,
    })),
    assignedPlans: [],
  };
  const id = call.segments[1];
  if (id === undefined) return ok({ ...context(call, 'organization'), value: [entity] });
  if (id.toLowerCase() !== facts.tenantId) throw notFound(id);
  return ok({ ...context(call, 'organization/$entity'), ...entity });
}

function principalOf(application: AppRegistration): Record<string, unknown> {
  return {
    id: application.objectId,
    deletedDateTime: null,
    accountEnabled: true,
    appDisplayName: application.displayName,
    appId: application.clientId,
    appRoleAssignmentRequired: false,
    displayName: application.displayName,
    servicePrincipalNames: [application.clientId],
    servicePrincipalType: 'Application',
    appRoles: [],
  };
}

/** `GET /servicePrincipals`, by `$filter=appId eq '…'`, by id or `(appId='…')`, and their `appRoleAssignedTo`. */
export function servicePrincipals(call: GraphCall, tenant: TenantModel): GraphAnswer {
  demand(call.caller, 'applications');
  const [, key, relation] = call.segments;
  const applications = tenant.facts.applications;
  if (key === undefined) {
    const wanted = filteredAppId(call.query.get('filter'));
    const found = applications.filter((each) => wanted === undefined || each.clientId === wanted);
    return ok({ ...context(call, 'servicePrincipals'), value: found.map(principalOf) });
  }
  const byAppId = /^appId='(.*)'$/i.exec(key)?.[1]?.toLowerCase();
  const application = applications.find((each) =>
    byAppId === undefined ? each.objectId === parseObjectId(key) : each.clientId === byAppId,
  );
  if (application === undefined) throw notFound(key);
  if (relation === undefined) return ok({ ...context(call, 'servicePrincipals/$entity'), ...principalOf(application) });
  if (relation === 'appRoleAssignedTo') return appRoleAssignedTo(call, tenant, application);
  throw notFound(relation);
}

function filteredAppId(filter: string | undefined): string | undefined {
  if (filter === undefined) return undefined;
  const appId = /^\s*appId\s+eq\s+'([^']*)'\s*$/i.exec(filter)?.[1];
  if (appId === undefined) throw unsupportedQuery('Unsupported Query.');
  return appId.toLowerCase();
}

function appRoleAssignedTo(call: GraphCall, tenant: TenantModel, application: AppRegistration): GraphAnswer {
  const value = tenant.facts.assignments.flatMap(({ principalId, principalType }, index) => {
    const table = principalType === 'User' ? tenant.users : tenant.groups;
    const at = table.indexOf(principalId);
    if (at === -1 || table.state(at) !== 'live') return [];
    return [
      {
        id: Buffer.from(`${principalId}:${index}`).toString('base64url'),
        deletedDateTime: null,
        appRoleId: NO_ROLE,
        createdDateTime: '2025-02-02T04:22:45.9480566Z',
        principalDisplayName: table.record(at)['displayName'] ?? null,
        principalId,
        principalType,
        resourceDisplayName: application.displayName,
        resourceId: application.objectId,
      },
    ];
  });
  return ok({ ...context(call, `servicePrincipals('${application.objectId}')/appRoleAssignedTo`), value });
}
