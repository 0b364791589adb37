import { demoNames } from './demo-names.ts';
import { certificateNames } from './server-certificate.ts';

/** The file beside the configuration that holds the client secret. */
export const clientSecretName = 'client-secret';

/** What a demo's configuration is made of. */
export interface DemoConfig {
  readonly tenantId: string;
  readonly clientId: string;
  readonly simulatorUrl: string;
  readonly port: number;
  readonly tlsPort: number;
  readonly httpPort: number;
  readonly passwordHash: string;
  readonly logLevel: string;
}

/** The configuration of a demo as YAML, for the folder that holds its certificate and client secret. */
export function demoConfigText(demo: DemoConfig): string {
  // JSON strings are YAML strings.
  const text = JSON.stringify;
  return `# Written by "entra-ldapd demo" at every start. For a real tenant, begin with config/entra-ldapd.example.yaml.
tenant:
  displayName: Contoso (simulated)
  id: ${text(demo.tenantId)}
  clientId: ${text(demo.clientId)}
  credential:
    secret: \${file:${clientSecretName}}
  authorityHost: ${text(demo.simulatorUrl)}
  graphUrl: ${text(demo.simulatorUrl)}
  caFile: ${certificateNames.ca}
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
    certFile: ${certificateNames.cert}
    keyFile: ${certificateNames.key}
http:
  listen: [${text(`127.0.0.1:${demo.httpPort}`)}]
serviceAccounts:
  - name: ${text(demoNames.serviceAccount)}
    description: The account that the demo's commands bind with
    passwordHash: ${text(demo.passwordHash)}
log:
  level: ${text(demo.logLevel)}
`;
}
