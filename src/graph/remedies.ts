/** What an administrator does about an error of Entra or of the network, in one sentence each. */
import type { SourceError } from '../identity/source-error.ts';

const newSecret =
  'Create a new secret in the app registration under Certificates & secrets, copy its value (not its ID), and put it where ' +
  'tenant.credential takes it from.';
const registerCertificate =
  'Upload the certificate (without the key) to the app registration under Certificates & secrets, or make a new one.';
const federatedCredential =
  'Compare issuer, subject and audience under Certificates & secrets > Federated credentials with those in the token.';
const allowPublicFlows =
  'Set "Allow public client flows" to Yes in the app registration under Authentication, or use a secret or a certificate.';
const checkTenantId = 'Copy the "Directory (tenant) ID" of the app registration to tenant.id, and check tenant.cloud.';
const grantConsent = 'Press "Grant admin consent" in the app registration under API permissions.';
const allowAddress =
  'Exclude this application from the Conditional Access policy for workload identities, or add the public address of this ' +
  'server to its named locations.';

/** By AADSTS code, for requests in the name of the application. */
const applicationRemedies: ReadonlyMap<string, string> = new Map([
  ['7000215', newSecret],
  ['7000222', newSecret],
  ['7000216', newSecret],
  ['7000218', allowPublicFlows],
  ['700016', 'Copy the "Application (client) ID" of the app registration to tenant.clientId, and check tenant.id.'],
  ['700025', 'Remove the credential, or set "Allow public client flows" to No in the app registration.'],
  ['700027', registerCertificate],
  ['700024', 'Correct the clock of this machine; the signed request is only valid for minutes.'],
  ['700021', federatedCredential],
  ['700023', federatedCredential],
  ['70021', federatedCredential],
  ['700211', federatedCredential],
  ['700212', federatedCredential],
  ['700213', federatedCredential],
  ['7000112', 'Set "Enabled for users to sign-in" to Yes in the properties of the enterprise application.'],
  ['90002', checkTenantId],
  ['50059', checkTenantId],
  ['50128', checkTenantId],
  ['65001', grantConsent],
  ['650056', grantConsent],
  ['650057', grantConsent],
  ['500011', 'Check tenant.graphUrl and tenant.cloud: the tenant knows no such service.'],
  ['53003', allowAddress],
  ['53000', allowAddress],
]);

/** What to do when Entra refuses a request in the name of the application. */
export function applicationRemedy(code: string | undefined): string {
  const known = code === undefined ? undefined : applicationRemedies.get(code);
  return known ?? 'Look the code up in the sign-in logs of the Entra admin center, under Service principal sign-ins.';
}

/** At which stage an exchange failed. */
export type Stage = 'name' | 'connection' | 'proxy' | 'certificate' | 'tls' | 'answer';

const stages: Readonly<Record<string, Stage>> = {
  ENOTFOUND: 'name',
  EAI_AGAIN: 'name',
  ECONNREFUSED: 'connection',
  ETIMEDOUT: 'connection',
  EHOSTUNREACH: 'connection',
  ENETUNREACH: 'connection',
  UND_ERR_CONNECT_TIMEOUT: 'connection',
  EPROTO: 'tls',
  ERR_SSL_WRONG_VERSION_NUMBER: 'tls',
};

/** The stage of an exchange that failed on the network; `certificate` tells whether the failure was about one. */
export function stageOf({ details: { sourceCode = '' } }: SourceError, certificate: boolean): Stage {
  if (certificate) return 'certificate';
  return sourceCode.startsWith('PROXY_') ? 'proxy' : (stages[sourceCode] ?? 'answer');
}

const certificateRemedies: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED:
    'Correct the clock of this machine; if it is right, whoever answers there has to renew the certificate.',
  CERT_NOT_YET_VALID: 'Correct the clock of this machine.',
  ERR_TLS_CERT_ALTNAME_INVALID:
    'Something else answers under that name: check the DNS, /etc/hosts, and for a proxy or a login page in between.',
};

/** What to do when `host` could not be asked. */
export function networkRemedy(stage: Stage, host: string, { details: { sourceCode = '' } }: SourceError): string {
  switch (stage) {
    case 'name':
      return `Check the name, tenant.cloud, and the DNS server of this machine (/etc/resolv.conf): ${host} must resolve.`;
    case 'connection':
      return `Allow connections from this machine to ${host} in the firewall, or name your proxy in tenant.proxy.`;
    case 'proxy':
      return `Let the proxy allow CONNECT to ${host}, and check the user and the password in tenant.proxy.`;
    case 'certificate':
      return (
        certificateRemedies[sourceCode] ??
        'If a proxy inspects TLS here, name the PEM file with its authority in tenant.caFile.'
      );
    case 'tls':
      return `Check the port and the proxy: what answers as ${host} does not speak TLS.`;
    case 'answer':
      return 'Try again in some minutes; if it stays, look at https://status.cloud.microsoft and at the proxy in between.';
  }
}
