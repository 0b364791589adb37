/** Names and passwords that the demo is served with. */
export const demoNames = {
  baseDn: 'dc=contoso,dc=com',
  serviceAccount: 'demo',
  bindDn: 'cn=demo,ou=services,dc=contoso,dc=com',
  servicePassword: 'demo',
  uid: 'alice',
  user: 'alice@contoso.com',
  userPassword: 'Passw0rd!',
  group: 'Sales',
} as const;

/** The size of the demo's tenant. The seed is fixed, so that a later start finds the same people. */
export const demoTenant = { seed: 1, users: 500, groups: 60 } as const;
