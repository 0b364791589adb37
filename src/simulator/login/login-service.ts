import { randomUUID } from 'node:crypto';
import { type Exchange, type Reply, header, parsePairs } from '../exchange.ts';
import type { Statistics } from '../control/statistics.ts';
import type { AppRegistration } from '../tenant/registration.ts';
import type { TenantModel } from '../tenant/tenant-model.ts';
import { authenticateClient } from './client-authentication.ts';
import { discoveryDocument, instanceDiscovery } from './discovery.ts';
import { LoginError, loginErrorReply, loginHeaders } from './login-error.ts';
import { type DeviceCodes, deviceCodeLifetimeSeconds } from './device-codes.ts';
import type { PasswordGate } from './password-check.ts';
import type { TokenIssuer } from './token-issuer.ts';

/** What the login service is made of. */
export interface LoginServices {
  readonly tenant: TenantModel;
  readonly issuer: TokenIssuer;
  readonly gate: PasswordGate;
  readonly devices: DeviceCodes;
  readonly statistics: Statistics;
}

interface TokenRequest {
  readonly exchange: Exchange;
  readonly tenantName: string;
  readonly parameters: ReadonlyMap<string, string>;
  readonly app: AppRegistration;
  readonly confidential: boolean;
  readonly atMs: number;
}

const MICROSOFT_RESOURCES: ReadonlySet<string> = new Set([
  'https://graph.microsoft.com',
  'https://graph.microsoft.us',
  'https://dod-graph.microsoft.us',
  'https://microsoftgraph.chinacloudapi.cn',
  '00000003-0000-0000-c000-000000000000',
]);

const DEVICE_CODE = 'urn:ietf:params:oauth:grant-type:device_code';

/** Whether a path belongs to the login service and not to Graph. */
export function loginRoute(path: string): { readonly tenant: string; readonly endpoint: string } | undefined {
  const match =
    /^\/([^/]+)\/(discovery\/instance|oauth2\/v2\.0\/token|oauth2\/v2\.0\/devicecode|discovery\/v2\.0\/keys|v2\.0\/\.well-known\/openid-configuration)\/?$/.exec(
      path,
    );
  if (match?.[1] === undefined || match[2] === undefined) return undefined;
  return { tenant: match[1], endpoint: match[2] };
}

/** The Entra side of the simulator: discovery documents and the token endpoint. */
export class LoginService {
  readonly #services: LoginServices;

  constructor(services: LoginServices) {
    this.#services = services;
  }

  handle(exchange: Exchange, route: { tenant: string; endpoint: string }, atMs: number): Reply {
    const parameters = parsePairs(exchange.body) ?? new Map<string, string>();
    const correlation =
      parsePairs(exchange.query)?.get('client-request-id') ??
      parameters.get('client-request-id') ??
      header(exchange.headers, 'client-request-id');
    try {
      return this.#answer(exchange, route, parameters, atMs);
    } catch (error) {
      if (error instanceof LoginError) return loginErrorReply(error, safeGuid(correlation), exchange.origin, atMs);
      throw error;
    }
  }

  #answer(
    exchange: Exchange,
    { tenant, endpoint }: { tenant: string; endpoint: string },
    parameters: ReadonlyMap<string, string>,
    atMs: number,
  ): Reply {
    const { facts } = this.#services.tenant;
    if (endpoint === 'discovery/instance')
      return this.#document(instanceDiscovery(exchange.origin, facts.tenantId), atMs);
    if (endpoint === 'discovery/v2.0/keys') return this.#document(this.#services.issuer.keySet(), atMs);
    if (!endpoint.startsWith('oauth2/')) {
      if (!this.#knows(tenant)) throw new LoginError(90002, { value: tenant }, 'invalid_tenant');
      return this.#document(discoveryDocument(exchange.origin, tenant, facts.tenantId), atMs);
    }
    if (exchange.method !== 'POST') throw new LoginError(900561, { value: exchange.method });
    return endpoint === 'oauth2/v2.0/devicecode'
      ? this.#deviceCode(exchange, tenant, parameters, atMs)
      : this.#token(exchange, tenant, parameters, atMs);
  }

  /** The device authorization request (RFC 8628 §3.1); nobody has to prove anything yet. */
  #deviceCode(exchange: Exchange, tenantName: string, parameters: ReadonlyMap<string, string>, atMs: number): Reply {
    if (!this.#knows(tenantName)) throw new LoginError(90002, { value: tenantName });
    const { clientId } = this.#application(parameters);
    const { deviceCode, userCode } = this.#services.devices.begin(clientId, this.#required(parameters, 'scope'), atMs);
    const verificationUri = `${exchange.origin}/devicelogin`;
    return this.#document(
      {
        user_code: userCode,
        device_code: deviceCode,
        verification_uri: verificationUri,
        expires_in: deviceCodeLifetimeSeconds,
        interval: 5,
        message: `To sign in, use a web browser to open the page ${verificationUri} and enter the code ${userCode} to authenticate.`,
      },
      atMs,
    );
  }

  #token(exchange: Exchange, tenantName: string, parameters: ReadonlyMap<string, string>, atMs: number): Reply {
    const grantType = this.#required(parameters, 'grant_type');
    if (!this.#knows(tenantName)) {
      if (grantType === 'password' && isCommon(tenantName)) throw new LoginError(9001023);
      throw new LoginError(90002, { value: tenantName });
    }
    const { facts } = this.#services.tenant;
    const app = this.#application(parameters);
    const base = `${exchange.origin}/${tenantName}`;
    const audiences = [
      `${base}/oauth2/v2.0/token`,
      `${base}/v2.0`,
      `${exchange.origin}/${facts.tenantId}/oauth2/v2.0/token`,
    ];
    const confidential = authenticateClient(app, { parameters, audiences, atMs });
    if (app.disabled === true) throw new LoginError(7000112, { clientId: app.clientId, tenant: facts.displayName });
    const request = { exchange, tenantName, parameters, app, confidential, atMs };
    if (grantType === 'client_credentials') return this.#clientCredentials(request);
    if (grantType === 'password') return this.#password(request);
    if (grantType === DEVICE_CODE) return this.#device(request);
    throw new LoginError(70003, { value: grantType });
  }

  #clientCredentials(request: TokenRequest): Reply {
    const { app, atMs } = request;
    if (!request.confidential) throw new LoginError(7000216);
    if (app.blockedAddress === true) throw new LoginError(53003);
    const scope = this.#required(request.parameters, 'scope');
    if (!scope.endsWith('/.default') || scope.includes(' ')) throw new LoginError(1002012, { value: scope });
    this.#assertResource(scope.slice(0, -'/.default'.length), request);
    const accessToken = this.#services.issuer.accessToken(
      {
        clientId: app.clientId,
        tenantId: this.#services.tenant.tenantId,
        objectId: app.adminConsent ? app.objectId : undefined,
        roles: app.adminConsent ? app.permissions : [],
      },
      { idtyp: 'app' },
      atMs,
    );
    return this.#issued({ access_token: accessToken }, atMs);
  }

  #password(request: TokenRequest): Reply {
    const { app, parameters, atMs } = request;
    if (!request.confidential && !app.publicClient) throw new LoginError(7000218);
    const scope = this.#required(parameters, 'scope');
    const name = this.#required(parameters, 'username');
    const password = this.#required(parameters, 'password');
    for (const item of scope.split(' ')) {
      const at = item.lastIndexOf('/');
      if (at > 'https://'.length) this.#assertResource(item.slice(0, at), request);
    }
    const code = app.adminConsent ? this.#services.gate.check(name, password, atMs) : 65001;
    this.#services.statistics.signIn(name.trim(), code);
    if (code !== 0) throw new LoginError(code, { clientId: app.clientId, value: name });
    return this.#signedIn(request, this.#services.tenant.userNamed(name.trim()), scope.split(' '));
  }

  /** The device asks whether the person has signed in (RFC 8628 §3.4). */
  #device(request: TokenRequest): Reply {
    const { app, parameters, atMs } = request;
    if (!request.confidential && !app.publicClient) throw new LoginError(7000218);
    const poll = this.#services.devices.poll(this.#required(parameters, 'device_code'), app.clientId, atMs);
    switch (poll.kind) {
      case 'finished':
        return this.#signedIn(request, poll.user, poll.scope.split(' '));
      case 'pending':
        throw new LoginError(70016);
      case 'expired':
        throw new LoginError(70020);
      case 'unknown':
        throw new LoginError(70018);
    }
  }

  #signedIn(request: TokenRequest, user: number, scopes: readonly string[]): Reply {
    const { issuer, tenant } = this.#services;
    const { app, atMs, exchange } = request;
    const objectId = tenant.users.id(user);
    const person = {
      oid: objectId,
      preferred_username: tenant.users.record(user)['userPrincipalName'],
      sub: randomUUID(),
    };
    const accessToken = issuer.accessToken(
      { clientId: app.clientId, tenantId: tenant.tenantId, objectId, roles: [] },
      { idtyp: 'user', scp: 'User.Read', upn: person.preferred_username },
      atMs,
    );
    const clientInfo = Buffer.from(JSON.stringify({ uid: objectId, utid: tenant.tenantId })).toString('base64url');
    return this.#issued(
      {
        scope: 'User.Read profile openid email',
        access_token: accessToken,
        ...(scopes.includes('openid') ? { id_token: issuer.idToken(person, app.clientId, exchange.origin, atMs) } : {}),
        ...(request.parameters.get('client_info') === '1' ? { client_info: clientInfo } : {}),
      },
      atMs,
    );
  }

  #issued(tokens: Readonly<Record<string, unknown>>, atMs: number): Reply {
    this.#services.statistics.tokenIssued();
    const seconds = this.#services.issuer.lifetimeSeconds;
    return this.#document({ token_type: 'Bearer', expires_in: seconds, ext_expires_in: seconds, ...tokens }, atMs);
  }

  #document(value: unknown, atMs: number): Reply {
    return { status: 200, headers: loginHeaders(randomUUID(), 0, atMs), body: JSON.stringify(value) };
  }

  #assertResource(resource: string, request: TokenRequest): void {
    const bare = resource.replace(/\/+$/, '');
    if (MICROSOFT_RESOURCES.has(bare) || bare === request.exchange.origin) return;
    throw new LoginError(500011, { value: resource, tenant: this.#services.tenant.facts.displayName });
  }

  #application(parameters: ReadonlyMap<string, string>): AppRegistration {
    const { facts } = this.#services.tenant;
    const clientId = this.#required(parameters, 'client_id').toLowerCase();
    const app = facts.applications.find((known) => known.clientId === clientId);
    if (app === undefined) throw new LoginError(700016, { clientId, tenant: facts.displayName });
    return app;
  }

  #required(parameters: ReadonlyMap<string, string>, name: string): string {
    const value = parameters.get(name);
    if (value === undefined || value === '') throw new LoginError(900144, { value: name });
    return value;
  }

  #knows(tenantName: string): boolean {
    const lower = tenantName.toLowerCase();
    const { facts } = this.#services.tenant;
    return lower === facts.tenantId || facts.domains.some((domain) => domain.name === lower);
  }
}

function isCommon(tenantName: string): boolean {
  return tenantName === 'common' || tenantName === 'consumers';
}

function safeGuid(text: string | undefined): string | undefined {
  return text !== undefined && /^[0-9a-f-]{36}$/i.test(text) ? text : undefined;
}
