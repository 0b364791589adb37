/**
 * A Microsoft Entra tenant to try everything against: the token endpoint and Microsoft Graph v1.0 on one HTTPS port, with a
 * control interface that changes the tenant and makes things go wrong while it is served.
 */
import { type Clock, systemClock } from '../timing/clock.ts';
import { Control } from './control/control.ts';
import { handleControl } from './control/control-http.ts';
import { type Fault, Faults } from './control/faults.ts';
import { Statistics } from './control/statistics.ts';
import type { Exchange, Reply } from './exchange.ts';
import type { PageFault } from './graph/call.ts';
import { DeltaService, type RefusalForm } from './graph/delta.ts';
import { GraphError, invalidToken, requestDenied } from './graph/graph-error.ts';
import { GraphService } from './graph/graph-service.ts';
import { requestKind } from './graph/routes.ts';
import { Throttle, tooManyRequests } from './graph/throttle.ts';
import { DeviceCodes } from './login/device-codes.ts';
import { LoginService, loginRoute } from './login/login-service.ts';
import { PasswordGate, type SmartLockout } from './login/password-check.ts';
import { TokenIssuer } from './login/token-issuer.ts';
import { startServer } from './server.ts';
import type { TenantModel } from './tenant/tenant-model.ts';

/** How the simulator runs. Everything but the tenant and the certificate has a default. */
export interface SimulatorOptions {
  readonly tenant: TenantModel;
  readonly certificate: { readonly certPem: string; readonly keyPem: string };
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Default 0: any free port. */
  readonly port?: number;
  readonly clock?: Clock;
  /** Objects on a page of a delta query; default 200. */
  readonly pageSize?: number;
  /** Members of one group on a page of a delta query; default 500. */
  readonly memberSliceSize?: number;
  /** `microsoft`: refuse what exceeds the documented resource units per ten seconds. Default `off`. */
  readonly throttling?: 'off' | 'microsoft';
  /** Opens `POST /control/…` to its bearer; without it there is no such endpoint. */
  readonly controlToken?: string;
  /** Default 3,599 seconds. */
  readonly accessTokenLifetimeSeconds?: number;
  /** Default 7 days. */
  readonly deltaTokenLifetimeMs?: number;
  /** There for a tenant without delta queries, as external and B2C tenants are: how it refuses them. */
  readonly deltaRefusal?: RefusalForm;
  /** How long changes stay invisible to delta queries; default 0. */
  readonly visibilityDelayMs?: number;
  /** Default 10 wrong passwords and 60 seconds. */
  readonly smartLockout?: SmartLockout;
  /** Whether groups report the memberships that end because a member was purged; default false, as often observed. */
  readonly reportPurgedMemberships?: boolean;
  /** Told of errors inside the simulator; their requests are answered with 500. */
  readonly onError?: (error: unknown) => void;
}

/** A simulator that listens. */
export interface Simulator extends AsyncDisposable {
  /** `https://host:port`: the authority host and the Graph host at once. */
  readonly url: string;
  readonly port: number;
  readonly tenant: TenantModel;
  readonly control: Control;
  close(): Promise<void>;
}

const WEEK_MS = 604_800_000;

/** Starts a simulator. Rejects when the port is taken or the certificate is unusable. */
export async function startSimulator(options: SimulatorOptions): Promise<Simulator> {
  const host = options.host ?? '127.0.0.1';
  const core = new Core(options);
  const server = await startServer({
    host,
    port: options.port ?? 0,
    certificate: options.certificate,
    handle: (exchange, closed) => core.handle(exchange, closed),
    onError: options.onError ?? (() => undefined),
  });
  const close = async (): Promise<void> => {
    core.releaseSlow();
    await server.close();
  };
  return {
    url: `https://${host.includes(':') ? `[${host}]` : host}:${server.port}`,
    port: server.port,
    tenant: options.tenant,
    control: core.control,
    close,
    [Symbol.asyncDispose]: close,
  };
}

class Core {
  readonly control: Control;
  readonly #clock: Clock;
  readonly #controlToken: string | undefined;
  readonly #faults = new Faults();
  readonly #statistics = new Statistics();
  readonly #login: LoginService;
  readonly #graph: GraphService;
  #slow = new AbortController();

  constructor(options: SimulatorOptions) {
    const { tenant } = options;
    const statistics = this.#statistics;
    this.#clock = options.clock ?? systemClock;
    this.#controlToken = options.controlToken;
    const issuer = new TokenIssuer(tenant.tenantId, options.accessTokenLifetimeSeconds ?? 3599);
    const gate = new PasswordGate(tenant, options.smartLockout ?? { threshold: 10, durationMs: 60_000 });
    const delta = new DeltaService(tenant, {
      sizes: { objects: options.pageSize ?? 200, members: options.memberSliceSize ?? 500 },
      visibilityDelayMs: options.visibilityDelayMs ?? 0,
      tokenLifetimeMs: options.deltaTokenLifetimeMs ?? WEEK_MS,
      refusal: options.deltaRefusal,
    });
    const throttle = options.throttling === 'microsoft' ? new Throttle(this.#clock, tenant.users.liveCount) : undefined;
    const devices = new DeviceCodes();
    this.#login = new LoginService({ tenant, issuer, gate, devices, statistics });
    this.#graph = new GraphService({
      tenant,
      issuer,
      delta,
      statistics,
      throttle,
      innerFailure: (kind, method, path, atMs) => failureOf(this.#faults.takeAnswer(kind, method, path), atMs),
    });
    this.control = new Control({
      tenant,
      clock: this.#clock,
      delta,
      issuer,
      gate,
      devices,
      faults: this.#faults,
      statistics,
      reportPurgedMemberships: options.reportPurgedMemberships ?? false,
      releaseSlow: () => this.releaseSlow(),
    });
  }

  releaseSlow(): void {
    this.#slow.abort();
    this.#slow = new AbortController();
  }

  async handle(exchange: Exchange, closed: AbortSignal): Promise<{ reply: Reply; fault: Fault | undefined }> {
    const kind = requestKind(exchange.path);
    if (kind === 'control' && this.#controlToken !== undefined) {
      return { reply: handleControl(this.control, this.#controlToken, exchange), fault: undefined };
    }
    this.#statistics.request(kind);
    const fault = this.#faults.take(kind, exchange.method, exchange.path);
    if (fault?.kind === 'slow') await this.#delay(fault, closed);
    const reply = await this.#reply(exchange, fault);
    this.#statistics.status(reply.status);
    return { reply, fault };
  }

  async #reply(exchange: Exchange, fault: Fault | undefined): Promise<Reply> {
    const atMs = this.#clock.now();
    if (fault?.kind === 'unavailableHtml') return htmlReply(fault, atMs);
    const failure = failureOf(fault, atMs);
    const route = failure === undefined ? loginRoute(exchange.path) : undefined;
    if (route !== undefined) return this.#login.handle(exchange, route, atMs);
    return this.#graph.handle(exchange, { atMs, pageFault: pageFaultOf(fault), failure });
  }

  /** Waits as the fault says, but no longer than until all are released or the client no longer waits. */
  async #delay(fault: Fault, closed: AbortSignal): Promise<void> {
    const signal = AbortSignal.any([this.#slow.signal, closed]);
    try {
      await this.#clock.sleep(fault.delayMs ?? Number.MAX_SAFE_INTEGER, signal);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }
}

function pageFaultOf(fault: Fault | undefined): PageFault | undefined {
  const kind = fault?.kind;
  return kind === 'replayedPage' || kind === 'emptyPage' || kind === 'foreignNextLink' ? kind : undefined;
}

function failureOf(fault: Fault | undefined, atMs: number): GraphError | undefined {
  switch (fault?.kind) {
    case 'throttled':
      return tooManyRequests(retryAfter(fault, atMs));
    case 'serverError':
      return new GraphError(fault.status, 'InternalServerError', 'An internal server error occurred.');
    case 'unavailableHtml':
      return new GraphError(503, 'ServiceUnavailable', 'The service is not available.', retryAfter(fault, atMs));
    case 'expiredToken':
      return invalidToken('Lifetime validation failed, the token is expired.');
    case 'forbidden':
      return requestDenied();
    default:
      return undefined;
  }
}

function retryAfter(fault: Fault, atMs: number): Record<string, string> {
  if (fault.retryAfter.form === 'none') return {};
  if (fault.retryAfter.form === 'decimal') return { 'Retry-After': String(fault.retryAfter.seconds) };
  return { 'Retry-After': new Date(atMs + fault.retryAfter.seconds * 1000).toUTCString() };
}

function htmlReply(fault: Fault, atMs: number): Reply {
  return {
    status: 503,
    headers: { 'content-type': 'text/html', ...retryAfter(fault, atMs) },
    body: '<html><head><title>503 Service Unavailable</title></head><body><h1>Service Unavailable</h1></body></html>',
  };
}
