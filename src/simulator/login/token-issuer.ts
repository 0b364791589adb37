import { type KeyObject, createPublicKey, generateKeyPairSync, randomUUID, sign, verify } from 'node:crypto';
import { type ObjectId, parseObjectId } from '../../identity/ids.ts';

/** What an access token for Graph says about its bearer. */
export interface AccessClaims {
  readonly clientId: string;
  readonly tenantId: string;
  /** The service principal, or the user of a delegated token; undefined without consent. */
  readonly objectId: ObjectId | undefined;
  readonly roles: readonly string[];
}

/** Why an access token is no good, in the words of Graph's `InvalidAuthenticationToken` messages. */
export type TokenVerdict =
  | { readonly kind: 'valid'; readonly claims: AccessClaims }
  | { readonly kind: 'invalid'; readonly message: string };

interface Payload {
  readonly [claim: string]: unknown;
}

function base64Json(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

/** Parses the payload of a JWT without verifying anything; undefined when it is not one. */
export function readJwt(
  token: string,
): { header: Payload; payload: Payload; signed: string; signature: Buffer } | undefined {
  const [header, payload, signature, ...rest] = token.split('.');
  if (header === undefined || payload === undefined || signature === undefined || rest.length > 0) return undefined;
  try {
    const parts: unknown[] = [header, payload].map((part) =>
      JSON.parse(Buffer.from(part, 'base64url').toString('utf8')),
    );
    if (!parts.every(isPayload)) return undefined;
    const [parsedHeader, parsedPayload] = parts;
    if (parsedHeader === undefined || parsedPayload === undefined) return undefined;
    return {
      header: parsedHeader,
      payload: parsedPayload,
      signed: `${header}.${payload}`,
      signature: Buffer.from(signature, 'base64url'),
    };
  } catch {
    return undefined;
  }
}

function isPayload(value: unknown): value is Payload {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Signs access and id tokens (ES256) with a key of its own and checks the access tokens that come back. */
export class TokenIssuer {
  readonly #tenantId: string;
  readonly #lifetimeSeconds: number;
  readonly #privateKey: KeyObject;
  readonly #publicKey: KeyObject;
  readonly #keyId = randomUUID();
  /** Tokens seen before with what they say; cleared when keys of the map grow past the limit. */
  readonly #known = new Map<string, { claims: AccessClaims; notAfterMs: number }>();
  #generation = 0;

  constructor(tenantId: string, lifetimeSeconds: number) {
    this.#tenantId = tenantId;
    this.#lifetimeSeconds = lifetimeSeconds;
    const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    this.#privateKey = keys.privateKey;
    this.#publicKey = createPublicKey(keys.privateKey);
  }

  get lifetimeSeconds(): number {
    return this.#lifetimeSeconds;
  }

  /** The JSON Web Key Set (RFC 7517) of the signing key. */
  keySet(): unknown {
    return { keys: [{ ...this.#publicKey.export({ format: 'jwk' }), use: 'sig', kid: this.#keyId, alg: 'ES256' }] };
  }

  accessToken(claims: AccessClaims, delegated: Readonly<Record<string, unknown>>, atMs: number): string {
    const issuedAt = Math.floor(atMs / 1000);
    return this.#sign({
      aud: 'https://graph.microsoft.com',
      iss: `https://sts.windows.net/${this.#tenantId}/`,
      iat: issuedAt,
      nbf: issuedAt,
      exp: issuedAt + this.#lifetimeSeconds,
      xms_sim: this.#generation,
      appid: claims.clientId,
      tid: claims.tenantId,
      ver: '1.0',
      uti: randomUUID(),
      ...(claims.objectId === undefined ? {} : { oid: claims.objectId, sub: claims.objectId }),
      ...(claims.roles.length === 0 ? {} : { roles: claims.roles }),
      ...delegated,
    });
  }

  idToken(claims: Readonly<Record<string, unknown>>, clientId: string, origin: string, atMs: number): string {
    const issuedAt = Math.floor(atMs / 1000);
    return this.#sign({
      ver: '2.0',
      iss: `${origin}/${this.#tenantId}/v2.0`,
      aud: clientId,
      iat: issuedAt,
      nbf: issuedAt,
      exp: issuedAt + this.#lifetimeSeconds,
      tid: this.#tenantId,
      ...claims,
    });
  }

  /** Makes every token issued up to now count as expired. */
  expireAll(): void {
    this.#generation += 1;
    this.#known.clear();
  }

  verify(token: string, atMs: number): TokenVerdict {
    const known = this.#known.get(token);
    const found = known ?? this.#read(token);
    if (typeof found === 'string') return { kind: 'invalid', message: found };
    if (atMs >= found.notAfterMs) {
      return { kind: 'invalid', message: 'Lifetime validation failed, the token is expired.' };
    }
    return { kind: 'valid', claims: found.claims };
  }

  #read(token: string): { claims: AccessClaims; notAfterMs: number } | string {
    const jwt = readJwt(token);
    if (jwt === undefined) return 'IDX14100: JWT is not well formed, there are no dots (.).';
    const key = { key: this.#publicKey, dsaEncoding: 'ieee-p1363' } as const;
    if (!verify('sha256', Buffer.from(jwt.signed), key, jwt.signature)) return 'Signature is invalid.';
    const { aud, appid, tid, oid, roles, exp, xms_sim: generation } = jwt.payload;
    if (aud !== 'https://graph.microsoft.com') return 'Access token validation failure. Invalid audience.';
    if (typeof appid !== 'string' || typeof tid !== 'string') return 'Invalid access token.';
    const expired = generation !== this.#generation;
    const entry = {
      claims: {
        clientId: appid,
        tenantId: tid,
        objectId: typeof oid === 'string' ? parseObjectId(oid) : undefined,
        roles: Array.isArray(roles) ? roles.filter((role) => typeof role === 'string') : [],
      },
      notAfterMs: expired || typeof exp !== 'number' ? 0 : exp * 1000,
    };
    if (this.#known.size >= 1000) this.#known.clear();
    this.#known.set(token, entry);
    return entry;
  }

  #sign(payload: Payload): string {
    const signed = `${base64Json({ typ: 'JWT', alg: 'ES256', kid: this.#keyId })}.${base64Json(payload)}`;
    const signature = sign('sha256', Buffer.from(signed), { key: this.#privateKey, dsaEncoding: 'ieee-p1363' });
    return `${signed}.${signature.toString('base64url')}`;
  }
}
