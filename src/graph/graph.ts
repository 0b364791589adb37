import type { Discovery } from '../identity/discovery.ts';
import type { CredentialReport } from '../identity/credential-report.ts';
import type { FilterTrial } from '../identity/filter-trial.ts';
import type { PasswordChecker } from '../identity/password-check.ts';
import type { Admission, DeltaFeed, Supplement } from '../identity/ports.ts';
import { isWholeTenant, type Scope, wholeTenant } from '../identity/scope.ts';
import type { ReadingMode } from '../identity/reading.ts';
import type { SourceTraffic } from '../identity/source-traffic.ts';
import type { TenantFacts } from '../identity/tenant-facts.ts';
import type { Log } from '../observability/log.ts';
import type { Random } from '../timing/backoff.ts';
import type { Clock } from '../timing/clock.ts';
import { createAdmission } from './admission.ts';
import { CredentialChain } from './credential-chain.ts';
import type { GraphCredential } from './credential.ts';
import { createAutoFeed } from './auto-feed.ts';
import { createDeltaFeed } from './delta-feed.ts';
import { discover, type DiscoverOptions } from './discover.ts';
import { createGraphClient } from './graph-client.ts';
import { createListFeed } from './list-feed.ts';
import { fetchOrganization } from './organization.ts';
import type { Organization } from './organization.ts';
import { Pace } from './pace.ts';
import { type SelectedProperties, selectionOf } from './selection.ts';
import { createPasswordChecker } from './password-grant.ts';
import { createSupplement } from './supplement.ts';
import { fetchTenantFacts } from './tenant-facts.ts';
import { createTokenSource } from './token-source.ts';
import { createTransport } from './transport.ts';
import { tryFilter } from './try-filter.ts';
import type { TriedFilter } from './try-filter.ts';
import type { TransportProxy } from './transport.ts';

/** One tenant, and how to reach it. */
export interface GraphOptions {
  readonly tenantId: string;
  /** The application (client) id of the registration. */
  readonly clientId: string;
  /** At least one, the preferred first; see {@link CredentialChain}. */
  readonly credentials: readonly GraphCredential[];
  /** Where Entra issues tokens, for instance `https://login.microsoftonline.com`. */
  readonly authorityHost: string;
  /** Where Microsoft Graph is, for instance `https://graph.microsoft.com`; nothing but the origin. */
  readonly graphUrl: string;
  /** Certificates in PEM to trust beside the well-known authorities. */
  readonly ca?: string;
  /** The way to Microsoft, when it is not direct. */
  readonly proxy?: TransportProxy;
  /** The longest time for one answer of Microsoft Graph or for one token. */
  readonly requestTimeoutMs: number;
  /** The longest time for the answer about one password; {@link requestTimeoutMs} when left out. */
  readonly passwordTimeoutMs?: number;
  /** What is read of users and groups, and kept here; nothing else is. */
  readonly properties: SelectedProperties;
  /** Which part of the tenant is read; the whole of it when left out. */
  readonly scope?: Scope;
  /** How it is read; by delta queries when left out. */
  readonly reading?: ReadingMode;
  /** Attempts for one answer, the first included, where the usual bound is too many because somebody waits. */
  readonly attemptsMax?: number | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** Microsoft Entra ID and Microsoft Graph for one tenant. */
export interface Graph {
  readonly feed: DeltaFeed;
  /** Decides which objects are in scope; undefined when all are. */
  readonly admission: Admission | undefined;
  /** Brings what the feed does not report; undefined when nothing of it is read. */
  readonly supplement: Supplement | undefined;
  readonly passwords: PasswordChecker;
  /** What a filter lets through; see {@link tryFilter}. */
  tryFilter(tried: TriedFilter): Promise<FilterTrial>;
  /** What the tenant offers; see {@link discover}. */
  discover(options: DiscoverOptions): Promise<Discovery>;
  /** The tenant about itself; throws `SourceError`, with `forbidden` where the permission was not granted. */
  organization(signal: AbortSignal): Promise<Organization>;
  /** What the tenant says about itself; see {@link fetchTenantFacts}. */
  tenantFacts(signal: AbortSignal): Promise<TenantFacts>;
  /** How each credential of the application stands, in the order of the configuration. */
  credentials(): readonly CredentialReport[];
  /** What was asked of Microsoft Graph since the start. */
  traffic(): SourceTraffic;
  /** Ends every request that is under way and all connections. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Sets up the way to a tenant; sends nothing yet. Throws a `SourceError` `credentials` for a certificate that cannot be
 * used, and a `TypeError` for addresses that are not https origins.
 */
export function createGraph(options: GraphOptions): Graph {
  const { tenantId, clientId, clock, random, log, ca, requestTimeoutMs } = options;
  const { properties, scope = wholeTenant, attemptsMax } = options;
  const selections = {
    users: selectionOf('users', properties.users),
    groups: selectionOf('groups', properties.groups),
  };
  const origin = httpsOrigin(options.graphUrl);
  const authorityHost = httpsOrigin(options.authorityHost);
  const credentials = new CredentialChain(options.credentials, clock, log);
  const closing = new AbortController();
  const way = { ca, proxy: options.proxy, clock };
  const transport = createTransport({ ...way, timeoutMs: requestTimeoutMs });
  // Binds have connections of their own: a sync that keeps all of its busy must not make a login wait.
  const passwordTransport = createTransport({ ...way, timeoutMs: options.passwordTimeoutMs ?? requestTimeoutMs });
  const tokens = createTokenSource({
    application: { tenantId, clientId, authorityHost },
    credentials,
    transport,
    clock,
    scope: `${origin}/.default`,
    closing: closing.signal,
  });
  const pace = new Pace(clock, log);
  const client = createGraphClient({ origin, tokens, transport, pace, attemptsMax, clock, random, log });
  const tokenEndpoint = `${authorityHost}/${encodeURIComponent(tenantId)}/oauth2/v2.0/token`;
  const close = async (): Promise<void> => {
    closing.abort(new Error('closed'));
    await Promise.all([transport.close(), passwordTransport.close()]);
  };
  const delta = createDeltaFeed(client, origin, selections, scope);
  const lists = createListFeed({ client, origin, selections, scope });
  const feeds = { delta, list: lists, auto: createAutoFeed({ client, origin, delta, lists, clock, log }) };
  return {
    feed: feeds[options.reading ?? 'delta'],
    admission: isWholeTenant(scope) ? undefined : createAdmission({ client, origin, clientId, scope, selections }),
    supplement: createSupplement({ client, origin, tokens, selections, log }),
    passwords: createPasswordChecker({
      tokenEndpoint,
      clientId,
      credentials,
      clock,
      transport: passwordTransport,
    }),
    credentials: () => credentials.report(),
    traffic: () => pace.report(),
    tryFilter: (tried) => tryFilter(client, origin, tried),
    discover: (asked) => discover({ client, origin, tokens }, asked),
    tenantFacts: (signal) => fetchTenantFacts(client, origin, clock.now(), signal),
    organization: (signal) => fetchOrganization(client, origin, signal),
    close,
    [Symbol.asyncDispose]: close,
  };
}

function httpsOrigin(text: string): string {
  const url = new URL(text);
  if (
    url.protocol !== 'https:' ||
    url.pathname !== '/' ||
    url.search !== '' ||
    url.hash !== '' ||
    url.username !== ''
  ) {
    throw new TypeError('An address of Microsoft must be an https origin');
  }
  return url.origin;
}
