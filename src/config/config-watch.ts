/**
 * Looks after the configuration file while the daemon runs: reads it anew when it, or a file that it takes a value from, has
 * changed and when it is asked to, hands over what is good, and keeps what is in use when the file is not.
 */
import { isDeepStrictEqual } from 'node:util';
import type { ConfigReport } from '../identity/config-report.ts';
import { configDoubted, configKept, configReloaded, configUnchanged } from '../observability/events.ts';
import type { Log } from '../observability/log.ts';
import type { Clock } from '../timing/clock.ts';
import { FileWatch } from '../timing/file-watch.ts';
import type { Config } from './config.ts';
import type { ConfigResult } from './load.ts';
import { liveChange, sameSettings } from './live.ts';
import { type ConfigProblem, formatProblem } from './problem.ts';

/** Time between two looks at the files. */
const lookMs = 2_000;
/** Editors and deployments write in several steps: the files are read when they have stayed the same for this long. */
const settleMs = 500;

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
  /** Takes a changed configuration into use; `asked` when the administrator has just asked to read it. */
  readonly apply: (config: Config, before: Config, asked: boolean) => void;
  /** Told of a changed file that cannot be used, with its first problem. */
  readonly onKept?: ((problem: string) => void) | undefined;
  /** Told when the file was read because somebody has asked to, whatever came of it. */
  readonly onAsked?: (() => void) | undefined;
  readonly log: Log;
  readonly clock: Clock;
}

/** Keeps the configuration in use up to date until it is disposed of (FAM-28). */
export class ConfigWatch implements AsyncDisposable {
  readonly #options: ConfigWatchOptions;
  readonly #watch: FileWatch;
  #inUse: Config;
  /** What the file said when it was last right. */
  #wanted: Config;
  #sinceMs: number;
  #problems: readonly string[] = [];
  #needsRestart: readonly string[] = [];

  constructor(options: ConfigWatchOptions) {
    this.#options = options;
    this.#inUse = options.inUse;
    this.#wanted = options.inUse;
    this.#sinceMs = options.clock.now();
    const { source, clock } = options;
    this.#watch = new FileWatch({
      files: () => [source.file, ...source.files()],
      read: (asked) => {
        this.#read(asked);
        if (asked) options.onAsked?.();
      },
      lookMs,
      settleMs,
      clock,
    });
  }

  report(): ConfigReport {
    const { file } = this.#options.source;
    return { file, sinceMs: this.#sinceMs, problems: this.#problems, needsRestart: this.#needsRestart };
  }

  /** Reads the file soon, changed or not. What comes of it is logged. */
  readAgain(): void {
    this.#watch.readAgain();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#watch[Symbol.asyncDispose]();
  }

  #read(asked: boolean): void {
    const { source, log } = this.#options;
    const { file } = source;
    try {
      const result = source.read();
      if (!result.ok) return this.#keep(result.problems.map(formatProblem), result.problems, asked);
      const hadProblems = this.#problems.length > 0;
      this.#problems = [];
      if (!sameSettings(result.config, this.#wanted)) this.#take(result.config, result.warnings, asked);
      else if (asked || hadProblems) configUnchanged(log, { file });
    } catch (error) {
      this.#keep([error instanceof Error ? error.message : String(error)], [], asked);
    }
  }

  #take(wanted: Config, warnings: readonly ConfigProblem[], asked: boolean): void {
    const { source, log, clock, apply } = this.#options;
    const { file } = source;
    const { config, needsRestart } = liveChange(this.#inUse, wanted);
    const before = this.#inUse;
    this.#wanted = wanted;
    this.#needsRestart = needsRestart;
    for (const { line, key, message } of warnings) configDoubted(log, { file, line, key, doubt: message });
    const changed = !sameSettings(config, before);
    if (changed) {
      apply(config, before, asked);
      this.#inUse = config;
      this.#sinceMs = clock.now();
    }
    configReloaded(log, { file, changed, needsRestart: needsRestart.join('; ') });
  }

  #keep(texts: readonly string[], problems: readonly ConfigProblem[], asked: boolean): void {
    // While the file has a problem, the files that it names come and go from what is watched, which has it read again.
    if (!asked && isDeepStrictEqual(texts, this.#problems)) return;
    const [first] = problems;
    const place = first === undefined ? {} : { line: first.line, column: first.column, key: first.key };
    this.#problems = texts;
    const problem = first?.message ?? texts[0] ?? 'unknown';
    configKept(this.#options.log, { file: this.#options.source.file, ...place, problem, problems: texts.length });
    this.#options.onKept?.(texts[0] ?? problem);
  }
}
