import type { RoundProgress, RoundSummary } from './round.ts';

/**
 * Health in one word.
 *
 * - `starting`: nothing has been published yet, so searches are answered `busy`
 * - `serving`: the last round succeeded
 * - `stale`: serving, but the last round failed or is overdue
 * - `broken`: the store cannot be read
 */
export type DaemonState = 'starting' | 'serving' | 'stale' | 'broken';

/** What the daemon tells about itself. Times are milliseconds since the epoch. */
export interface StatusReport {
  readonly version: string;
  readonly state: DaemonState;
  readonly startedAtMs: number;
  readonly tenant: { readonly id: string; readonly displayName: string | null };
  readonly baseDn: string;
  readonly listeners: readonly { readonly host: string; readonly port: number; readonly tls: boolean }[];
  readonly connections: number;
  /** The certificate of the LDAP server, or null without TLS. `problem` says why the files as they are now are not in use. */
  readonly certificate: { readonly validToMs: number; readonly problem: string | null } | null;
  /** The published directory, or null before the first. */
  readonly directory: {
    readonly publication: number;
    readonly publishedAtMs: number;
    readonly users: number;
    readonly groups: number;
    readonly services: number;
  } | null;
  readonly sync: {
    readonly running: RoundProgress | null;
    readonly last: RoundSummary | null;
    readonly lastSuccessAtMs: number | null;
    readonly nextAtMs: number | null;
  };
}

/** What came of a request to synchronize now. */
export interface SyncRequestOutcome {
  /** False when a round was already running; that round is then the one reported. */
  readonly started: boolean;
  readonly round: number;
}

/** One step of a followed round: progress while it runs, then exactly one summary. */
export type RoundEvent =
  | { readonly kind: 'progress'; readonly progress: RoundProgress }
  | { readonly kind: 'finished'; readonly summary: RoundSummary };

/** What an administrator may ask of a running daemon, over the control socket. */
export interface AdminApi {
  status(): StatusReport;
  /** Starts a round unless one runs. `full` reads everything anew. */
  requestSync(options: { readonly full: boolean }): SyncRequestOutcome;
  /** Follows the running round, or reports the last one if none runs, until it has finished. */
  followRound(round: number, signal: AbortSignal): AsyncGenerator<RoundEvent, void, void>;
}
