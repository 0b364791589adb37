import type { FastifyInstance } from 'fastify';
import { SourceNetworks } from '../auth/source-networks.ts';
import type { NetworkBlock } from '../identity/app-password.ts';
import type { Metrics } from '../observability/metrics.ts';
import { bearerToken, grantedBy } from './api.ts';
import { ApiError } from './api-error.ts';
import type { Clients } from './clients.ts';
import type { HttpServices } from './services.ts';

/** Who may read the metrics. */
export interface MetricsSettings {
  /** undefined: from wherever the server is reached. */
  readonly allowFrom: readonly NetworkBlock[] | undefined;
  /** Whether it takes a token with the scope `metrics`. */
  readonly token: boolean;
}

/** What {@link addMetricsRoute} answers from. */
export interface MetricsRouteOptions {
  readonly metrics: Metrics;
  readonly services: HttpServices;
  readonly settings: () => MetricsSettings;
  readonly clients: Pick<Clients, 'comesFrom'>;
}

/** Adds `/metrics` in the text format of Prometheus, version 0.0.4. */
export function addMetricsRoute(
  app: FastifyInstance,
  { metrics, services, settings, clients }: MetricsRouteOptions,
): void {
  app.get('/metrics', async (request, reply) => {
    const { allowFrom, token } = settings();
    if (allowFrom !== undefined && !clients.comesFrom(request, new SourceNetworks(allowFrom))) {
      throw new ApiError(
        403,
        'forbidden',
        'The metrics are not for this address: http.metrics.allowFrom, and http.trustedProxies where a proxy passes requests on.',
      );
    }
    if (token) {
      const shown = bearerToken(request);
      if (shown === undefined) {
        throw new ApiError(401, 'unauthorized', 'The metrics take a token: send Authorization: Bearer TOKEN.', {
          'www-authenticate': 'Bearer realm="entra-ldapd"',
        });
      }
      const { scopes } = grantedBy(await services.gate.check(request, shown));
      if (!scopes.has('metrics')) {
        throw new ApiError(403, 'forbidden', 'The token does not have the scope metrics.');
      }
    }
    return reply.type(metrics.contentType).send(await metrics.text());
  });
}
