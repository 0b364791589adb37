/**
 * Looks after the certificate files while the server runs. It reads them anew when they change and when it is asked to,
 * hands over what is good, keeps what is in use when the new files are not, and says when the certificate runs out.
 */
import {
  certificateExpiring,
  certificateKept,
  certificateRenewed,
  certificateUnchanged,
} from '../observability/events.ts';
import type { Log } from '../observability/log.ts';
import type { Clock } from '../timing/clock.ts';
import { FileWatch } from '../timing/file-watch.ts';
import { CertificateError, filesOf, type LoadedTls, loadTls, type TlsFiles } from './certificate-files.ts';

/** Time between two looks at the files. */
const lookMs = 5_000;
/** Certificate and key are two files: they are read when both have stayed the same for this long. */
const settleMs = 1_000;

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
  readonly #watch: FileWatch;
  #inUse: LoadedTls;
  #problem: string | null = null;
  #warnedAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: CertificateWatchOptions) {
    this.#options = options;
    this.#inUse = options.inUse;
    this.#watch = new FileWatch({
      files: () => filesOf(options.files),
      read: (asked) => this.#read(asked),
      onLook: () => this.#warnOfExpiry(),
      lookMs,
      settleMs,
      clock: options.clock,
    });
  }

  report(): CertificateReport {
    return { names: this.#inUse.names, validToMs: this.#inUse.validToMs, problem: this.#problem };
  }

  /** Reads the files soon, changed or not. What comes of it is logged. */
  readAgain(): void {
    this.#watch.readAgain();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#watch[Symbol.asyncDispose]();
  }

  async #read(asked: boolean): Promise<void> {
    const { log, files, apply } = this.#options;
    const file = files.certFile;
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
}

function isSame(a: LoadedTls, b: LoadedTls): boolean {
  const [left, right] = [a.tls, b.tls];
  return left.certPem === right.certPem && left.keyPem === right.keyPem && left.clientCaPem === right.clientCaPem;
}

function dateText(atMs: number): string {
  return new Date(atMs).toISOString();
}
