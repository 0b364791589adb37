import { demoNames } from './demo-names.ts';

/** What a demo's configuration is made of. Paths are absolute or relative to the configuration. */
export interface DemoConfig {
  readonly tenantId: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly simulatorUrl: string;
  readonly caFile: string;
  readonly certFile: string;
  readonly keyFile: string;
  readonly port: number;
  readonly tlsPort: number;
  readonly passwordHash: string;
  readonly logLevel: string;
}

/** The configuration of a demo as YAML. JSON strings are YAML strings, so any text is safe in it. */
export function demoConfigText(demo: DemoConfig): string {
  const text = JSON.stringify;
  return `# Written by "entra-ldapd demo" at every start. For a real tenant, begin with config/entra-ldapd.example.yaml.
tenant:
  displayName: Contoso (simulated)
  id: ${text(demo.tenantId)}
  clientId: ${text(demo.clientId)}
  credential:
    secret: ${text(demo.clientSecret)}
  authorityHost: ${text(demo.simulatorUrl)}
  graphUrl: ${text(demo.simulatorUrl)}
  caFile: ${text(demo.caFile)}
directory:
  baseDn: ${text(demoNames.baseDn)}
sync:
  interval: 1m
store:
  path: store
ldap:
  listen: [${text(`127.0.0.1:${demo.port}`)}]
  tlsListen: [${text(`127.0.0.1:${demo.tlsPort}`)}]
  requireTlsForBind: false
  tls:
    certFile: ${text(demo.certFile)}
    keyFile: ${text(demo.keyFile)}
serviceAccounts:
  - name: ${text(demoNames.serviceAccount)}
    description: The account that the demo's commands bind with
    passwordHash: ${text(demo.passwordHash)}
log:
  level: ${text(demo.logLevel)}
`;
}
