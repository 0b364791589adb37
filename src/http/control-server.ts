import { once } from 'node:events';
import { Readable } from 'node:stream';
import { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify';
import { type AdminApi, AdminRefusal, type HoldRequest } from '../identity/admin.ts';
import type { PlanRequest } from '../identity/plan.ts';
import type { Log } from '../observability/log.ts';
import {
  controlApiHeader,
  controlApiVersion,
  controlBodyBytesMax,
  controlConfigBytesMax,
  controlConnectionsMax,
  controlSocketPath,
  removeStaleSocket,
} from './control-socket.ts';
import { addAppPasswordRoutes } from './app-password-routes.ts';
import { addAuthRoutes } from './auth-routes.ts';
import { addInspectionRoutes } from './inspection-routes.ts';
import { addMemoryRoutes } from './memory-routes.ts';
import { sendEach } from './send-rows.ts';

/** What the control socket is made of. */
export interface ControlServerOptions {
  /** The folder of the store. Only its owner may enter it, and the caller holds the store's lock. */
  readonly dataDirectory: string;
  readonly api: AdminApi;
  readonly log: Log;
}

/** The control socket while it is open. */
export interface ControlServer extends AsyncDisposable {
  readonly path: string;
  /** Ends all connections and removes the socket. */
  close(): Promise<void>;
}

/**
 * Offers the administration of this daemon on `control.sock` in the data directory, to its owner only (mode 0600): JSON over
 * HTTP, errors as `{"error":{"code","message"}}`. Takes the place of a socket that a killed daemon left behind; throws
 * {@link ControlError} when a living one answers there, when something else lies there, or when the path is too long.
 */
export async function startControlServer({ dataDirectory, api, log }: ControlServerOptions): Promise<ControlServer> {
  const path = controlSocketPath(dataDirectory);
  const app = createApp(api, log);
  await app.ready();
  await removeStaleSocket(path);
  await listen(app, path);
  log.debug('control.listening', { path });
  const close = (): Promise<void> => stop(app);
  return { path, close, [Symbol.asyncDispose]: close };
}

async function listen(app: FastifyInstance, path: string): Promise<void> {
  const { server } = app;
  server.maxConnections = controlConnectionsMax;
  // The socket is made inside this call, so nobody else can reach it for even a moment; changing its mode later would leave
  // that moment.
  const umask = process.umask(0o177);
  try {
    server.listen(path);
  } finally {
    process.umask(umask);
  }
  await once(server, 'listening');
}

// Fastify closes only a server that its own listen() has started.
async function stop(app: FastifyInstance): Promise<void> {
  const closed = once(app.server, 'close');
  app.server.close();
  app.server.closeAllConnections();
  await closed;
  await app.close();
}

function createApp(api: AdminApi, log: Log): FastifyInstance {
  const app = fastify({
    bodyLimit: controlBodyBytesMax,
    // The defaults drop unknown keys and turn "false" into false; what was not asked for exactly is refused instead.
    ajv: { customOptions: { removeAdditional: false, coerceTypes: false } },
  });
  app.addHook('onRequest', async (_request, reply) => {
    reply.header(controlApiHeader, controlApiVersion);
  });
  app.setErrorHandler((error: FastifyError | AdminRefusal, _request, reply) => sendError(reply, error, log));
  app.setNotFoundHandler((_request, reply) =>
    reply.code(404).send(envelope('notFound', 'The control socket has no such path or method.')),
  );
  app.get('/v1/status', () => api.status());
  app.post('/v1/sync', { schema: { body: syncBody } }, (request: FastifyRequest<{ Body: { full: boolean } }>) =>
    api.requestSync({ full: request.body.full }),
  );
  app.get(
    '/v1/rounds/:round',
    { schema: { params: roundParams } },
    (request: FastifyRequest<{ Params: { round: string } }>, reply) => follow(api, Number(request.params.round), reply),
  );
  app.get('/v1/hold/items', (_request, reply) => sendEach(reply, api.heldItems()));
  app.post('/v1/hold', { schema: { body: holdBody } }, (request: FastifyRequest<{ Body: HoldRequest }>) =>
    api.decideHold(request.body),
  );
  app.post(
    '/v1/plan',
    { schema: { body: planBody }, bodyLimit: controlConfigBytesMax },
    (request: FastifyRequest<{ Body: PlanRequest }>) => api.plan(request.body),
  );
  app.get('/v1/export', { schema: { querystring: exportQuery } }, (request: FastifyRequest<ExportRoute>, reply) => {
    const { base, operational, version } = request.query;
    const asked = { baseDn: base, operational: operational === 'true', version: version === 'true' };
    return stream(api.exportLdif(asked), reply);
  });
  addAuthRoutes(app, api.auth);
  addAppPasswordRoutes(app, api.appPasswords);
  addInspectionRoutes(app, api.inspection);
  addMemoryRoutes(app, api.memory);
  return app;
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

const planBody = {
  type: 'object',
  properties: {
    pull: { type: 'boolean' },
    itemsMax: { type: 'integer', minimum: 0, maximum: 1_000_000 },
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
  Querystring: { readonly base?: string; readonly operational: Flag; readonly version: Flag };
}

const exportQuery = {
  type: 'object',
  properties: { base: { type: 'string' }, operational: flag, version: flag },
  required: ['operational', 'version'],
  additionalProperties: false,
} as const;

const roundParams = { type: 'object', properties: { round: { type: 'string', pattern: '^[0-9]{1,15}$' } } } as const;

/** Streams the events of a round, one JSON document a line, until it has finished or the asker has gone. */
function follow(api: AdminApi, round: number, reply: FastifyReply): FastifyReply {
  const gone = new AbortController();
  reply.raw.once('close', () => gone.abort());
  return sendEach(reply, api.followRound(round, gone.signal));
}

/** Streams LDIF. The first chunk is waited for, so that a refusal is an answer and not a stream that breaks off. */
async function stream(text: AsyncGenerator<string, void, void>, reply: FastifyReply): Promise<FastifyReply> {
  const first = await text.next();
  const all = async function* (): AsyncGenerator<string, void, void> {
    if (first.done !== true) yield first.value;
    yield* text;
  };
  return reply.type('text/plain; charset=utf-8').send(Readable.from(all(), { objectMode: false }));
}

function sendError(reply: FastifyReply, error: FastifyError | AdminRefusal, log: Log): FastifyReply {
  if (error instanceof AdminRefusal) return reply.code(409).send(envelope('refused', error.message));
  const status = error.statusCode ?? 500;
  if (status < 500) return reply.code(status).send(envelope('badRequest', error.message));
  log.error('control.failed', {}, error);
  return reply.code(500).send(envelope('internal', 'The daemon failed to answer; its log says why.'));
}

function envelope(code: string, message: string): { error: { code: string; message: string } } {
  return { error: { code, message } };
}
