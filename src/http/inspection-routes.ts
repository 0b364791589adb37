import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ExplainRequest, Inspection, ObjectState } from '../identity/inspection.ts';
import type { LedgerSpace } from '../identity/ledger.ts';
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
    { schema: { querystring: explainQuery } },
    (request: FastifyRequest<{ Querystring: ExplainRequest }>) => inspection.explain(request.query),
  );
  app.get('/v1/objects', { schema: { querystring: listQuery } }, (request: FastifyRequest<ListRoute>, reply) => {
    const { kind: wanted, state: standing, search, overlay } = request.query;
    return sendRows(reply, inspection.objects({ kind: wanted, state: standing, search, overlay: overlay === 'true' }));
  });
  app.get('/v1/conflicts', (_request, reply) => sendRows(reply, inspection.conflicts()));
  app.get('/v1/domains', () => inspection.domains({ refresh: false }));
  app.post('/v1/domains/refresh', () => inspection.domains({ refresh: true }));
  app.get('/v1/ids', (_request, reply) => sendRows(reply, inspection.ids()));
}
