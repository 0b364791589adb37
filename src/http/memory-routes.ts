import type { FastifyInstance, FastifyRequest } from 'fastify';
import { type HistoryKind, historyKinds, type HistoryOutcome, historyOutcomes } from '../identity/history.ts';
import { eventLevels, type LogRequest } from '../identity/logged-event.ts';
import type { MemoryApi } from '../identity/memory.ts';
import type { RollbackRequest } from '../identity/rollback.ts';
import { takes } from './admin-access.ts';
import { returnPointsSchema, rollbackOutcomeSchema, rollbackPlanSchema } from './schemas/change-schemas.ts';
import { historyEntrySchema, loggedEventSchema } from './schemas/memory-schemas.ts';
import { syncOutcomeSchema } from './schemas/status-schemas.ts';
import { sendEach } from './send-rows.ts';

const publication = { anyOf: [{ type: 'integer', minimum: 0 }, { type: 'null' }] } as const;
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

const number = { type: 'string', pattern: '^[0-9]{1,15}$' } as const;

const historyQuery = {
  type: 'object',
  properties: {
    since: { ...number, description: 'Only what ended then or later, in milliseconds since 1970-01-01T00:00:00Z.' },
    outcome: { type: 'string', enum: historyOutcomes },
    kind: { type: 'string', enum: historyKinds },
    limit: number,
  },
  additionalProperties: false,
} as const;

interface HistoryRoute {
  Querystring: {
    readonly since?: string;
    readonly outcome?: HistoryOutcome;
    readonly kind?: HistoryKind;
    readonly limit?: string;
  };
}

const logsQuery = {
  type: 'object',
  properties: {
    level: { type: 'string', enum: eventLevels, description: 'The least important ones.' },
    event: { type: 'string', minLength: 1, maxLength: 200, description: 'A name, in which * stands for anything.' },
    since: number,
    limit: number,
    follow: {
      type: 'string',
      enum: ['true', 'false'],
      description: 'Whether to go on with those that are still to come.',
    },
  },
  additionalProperties: false,
} as const;

interface LogsRoute {
  Querystring: {
    readonly level?: LogRequest['level'];
    readonly event?: string;
    readonly since?: string;
    readonly limit?: string;
    readonly follow?: 'true' | 'false';
  };
}

const linesMax = 1_000_000;
const linesByDefault = 100;

type PlanBody = RollbackRequest & { readonly itemsMax: number };

/** Adds the paths under which is told what was before, and undone. Lists come as JSON documents, one a line. */
export function addMemoryRoutes(app: FastifyInstance, api: MemoryApi): void {
  app.get(
    '/v1/publications',
    {
      config: takes('read', 'The publications that can be returned to'),
      schema: { response: { 200: returnPointsSchema } },
    },
    () => api.returnPoints(),
  );
  addUndoRoutes(app, api);
  app.get(
    '/v1/history',
    {
      config: takes('read', 'What has happened, the newest first', 'lines'),
      schema: { querystring: historyQuery, response: { 200: historyEntrySchema } },
    },
    ({ query: { since, outcome, kind, limit } }: FastifyRequest<HistoryRoute>, reply) => {
      const asked = { sinceMs: numberOf(since), outcome: outcome ?? null, kind: kind ?? null, limit: limitOf(limit) };
      return sendEach(reply, api.history(asked));
    },
  );
  app.get(
    '/v1/logs',
    {
      config: takes('audit', 'The latest events of the log; with follow, those to come as well', 'lines'),
      schema: { querystring: logsQuery, response: { 200: loggedEventSchema } },
    },
    ({ query: { level = 'info', event, since, limit, follow } }: FastifyRequest<LogsRoute>, reply) => {
      const gone = new AbortController();
      reply.raw.once('close', () => gone.abort());
      const sinceMs = numberOf(since);
      const asked = { level, event: event ?? null, sinceMs, limit: limitOf(limit), follow: follow === 'true' };
      return sendEach(reply, api.logs(asked, gone.signal));
    },
  );
}

function addUndoRoutes(app: FastifyInstance, api: MemoryApi): void {
  app.post(
    '/v1/rollback/plan',
    {
      config: takes('people', 'What going back to an earlier directory would change'),
      schema: { body: rollbackPlanBody, response: { 200: rollbackPlanSchema } },
    },
    (request: FastifyRequest<{ Body: PlanBody }>) => {
      const { itemsMax, ...asked } = request.body;
      return api.planRollback(asked, itemsMax);
    },
  );
  app.post(
    '/v1/rollback',
    {
      config: takes('approve', 'Go back to an earlier directory; what is taken back is held back from then on'),
      schema: { body: rollbackBody, response: { 200: rollbackOutcomeSchema } },
    },
    (request: FastifyRequest<{ Body: RollbackRequest }>) => api.rollBack(request.body),
  );
  app.post(
    '/v1/clear',
    {
      config: takes('sync', 'Forget what was read of the tenant, and read it anew; what is served stays'),
      schema: { response: { 200: syncOutcomeSchema } },
    },
    () => api.clear(),
  );
}

function numberOf(text: string | undefined): number | null {
  return text === undefined ? null : Number(text);
}

function limitOf(text: string | undefined): number {
  return text === undefined ? linesByDefault : Math.min(Number(text), linesMax);
}
