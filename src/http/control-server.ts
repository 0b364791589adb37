import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { type FastifyError, type FastifyInstance, fastify } from 'fastify';
import type { AdminApi, AdminRefusal } from '../identity/admin.ts';
import type { AdminTokenAdmin } from '../identity/admin-token.ts';
import type { BackupSource } from '../identity/backup.ts';
import type { Log } from '../observability/log.ts';
import { systemClock } from '../timing/clock.ts';
import { addAdminRoutes } from './admin-routes.ts';
import { type ApiError, errorBody, sendError } from './api-error.ts';
import {
  controlApiHeader,
  controlApiVersion,
  controlBodyBytesMax,
  controlConnectionsMax,
  controlSocketPath,
  removeStaleSocket,
} from './control-socket.ts';
import { addHealthRoutes, type HealthSource } from './health.ts';
import { addBackupRoute } from './backup-route.ts';

/** How long a connection may stay without a request, in milliseconds. */
const keepAliveTimeout = 72_000;

/** What the control socket is made of. */
export interface ControlServerOptions {
  /** The folder of the store. Only its owner may enter it, and the caller holds the store's lock. */
  readonly dataDirectory: string;
  readonly api: AdminApi;
  /** Left out: tokens cannot be asked for. */
  readonly tokens?: AdminTokenAdmin | undefined;
  /** Left out: health cannot be asked for. */
  readonly health?: HealthSource | undefined;
  /** Makes backups. Left out: none can be asked for. */
  readonly backups?: BackupSource;
  readonly log: Log;
}

/** The control socket while it is open. */
export interface ControlServer extends AsyncDisposable {
  readonly path: string;
  /** Ends all connections and removes the socket. */
  close(): Promise<void>;
}

/** The control socket of a daemon that starts: whoever asks something waits until there is somebody to answer. */
export interface OpenControlSocket extends AsyncDisposable {
  /** Answers from now on, whoever has waited first. */
  serve(options: Omit<ControlServerOptions, 'dataDirectory'>): Promise<ControlServer>;
}

/**
 * Makes the socket `control.sock` in the data directory, for its owner only (mode 0600). Takes the place of a socket that a
 * killed daemon left behind; throws {@link ControlError} when a living one answers there, when something else lies there, or
 * when the path is too long.
 */
export async function openControlSocket(dataDirectory: string): Promise<OpenControlSocket> {
  const path = controlSocketPath(dataDirectory);
  await removeStaleSocket(path);
  const waiting: Parameters<RequestListener>[] = [];
  let answer: RequestListener = (...asked) => void waiting.push(asked);
  const server = createServer({ keepAliveTimeout }, (...asked) => answer(...asked));
  await listen(server, path);
  const close = onceOnly(() => stop(server));
  return {
    serve: async (options) => {
      let handle = answer;
      const app = createApp(options, (handler) => {
        handle = handler;
        return server;
      });
      await app.ready();
      answer = handle;
      for (const asked of waiting.splice(0)) answer(...asked);
      options.log.debug('control.listening', { path });
      const closeAll = async (): Promise<void> => {
        await close();
        await app.close();
      };
      return { path, close: closeAll, [Symbol.asyncDispose]: closeAll };
    },
    [Symbol.asyncDispose]: close,
  };
}

/** Offers the administration of this daemon on {@link openControlSocket}: JSON over HTTP, errors as `{"error":{"code","message"}}`. */
export async function startControlServer(options: ControlServerOptions): Promise<ControlServer> {
  const socket = await openControlSocket(options.dataDirectory);
  return await socket.serve(options);
}

async function listen(server: Server, path: string): Promise<void> {
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
  // Without file descriptors, accepting fails; the connections that there are go on.
  server.on('error', () => undefined);
}

async function stop(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}

function onceOnly(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return () => (done ??= work());
}

function createApp(
  { api, tokens, health, backups, log }: Omit<ControlServerOptions, 'dataDirectory'>,
  serverFactory: (handler: RequestListener) => Server,
): FastifyInstance {
  const app = fastify({
    serverFactory,
    bodyLimit: controlBodyBytesMax,
    // The defaults drop unknown keys and turn "false" into false; what was not asked for exactly is refused instead.
    ajv: { customOptions: { removeAdditional: false, coerceTypes: false } },
  });
  // Answers are sent as they are: their schemas describe them, and leave nothing out.
  app.setSerializerCompiler(() => JSON.stringify);
  app.addHook('onRequest', async (_request, reply) => {
    reply.header(controlApiHeader, controlApiVersion);
  });
  app.setErrorHandler((error: FastifyError | AdminRefusal | ApiError, _request, reply) => sendError(reply, error, log));
  app.setNotFoundHandler((_request, reply) =>
    reply.code(404).send(errorBody('notFound', 'The control socket has no such path or method.')),
  );
  addAdminRoutes(app, { api, tokens, clock: systemClock, takesConfig: true });
  if (health !== undefined) addHealthRoutes(app, health);
  if (backups !== undefined) addBackupRoute(app, backups);
  return app;
}
