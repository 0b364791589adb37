import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Config } from '../../src/config/config.ts';
import { liveChange } from '../../src/config/live.ts';
import { type ConfigResult, parseConfig } from '../../src/config/load.ts';
import { formatProblem } from '../../src/config/problem.ts';
import { createSync, syncSettings } from '../../src/daemon/sync.ts';
import { openGraph } from '../../src/daemon/graph.ts';
import { openOwnStore } from '../../src/daemon/own-store.ts';
import type { Directory } from '../../src/directory/directory-port.ts';
import type { Graph } from '../../src/graph/graph.ts';
import type { RoundSummary } from '../../src/identity/round.ts';
import type { Simulator } from '../../src/simulator/simulator.ts';
import { DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET } from '../../src/simulator/tenant/registration.ts';
import type { Store } from '../../src/store/store.ts';
import type { SyncService } from '../../src/sync/service.ts';
import { directoryOver, type SeenEntry, searchAll, type TestSearch } from './directory-client.ts';
import { type RecordingLog, recordingLog } from './recording-log.ts';
import { sampleBase } from './sample-directory.ts';
import { answerLimit, SimulatedTime } from './simulated-time.ts';

/** Sections of a configuration, as its file has them. */
export type Sections = Readonly<Record<string, unknown>>;

/** Where a {@link ComposedDaemon} lives. */
export interface Surroundings {
  readonly simulator: Simulator;
  /** The authority of the simulator's certificate, as PEM. */
  readonly ca: string;
  readonly time: SimulatedTime;
  /** The folder of its store. */
  readonly folder: string;
}

/** Reads a configuration file with these sections; what `tenant` leaves out leads to the simulator. */
export function parseOn({ simulator, ca, folder }: Surroundings, { tenant, ...sections }: Sections): ConfigResult {
  const text = JSON.stringify({
    tenant: {
      id: simulator.tenant.tenantId,
      clientId: DEFAULT_CLIENT_ID,
      credential: { secret: DEFAULT_CLIENT_SECRET },
      authorityHost: simulator.url,
      graphUrl: simulator.url,
      caFile: 'ca.pem',
      requestTimeout: answerLimit,
      ...(tenant as object | undefined),
    },
    directory: { baseDn: sampleBase },
    store: { path: 'store' },
    ldap: { listen: ['127.0.0.1:0'], tlsListen: [] },
    ...sections,
  });
  const readFile = (path: string): string => (basename(path) === 'ca.pem' ? ca : readFileSync(path, 'utf8'));
  return parseConfig(text, { file: join(folder, 'entra-ldapd.yaml'), env: {}, readFile });
}

/** The configuration that such a file has. */
function configOn(surroundings: Surroundings, sections: Sections): Config {
  const result = parseOn(surroundings, sections);
  if (!result.ok) throw new Error(result.problems.map(formatProblem).join('\n'));
  return result.config;
}

/**
 * What the daemon consists of between the tenant and the LDAP server, put together as the daemon does it, in this process and in
 * a time that the test lets pass: the client of Microsoft Graph over HTTPS, the synchronization, the store on disk, the directory.
 */
export class ComposedDaemon implements AsyncDisposable {
  readonly sync: SyncService;
  readonly directory: Directory;
  readonly log: RecordingLog;
  readonly store: Store;
  readonly graph: Graph;
  readonly #stop = new AbortController();
  config: Config;
  #running: Promise<void> = Promise.resolve();

  private constructor(config: Config, store: Store, time: SimulatedTime) {
    this.config = config;
    this.log = recordingLog();
    this.store = store;
    this.graph = openGraph(config, time.client, this.log);
    this.sync = createSync({ config, log: this.log, clock: time.service }, store, this.graph);
    this.directory = directoryOver(store.source);
  }

  /** Opens the store, and finishes what the last one has left unfinished. */
  static async open(surroundings: Surroundings, sections: Sections): Promise<ComposedDaemon> {
    const config = configOn(surroundings, sections);
    const store = await openOwnStore(config, recordingLog());
    const daemon = new ComposedDaemon(config, store, surroundings.time);
    await daemon.sync.recover(daemon.#stop.signal);
    return daemon;
  }

  /** Runs rounds on schedule from now on. */
  run(): void {
    this.#running = this.sync.run(this.#stop.signal);
    // Its error is for the one who asks whether it has ended.
    this.#running.catch(() => undefined);
  }

  /** Resolves when rounds no longer run on schedule; rejects when that is by an error. */
  get ended(): Promise<void> {
    return this.#running;
  }

  /** Runs one round; not while rounds run on schedule. */
  round(full = false): Promise<RoundSummary> {
    return this.sync.runRound(full, this.#stop.signal);
  }

  /** Takes over what a running daemon takes over of a configuration; returns the keys that need a restart. */
  configure(surroundings: Surroundings, sections: Sections): readonly string[] {
    const { config, needsRestart } = liveChange(this.config, configOn(surroundings, sections));
    this.config = config;
    this.sync.reconfigure(syncSettings(config, this.store));
    return needsRestart;
  }

  /** What a search finds, or undefined while nothing is served. */
  async search(search: TestSearch): Promise<readonly SeenEntry[] | undefined> {
    using lease = this.store.source.acquire();
    return lease === undefined ? undefined : await searchAll(this.directory, search);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#running.catch(() => undefined);
    await this.graph.close();
    await this.store[Symbol.asyncDispose]();
  }
}
