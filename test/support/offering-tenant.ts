import { parseTenant } from '../../src/simulator/tenant-file.ts';
import { DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET } from '../../src/simulator/tenant/registration.ts';
import type { TenantModel } from '../../src/simulator/tenant/tenant-model.ts';

/** The client id and secret of the one registration of {@link offeringTenant}. */
export const offering = { clientId: DEFAULT_CLIENT_ID, secret: DEFAULT_CLIENT_SECRET } as const;

/** A directory extension of the tenant, for users and groups. */
export const badge = 'extension_0123456789abcdef0123456789abcdef_badge';

/** The permissions with which everything is listed. */
export const everyPermission = [
  'User.Read.All',
  'GroupMember.Read.All',
  'Directory.Read.All',
  'Application.Read.All',
  'CustomSecAttributeAssignment.Read.All',
  'CustomSecAttributeDefinition.Read.All',
] as const;

const annotated = { '@odata.type': '#microsoft.graph.customSecurityAttributeValue', 'Floor@odata.type': '#Int32' };

/** A tenant with extensions of every kind and custom security attributes; its application has these permissions. */
export function offeringTenant(permissions: readonly string[] = everyPermission): TenantModel {
  const text = JSON.stringify({
    tenant: { id: '5d8f9f6e-91c2-4b0e-8a53-3f6f3b1a7c11', domains: [{ name: 'contoso.com', default: true }] },
    applications: [{ clientId: offering.clientId, secrets: [offering.secret], permissions }],
    extensionProperties: [
      { name: badge, targetObjects: ['User', 'Group'], isSyncedFromOnPremises: true },
      { name: 'extension_0123456789abcdef0123456789abcdef_cards', dataType: 'Integer', isMultiValued: true },
      { name: 'extension_0123456789abcdef0123456789abcdef_device', targetObjects: ['Device'] },
    ],
    schemaExtensions: [
      {
        id: 'extabcdefgh_desk',
        description: 'Where people sit',
        targetTypes: ['User', 'Group'],
        properties: [{ name: 'number', type: 'Integer' }, { name: 'floor' }],
      },
      { id: 'extabcdefgh_old', status: 'Deprecated', properties: [{ name: 'gone' }] },
    ],
    securityAttributes: [
      { attributeSet: 'Site', name: 'Floor', type: 'Integer', description: 'The floor' },
      { attributeSet: 'Site', name: 'Projects', isCollection: true },
      { attributeSet: 'Site', name: 'Unused' },
    ],
    users: [
      {
        userPrincipalName: 'anna@contoso.com',
        displayName: 'Anna \u001b[31m',
        jobTitle: 'Clerk',
        employeeOrgData: { costCenter: '4711', division: null },
        onPremisesExtensionAttributes: { extensionAttribute1: 'x'.repeat(100) },
        [badge]: 'A-17',
        extension_0123456789abcdef0123456789abcdef_cards: [1, 2, 3, 4],
        extabcdefgh_desk: { '@odata.type': '#microsoft.graph.ComplexExtensionValue', number: 7, floor: 'first' },
        customSecurityAttributes: {
          Site: { ...annotated, Floor: 3, 'Projects@odata.type': '#x', Projects: ['a', 'b'] },
        },
      },
      { userPrincipalName: 'ben@contoso.com', manager: 'anna@contoso.com', jobTitle: 'Clerk', department: 'Sales' },
      {
        userPrincipalName: 'cleo@contoso.com',
        manager: 'anna@contoso.com',
        customSecurityAttributes: { Site: { ...annotated, Floor: 4 } },
      },
    ],
    groups: [
      {
        displayName: 'Staff',
        members: ['anna@contoso.com'],
        [badge]: 'S-1',
        extabcdefgh_desk: { number: 9 },
      },
    ],
  });
  return parseTenant(text, 'offering.json');
}
