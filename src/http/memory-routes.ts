import type { FastifyInstance, FastifyRequest } from 'fastify';
import { type HistoryRequest, historyKinds, historyOutcomes } from '../identity/history.ts';
import { eventLevels, type LogRequest } from '../identity/logged-event.ts';
import type { MemoryApi } from '../identity/memory.ts';
import type { RollbackRequest } from '../identity/rollback.ts';
import { sendEach } from './send-rows.ts';

const publication = { anyOf: [{ type: 'integer', minimum: 0 }, { type: 'null' }] } as const;
const moment = { anyOf: [{ type: 'integer' }, { type: 'null' }] } as const;
const limit = { type: 'integer', minimum: 0, maximum: 1_000_000 } as const;

const rollbackBody = {
  type: 'object',
  properties: { to: publication, from: publication },
  required: ['to', 'from'],
  additionalProperties: false,
} as const;

const rollbackPlanBody = {
  type: 'object',
  properties: { ...rollbackBody.properties, itemsMax: limit },
  required: ['to', 'from', 'itemsMax'],
  additionalProperties: false,
} as const;

const historyBody = {
  type: 'object',
  properties: {
    sinceMs: moment,
    outcome: { enum: [...historyOutcomes, null] },
    kind: { enum: [...historyKinds, null] },
    limit,
  },
  required: ['sinceMs', 'outcome', 'kind', 'limit'],
  additionalProperties: false,
} as const;

const logsBody = {
  type: 'object',
  properties: {
    level: { enum: eventLevels },
    event: { anyOf: [{ type: 'string', minLength: 1, maxLength: 200 }, { type: 'null' }] },
    sinceMs: moment,
    limit,
    follow: { type: 'boolean' },
  },
  required: ['level', 'event', 'sinceMs', 'limit', 'follow'],
  additionalProperties: false,
} as const;

type PlanBody = RollbackRequest & { readonly itemsMax: number };

/** Adds the paths under which is told what was before, and undone. Lists come as JSON documents, one a line. */
export function addMemoryRoutes(app: FastifyInstance, api: MemoryApi): void {
  app.get('/v1/publications', () => api.returnPoints());
  app.post(
    '/v1/rollback/plan',
    { schema: { body: rollbackPlanBody } },
    (request: FastifyRequest<{ Body: PlanBody }>) => {
      const { itemsMax, ...asked } = request.body;
      return api.planRollback(asked, itemsMax);
    },
  );
  app.post('/v1/rollback', { schema: { body: rollbackBody } }, (request: FastifyRequest<{ Body: RollbackRequest }>) =>
    api.rollBack(request.body),
  );
  app.post('/v1/clear', () => api.clear());
  app.post(
    '/v1/history',
    { schema: { body: historyBody } },
    (request: FastifyRequest<{ Body: HistoryRequest }>, reply) => sendEach(reply, api.history(request.body)),
  );
  app.post('/v1/logs', { schema: { body: logsBody } }, (request: FastifyRequest<{ Body: LogRequest }>, reply) => {
    const gone = new AbortController();
    reply.raw.once('close', () => gone.abort());
    return sendEach(reply, api.logs(request.body, gone.signal));
  });
}
