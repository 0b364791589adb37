import type { Config } from '../config/config.ts';
import type { ConfigFile } from '../config/config-watch.ts';
import type { ConfigResult } from '../config/load.ts';
import type { StatusReport } from '../identity/admin.ts';
import type { RecentEvents } from '../identity/logged-event.ts';
import type { RoundProgress, RoundSummary } from '../identity/round.ts';
import type { LdapListener } from '../ldap/server.ts';
import type { HttpAddress } from '../http/listener.ts';
import type { Log } from '../observability/log.ts';
import type { LogLevel } from '../observability/log-record.ts';
import type { Clock } from '../timing/clock.ts';

/** What the daemon is run with. */
export interface DaemonOptions {
  readonly config: Config;
  readonly log: Log;
  readonly clock: Clock;
  readonly version: string;
  /** Aborts when the daemon is to stop. */
  readonly signal: AbortSignal;
  readonly onListening?: (addresses: readonly LdapListener[]) => void;
  /** Called before that with where HTTP is served; nowhere when it is turned off. */
  readonly onHttpListening?: (addresses: readonly HttpAddress[]) => void;
  /** Calls the listener, until disposed, whenever the administrator asks to read the configuration and the certificates again. */
  readonly onReadAgain?: (listener: () => void) => Disposable;
  /** Called when the configuration was read because of that, whatever came of it. */
  readonly onRead?: () => void;
  /** Called once when everything that there is to start has started, with what tells how the daemon is at any time. */
  readonly onStarted?: (status: () => StatusReport) => void;
  /** Where `config` comes from; changes of it are taken over while the daemon runs. Left out: there are none. */
  readonly configFile?: ConfigFile;
  /** Reads and checks the text of another configuration, to plan what it would change. Left out: none can be planned. */
  readonly parseConfig?: (file: string, text: string) => ConfigResult;
  /** Called with each configuration that was taken over. */
  readonly onConfig?: (config: Config) => void;
  /** The least important events that `log` writes at present. Left out: not known, and lines of level debug may be missing. */
  readonly logLevel?: () => LogLevel;
  /** The latest events of `log`. Left out: they cannot be asked for. */
  readonly recent?: RecentEvents;
  /** Called after each round that changed the directory. */
  readonly onPublished?: (summary: RoundSummary) => void;
}

/** What a single round is run with. */
export interface SyncOnceOptions extends Pick<DaemonOptions, 'config' | 'log' | 'clock' | 'version' | 'signal'> {
  /** Read everything anew. */
  readonly full: boolean;
  /** Forget first what was read of the tenant. */
  readonly clear?: boolean;
  readonly onProgress: (progress: RoundProgress) => void;
}
