import { type Exchange, type Reply, header } from '../exchange.ts';
import type { Statistics } from '../control/statistics.ts';
import type { AccessClaims, TokenIssuer } from '../login/token-issuer.ts';
import type { TenantModel } from '../tenant/tenant-model.ts';
import { type InnerRequest, batch } from './batch.ts';
import { type GraphAnswer, type GraphCall, type PageFault, parseQuery, splitPath } from './call.ts';
import type { DeltaService } from './delta.ts';
import { DirectoryObjects } from './directory-objects.ts';
import { GraphError, badRequest, errorBody, invalidToken, newRequestId } from './graph-error.ts';
import { Listing } from './listing.ts';
import { demand } from './permissions.ts';
import { graphKind, graphPath, requestKind } from './routes.ts';
import {
  applications,
  availableExtensionProperties,
  schemaExtensions,
  securityAttributeDefinitions,
} from './tenant-offers.ts';
import { domains, organization, servicePrincipals } from './tenant-resources.ts';
import { type Throttle, resourceUnits } from './throttle.ts';

/** What the Graph service is made of. */
export interface GraphServices {
  readonly tenant: TenantModel;
  readonly issuer: TokenIssuer;
  readonly delta: DeltaService;
  readonly statistics: Statistics;
  /** Undefined when resource units are counted and never refused. */
  readonly throttle: Throttle | undefined;
  /** The fault that waits for a request inside a batch. */
  readonly innerFailure: (kind: string, method: string, path: string, atMs: number) => GraphError | undefined;
}

/** What a handler needs beside the request. */
export interface HandleOptions {
  readonly atMs: number;
  readonly pageFault: PageFault | undefined;
  /** An error to answer with instead of doing anything. */
  readonly failure: GraphError | undefined;
}

const CONTENT_TYPE =
  'application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8';
const DIAGNOSTIC = JSON.stringify({
  ServerInfo: { DataCenter: 'West Europe', Slice: 'E', Ring: '5', ScaleUnit: '001', RoleInstance: 'AM2PEPF00000001' },
});

/** The Microsoft Graph side of the simulator. */
export class GraphService {
  readonly #services: GraphServices;
  readonly #objects: DirectoryObjects;

  constructor(services: GraphServices) {
    this.#services = services;
    this.#objects = new DirectoryObjects(services.tenant, new Listing(services.tenant));
  }

  async handle(exchange: Exchange, options: HandleOptions): Promise<Reply> {
    return this.#handle(exchange, options, false);
  }

  async #handle(exchange: Exchange, options: HandleOptions, inner: boolean): Promise<Reply> {
    const requestId = newRequestId();
    const clientRequestId = header(exchange.headers, 'client-request-id');
    let units = 0;
    try {
      if (options.failure !== undefined) throw options.failure;
      const caller = this.#authenticate(exchange, options.atMs);
      const call = this.#call(exchange, caller, options);
      const kind = graphKind(call.segments.join('/'));
      // What is in a batch is charged, the batch is not (https://learn.microsoft.com/graph/json-batching).
      units = kind === 'batch' ? 0 : resourceUnits(kind, call.query);
      this.#services.statistics.spend(units);
      this.#services.statistics.selected(kind, call.query.get('select'));
      const warning = this.#services.throttle?.spend(caller.clientId, caller.tenantId, units) ?? {};
      const answer = await this.#dispatch(call, exchange, options, inner);
      const headers = commonHeaders(requestId, clientRequestId, units, options.atMs);
      return { status: answer.status, headers: { ...headers, ...warning, ...answer.headers }, body: answer.body };
    } catch (error) {
      if (!(error instanceof GraphError)) throw error;
      if (error.status === 429) this.#services.statistics.throttled();
      const headers = {
        ...commonHeaders(requestId, clientRequestId, units, options.atMs),
        'content-type': 'application/json',
        ...error.headers,
      };
      return { status: error.status, headers, body: errorBody(error, clientRequestId, requestId, options.atMs) };
    }
  }

  #authenticate(exchange: Exchange, atMs: number): AccessClaims {
    const authorization = header(exchange.headers, 'authorization');
    if (authorization === undefined) throw invalidToken('Access token is empty.');
    const token = /^Bearer +(\S+)$/i.exec(authorization)?.[1];
    if (token === undefined) throw invalidToken('CompactToken parsing failed with error code: 80049217');
    const verdict = this.#services.issuer.verify(token, atMs);
    if (verdict.kind === 'invalid') throw invalidToken(verdict.message);
    return verdict.claims;
  }

  #call(exchange: Exchange, caller: AccessClaims, options: HandleOptions): GraphCall {
    const inner = graphPath(exchange.path);
    if (inner === undefined) {
      const version = exchange.path.split('/')[1] ?? '';
      throw badRequest(`Invalid version: ${version}.`);
    }
    return {
      method: exchange.method,
      segments: splitPath(exchange.path).slice(1),
      path: exchange.path,
      query: parseQuery(exchange.query),
      headers: exchange.headers,
      body: exchange.body,
      origin: exchange.origin,
      caller,
      atMs: options.atMs,
      pageFault: options.pageFault,
    };
  }

  async #dispatch(call: GraphCall, exchange: Exchange, options: HandleOptions, inner: boolean): Promise<GraphAnswer> {
    const [root = '', second = '', third = ''] = call.segments;
    assertMethod(call, [second, third]);
    if (root === '$batch' && !inner) {
      const body = await batch(call.body, (request) => this.#inner(exchange, request, options));
      return { status: 200, body, headers: { 'content-type': 'application/json' } };
    }
    if (root === 'users' || root === 'groups') {
      if (!/^(microsoft\.graph\.)?delta(\(\))?$/.test(second)) return this.#objects.collection(call, root);
      demand(call.caller, root);
      return this.#services.delta.answer(call, root);
    }
    if (root === 'directoryObjects' && second.endsWith('getAvailableExtensionProperties')) {
      return availableExtensionProperties(call, this.#services.tenant);
    }
    if (root === 'directoryObjects') return this.#objects.directoryObject(call);
    if (root === 'directory' && second === 'deletedItems') return this.#objects.deletedItems(call);
    if (root === 'directory' && second === 'customSecurityAttributeDefinitions') {
      return securityAttributeDefinitions(call, this.#services.tenant);
    }
    if (root === 'schemaExtensions') return schemaExtensions(call, this.#services.tenant);
    if (root === 'applications') return applications(call, this.#services.tenant);
    if (root === 'domains') return domains(call, this.#services.tenant);
    if (root === 'organization') return organization(call, this.#services.tenant);
    if (root === 'servicePrincipals') return servicePrincipals(call, this.#services.tenant);
    throw badRequest(`Resource not found for the segment '${root}'.`);
  }

  #inner(outer: Exchange, request: InnerRequest, options: HandleOptions): Promise<Reply> {
    const [path = '', ...query] = request.url.split('?');
    const own = Object.entries(request.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]);
    const exchange: Exchange = {
      method: request.method.toUpperCase(),
      path: `/v1.0/${path.replace(/^\/+/, '')}`,
      query: query.join('?'),
      headers: { authorization: outer.headers.authorization, ...Object.fromEntries(own) },
      body: request.body === undefined ? '' : JSON.stringify(request.body),
      origin: outer.origin,
    };
    const { statistics, innerFailure } = this.#services;
    const kind = requestKind(exchange.path);
    statistics.inBatch(kind);
    const failure = innerFailure(kind, exchange.method, exchange.path, options.atMs);
    return this.#handle(exchange, { ...options, pageFault: undefined, failure }, true);
  }
}

function assertMethod(call: GraphCall, operations: readonly string[]): void {
  const posts =
    call.segments[0] === '$batch' ||
    operations.some((each) =>
      /^(microsoft\.graph\.)?(getMemberGroups|getByIds|getAvailableExtensionProperties)$/.test(each),
    );
  if (call.method === (posts ? 'POST' : 'GET')) return;
  throw new GraphError(405, 'Request_BadRequest', 'Specified HTTP method is not allowed for the request target.', {
    Allow: posts ? 'POST' : 'GET',
  });
}

function commonHeaders(
  requestId: string,
  clientRequestId: string | undefined,
  units: number,
  atMs: number,
): Record<string, string> {
  return {
    'cache-control': 'no-cache',
    'content-type': CONTENT_TYPE,
    'odata-version': '4.0',
    'request-id': requestId,
    'client-request-id': clientRequestId ?? requestId,
    'strict-transport-security': 'max-age=31536000',
    vary: 'Accept-Encoding',
    'x-ms-ags-diagnostic': DIAGNOSTIC,
    ...(units === 0 ? {} : { 'x-ms-resource-unit': String(units) }),
    date: new Date(atMs).toUTCString(),
  };
}
