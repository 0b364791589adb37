import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ExplainRequest, Inspection, ObjectState } from '../identity/inspection.ts';
import type { LedgerSpace } from '../identity/ledger.ts';
import { takes } from './admin-access.ts';
import {
  conflictSchema,
  domainsSchema,
  explainAnswerSchema,
  idRowSchema,
  objectRowSchema,
} from './schemas/object-schemas.ts';
import { sendRows } from './send-rows.ts';

const kind = { type: 'string', enum: ['user', 'group'] } as const;
const state = { type: 'string', enum: ['shown', 'locked', 'skipped', 'removed', 'pending'] } as const;
const words = { type: 'string', minLength: 1, maxLength: 1024 } as const;

const explainQuery = {
  type: 'object',
  properties: { kind, name: words },
  required: ['kind', 'name'],
  additionalProperties: false,
} as const;

const listQuery = {
  type: 'object',
  properties: { kind, state, search: words, overlay: { type: 'string', enum: ['true'] } },
  required: ['kind'],
  additionalProperties: false,
} as const;

interface ListRoute {
  Querystring: {
    readonly kind: LedgerSpace;
    readonly state?: ObjectState;
    readonly search?: string;
    readonly overlay?: 'true';
  };
}

/** Adds the paths under which objects are explained and listed; lists come as JSON documents, one a line. */
export function addInspectionRoutes(app: FastifyInstance, inspection: Inspection): void {
  app.get(
    '/v1/explain',
    {
      config: takes('people', 'Why a user or a group is as it is'),
      schema: { querystring: explainQuery, response: { 200: explainAnswerSchema } },
    },
    (request: FastifyRequest<{ Querystring: ExplainRequest }>) => inspection.explain(request.query),
  );
  app.get(
    '/v1/objects',
    {
      config: takes('people', 'List users or groups', 'lines'),
      schema: { querystring: listQuery, response: { 200: objectRowSchema } },
    },
    (request: FastifyRequest<ListRoute>, reply) => {
      const { kind: wanted, state: standing, search, overlay } = request.query;
      const asked = { kind: wanted, state: standing, search, overlay: overlay === 'true' };
      return sendRows(reply, inspection.objects(asked));
    },
  );
  app.get(
    '/v1/conflicts',
    {
      config: takes('people', 'Objects that do not have the name or number that they ask for', 'lines'),
      schema: { response: { 200: conflictSchema } },
    },
    (_request, reply) => sendRows(reply, inspection.conflicts()),
  );
  app.get(
    '/v1/domains',
    { config: takes('read', 'The domains of the tenant'), schema: { response: { 200: domainsSchema } } },
    () => inspection.domains({ refresh: false }),
  );
  app.post(
    '/v1/domains/refresh',
    {
      config: takes('sync', 'The same, after asking the tenant for them'),
      schema: { response: { 200: domainsSchema } },
    },
    () => inspection.domains({ refresh: true }),
  );
  app.get(
    '/v1/ids',
    {
      config: takes('people', 'All names and numbers that were ever given', 'lines'),
      schema: { response: { 200: idRowSchema } },
    },
    (_request, reply) => sendRows(reply, inspection.ids()),
  );
}
