/**
 * Looks after the configuration file while the daemon runs: reads it anew when it, or a file that it takes a value from, has
 * changed and when it is asked to, hands over what is good, and keeps what is in use when the file is not.
 *
 * The files are looked at every few seconds. Notifications of the file system are no substitute: they miss network mounts,
 * and a Kubernetes ConfigMap changes by a symbolic link above the file.
 */
import { stat } from 'node:fs/promises';
import type { ConfigReport } from '../identity/config-report.ts';
import { configDoubted, configKept, configReloaded, configUnchanged } from '../observability/events.ts';
import type { Log } from '../observability/log.ts';
import type { Clock } from '../timing/clock.ts';
import type { Config } from './config.ts';
import type { ConfigResult } from './load.ts';
import { liveChange, sameSettings } from './live.ts';
import { type ConfigProblem, formatProblem } from './problem.ts';

/** Time between two looks at the files. */
const lookMs = 2_000;
/** Editors and deployments write in several steps: the files are read when they have stayed the same for this long. */
const settleMs = 500;
/** Files that never stay the same are read all the same after so many looks. */
const settleLooksMax = 30;
/** How often the file is read at once when each reading names other files than the one before. */
const readingsMax = 3;

/** A configuration file that can be read again. */
export interface ConfigFile {
  readonly file: string;
  /** Reads and checks it; throws an error with a sentence as its message when that is not possible at all. */
  read(): ConfigResult;
  /** The files that the last reading took anything from. */
  files(): readonly string[];
}

/** What {@link ConfigWatch} needs. */
export interface ConfigWatchOptions {
  readonly source: ConfigFile;
  /** What the daemon was started with. */
  readonly inUse: Config;
  /** Takes a changed configuration into use. */
  readonly apply: (config: Config, before: Config) => void;
  readonly log: Log;
  readonly clock: Clock;
}

/** Keeps the configuration in use up to date until it is disposed of (FAM-28). */
export class ConfigWatch implements AsyncDisposable {
  readonly #options: ConfigWatchOptions;
  readonly #stopped = new AbortController();
  readonly #ended: Promise<void>;
  #inUse: Config;
  /** What the file said when it was last right. */
  #wanted: Config;
  #sinceMs: number;
  #problems: readonly string[] = [];
  #needsRestart: readonly string[] = [];
  #asked = false;
  #wake = new AbortController();

  constructor(options: ConfigWatchOptions) {
    this.#options = options;
    this.#inUse = options.inUse;
    this.#wanted = options.inUse;
    this.#sinceMs = options.clock.now();
    this.#ended = this.#run();
  }

  report(): ConfigReport {
    const { file } = this.#options.source;
    return { file, sinceMs: this.#sinceMs, problems: this.#problems, needsRestart: this.#needsRestart };
  }

  /** Reads the file soon, changed or not. What comes of it is logged. */
  readAgain(): void {
    this.#asked = true;
    this.#wake.abort();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped.abort();
    await this.#ended;
  }

  async #run(): Promise<void> {
    // What changed since the start, before anybody watched, is found by reading once more; that also tells which files count.
    let seen = await this.#readAll(false);
    while (!this.#stopped.signal.aborted) {
      if (!this.#asked) await this.#sleep(lookMs);
      const version = this.#asked ? undefined : await this.#settled(seen);
      if (this.#stopped.signal.aborted) return;
      if (version === seen) continue;
      const asked = this.#asked;
      this.#asked = false;
      seen = await this.#readAll(asked);
    }
  }

  /** Reads; the version is from before that, so that what is written meanwhile is found by the next look. */
  async #readAll(asked: boolean): Promise<string> {
    const { source } = this.#options;
    for (let reading = 1; ; reading++) {
      const files = source.files();
      const version = await this.#version();
      this.#read(asked && reading === 1);
      // Files that were not looked at before may have changed before they were.
      if (reading === readingsMax || sameSettings(files, source.files())) return version;
    }
  }

  /** The version of the files once it no longer changes; the one seen last when nothing happened. */
  async #settled(seen: string): Promise<string> {
    let version = await this.#version();
    for (let looks = 0; version !== seen && looks < settleLooksMax; looks++) {
      await this.#sleep(settleMs);
      const next = await this.#version();
      if (next === version || this.#asked) return next;
      version = next;
    }
    return version;
  }

  #read(asked: boolean): void {
    const { source, log } = this.#options;
    const { file } = source;
    try {
      const result = source.read();
      if (!result.ok) return this.#keep(result.problems.map(formatProblem), result.problems);
      const hadProblems = this.#problems.length > 0;
      this.#problems = [];
      if (!sameSettings(result.config, this.#wanted)) this.#take(result.config, result.warnings);
      else if (asked || hadProblems) configUnchanged(log, { file });
    } catch (error) {
      this.#keep([error instanceof Error ? error.message : String(error)], []);
    }
  }

  #take(wanted: Config, warnings: readonly ConfigProblem[]): void {
    const { source, log, clock, apply } = this.#options;
    const { file } = source;
    const { config, needsRestart } = liveChange(this.#inUse, wanted);
    const before = this.#inUse;
    this.#wanted = wanted;
    this.#needsRestart = needsRestart;
    for (const { line, key, message } of warnings) configDoubted(log, { file, line, key, doubt: message });
    const changed = !sameSettings(config, before);
    if (changed) {
      apply(config, before);
      this.#inUse = config;
      this.#sinceMs = clock.now();
    }
    configReloaded(log, { file, changed, needsRestart: needsRestart.join('; ') });
  }

  #keep(texts: readonly string[], problems: readonly ConfigProblem[]): void {
    const [first] = problems;
    const place = first === undefined ? {} : { line: first.line, column: first.column, key: first.key };
    this.#problems = texts;
    const problem = first?.message ?? texts[0] ?? 'unknown';
    configKept(this.#options.log, { file: this.#options.source.file, ...place, problem, problems: texts.length });
  }

  async #version(): Promise<string> {
    const { file } = this.#options.source;
    return (await Promise.all([file, ...this.#options.source.files()].map(fileVersion))).join(' ');
  }

  /** Sleeps until the time is over, the file is asked for, or the watch ends. Never rejects. */
  async #sleep(ms: number): Promise<void> {
    this.#wake = new AbortController();
    const signal = AbortSignal.any([this.#wake.signal, this.#stopped.signal]);
    await this.#options.clock.sleep(ms, signal).catch(() => {});
  }
}

async function fileVersion(path: string): Promise<string> {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true });
    return [dev, ino, size, mtimeNs, ctimeNs].join('.');
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
  }
}
