/**
 * Looks after the certificate files while the server runs. It reads them anew when they change and when it is asked to,
 * hands over what is good, keeps what is in use when the new files are not, and says when the certificate runs out.
 *
 * The files are looked at every few seconds. Notifications of the file system are no substitute: they miss network mounts,
 * and a Kubernetes secret changes by a symbolic link two folders above the file.
 */
import {
  certificateExpiring,
  certificateKept,
  certificateRenewed,
  certificateUnchanged,
} from '../observability/events.ts';
import type { Log } from '../observability/log.ts';
import type { Clock } from '../timing/clock.ts';
import { CertificateError, filesVersion, type LoadedTls, loadTls, type TlsFiles } from './certificate-files.ts';

/** Time between two looks at the files. */
const lookMs = 5_000;
/** Certificate and key are two files: they are read when both have stayed the same for this long. */
const settleMs = 1_000;
/** Files that never stay the same are read all the same after so many looks. */
const settleLooksMax = 30;

const dayMs = 86_400_000;
const warnDays = 21;

/** What {@link CertificateWatch} needs. */
export interface CertificateWatchOptions {
  readonly files: TlsFiles;
  /** What was loaded from the files and is in use. */
  readonly inUse: LoadedTls;
  /** Takes a new certificate into use; called only with one that works. */
  readonly apply: (loaded: LoadedTls) => void;
  readonly log: Log;
  readonly clock: Clock;
}

/** The certificate in use. Times are milliseconds since the epoch. */
export interface CertificateReport {
  /** The names by which clients ask for the server when they mean this certificate. */
  readonly names: readonly string[];
  readonly validToMs: number;
  /** Why the files as they are now are not in use, as a sentence; null when they are. */
  readonly problem: string | null;
}

/** Keeps the certificate in use up to date until it is disposed of (PAIN-16). */
export class CertificateWatch implements AsyncDisposable {
  readonly #options: CertificateWatchOptions;
  readonly #stopped = new AbortController();
  readonly #ended: Promise<void>;
  #inUse: LoadedTls;
  #problem: string | null = null;
  #asked = false;
  #wake = new AbortController();
  #warnedAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: CertificateWatchOptions) {
    this.#options = options;
    this.#inUse = options.inUse;
    this.#ended = this.#run();
  }

  report(): CertificateReport {
    return { names: this.#inUse.names, validToMs: this.#inUse.validToMs, problem: this.#problem };
  }

  /** Reads the files soon, changed or not. What comes of it is logged. */
  readAgain(): void {
    this.#asked = true;
    this.#wake.abort();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped.abort();
    await this.#ended;
  }

  async #run(): Promise<void> {
    // Whatever changed since the files were loaded, before anybody watched, is found by reading them once more.
    let seen = '';
    while (!this.#stopped.signal.aborted) {
      this.#warnOfExpiry();
      const version = this.#asked ? await filesVersion(this.#options.files) : await this.#settled(seen);
      if (this.#stopped.signal.aborted) return;
      if (this.#asked || version !== seen) await this.#read();
      seen = version;
      if (!this.#asked) await this.#sleep(lookMs);
    }
  }

  /** The version of the files once it no longer changes; the one seen last when nothing happened. */
  async #settled(seen: string): Promise<string> {
    const { files } = this.#options;
    let version = await filesVersion(files);
    if (seen === '') return version;
    for (let looks = 0; version !== seen && looks < settleLooksMax; looks++) {
      await this.#sleep(settleMs);
      const next = await filesVersion(files);
      if (next === version || this.#asked) return next;
      version = next;
    }
    return version;
  }

  async #read(): Promise<void> {
    const { log, files, apply } = this.#options;
    const file = files.certFile;
    const asked = this.#asked;
    this.#asked = false;
    try {
      const loaded = await loadTls(files);
      const hadProblem = this.#problem !== null;
      if (isSame(loaded, this.#inUse)) {
        this.#problem = null;
        if (asked || hadProblem) certificateUnchanged(log, { file, validTo: dateText(loaded.validToMs) });
        return;
      }
      this.#assertTimely(loaded);
      apply(loaded);
      this.#inUse = loaded;
      this.#problem = null;
      certificateRenewed(log, { file, validTo: dateText(loaded.validToMs) });
    } catch (error) {
      const reason =
        error instanceof CertificateError ? error.message : `The certificate is not usable: ${String(error)}.`;
      this.#problem = reason;
      certificateKept(log, { file, reason, validTo: dateText(this.#inUse.validToMs) });
    }
  }

  /** A certificate that no client would take is worse than one that clients take. */
  #assertTimely({ validFromMs, validToMs }: LoadedTls): void {
    const nowMs = this.#options.clock.now();
    if (this.#inUse.validToMs <= nowMs) return;
    const { certFile } = this.#options.files;
    if (validToMs <= nowMs) {
      throw new CertificateError(`The certificate in ${certFile} expired on ${dateText(validToMs)}.`);
    }
    if (validFromMs > nowMs) {
      throw new CertificateError(`The certificate in ${certFile} is not valid before ${dateText(validFromMs)}.`);
    }
  }

  #warnOfExpiry(): void {
    const { log, clock, files } = this.#options;
    const nowMs = clock.now();
    const daysLeft = Math.floor((this.#inUse.validToMs - nowMs) / dayMs);
    if (daysLeft >= warnDays || nowMs - this.#warnedAtMs < dayMs) return;
    this.#warnedAtMs = nowMs;
    certificateExpiring(log, { file: files.certFile, validTo: dateText(this.#inUse.validToMs), daysLeft });
  }

  /** Sleeps until the time is over, the files are asked for, or the watch ends. Never rejects. */
  async #sleep(ms: number): Promise<void> {
    this.#wake = new AbortController();
    const signal = AbortSignal.any([this.#wake.signal, this.#stopped.signal]);
    await this.#options.clock.sleep(ms, signal).catch(() => {});
  }
}

function isSame(a: LoadedTls, b: LoadedTls): boolean {
  const [left, right] = [a.tls, b.tls];
  return left.certPem === right.certPem && left.keyPem === right.keyPem && left.clientCaPem === right.clientCaPem;
}

function dateText(atMs: number): string {
  return new Date(atMs).toISOString();
}
