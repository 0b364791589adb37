/** Everything that is served over HTTP: health, metrics, the administration and the status page. */
import { type FastifyError, type FastifyInstance, type FastifyRequest, fastify } from 'fastify';
import type { AdminApi } from '../identity/admin.ts';
import type { AdminTokens } from '../identity/admin-token.ts';
import type { Log } from '../observability/log.ts';
import type { Metrics } from '../observability/metrics.ts';
import type { Clock } from '../timing/clock.ts';
import { addApi } from './api.ts';
import { ApiError, errorBody, sendError } from './api-error.ts';
import { Clients, type ClientSettings } from './clients.ts';
import { addHealthRoutes, type Health, type ReadySettings } from './health.ts';
import { type HttpAddress, type HttpTls, listen, type ListenerLimits } from './listener.ts';
import { addMetricsRoute, type MetricsSettings } from './metrics-route.ts';
import { addPages, sendNoSuchPage, wantsPage } from './pages/pages.ts';
import type { HttpServices } from './services.ts';
import { createTokenGate } from './token-gate.ts';

/** What may change while the server runs. */
export interface HttpSettings extends Pick<ClientSettings, 'trustedProxies' | 'clearTokensFrom'> {
  readonly ready: ReadySettings;
  readonly metrics: MetricsSettings;
  readonly limits: ListenerLimits & Pick<ClientSettings, 'requestsPerMinute'>;
}

/** What {@link startHttpServer} needs. */
export interface HttpServerOptions {
  readonly listeners: readonly { readonly host: string; readonly port: number }[];
  /** Left out: HTTP in the clear. */
  readonly tls?: HttpTls | undefined;
  readonly settings: HttpSettings;
  readonly version: string;
  readonly api: AdminApi;
  readonly tokens: AdminTokens;
  readonly health: () => Health;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly log: Log;
}

/** A running server. Disposing ends all connections. */
export interface RunningHttpServer extends AsyncDisposable {
  readonly addresses: readonly HttpAddress[];
  /** Open connections, and those that were refused since the start. */
  readonly connections: number;
  readonly refused: number;
  use(settings: HttpSettings): void;
  /** From now on handshakes are made with this certificate. Throws when it is unusable; the old one stays in use then. */
  renewCertificate(tls: HttpTls): void;
}

/** Longest body of a request. */
const bodyBytesMax = 64 * 1024;

/**
 * Starts the server. Rejects, with nothing left open, when an address cannot be listened at (the error of `net.Server.listen`) and
 * when the certificate is unusable.
 */
export async function startHttpServer(options: HttpServerOptions): Promise<RunningHttpServer> {
  const { clock, log, tokens, api, version } = options;
  let { settings } = options;
  const clients = new Clients(clientSettings(settings), clock);
  const services: HttpServices = {
    version,
    api,
    tokens,
    gate: createTokenGate(tokens, clients, clock),
    isSecure: clients.isSecure,
    clock,
    log,
  };
  const app = createApp(clients, log);
  addHealthRoutes(app, { health: options.health, ready: () => settings.ready });
  addMetricsRoute(app, { metrics: options.metrics, services, settings: () => settings.metrics, clients });
  await addApi(app, services);
  await addPages(app, services);
  await app.ready();
  try {
    const listening = await listen(app, { ...options, limits: settings.limits });
    return {
      addresses: listening.addresses,
      get connections() {
        return listening.connections;
      },
      get refused() {
        return listening.refused;
      },
      renewCertificate: (tls) => listening.renewCertificate(tls),
      use: (next) => {
        settings = next;
        clients.use(clientSettings(next));
        listening.use(next.limits);
      },
      [Symbol.asyncDispose]: async () => {
        await listening[Symbol.asyncDispose]();
        await app.close();
      },
    };
  } catch (error) {
    await app.close();
    throw error;
  }
}

function createApp(clients: Clients, log: Log): FastifyInstance {
  const app = fastify({
    bodyLimit: bodyBytesMax,
    trustProxy: clients.isTrustedProxy,
    ajv: { customOptions: { removeAdditional: false, coerceTypes: false } },
    // An address that is none finds no route, whose hooks would be run.
    frameworkErrors: (error, request, reply) => {
      reply.headers(securityHeaders);
      try {
        admit(request, clients);
        sendError(reply, error, log, 'http.failed');
      } catch (refusal) {
        sendError(reply, refusal as ApiError, log, 'http.failed');
      }
    },
  });
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(securityHeaders);
    // Who has reached us over TLS once shall not be led astray to the same address in the clear (RFC 6797 §7.2).
    if (clients.isSecure(request)) reply.header('strict-transport-security', 'max-age=31536000');
    admit(request, clients);
  });
  app.setErrorHandler((error: FastifyError | ApiError, _request, reply) => sendError(reply, error, log, 'http.failed'));
  app.setNotFoundHandler((request, reply) =>
    wantsPage(request) ? sendNoSuchPage(reply) : reply.code(404).send(errorBody('notFound', 'There is no such path.')),
  );
  return app;
}

/** Counts a request. Throws {@link ApiError} when it is not to be answered. */
function admit(request: FastifyRequest, clients: Clients): void {
  // Who has hung up has no address any more, and waits for no answer.
  if (request.socket.remoteAddress === undefined) throw new ApiError(400, 'gone', 'The connection was closed.');
  clients.count(request);
}

/** What every answer says to browsers: show nothing of it elsewhere, guess nothing, keep nothing. Pages widen what they need. */
const securityHeaders = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};

function clientSettings({
  trustedProxies,
  clearTokensFrom,
  limits: { requestsPerMinute },
}: HttpSettings): ClientSettings {
  return { trustedProxies, clearTokensFrom, requestsPerMinute };
}
