import type { AppPasswordAdmin } from './app-password.ts';
import type { AuthAdmin, AuthReport } from './auth-report.ts';
import type { ConfigReport } from './config-report.ts';
import type { CredentialReport } from './credential-report.ts';
import type { Inspection } from './inspection.ts';
import type { OverlayReport } from './overlay.ts';
import type { MemoryApi } from './memory.ts';
import type { OneTimeCodeAdmin } from './one-time-code.ts';
import type { PlanRequest, PlanResult } from './plan.ts';
import type { UnreadableProperty } from './ports.ts';
import type { Reconciliation } from './reconciliation.ts';
import type { ReadingReport } from './reading.ts';
import type { RoundProgress, RoundSummary } from './round.ts';
import type { HeldItem, HoldDecision, HoldReport } from './safety.ts';
import type { ServingThreads } from './serving-threads.ts';
import type { SourceTraffic } from './source-traffic.ts';
import type { SudoReport } from './sudo.ts';

/**
 * Health in one word.
 *
 * - `starting`: nothing has been published yet, so searches are answered `busy`
 * - `serving`: the last round succeeded
 * - `held`: serving an older directory, because the change from it reaches too far (P4)
 * - `stale`: serving, but the last round failed or is overdue
 * - `broken`: the store cannot be read
 */
export type DaemonState = 'starting' | 'serving' | 'held' | 'stale' | 'broken';

/** What the daemon tells about itself. Times are milliseconds since the epoch. */
export interface StatusReport {
  readonly version: string;
  readonly state: DaemonState;
  readonly startedAtMs: number;
  readonly tenant: {
    readonly id: string;
    readonly displayName: string | null;
    /** Whether objects come from an Active Directory too; null where that is not known. */
    readonly isHybrid: boolean | null;
  };
  readonly baseDn: string;
  readonly listeners: readonly { readonly host: string; readonly port: number; readonly tls: boolean }[];
  readonly connections: number;
  /** Where the HTTP server listens; nowhere when it is turned off. */
  readonly http: readonly { readonly host: string; readonly port: number; readonly tls: boolean }[];
  readonly threads: ServingThreads;
  /**
   * The certificates of the LDAP server, the one for everybody first; none without TLS. `names` are the server names that
   * lead to it, `problem` says why the files as they are now are not in use.
   */
  readonly certificates: readonly {
    readonly names: readonly string[];
    readonly validToMs: number;
    readonly problem: string | null;
  }[];
  /** The published directory, or null before the first. */
  readonly directory: {
    readonly publication: number;
    readonly publishedAtMs: number;
    readonly users: number;
    readonly groups: number;
    readonly services: number;
    /** Primary groups of one user alone; not counted as groups. */
    readonly privateGroups: number;
  } | null;
  readonly sync: {
    readonly running: RoundProgress | null;
    readonly last: RoundSummary | null;
    readonly lastSuccessAtMs: number | null;
    readonly nextAtMs: number | null;
    /** When everything was last read anew, or null before the first time. */
    readonly lastFullAtMs: number | null;
    /** What the last full reading by schedule has found since the start, or null before it. */
    readonly reconciliation: Reconciliation | null;
    /** What is held back, or null. */
    readonly held: HoldReport | null;
    readonly reading: ReadingReport;
  };
  readonly binds: AuthReport;
  /** The credentials of the application in the order in which they are used. */
  readonly credentials: readonly CredentialReport[];
  readonly traffic: SourceTraffic;
  /** The configuration file; null for a daemon that was started without one. */
  readonly config: ConfigReport | null;
  /** True while the directory does not show yet what changed settings imply: a round is open that has changed the copy already. */
  readonly settingsPending: boolean;
  /** Properties that are mapped and must not be read, for want of a permission; what is known of them stays. */
  readonly unreadableProperties: readonly UnreadableProperty[];
  /**
   * Groups that decide who may sign in, or about primary groups, and that cannot be told, so that they have no effect; `found`
   * groups have the name.
   */
  readonly unknownPolicyGroups: readonly {
    readonly list: 'allowedGroups' | 'disabledGroups' | 'primaryGroup';
    readonly group: string;
    readonly found: number;
  }[];
  /** What came of the sudo rules; null without any. */
  readonly sudo: SudoReport | null;
  /** What the overlay files say beside the tenant; null where the configuration names none. */
  readonly overlay: OverlayReport | null;
}

/** What came of a request to synchronize now. */
export interface SyncRequestOutcome {
  /** False when a round was already running; that round is then the one reported. */
  readonly started: boolean;
  readonly round: number;
}

/** A decision about what is held back: about the change with this number, or about whatever it is. */
export interface HoldRequest {
  readonly hold: number | null;
  readonly decision: Exclude<HoldDecision, 'open'>;
}

/** What came of a decision. `round` publishes what was approved; null when it was rejected. */
export interface HoldOutcome {
  readonly hold: HoldReport;
  readonly round: number | null;
}

/** One step of a followed round: progress while it runs, then exactly one summary. */
export type RoundEvent =
  | { readonly kind: 'progress'; readonly progress: RoundProgress }
  | { readonly kind: 'finished'; readonly summary: RoundSummary };

/** What to export of the published directory. */
export interface ExportRequest {
  /** The entry to export with everything below it; undefined for the whole directory. */
  readonly baseDn: string | undefined;
  /** Whether operational attributes are exported too. */
  readonly operational: boolean;
  /** Whether the text begins with `version: 1`, as RFC 2849 wants it and OpenLDAP's slapadd does not. */
  readonly version: boolean;
}

/** What was asked for cannot be done as things are; `message` is a sentence for the administrator. */
export class AdminRefusal extends Error {
  override readonly name = 'AdminRefusal';
}

/** What an administrator may ask of a running daemon, over the control socket. */
export interface AdminApi {
  /** Why objects are as they are, and lists of them. */
  readonly inspection: Inspection;
  /** What was before, and undoing it. */
  readonly memory: MemoryApi;
  /** Binds: how they go, what is held back, who has bound. */
  readonly auth: AuthAdmin;
  readonly appPasswords: AppPasswordAdmin;
  readonly oneTimeCodes: OneTimeCodeAdmin;
  status(): StatusReport;
  /** Starts a round unless one runs. `full` reads everything anew. */
  requestSync(options: { readonly full: boolean }): SyncRequestOutcome;
  /** Follows the running round, or reports the last one if none runs, until it has finished. */
  followRound(round: number, signal: AbortSignal): AsyncGenerator<RoundEvent, void, void>;
  /** Everybody whom the change that is held back concerns; nobody when there is none. */
  heldItems(): Iterable<HeldItem>;
  /** Decides about what is held back. Throws {@link AdminRefusal} when it is not held back any more. */
  decideHold(request: HoldRequest): Promise<HoldOutcome>;
  /** What the next publish would do. Throws {@link AdminRefusal} when that cannot be told. */
  plan(request: PlanRequest): Promise<PlanResult>;
  /** The published directory as LDIF, as of one publication. Throws {@link AdminRefusal} before the first chunk. */
  exportLdif(request: ExportRequest): AsyncGenerator<string, void, void>;
}
