import type { Clock } from '../../timing/clock.ts';
import type { GraphCall } from './call.ts';
import { GraphError } from './graph-error.ts';

const WINDOW_MS = 10_000;
const WARNING_SHARE = 0.8;

/** Resource units per ten seconds and application, by size of the tenant (Microsoft Graph throttling limits). */
function quota(users: number): number {
  return users < 50 ? 3500 : users <= 500 ? 5000 : 8000;
}

/** What a request costs in resource units. `kind` is the kind of request as the statistics name it. */
export function resourceUnits(kind: string, query: GraphCall['query']): number {
  const base = COSTS.get(kind) ?? 1;
  const top = query.get('top');
  const discount = (query.has('select') ? 1 : 0) + (top !== undefined && Number(top) < 20 ? 1 : 0);
  return Math.max(1, base - discount + (query.has('expand') ? 1 : 0));
}

const COSTS: ReadonlyMap<string, number> = new Map([
  ['users', 2],
  ['user', 1],
  ['members', 3],
  ['transitiveMembers', 5],
  ['memberOf', 2],
  ['transitiveMemberOf', 2],
  ['getMemberGroups', 2],
  ['getByIds', 5],
]);

interface Window {
  startMs: number;
  spent: number;
}

/** Counts resource units per application in windows of ten seconds and refuses what goes beyond the quota. */
export class Throttle {
  readonly #clock: Clock;
  readonly #quota: number;
  readonly #windows = new Map<string, Window>();

  constructor(clock: Clock, users: number) {
    this.#clock = clock;
    this.#quota = quota(users);
  }

  /**
   * Books a request. Returns the headers that warn above 80 % of the quota; throws 429 with a decimal `Retry-After` when
   * the quota is used up.
   */
  spend(clientId: string, tenantId: string, units: number): Readonly<Record<string, string>> {
    const nowMs = this.#clock.monotonicMs();
    const known = this.#windows.get(clientId);
    const window = known !== undefined && nowMs - known.startMs < WINDOW_MS ? known : { startMs: nowMs, spent: 0 };
    this.#windows.set(clientId, window);
    window.spent += units;
    const share = window.spent / this.#quota;
    const percentage: Record<string, string> =
      share > WARNING_SHARE ? { 'x-ms-throttle-limit-percentage': share.toFixed(2) } : {};
    if (share <= 1) return percentage;
    const waitSeconds = (WINDOW_MS - (nowMs - window.startMs)) / 1000;
    throw tooManyRequests({
      ...percentage,
      'Retry-After': waitSeconds.toFixed(3),
      'x-ms-throttle-scope': `Tenant_Application/ReadWrite/${clientId}/${tenantId}`,
      'x-ms-throttle-information': 'ResourceUnitLimitExceeded',
    });
  }
}

/** The answer of a throttled request. */
export function tooManyRequests(headers: Readonly<Record<string, string>>): GraphError {
  return new GraphError(429, 'TooManyRequests', 'Please retry again later.', headers);
}
