import type { Config } from '../config/config.ts';
import { examine } from '../graph/examination.ts';
import type { DiscoverOptions } from '../graph/discover.ts';
import { createGraph, type Graph, type GraphOptions } from '../graph/graph.ts';
import { resolveTenant } from '../graph/resolve-tenant.ts';
import type { TriedFilter } from '../graph/try-filter.ts';
import type { Finding, TrialUser } from '../identity/examination.ts';
import type { PropertiesOfTenant } from '../identity/discovery.ts';
import type { FilterTrial } from '../identity/filter-trial.ts';
import type { Log } from '../observability/log.ts';
import { propertyUses, suggestedLines } from '../projection/attribute-uses.ts';
import { selectedProperties } from '../projection/selected-properties.ts';
import type { Clock } from '../timing/clock.ts';
import type { DaemonOptions } from './options.ts';

/** The tenant that the configuration names; see {@link GraphOptions.attemptsMax}. Asks nothing yet. */
export function openGraph(config: Config, clock: Clock, log: Log, attemptsMax?: number): Graph {
  return createGraph({
    ...graphOptions(config, clock, log),
    scope: config.scope,
    reading: config.sync.mode,
    attemptsMax,
  });
}

/** What is wrong between this machine and the tenant, and what to do about it; see {@link examine}. */
export function examineSource(
  { config, log, clock, signal }: Pick<DaemonOptions, 'config' | 'log' | 'clock' | 'signal'>,
  user: TrialUser | undefined,
): AsyncGenerator<Finding, void, void> {
  return examine({
    ...graphOptions(config, clock, log),
    scope: config.scope,
    reading: config.sync.mode,
    signIn: config.bind.entra.enabled,
    user,
    signal,
  });
}

/** What a filter of Microsoft Graph lets through; see {@link tryFilter}. Imports nothing. */
export async function tryFilter(
  { config, log, clock }: Pick<DaemonOptions, 'config' | 'log' | 'clock'>,
  tried: TriedFilter,
): Promise<FilterTrial> {
  await using graph = openGraph(config, clock, log);
  return await graph.tryFilter(tried);
}

/** What the tenant offers, beside what of it the configuration uses. Imports nothing. */
export async function discoverProperties(
  { config, log, clock }: Pick<DaemonOptions, 'config' | 'log' | 'clock'>,
  asked: DiscoverOptions,
): Promise<PropertiesOfTenant> {
  await using graph = openGraph(config, clock, log);
  const { properties, ...discovery } = await graph.discover(asked);
  const uses = propertyUses(asked.collection, config.projection);
  const unused = properties.map(({ source }) => source).filter((source) => !uses.has(source));
  const lines = suggestedLines(asked.collection, unused, config.projection);
  return {
    ...discovery,
    properties: properties.map((property) => ({
      ...property,
      mappedTo: uses.get(property.source) ?? [],
      line: lines.get(property.source) ?? null,
    })),
  };
}

/** The id of the tenant that a domain belongs to; see {@link resolveTenant}. */
export const tenantOfDomain = resolveTenant;

function graphOptions({ tenant, bind, readBy }: Config, clock: Clock, log: Log): Omit<GraphOptions, 'scope'> {
  return {
    properties: selectedProperties(readBy),
    tenantId: tenant.id,
    clientId: tenant.clientId,
    credentials: tenant.credentials.map((each) =>
      each.kind === 'certificate' ? { ...each, pem: each.pem.reveal() } : each,
    ),
    authorityHost: tenant.authorityHost,
    graphUrl: tenant.graphUrl,
    ...(tenant.ca === undefined ? {} : { ca: tenant.ca }),
    ...(tenant.proxy === undefined ? {} : { proxy: tenant.proxy }),
    requestTimeoutMs: tenant.requestTimeoutMs,
    passwordTimeoutMs: bind.entra.timeoutMs,
    clock,
    random: Math.random,
    log,
  };
}
