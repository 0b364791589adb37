import { parseTenantId } from '../identity/ids.ts';
import { Secret } from '../identity/secret.ts';
import { httpsOriginExpected, parseHttpsOrigin } from './endpoints.ts';
import { choice, duration, filePath, flag, list, plainText, section, text } from './leaf.ts';
import { isGuid, isOneLine } from './names.ts';
import { parseProxy, proxyExpected } from './proxy.ts';
import type { Reading } from './units.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;

function origin(description: string) {
  return text({ description, expected: httpsOriginExpected, parse: parseHttpsOrigin });
}

const tenantIdExpected =
  'must be the "Directory (tenant) ID" from the overview page of the app registration, 32 hexadecimal digits in the form ' +
  '01234567-89ab-cdef-0123-456789abcdef';
const clientIdExpected =
  'must be the "Application (client) ID" from the overview page of the app registration, 32 hexadecimal digits in the ' +
  'form 01234567-89ab-cdef-0123-456789abcdef';
const guidPattern = '^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$';

const secretExpected = 'must be the value of a client secret, best as ${env:NAME} or ${file:PATH}';

const expiryExpected = 'must be the day or the moment when the secret ends, for instance 2028-01-31';
const managedIdentityExpected = 'must be system, or the client ID of a user-assigned managed identity';

/** The keys of which a credential has exactly one. */
export const credentialKinds = ['secret', 'certificateFile', 'federatedTokenFile', 'managedIdentity'] as const;

const credentialDescription =
  'How this program proves to Entra who it is: a client secret, a certificate, a workload identity or a managed identity.';

const credential = section(credentialDescription, {
  secret: text({
    description:
      'The value (not the ID) of a client secret of the app registration, best as ${env:NAME} or ${file:PATH}.',
    expected: secretExpected,
    parse: (input) => {
      if (isGuid(input)) {
        return {
          problem:
            'is the ID of a client secret, not its value; copy the column "Value", which is shown only once after creation, ' +
            'or create a new secret with a long expiry',
        };
      }
      if (!isOneLine(input, 512))
        return { problem: `${secretExpected}; it is empty, or has a blank at its start or end` };
      return { value: new Secret(input) };
    },
  }).optional(),
  secretExpires: text({
    description: 'When the secret ends, as the app registration shows it, so that a warning comes in time.',
    expected: expiryExpected,
    examples: ['2028-01-31'],
    parse: parseExpiry,
  }).optional(),
  certificateFile: filePath(
    'A PEM file with the private key and the certificate that is registered in Entra.',
  ).optional(),
  sendCertificateChain: flag(
    'Send the certificate chain too, which subject name and issuer authentication needs. Only with certificateFile.',
  ).optional(),
  federatedTokenFile: filePath(
    'A file with the token of another identity provider, as Kubernetes writes it for workload identities; it is read anew ' +
      'each time.',
  ).optional(),
  managedIdentity: text({
    description:
      'The identity of the Azure resource that this program runs on: system, or the client ID of a user-assigned one.',
    expected: managedIdentityExpected,
    examples: ['system'],
    parse: (input) => {
      if (input === 'system') return { value: input };
      return isGuid(input) ? { value: input.toLowerCase() } : { problem: managedIdentityExpected };
    },
  }).optional(),
}).meta({ oneOf: credentialKinds.map((kind) => ({ required: [kind] })) });

/** Reads a day (its first moment in UTC) or a moment (RFC 3339) into milliseconds since the epoch. */
function parseExpiry(input: string): Reading<number> {
  const known = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d))?$/.test(input);
  const value = known ? Date.parse(input) : Number.NaN;
  return Number.isNaN(value) ? { problem: expiryExpected } : { value };
}

/** The tenant and the app registration in it. */
export const tenant = section('The Entra tenant and the app registration in it.', {
  displayName: plainText({
    description: 'A name for people, shown in the status.',
    expected: 'must be a text of at most 256 characters on one line',
    accept: (input) => isOneLine(input, 256),
  }).optional(),
  id: text({
    description: 'The "Directory (tenant) ID" from the overview page of the app registration.',
    expected: tenantIdExpected,
    pattern: guidPattern,
    parse: (input) => {
      const value = parseTenantId(input);
      return value === undefined ? { problem: tenantIdExpected } : { value };
    },
  }),
  clientId: text({
    description: 'The "Application (client) ID" from the overview page of the app registration.',
    expected: clientIdExpected,
    pattern: guidPattern,
    parse: (input) => (isGuid(input) ? { value: input.toLowerCase() } : { problem: clientIdExpected }),
  }),
  credential: credential.optional(),
  credentials: list(
    'Several credentials in place of one: the first that Entra accepts is used, and the next ones are its backup.',
    4,
    credential,
  ).optional(),
  cloud: choice('The Microsoft cloud that the tenant lives in.', ['global', 'usgov', 'usgov-dod', 'china']).prefault(
    'global',
  ),
  authorityHost: origin('The sign-in service, when it is not the one of the cloud.').optional(),
  graphUrl: origin('Microsoft Graph, when it is not the one of the cloud.').optional(),
  caFile: filePath('A PEM file with certificate authorities to trust beside the usual ones.').optional(),
  proxy: text({
    description:
      'An HTTP proxy on the way to Entra and Microsoft Graph, best as ${env:NAME} when it has a user and a password. Without ' +
      'this key, the environment variables HTTPS_PROXY and NO_PROXY.',
    expected: proxyExpected,
    examples: ['http://proxy.example.com:3128'],
    parse: parseProxy,
  }).optional(),
  requestTimeout: duration({
    description: 'How long one request to Entra or Microsoft Graph may take.',
    min: SECOND,
    max: 5 * MINUTE,
  }).prefault('30s'),
});
