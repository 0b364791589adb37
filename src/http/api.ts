/** The administration over HTTP: the paths of the control socket below `/api`, each for tokens with its scope. */
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { AdminRefusal } from '../identity/admin.ts';
import type { AdminIdentity } from '../identity/admin-token.ts';
import { adminRequestAnswered, adminRequestRefused } from '../observability/events.ts';
import { PacedLog } from '../observability/paced-log.ts';
import { factsOf } from './admin-access.ts';
import { addAdminRoutes } from './admin-routes.ts';
import { ApiError, errorBody, sendError } from './api-error.ts';
import { collectOperations, openApi } from './openapi.ts';
import type { HttpServices, TokenVerdict } from './services.ts';

/** Adds `/api/v1`, with the description of itself in `/api/v1/openapi.json`. */
export async function addApi(app: FastifyInstance, services: HttpServices): Promise<void> {
  await app.register(async (api) => registerApi(api, services), { prefix: '/api' });
}

function registerApi(api: FastifyInstance, services: HttpServices): void {
  const { log, tokens, clock, version } = services;
  const operations = collectOperations(api);
  // Whoever has no token can set these lines off.
  const refusals = new PacedLog(log, clock);
  api.setErrorHandler((error: FastifyError | AdminRefusal | ApiError, request, reply) => {
    if (error instanceof ApiError && error.status !== 429) noteRefusal(request, error);
    return sendError(reply, error, log, 'http.failed');
  });
  api.setNotFoundHandler((_request, reply) =>
    reply.code(404).send(errorBody('notFound', 'There is no such path or method: see /api/v1/openapi.json.')),
  );
  api.get('/v1/openapi.json', () => openApi(operations, version));
  api.register(async (guarded) => {
    // Before anything else of the request is looked at: its body is not read for whoever may not send it.
    guarded.addHook('onRequest', async (request) => {
      request.admin = await authorize(request, services);
    });
    guarded.addHook('onResponse', async (request, reply) => noteAnswer(request, reply));
    addAdminRoutes(guarded, { api: services.api, tokens, clock, takesConfig: false });
  });

  function noteRefusal(request: FastifyRequest, error: ApiError): void {
    const route = request.routeOptions.url ?? '';
    refusals.checkTime();
    adminRequestRefused(refusals, { peer: request.ip, route, reason: error.message, id: request.admin?.id });
  }

  function noteAnswer(request: FastifyRequest, reply: FastifyReply): void {
    const { admin, method, ip: peer } = request;
    if (admin === null || method === 'GET' || method === 'HEAD') return;
    const route = request.routeOptions.url ?? '';
    const { id, name } = admin;
    adminRequestAnswered(log, { id, name, peer, method, route, status: reply.statusCode });
  }
}

/** Who asks, with a token that allows it. Throws {@link ApiError}. */
async function authorize(request: FastifyRequest, { gate }: HttpServices): Promise<AdminIdentity> {
  const facts = factsOf(request);
  // A route that does not say what it takes is nobody's (P7).
  if (facts === undefined) throw new ApiError(403, 'forbidden', 'This path is not offered over HTTP.');
  const token = bearerToken(request);
  if (token === undefined) throw unauthorized('It takes a token: send Authorization: Bearer TOKEN.');
  const identity = grantedBy(await gate.check(request, token));
  if (identity.scopes.has(facts.scope)) return identity;
  throw new ApiError(
    403,
    'forbidden',
    `The token does not have the scope ${facts.scope}: make one that has, with entra-ldapd admin-token create.`,
    { 'www-authenticate': `Bearer realm="entra-ldapd", error="insufficient_scope", scope="${facts.scope}"` },
  );
}

/** The token of a request (RFC 6750 §2.1); never from its address, which ends up in logs. */
export function bearerToken({ headers: { authorization = '' } }: FastifyRequest): string | undefined {
  return /^Bearer +([^\s]{1,512})$/i.exec(authorization)?.[1];
}

/** Who has shown the token. Throws {@link ApiError} (RFC 6750 §3.1). */
export function grantedBy(verdict: TokenVerdict): AdminIdentity {
  switch (verdict.kind) {
    case 'granted':
      return verdict.identity;
    case 'wrong':
      throw unauthorized('The token is wrong, has been revoked or has expired.', ', error="invalid_token"');
    case 'tooMany': {
      const seconds = String(Math.ceil(verdict.waitMs / 1000));
      throw new ApiError(
        429,
        'tooManyRequests',
        `Too many wrong tokens came from this address: wait ${seconds} seconds.`,
        { 'retry-after': seconds },
      );
    }
    case 'inTheClear':
      throw new ApiError(
        403,
        'inTheClear',
        'A token may not be sent in the clear from here, and this one was not looked at: use HTTPS (http.tls), name the proxy that ' +
          'speaks HTTPS in http.trustedProxies, or ask on the machine itself. Whoever was on the way may know the token now.',
      );
  }
}

function unauthorized(message: string, more = ''): ApiError {
  return new ApiError(401, 'unauthorized', message, { 'www-authenticate': `Bearer realm="entra-ldapd"${more}` });
}
