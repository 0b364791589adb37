import { createGraph, type Graph, type GraphOptions } from '../../src/graph/graph.ts';
import { Secret } from '../../src/identity/secret.ts';
import { silentLog } from '../../src/observability/log.ts';
import { DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET } from '../../src/simulator/tenant/registration.ts';
import { type Clock, systemClock } from '../../src/timing/clock.ts';
import type { SimulatorClient } from './simulator-client.ts';

const requestTimeoutMs = 20_000;

/** A clock on which waits between attempts are over at once, while the timeout of a request is real. */
export const impatientClock: Clock = {
  ...systemClock,
  sleep: (ms, signal) => systemClock.sleep(ms === requestTimeoutMs ? ms : 0, signal),
};

/** The properties that most tests of rounds need. */
const properties = {
  users: ['accountEnabled', 'createdDateTime', 'displayName', 'mail', 'userPrincipalName', 'userType'],
  groups: ['createdDateTime', 'displayName', 'groupTypes', 'mail', 'securityEnabled'],
} as const;

/** The tenant of a simulator as the daemon sees it. */
export function graphOn({ simulator, ca }: SimulatorClient, overrides: Partial<GraphOptions> = {}): Graph {
  return createGraph({
    tenantId: simulator.tenant.tenantId,
    clientId: DEFAULT_CLIENT_ID,
    credentials: [
      { name: 'tenant.credential', kind: 'secret', secret: new Secret(DEFAULT_CLIENT_SECRET), expiresAtMs: undefined },
    ],
    authorityHost: simulator.url,
    graphUrl: simulator.url,
    ca,
    requestTimeoutMs,
    properties,
    clock: impatientClock,
    random: Math.random,
    log: silentLog,
    ...overrides,
  });
}
