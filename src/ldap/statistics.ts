import { addDurations, DurationCounts, type DurationSnapshot, searchBounds } from '../observability/duration-counts.ts';
import type { OperationName } from './protocol.ts';

/** What is open now. */
export interface OpenConnections {
  readonly connections: number;
  /** Those among them that TLS protects. */
  readonly secureConnections: number;
  /** Those among them on which somebody has bound. */
  readonly boundConnections: number;
}

/** Results of one kind, as they were sent. */
export interface ResultCount {
  /** The tag of the response (RFC 4511 §4.2.2, §4.5.2 and others). */
  readonly response: number;
  readonly code: number;
  readonly count: number;
}

/** Counters since the server started, and what is open now. Plain data, which {@link addStatistics} adds up. */
export interface LdapStatistics extends OpenConnections {
  readonly connectionsAccepted: number;
  readonly connectionsRefused: number;
  /** Sessions that we ended because of what the client sent. */
  readonly protocolErrors: number;
  /** Requests by operation, whatever became of them. */
  readonly operations: Readonly<Record<OperationName, number>>;
  readonly results: readonly ResultCount[];
  /** Entries that searches have sent. */
  readonly entries: number;
  /** From the request to its result, of searches that have one; not of those that persist. */
  readonly searches: DurationSnapshot;
}

/** More than any result code has (RFC 4511 §4.1.9 and its extensions go up to 4096). */
const codesMax = 65_536;

/** The counters themselves. */
export class Statistics {
  connectionsAccepted = 0;
  connectionsRefused = 0;
  protocolErrors = 0;
  entries = 0;
  readonly searches = new DurationCounts(searchBounds);
  readonly operations: Record<OperationName, number> = {
    bind: 0,
    unbind: 0,
    search: 0,
    modify: 0,
    add: 0,
    delete: 0,
    modifyDn: 0,
    compare: 0,
    abandon: 0,
    extended: 0,
  };
  readonly #results = new Map<number, number>();

  /** A result was written. */
  result(response: number, code: number): void {
    const key = response * codesMax + code;
    this.#results.set(key, (this.#results.get(key) ?? 0) + 1);
  }

  /** The counters as they stand. */
  snapshot(open: OpenConnections): LdapStatistics {
    return {
      ...open,
      connectionsAccepted: this.connectionsAccepted,
      connectionsRefused: this.connectionsRefused,
      protocolErrors: this.protocolErrors,
      operations: { ...this.operations },
      results: [...this.#results].map(([key, count]) => ({
        response: Math.floor(key / codesMax),
        code: key % codesMax,
        count,
      })),
      entries: this.entries,
      searches: this.searches.snapshot(),
    };
  }
}

/** The counters of two servers of one daemon together. */
export function addStatistics(a: LdapStatistics, b: LdapStatistics): LdapStatistics {
  const results = new Map<string, ResultCount>();
  for (const each of [...a.results, ...b.results]) {
    const key = `${each.response} ${each.code}`;
    results.set(key, { ...each, count: each.count + (results.get(key)?.count ?? 0) });
  }
  const names = Object.keys(a.operations) as OperationName[];
  return {
    connections: a.connections + b.connections,
    secureConnections: a.secureConnections + b.secureConnections,
    boundConnections: a.boundConnections + b.boundConnections,
    connectionsAccepted: a.connectionsAccepted + b.connectionsAccepted,
    connectionsRefused: a.connectionsRefused + b.connectionsRefused,
    protocolErrors: a.protocolErrors + b.protocolErrors,
    operations: {
      ...a.operations,
      ...Object.fromEntries(names.map((name) => [name, a.operations[name] + b.operations[name]])),
    },
    results: [...results.values()],
    entries: a.entries + b.entries,
    searches: addDurations(a.searches, b.searches),
  };
}
