/**
 * Looks after files: has them read anew when one of them has changed, and when somebody asks for it.
 *
 * The files are looked at every few seconds. Notifications of the file system are no substitute: they miss network mounts,
 * and a Kubernetes ConfigMap or secret changes by a symbolic link above the file.
 */
import { stat } from 'node:fs/promises';
import type { Clock } from './clock.ts';

/** Files that never stay the same are read all the same after so many looks. */
const settleLooksMax = 30;
/** How often the files are read at once when each reading names other files than the one before. */
const readingsMax = 3;

/** What a {@link FileWatch} looks after. */
export interface FileWatchOptions {
  /** The files that count, as far as they are known by now. */
  readonly files: () => readonly string[];
  /** Reads them; `asked`: because somebody wants it, whether they have changed or not. Never throws. */
  readonly read: (asked: boolean) => void | Promise<void>;
  /** Called before each look. */
  readonly onLook?: () => void;
  /** Time between two looks. */
  readonly lookMs: number;
  /** Editors and deployments write in several steps: files are read when they have stayed the same for this long. */
  readonly settleMs: number;
  readonly clock: Clock;
}

/** Looks after files until it is disposed of. What changed before it began is found by a first reading. */
export class FileWatch implements AsyncDisposable {
  readonly #options: FileWatchOptions;
  readonly #stopped = new AbortController();
  readonly #ended: Promise<void>;
  #asked = false;
  #wake = new AbortController();

  constructor(options: FileWatchOptions) {
    this.#options = options;
    this.#ended = this.#run();
  }

  /** Has the files read soon, changed or not. */
  readAgain(): void {
    this.#asked = true;
    this.#wake.abort();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped.abort();
    await this.#ended;
  }

  async #run(): Promise<void> {
    this.#options.onLook?.();
    let seen = await this.#read();
    while (!this.#stopped.signal.aborted) {
      if (!this.#asked) await this.#sleep(this.#options.lookMs);
      this.#options.onLook?.();
      const version = this.#asked ? undefined : await this.#settled(seen);
      if (this.#stopped.signal.aborted) return;
      if (version !== seen) seen = await this.#read();
    }
  }

  /** Reads; the version is from before that, so that what is written meanwhile is found by the next look. */
  async #read(): Promise<string> {
    const { files, read } = this.#options;
    let asked = this.#asked;
    this.#asked = false;
    for (let reading = 1; ; reading++) {
      const before = files();
      const version = await this.#version();
      await read(asked);
      asked = false;
      // Files that were not looked at before may have changed before they were.
      if (reading === readingsMax || before.join('\0') === files().join('\0')) return version;
    }
  }

  /** The version of the files once it no longer changes; the one seen last when nothing happened. */
  async #settled(seen: string): Promise<string> {
    let version = await this.#version();
    for (let looks = 0; version !== seen && looks < settleLooksMax; looks++) {
      await this.#sleep(this.#options.settleMs);
      const next = await this.#version();
      if (next === version || this.#asked) return next;
      version = next;
    }
    return version;
  }

  async #version(): Promise<string> {
    return (await Promise.all(this.#options.files().map(fileVersion))).join(' ');
  }

  /** Sleeps until the time is over, the files are asked for, or the watch ends. Never rejects. */
  async #sleep(ms: number): Promise<void> {
    this.#wake = new AbortController();
    const signal = AbortSignal.any([this.#wake.signal, this.#stopped.signal]);
    await this.#options.clock.sleep(ms, signal).catch(() => {});
  }
}

/**
 * A text that differs whenever a file was written, replaced by another, or reached through another symbolic link. A file that
 * is not there, or cannot be looked at, is a version of its own.
 */
async function fileVersion(path: string): Promise<string> {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true });
    return [dev, ino, size, mtimeNs, ctimeNs].join('.');
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
  }
}
