import { clientAssertion, clientAssertionType } from './client-assertion.ts';
import { parseCertificateCredential } from './credential.ts';
import type { GraphCredential } from './credential.ts';
import { readFederatedToken } from './federated-token.ts';

/** The form fields by which a token request of our own proves which application it comes from (RFC 6749 §2.3.1, RFC 7523 §2.2). */
export type ClientProof = (nowMs: number) => Promise<Readonly<Record<string, string>>>;

/**
 * The proof that goes with a credential; throws a `SourceError` `credentials` for a certificate that cannot be used. A
 * managed identity has a client id of its own and proves nothing about the application, so that its fields are none: the
 * application must then allow public client flows.
 */
export function clientProof(credential: GraphCredential, clientId: string, tokenEndpoint: string): ClientProof {
  switch (credential.kind) {
    case 'secret':
      return async () => ({ client_secret: credential.secret.reveal() });
    case 'certificate': {
      const certificate = parseCertificateCredential(credential.pem);
      const sign = (nowMs: number): string =>
        clientAssertion(certificate, credential.sendCertificateChain, { clientId, audience: tokenEndpoint, nowMs });
      return async (nowMs) => assertionFields(sign(nowMs));
    }
    case 'workloadIdentity':
      return async () => assertionFields(await readFederatedToken(credential.tokenFile));
    case 'managedIdentity':
      return async () => ({});
  }
}

function assertionFields(assertion: string): Readonly<Record<string, string>> {
  return { client_assertion_type: clientAssertionType, client_assertion: assertion };
}
