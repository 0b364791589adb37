/** A daemon that never synchronizes, for tests of what does not need a directory: the beginning of its configuration. */
export const absentTenantConfig = `tenant:
  id: 00000000-0000-0000-0000-000000000001
  clientId: 00000000-0000-0000-0000-000000000002
  credential: { secret: "\${env:SECRET}" }
  # Nobody listens on the discard port, so that no round ever succeeds; the LDAP server is there all the same.
  authorityHost: https://127.0.0.1:9
  graphUrl: https://127.0.0.1:9
directory: { baseDn: "dc=example,dc=com" }
log: { format: text }
`;

/** The environment that the configuration asks for. */
export const absentTenantEnvironment = { SECRET: 'a~secret' } as const;
