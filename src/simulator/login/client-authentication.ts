import { X509Certificate, constants, createHash, createPublicKey, timingSafeEqual, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { AppRegistration } from '../tenant/registration.ts';
import { LoginError } from './login-error.ts';
import { readJwt } from './token-issuer.ts';

/** What a request offers to prove which application it comes from. */
export interface ClientProof {
  readonly parameters: ReadonlyMap<string, string>;
  /** The audiences that an assertion may name: the token endpoint and the issuer of the tenant. */
  readonly audiences: readonly string[];
  readonly atMs: number;
}

const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

/**
 * Checks the secret or the assertion of a confidential client (RFC 6749 §2.3.1, RFC 7523 §2.2). Returns false when neither
 * was offered; throws a {@link LoginError} when what was offered is wrong.
 */
export function authenticateClient(app: AppRegistration, proof: ClientProof): boolean {
  const assertion = proof.parameters.get('client_assertion');
  const secret = proof.parameters.get('client_secret');
  const offered = assertion !== undefined || secret !== undefined;
  if (offered && isPublicOnly(app)) throw new LoginError(700025);
  if (assertion !== undefined) {
    if (proof.parameters.get('client_assertion_type') !== ASSERTION_TYPE) {
      throw new LoginError(900144, { value: 'client_assertion_type' });
    }
    checkAssertion(app, assertion, proof);
    return true;
  }
  if (secret === undefined) return false;
  checkSecret(app, secret, proof.atMs);
  return true;
}

function isPublicOnly({ secrets, certificates, federatedCredentials = [] }: AppRegistration): boolean {
  return secrets.length === 0 && certificates.length === 0 && federatedCredentials.length === 0;
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function checkSecret(app: AppRegistration, secret: string, atMs: number): void {
  if (secret === '') throw new LoginError(900144, { value: 'client_secret' });
  const match = app.secrets.find((known) => timingSafeEqual(digest(known.value), digest(secret)));
  if (match === undefined) throw new LoginError(7000215, { clientId: app.clientId });
  if (match.expiresAtMs !== undefined && match.expiresAtMs <= atMs) {
    throw new LoginError(7000222, { clientId: app.clientId });
  }
}

function checkAssertion(app: AppRegistration, assertion: string, proof: ClientProof): void {
  const jwt = readJwt(assertion);
  if (jwt === undefined) throw new LoginError(50027, { value: 'The token is not a signed JWT.' });
  const { header } = jwt;
  const named = header['x5t#S256'] !== undefined || header['x5t'] !== undefined;
  if (!named && (app.federatedCredentials ?? []).length > 0) return checkFederated(app, jwt, proof);
  const certificate = findCertificate(app, header);
  if (certificate === undefined) throw new LoginError(700027, { value: 'The key was not found.' });
  const data = Buffer.from(jwt.signed);
  if (!signatureMatches(certificate.publicKey, header['alg'], data, jwt.signature)) {
    throw new LoginError(700027, { value: 'The key used is expired, or the signature is invalid.' });
  }
  const { iss, sub, aud, exp, nbf } = jwt.payload;
  if (iss !== app.clientId || sub !== app.clientId) throw new LoginError(700021);
  if (typeof aud !== 'string' || !proof.audiences.includes(aud)) {
    throw new LoginError(700023, { value: 'The audience must be the token endpoint of the tenant.' });
  }
  assertInTime(exp, nbf, proof.atMs);
}

function assertInTime(exp: unknown, nbf: unknown, atMs: number): void {
  const seconds = atMs / 1000;
  if (typeof exp !== 'number' || exp <= seconds || (typeof nbf === 'number' && nbf > seconds + 300)) {
    throw new LoginError(700024, { value: 'The assertion has expired or is not valid yet.' });
  }
}

type Jwt = NonNullable<ReturnType<typeof readJwt>>;

/** Checks the token of another identity provider; issuer, audience and subject have to be those of one credential. */
function checkFederated({ federatedCredentials = [] }: AppRegistration, jwt: Jwt, { atMs }: ClientProof): void {
  const { iss, sub, aud, exp, nbf } = jwt.payload;
  const ofIssuer = federatedCredentials.filter(({ issuer }) => issuer === iss);
  if (ofIssuer.length === 0) throw new LoginError(700211, { value: String(iss) });
  const forAudience = ofIssuer.filter(({ audience }) => audience === aud);
  if (forAudience.length === 0) throw new LoginError(700212, { value: String(aud) });
  const credential = forAudience.find(({ subject }) => subject === sub);
  if (credential === undefined) throw new LoginError(700213, { value: String(sub) });
  const key = createPublicKey(credential.publicKey);
  if (!signatureMatches(key, jwt.header['alg'], Buffer.from(jwt.signed), jwt.signature)) {
    throw new LoginError(50027, { value: 'The signature is invalid.' });
  }
  assertInTime(exp, nbf, atMs);
}

/** Finds the registered certificate by the thumbprint in the header: `x5t#S256` (SHA-256) or `x5t` (SHA-1), RFC 7515 §4.1.7. */
function findCertificate(app: AppRegistration, header: Readonly<Record<string, unknown>>): X509Certificate | undefined {
  return app.certificates
    .map((pem) => new X509Certificate(pem))
    .find((certificate) => {
      const thumbprint = (algorithm: string): string =>
        createHash(algorithm).update(certificate.raw).digest('base64url');
      return header['x5t#S256'] === thumbprint('sha256') || header['x5t'] === thumbprint('sha1');
    });
}

function signatureMatches(key: KeyObject, algorithm: unknown, data: Buffer, signature: Buffer): boolean {
  // The algorithm is the caller's word, so it has to suit the kind of the registered key.
  if (key.asymmetricKeyType !== 'rsa') return false;
  if (algorithm === 'RS256') return verify('sha256', data, { key, padding: constants.RSA_PKCS1_PADDING }, signature);
  const pss = { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
  return algorithm === 'PS256' && verify('sha256', data, pss, signature);
}
