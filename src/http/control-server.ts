import { once } from 'node:events';
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

/**
 * Offers the administration of this daemon on `control.sock` in the data directory, to its owner only (mode 0600): JSON over
 * HTTP, errors as `{"error":{"code","message"}}`. Takes the place of a socket that a killed daemon left behind; throws
 * {@link ControlError} when a living one answers there, when something else lies there, or when the path is too long.
 */
export async function startControlServer(options: ControlServerOptions): Promise<ControlServer> {
  const { dataDirectory, backups } = options;
  const path = controlSocketPath(dataDirectory);
  const app = createApp(options);
  if (backups !== undefined) addBackupRoute(app, backups);
  await app.ready();
  await removeStaleSocket(path);
  await listen(app, path);
  options.log.debug('control.listening', { path });
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

function createApp({ api, tokens, health, log }: ControlServerOptions): FastifyInstance {
  const app = fastify({
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
  return app;
}
