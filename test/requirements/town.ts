/** A tenant as its file describes it. */
export type Tenant = Readonly<Record<string, unknown>>;

/** What everybody's password is. */
export const password = 'Passw0rd!';

const person = (name: string, properties: Readonly<Record<string, unknown>> = {}): object => ({
  userPrincipalName: `${name}@contoso.com`,
  displayName: `${name.slice(0, 1).toUpperCase()}${name.slice(1)}`,
  createdDateTime: '2020-01-01T00:00:00Z',
  password,
  ...properties,
});

export const staffId = '00000000-0000-4000-8000-0000000000a1';
export const annaId = '00000000-0000-4000-8000-0000000000b1';

/** People of each kind and groups of each kind, few enough to be known by name. */
export const town = {
  tenant: {
    id: '5d8f9f6e-91c2-4b0e-8a53-3f6f3b1a7c14',
    displayName: 'Town',
    domains: ['contoso.com', 'fabrikam.com', 'contoso.onmicrosoft.com'],
  },
  users: [
    person('anna', {
      id: annaId,
      givenName: 'Anna',
      surname: 'Lindström',
      mail: 'anna.lindstroem@contoso.com',
      mailNickname: 'annika',
      department: 'Sales',
      jobTitle: 'Head of Sales',
      employeeId: 'E7',
      employeeType: 'Manager',
      mobilePhone: '+49 170 1234',
      businessPhones: ['+49 30 1234'],
      officeLocation: 'B 12',
      manager: 'jack@contoso.com',
      onPremisesExtensionAttributes: { extensionAttribute1: 'badge 7' },
    }),
    person('ben', { department: 'Retail', accountEnabled: false }),
    person('jack', { givenName: 'Jack', department: 'Retail' }),
    person('dora', { department: 'Legal', onPremisesSyncEnabled: true, onPremisesSamAccountName: 'DLEGAL' }),
    person('plain'),
    person('kim', { userPrincipalName: 'kim@fabrikam.com', createdDateTime: '2021-01-01T00:00:00Z' }),
    person('kim', { displayName: 'Kim of Contoso', department: 'Sales' }),
    person('guest', {
      userPrincipalName: 'gina_home.example#EXT#@contoso.onmicrosoft.com',
      displayName: 'Gina Guest',
      userType: 'Guest',
    }),
  ],
  groups: [
    {
      displayName: 'Staff',
      id: staffId,
      groupTypes: ['Unified'],
      mailEnabled: true,
      securityEnabled: false,
      mail: 'staff@contoso.com',
      description: 'Everybody who works here',
      members: ['anna@contoso.com', 'jack@contoso.com', 'Inner'],
    },
    { displayName: 'Inner', members: ['dora@contoso.com', 'Deeper'] },
    { displayName: 'Deeper', members: ['kim@contoso.com', 'Inner'] },
    { displayName: 'Leavers', members: ['jack@contoso.com'] },
    {
      displayName: 'LDAP-Dynamic',
      groupTypes: ['DynamicMembership'],
      membershipRule: 'user.department -eq "Sales"',
      members: ['anna@contoso.com', 'kim@contoso.com'],
    },
    { displayName: 'LDAP-List', mailEnabled: true, securityEnabled: false, mail: 'list@contoso.com' },
    { displayName: 'Mail and rights', mailEnabled: true, mail: 'rights@contoso.com', members: ['ben@contoso.com'] },
    { displayName: 'Twins', members: ['anna@contoso.com'] },
    { displayName: 'Twins', members: ['plain@contoso.com'] },
  ],
  assignments: ['plain@contoso.com', 'Leavers'],
} as const satisfies Tenant;

/** The app registration of the town, otherwise. */
export function registered(application: Readonly<Record<string, unknown>>): Tenant {
  const clientId = '7d3c1f5e-2b64-4a8e-9c0d-5e6f7a8b9c0d';
  const secrets = ['simulated-Client.Secret~0123456789'];
  return { ...town, applications: [{ clientId, secrets, ...application }] };
}
