import {
  ClientAssertionCredential,
  ClientCertificateCredential,
  ClientSecretCredential,
  ManagedIdentityCredential,
} from '@azure/identity';
import type { TokenCredential, TokenCredentialOptions } from '@azure/identity';

import type { GraphCredential } from './credential.ts';

/** Whose tokens are asked for, and where. */
export interface AzureApplication {
  readonly tenantId: string;
  readonly clientId: string;
  /** For instance `https://login.microsoftonline.com`. */
  readonly authorityHost: string;
}

// The authorities that the Microsoft libraries know. For any other they would ask login.microsoftonline.com first.
const knownAuthorities: ReadonlySet<string> = new Set([
  'https://login.microsoftonline.com',
  'https://login.microsoftonline.us',
  'https://login.partner.microsoftonline.cn',
  'https://login.chinacloudapi.cn',
]);

// Attempts are counted and waited for in one place, `retry.ts`.
const retryOptions = { maxRetries: 0 };

/** What a credential of @azure/identity reaches the outside by. */
export interface AzureSurroundings {
  readonly httpClient: NonNullable<TokenCredentialOptions['httpClient']>;
  /** Reads the token of another identity provider; see `readFederatedToken`. */
  readonly readToken: (path: string) => Promise<string>;
}

/** A credential of @azure/identity that sends its requests through `httpClient`. */
export function createAzureCredential(
  { tenantId, clientId, authorityHost }: AzureApplication,
  credential: GraphCredential,
  { httpClient, readToken }: AzureSurroundings,
): TokenCredential {
  const settings = {
    httpClient,
    authorityHost,
    disableInstanceDiscovery: !knownAuthorities.has(new URL(authorityHost).origin),
    retryOptions,
  };
  switch (credential.kind) {
    case 'secret':
      return new ClientSecretCredential(tenantId, clientId, credential.secret.reveal(), settings);
    case 'certificate': {
      const { pem, sendCertificateChain } = credential;
      const chain = { ...settings, sendCertificateChain };
      return new ClientCertificateCredential(tenantId, clientId, { certificate: pem }, chain);
    }
    case 'workloadIdentity':
      // WorkloadIdentityCredential keeps the token of the file for five minutes (4.13.1), beyond the rotation of some clusters.
      return new ClientAssertionCredential(tenantId, clientId, () => readToken(credential.tokenFile), settings);
    case 'managedIdentity': {
      const identity = credential.clientId === undefined ? {} : { clientId: credential.clientId };
      return new ManagedIdentityCredential({ ...identity, httpClient, retryOptions });
    }
  }
}
