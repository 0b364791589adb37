import type { DurationSnapshot } from './duration-counts.ts';

/** How much of something there is by the words for it. */
export type Counts = Readonly<Record<string, number>>;

/** A certificate or a credential that runs out. */
export interface Expiring {
  readonly name: string;
  /** Milliseconds since the epoch; null where that is not known. */
  readonly expiresAtMs: number | null;
  /** Whether it cannot be used as it is: Entra refuses the credential, the certificate's files are no good. */
  readonly hasProblem: boolean;
}

/** Everything that is measured, as it stands at one moment. Times are milliseconds since the epoch, or null before the first. */
export interface MetricsReading {
  readonly version: string;
  readonly nodeVersion: string;
  readonly nowMs: number;
  readonly startedAtMs: number;
  readonly state: string;
  readonly isReady: boolean;
  readonly ldap: {
    readonly connections: number;
    readonly secureConnections: number;
    readonly boundConnections: number;
    readonly connectionsAccepted: number;
    readonly connectionsRefused: number;
    readonly protocolErrors: number;
    readonly operations: Counts;
    /** By operation and name of the result code. */
    readonly results: readonly { readonly operation: string; readonly result: string; readonly count: number }[];
    readonly entries: number;
    readonly searches: DurationSnapshot;
  };
  readonly binds: {
    /** By the link that decided, and by verdict. */
    readonly byLink: Readonly<Record<string, Counts>>;
    readonly hasAlarm: boolean;
    readonly isAuditFailing: boolean;
    readonly resting: number;
    readonly limited: number;
    readonly strangersHeld: boolean;
  };
  readonly sync: {
    readonly isRunning: boolean;
    readonly rounds: Counts;
    readonly durations: DurationSnapshot;
    /** By collection, and by what happened to entries. */
    readonly entries: Readonly<Record<string, Counts>>;
    readonly lastSuccessAtMs: number | null;
    readonly lastFullAtMs: number | null;
    readonly nextAtMs: number | null;
    readonly staleAfterMs: number;
    readonly held: { readonly sinceMs: number; readonly affected: Counts } | null;
  };
  readonly directory: {
    readonly publication: number;
    readonly publishedAtMs: number;
    readonly users: number;
    readonly groups: number;
    readonly services: number;
    readonly privateGroups: number;
  } | null;
  readonly graph: {
    readonly requests: number;
    readonly resourceUnits: number;
    readonly throttled: number;
    readonly slowedMs: number;
    /** null below 0.8, where Microsoft says nothing. */
    readonly allowanceUsed: number | null;
  };
  readonly credentials: readonly Expiring[];
  readonly certificates: readonly Expiring[];
  readonly config: { readonly problems: number; readonly needsRestart: boolean };
  readonly unreadableProperties: number;
  /** Size of the store's files in bytes. */
  readonly storeBytes: number;
  readonly http: { readonly connections: number; readonly refused: number };
}
