import type { Config } from '../config/config.ts';
import type { HttpConfig } from '../config/config-http.ts';
import { isReady } from '../http/health.ts';
import { type HttpServerOptions, type HttpSettings, startHttpServer } from '../http/http-server.ts';
import type { HttpAddress, HttpTls } from '../http/listener.ts';
import { CertificateError, type LoadedTls, loadTls } from '../ldap/certificate-files.ts';
import { type CertificateReport, CertificateWatch } from '../ldap/certificate-watch.ts';
import { createMetrics } from '../observability/metrics.ts';
import { httpNotListening } from '../observability/events.ts';
import type { DaemonOptions } from './options.ts';
import { httpListenError } from './listen-error.ts';
import { type MetricsSources, readMetrics } from './metrics-reading.ts';
import { StartupError } from './startup-error.ts';

/** HTTP as it is served. Disposing of it ends all connections. */
export interface HttpService extends AsyncDisposable {
  /** None when it is turned off. */
  readonly addresses: readonly HttpAddress[];
  readonly connections: number;
  readonly refused: number;
  /** The certificate of its own; undefined without TLS. */
  certificate(): CertificateReport | undefined;
  /** Takes over the settings that need no restart. */
  use(next: Config): void;
  /** Reads the files of the certificate soon. */
  readAgain(): void;
}

/** What HTTP serves from. */
export type HttpParts = Pick<HttpServerOptions, 'api' | 'tokens' | 'health'> &
  Pick<MetricsSources, 'ldap' | 'rounds' | 'staleAfterMs' | 'storeBytes'>;

const off: HttpService = {
  addresses: [],
  connections: 0,
  refused: 0,
  certificate: () => undefined,
  use() {},
  readAgain() {},
  async [Symbol.asyncDispose]() {},
};

/**
 * Serves HTTP as the configuration has it. Where nobody asked for an address and the usual one is taken, the directory is served
 * without, and the log says so.
 *
 * @throws StartupError when it cannot listen where it is asked to, or the certificate cannot be used
 */
export async function openHttp(options: DaemonOptions, current: () => Config, parts: HttpParts): Promise<HttpService> {
  const { config, log, clock, version } = options;
  const { listeners, isListenGiven, tls } = config.http;
  if (listeners.length === 0) return off;
  const { api, tokens, health } = parts;
  const metrics = createMetrics(() =>
    readMetrics({
      ...parts,
      status: () => api.status(),
      state: () => health().state,
      isReady: () => isReady(health().state, current().http.ready),
      http: () => opened,
      now: () => clock.now(),
    }),
  );
  let opened: HttpService = off;
  const loaded = tls && (await loadHttpTls(tls));
  const settings = settingsOf(config.http);
  try {
    const server = await startHttpServer({
      api,
      tokens,
      health,
      metrics,
      listeners,
      tls: loaded && httpTls(loaded, tls),
      settings,
      version,
      clock,
      log,
    });
    const watch =
      loaded &&
      new CertificateWatch({
        files: tls,
        inUse: loaded,
        apply: (renewed) => server.renewCertificate(httpTls(renewed, tls)),
        log,
        clock,
      });
    opened = {
      addresses: server.addresses,
      get connections() {
        return server.connections;
      },
      get refused() {
        return server.refused;
      },
      certificate: () => watch?.report(),
      use: (next) => server.use(settingsOf(next.http)),
      readAgain: () => watch?.readAgain(),
      [Symbol.asyncDispose]: async () => {
        await watch?.[Symbol.asyncDispose]();
        await server[Symbol.asyncDispose]();
      },
    };
    return opened;
  } catch (error) {
    const failure = httpListenError(error);
    if (isListenGiven || failure.code !== 'listen') throw failure;
    const address = listeners.map(({ host, port }) => `${host}:${port}`).join(', ');
    httpNotListening(log, { address, reason: failure.message });
    return off;
  }
}

async function loadHttpTls(files: NonNullable<HttpConfig['tls']>): Promise<LoadedTls> {
  try {
    return await loadTls(files);
  } catch (error) {
    if (!(error instanceof CertificateError)) throw error;
    throw new StartupError('certificate', error.message, { cause: error });
  }
}

function httpTls({ tls: { certPem, keyPem } }: LoadedTls, { minVersion }: NonNullable<HttpConfig['tls']>): HttpTls {
  return { certPem, keyPem, minVersion };
}

function settingsOf({ trustedProxies, clearTokensFrom, ready, metrics, limits }: HttpConfig): HttpSettings {
  return { trustedProxies, clearTokensFrom, ready, metrics, limits };
}
