import type { FastifyInstance, FastifyRequest } from 'fastify';
import {
  type AdminIdentity,
  adminScopes,
  type AdminTokenAdmin,
  type AdminTokenEdit,
  type AdminTokenRequest,
  adminTokenDescriptionMax,
  adminTokenIdLength,
  adminTokenNameMax,
} from '../identity/admin-token.ts';
import type { Clock } from '../timing/clock.ts';
import { takes } from './admin-access.ts';
import { ApiError } from './api-error.ts';
import { adminTokenSchema, newAdminTokenSchema } from './schemas/token-schemas.ts';

const id = { type: 'string', minLength: 1, maxLength: 4 * adminTokenIdLength } as const;
// A character of theirs may be two of JSON Schema's, so that the limits themselves are looked after where tokens are made.
const name = { type: 'string', minLength: 1, maxLength: 4 * adminTokenNameMax } as const;
const description = { type: 'string', maxLength: 4 * adminTokenDescriptionMax } as const;

const creation = {
  type: 'object',
  properties: {
    name,
    description,
    scopes: { type: 'array', minItems: 1, maxItems: adminScopes.length, items: { type: 'string', enum: adminScopes } },
    lifetimeMs: { anyOf: [{ type: 'integer', minimum: 1 }, { type: 'null' }] },
  },
  required: ['name', 'description', 'scopes', 'lifetimeMs'],
  additionalProperties: false,
} as const;

const edition = {
  type: 'object',
  properties: { id, name, description },
  required: ['id'],
  additionalProperties: false,
} as const;

const revocation = { type: 'object', properties: { id }, required: ['id'], additionalProperties: false } as const;

/** Adds the paths under which tokens are made, listed, edited and ended. */
export function addTokenRoutes(app: FastifyInstance, tokens: AdminTokenAdmin, clock: Pick<Clock, 'now'>): void {
  app.get(
    '/v1/tokens',
    {
      config: takes('tokens', 'List the tokens'),
      schema: { response: { 200: { type: 'array', items: adminTokenSchema } } },
    },
    () => tokens.list(),
  );
  app.post(
    '/v1/tokens',
    {
      config: takes('tokens', 'Make a token, which is shown this once'),
      schema: { body: creation, response: { 200: newAdminTokenSchema } },
    },
    async (request: FastifyRequest<{ Body: AdminTokenRequest }>) => {
      if (request.admin !== null) refuseMore(request.admin, request.body, clock.now());
      return await tokens.create(request.body);
    },
  );
  app.post(
    '/v1/tokens/edit',
    {
      config: takes('tokens', 'Give a token another name or description'),
      schema: { body: edition, response: { 200: adminTokenSchema } },
    },
    (request: FastifyRequest<{ Body: AdminTokenEdit }>) => tokens.edit(request.body),
  );
  app.post(
    '/v1/tokens/revoke',
    {
      config: takes('tokens', 'End a token at once'),
      schema: { body: revocation, response: { 200: adminTokenSchema } },
    },
    (request: FastifyRequest<{ Body: { readonly id: string } }>) => tokens.revoke(request.body.id),
  );
}

/** Nobody gives another more than one has, or for longer. */
function refuseMore(admin: AdminIdentity, { scopes, lifetimeMs }: AdminTokenRequest, nowMs: number): void {
  const missing = scopes.filter((scope) => !admin.scopes.has(scope));
  if (missing.length > 0) {
    throw new ApiError(403, 'forbidden', `A token cannot give what it does not have itself: ${missing.join(', ')}.`);
  }
  if (admin.expiresAtMs !== null && (lifetimeMs === null || nowMs + lifetimeMs > admin.expiresAtMs)) {
    const end = new Date(admin.expiresAtMs).toISOString();
    throw new ApiError(403, 'forbidden', `A token that ends on ${end} cannot make one that ends later.`);
  }
}
