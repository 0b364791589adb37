import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { OneTimeCodeAdmin, OneTimeCodeRequest } from '../identity/one-time-code.ts';
import { takes } from './admin-access.ts';
import { newOneTimeCodesSchema, oneTimeCodeSchema } from './schemas/one-time-code-schemas.ts';
import { sendRows } from './send-rows.ts';

const words = { type: 'string', minLength: 1, maxLength: 1024 } as const;

const request = {
  type: 'object',
  properties: { user: words, replace: { type: 'boolean' } },
  required: ['user', 'replace'],
  additionalProperties: false,
} as const;

const revocation = {
  type: 'object',
  properties: { user: words },
  required: ['user'],
  additionalProperties: false,
} as const;

/** Adds the paths under which one-time codes are set up, listed and ended. */
export function addOneTimeCodeRoutes(app: FastifyInstance, admin: OneTimeCodeAdmin): void {
  app.post(
    '/v1/one-time-codes',
    {
      config: takes('passwords', 'Set up one-time codes for a user; the seed is told this once'),
      schema: { body: request, response: { 200: newOneTimeCodesSchema } },
    },
    (asked: FastifyRequest<{ Body: OneTimeCodeRequest }>) => admin.create(asked.body),
  );
  app.get(
    '/v1/one-time-codes',
    {
      config: takes('passwords', 'Who has one-time codes', 'lines'),
      schema: { response: { 200: oneTimeCodeSchema } },
    },
    (_request, reply) => sendRows(reply, admin.list()),
  );
  app.post(
    '/v1/one-time-codes/revoke',
    {
      config: takes('passwords', 'End the one-time codes of a user'),
      schema: { body: revocation, response: { 200: oneTimeCodeSchema } },
    },
    (asked: FastifyRequest<{ Body: { readonly user: string } }>) => admin.revoke(asked.body.user),
  );
}
