import { constants, createHash, randomUUID, sign } from 'node:crypto';

import type { CertificateParts } from './credential.ts';

/** What a client assertion is about. */
export interface AssertionClaims {
  readonly clientId: string;
  /** The token endpoint. */
  readonly audience: string;
  readonly nowMs: number;
}

/** The `client_assertion_type` that goes with the assertion (RFC 7523 §2.2). */
export const clientAssertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

// Long enough for clocks that differ, short enough to be worthless soon.
const lifetimeSeconds = 300;

/**
 * A signed statement that stands in for the client secret (RFC 7523 §3), as Entra wants it: PS256, and the SHA-256
 * thumbprint of the certificate as `x5t#S256`
 * (https://learn.microsoft.com/entra/identity-platform/certificate-credentials). Valid for five minutes, for one use.
 */
export function clientAssertion(certificate: CertificateParts, sendChain: boolean, claims: AssertionClaims): string {
  const thumbprint = createHash('sha256')
    .update(certificate.chain[0] ?? '')
    .digest('base64url');
  const x5c = sendChain ? { x5c: certificate.chain.map((der) => der.toString('base64')) } : {};
  const nowSeconds = Math.floor(claims.nowMs / 1000);
  const unsigned = [
    { alg: 'PS256', typ: 'JWT', 'x5t#S256': thumbprint, ...x5c },
    {
      aud: claims.audience,
      iss: claims.clientId,
      sub: claims.clientId,
      jti: randomUUID(),
      nbf: nowSeconds,
      exp: nowSeconds + lifetimeSeconds,
    },
  ]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  const signature = sign('sha256', Buffer.from(unsigned), {
    key: certificate.privateKey,
    padding: constants.RSA_PKCS1_PSS_PADDING,
    saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
  });
  return `${unsigned}.${signature.toString('base64url')}`;
}
