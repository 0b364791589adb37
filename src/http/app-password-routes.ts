import type { FastifyInstance, FastifyRequest } from 'fastify';
import { appPasswordIdLength, type AppPasswordAdmin, type AppPasswordRequest } from '../identity/app-password.ts';
import { takes } from './admin-access.ts';
import { appPasswordSchema, newAppPasswordSchema } from './schemas/people-schemas.ts';
import { sendRows } from './send-rows.ts';

const words = { type: 'string', minLength: 1, maxLength: 1024 } as const;

const network = {
  type: 'object',
  properties: {
    family: { type: 'string', enum: ['ipv4', 'ipv6'] },
    address: { type: 'string', maxLength: 45 },
    prefix: { type: 'integer', minimum: 0, maximum: 128 },
  },
  required: ['family', 'address', 'prefix'],
  additionalProperties: false,
} as const;

const request = {
  type: 'object',
  properties: {
    user: words,
    label: words,
    lifetimeMs: { anyOf: [{ type: 'integer', minimum: 1 }, { type: 'null' }] },
    networks: { type: 'array', maxItems: 64, items: network },
    services: { type: 'array', maxItems: 64, items: words },
    withCode: { type: 'boolean' },
  },
  required: ['user', 'label', 'networks', 'services', 'withCode'],
  additionalProperties: false,
} as const;

const whose = { type: 'object', properties: { user: words }, additionalProperties: false } as const;

const revocation = {
  type: 'object',
  properties: { id: { type: 'string', minLength: 1, maxLength: 4 * appPasswordIdLength } },
  required: ['id'],
  additionalProperties: false,
} as const;

/** Adds the paths under which app passwords are made, listed and ended. */
export function addAppPasswordRoutes(app: FastifyInstance, admin: AppPasswordAdmin): void {
  app.post(
    '/v1/app-passwords',
    {
      config: takes('passwords', 'Make an app password for a user, which is shown this once'),
      schema: { body: request, response: { 200: newAppPasswordSchema } },
    },
    (asked: FastifyRequest<{ Body: AppPasswordRequest }>) =>
      admin.create({ ...asked.body, lifetimeMs: asked.body.lifetimeMs }),
  );
  app.get(
    '/v1/app-passwords',
    {
      config: takes('passwords', 'List the app passwords of a user, or of everybody', 'lines'),
      schema: { querystring: whose, response: { 200: appPasswordSchema } },
    },
    (asked: FastifyRequest<{ Querystring: { readonly user?: string } }>, reply) =>
      sendRows(reply, admin.list(asked.query.user)),
  );
  app.post(
    '/v1/app-passwords/revoke',
    {
      config: takes('passwords', 'End an app password, and the connections of its user'),
      schema: { body: revocation, response: { 200: appPasswordSchema } },
    },
    (asked: FastifyRequest<{ Body: { readonly id: string } }>) => admin.revoke(asked.body.id),
  );
}
