import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { AdminApi, HoldRequest } from '../identity/admin.ts';
import type { AdminTokenAdmin } from '../identity/admin-token.ts';
import type { PlanRequest } from '../identity/plan.ts';
import type { Clock } from '../timing/clock.ts';
import { takes } from './admin-access.ts';
import { addAppPasswordRoutes } from './app-password-routes.ts';
import { addAuthRoutes } from './auth-routes.ts';
import { controlConfigBytesMax } from './control-socket.ts';
import { addInspectionRoutes } from './inspection-routes.ts';
import { addMemoryRoutes } from './memory-routes.ts';
import { addOneTimeCodeRoutes } from './one-time-code-routes.ts';
import { holdOutcomeSchema, heldItemSchema, planResultSchema } from './schemas/change-schemas.ts';
import { roundEventSchema, statusSchema, syncOutcomeSchema } from './schemas/status-schemas.ts';
import { sendEach, sendText } from './send-rows.ts';
import { addTokenRoutes } from './token-routes.ts';

/** What the administration is offered with, over the control socket and over HTTP alike. */
export interface AdminRoutesOptions {
  readonly api: AdminApi;
  /** Left out: tokens cannot be asked for. */
  readonly tokens?: AdminTokenAdmin | undefined;
  readonly clock: Pick<Clock, 'now'>;
  /**
   * Whether a plan may be asked for by a configuration that comes with the request. Such a one can name files of this machine, so
   * that only who owns the machine's side of it may.
   */
  readonly takesConfig: boolean;
}

/** Adds the paths of the administration below `/v1`. Each says in its `config` which scope it takes; see {@link takes}. */
export function addAdminRoutes(app: FastifyInstance, { api, tokens, clock, takesConfig }: AdminRoutesOptions): void {
  app.decorateRequest('admin', null);
  // Answers are sent as they are: their schemas describe them, and leave nothing out.
  app.setSerializerCompiler(() => JSON.stringify);
  app.get(
    '/v1/status',
    { config: takes('read', 'How the daemon stands'), schema: { response: { 200: statusSchema } } },
    () => api.status(),
  );
  addSyncRoutes(app, api);
  addChangeRoutes(app, api, takesConfig);
  app.get(
    '/v1/export',
    {
      config: takes('people', 'The published directory as LDIF (RFC 2849)', 'text'),
      schema: { querystring: exportQuery },
    },
    (request: FastifyRequest<ExportRoute>, reply) => {
      const { base, operational = 'false', version = 'true' } = request.query;
      const asked = { baseDn: base, operational: operational === 'true', version: version === 'true' };
      return sendText(reply, api.exportLdif(asked));
    },
  );
  addAuthRoutes(app, api.auth);
  addAppPasswordRoutes(app, api.appPasswords);
  addOneTimeCodeRoutes(app, api.oneTimeCodes);
  addInspectionRoutes(app, api.inspection);
  addMemoryRoutes(app, api.memory);
  if (tokens !== undefined) addTokenRoutes(app, tokens, clock);
}

function addSyncRoutes(app: FastifyInstance, api: AdminApi): void {
  app.post(
    '/v1/sync',
    {
      config: takes('sync', 'Start a round, unless one runs; with full it reads everything anew'),
      schema: { body: syncBody, response: { 200: syncOutcomeSchema } },
    },
    (request: FastifyRequest<{ Body: { full: boolean } }>) => api.requestSync({ full: request.body.full }),
  );
  app.get(
    '/v1/rounds/:round',
    {
      config: takes('read', 'Follow a round until it has ended: its progress, then its summary', 'lines'),
      schema: { params: roundParams, response: { 200: roundEventSchema } },
    },
    (request: FastifyRequest<{ Params: { round: string } }>, reply) => follow(api, Number(request.params.round), reply),
  );
}

function addChangeRoutes(app: FastifyInstance, api: AdminApi, takesConfig: boolean): void {
  app.get(
    '/v1/hold/items',
    {
      config: takes('people', 'Everybody whom the change that is held back concerns', 'lines'),
      schema: { response: { 200: heldItemSchema } },
    },
    (_request, reply) => sendEach(reply, api.heldItems()),
  );
  app.post(
    '/v1/hold',
    {
      config: takes('approve', 'Approve or reject the change that is held back'),
      schema: { body: holdBody, response: { 200: holdOutcomeSchema } },
    },
    (request: FastifyRequest<{ Body: HoldRequest }>) => api.decideHold(request.body),
  );
  app.post(
    '/v1/plan',
    {
      config: takes(
        'people',
        'What the next publish would change; with pull, after reading what the tenant has changed',
      ),
      schema: { body: takesConfig ? planBody : planBodyWithoutConfig, response: { 200: planResultSchema } },
      ...(takesConfig && { bodyLimit: controlConfigBytesMax }),
    },
    (request: FastifyRequest<{ Body: Omit<PlanRequest, 'config'> & Partial<PlanRequest> }>) =>
      api.plan({ ...request.body, config: request.body.config ?? null }),
  );
}

const syncBody = {
  type: 'object',
  properties: { full: { type: 'boolean' } },
  required: ['full'],
  additionalProperties: false,
} as const;

const holdBody = {
  type: 'object',
  properties: {
    hold: { anyOf: [{ type: 'integer', minimum: 0 }, { type: 'null' }] },
    decision: { type: 'string', enum: ['approved', 'rejected'] },
  },
  required: ['hold', 'decision'],
  additionalProperties: false,
} as const;

const planProperties = {
  pull: { type: 'boolean' },
  itemsMax: { type: 'integer', minimum: 0, maximum: 1_000_000 },
} as const;

const planBodyWithoutConfig = {
  type: 'object',
  properties: planProperties,
  required: ['pull', 'itemsMax'],
  additionalProperties: false,
} as const;

const planBody = {
  type: 'object',
  properties: {
    ...planProperties,
    config: {
      type: 'object',
      properties: { file: { type: 'string' }, text: { type: 'string' } },
      required: ['file', 'text'],
      additionalProperties: false,
    },
  },
  required: ['pull', 'itemsMax', 'config'],
  additionalProperties: false,
} as const;

type Flag = 'true' | 'false';

const flag = { type: 'string', enum: ['true', 'false'] } as const;

interface ExportRoute {
  Querystring: { readonly base?: string; readonly operational?: Flag; readonly version?: Flag };
}

const exportQuery = {
  type: 'object',
  properties: { base: { type: 'string', maxLength: 4096 }, operational: flag, version: flag },
  additionalProperties: false,
} as const;

const roundParams = {
  type: 'object',
  properties: { round: { type: 'string', pattern: '^[0-9]{1,15}$' } },
  required: ['round'],
} as const;

/** Streams the events of a round, one JSON document a line, until it has finished or the asker has gone. */
function follow(api: AdminApi, round: number, reply: FastifyReply): FastifyReply {
  const gone = new AbortController();
  reply.raw.once('close', () => gone.abort());
  return sendEach(reply, api.followRound(round, gone.signal));
}
