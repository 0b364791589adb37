/**
 * Tells systemd, or whoever else speaks its protocol (sd_notify(3)), how the daemon is. Node.js has no datagram sockets of the Unix
 * domain, so the program `systemd-notify` sends what there is to say; it is there wherever systemd is.
 */
import { execFile } from 'node:child_process';
import type { StatusReport } from '../identity/admin.ts';
import { serviceManagerNotTold } from '../observability/events.ts';
import type { Log } from '../observability/log.ts';
import type { Clock } from '../timing/clock.ts';
import { counted, moment } from '../wording/quantities.ts';

/** What {@link ServiceManager} needs. */
export interface ServiceManagerOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly pid: number;
  readonly clock: Clock;
  /** The monotonic clock of the kernel in microseconds, by which systemd orders what it is told. */
  readonly kernelUs: () => bigint;
  readonly log: Log;
  /** Sends assignments in one message; rejects when that is not possible. */
  readonly send: (assignments: readonly string[]) => Promise<void>;
}

/** How often the state is looked at where no watchdog asks for more. */
const lookMs = 10_000;
/** systemd-notify waits up to five seconds for systemd to take the message. */
const sendMs = 15_000;
const waitingMax = 32;

/** Sends assignments by systemd-notify(1). */
export function systemdNotify(env: Readonly<Record<string, string | undefined>>) {
  return (assignments: readonly string[]): Promise<void> =>
    new Promise((resolve, reject) => {
      execFile('systemd-notify', ['--', ...assignments], { env, timeout: sendMs }, (error) => {
        if (error === null) resolve();
        else reject(error);
      });
    });
}

/** Tells the service manager that started this process what becomes of it; without one it does nothing. */
export class ServiceManager implements AsyncDisposable {
  readonly #options: ServiceManagerOptions;
  readonly #isThere: boolean;
  readonly #watchdogMs: number | undefined;
  readonly #stop = new AbortController();
  #status: (() => StatusReport) | undefined;
  #told = '';
  #sending: Promise<void> = Promise.resolve();
  #waiting = 0;
  #looking: Promise<void> = Promise.resolve();
  #isSilent = false;

  constructor(options: ServiceManagerOptions) {
    const { env, pid } = options;
    this.#options = options;
    this.#isThere = (env['NOTIFY_SOCKET'] ?? '') !== '';
    this.#watchdogMs = watchdogMs(env, pid);
  }

  /** The daemon serves; from now on its state is told whenever it has become another, and the watchdog that it lives. */
  started(status: () => StatusReport): void {
    if (!this.#isThere) return;
    this.#status = status;
    this.#told = stateText(status());
    this.#send('READY=1', `STATUS=${this.#told}`);
    this.#looking = this.#lookOnAndOn();
  }

  /** The administrator has asked to read the files again. */
  reloading(): void {
    this.#send('RELOADING=1', `MONOTONIC_USEC=${this.#options.kernelUs()}`);
  }

  /** They were read, whatever came of it. */
  reloaded(): void {
    this.#send('READY=1');
  }

  /** The daemon was asked to stop. */
  stopping(): void {
    this.#status = undefined;
    this.#send('STOPPING=1', 'STATUS=stopping');
  }

  /** Resolves when everything was told that is to be told. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#looking;
    await this.#sending;
  }

  async #lookOnAndOn(): Promise<void> {
    const { signal } = this.#stop;
    const { clock } = this.#options;
    for (;;) {
      try {
        await clock.sleep(Math.min(lookMs, this.#watchdogMs ?? lookMs), signal);
      } catch {
        return;
      }
      this.#look();
    }
  }

  /** Runs on the thread that answers clients, so that one that hangs is not told to be alive. */
  #look(): void {
    const text = this.#stateNow();
    const news = text === this.#told ? [] : [`STATUS=${text}`];
    this.#told = text;
    if (this.#watchdogMs !== undefined) this.#send('WATCHDOG=1', ...news);
    else if (news.length > 0) this.#send(...news);
  }

  /** While the daemon closes, by itself too, it cannot say how it is; the watchdog is still told that it lives. */
  #stateNow(): string {
    try {
      return this.#status === undefined ? this.#told : stateText(this.#status());
    } catch {
      return this.#told;
    }
  }

  #send(...assignments: readonly string[]): void {
    // Where nobody takes them, messages must not gather.
    if (!this.#isThere || this.#waiting >= waitingMax) return;
    this.#waiting++;
    this.#sending = this.#sending.then(async () => {
      try {
        await this.#options.send(assignments);
        this.#isSilent = false;
      } catch (error) {
        if (!this.#isSilent) serviceManagerNotTold(this.#options.log, error);
        this.#isSilent = true;
      } finally {
        this.#waiting--;
      }
    });
  }
}

/** Half the time after which systemd ends a process that it has heard nothing of (sd_watchdog_enabled(3)). */
function watchdogMs(env: ServiceManagerOptions['env'], pid: number): number | undefined {
  const us = Number(env['WATCHDOG_USEC'] ?? '');
  const owner = env['WATCHDOG_PID'] ?? '';
  if (!Number.isSafeInteger(us) || us <= 0 || (owner !== '' && owner !== String(pid))) return undefined;
  return Math.max(1, Math.floor(us / 2000));
}

/** One line for `systemctl status`; nothing about people. */
function stateText({ state, directory, sync }: StatusReport): string {
  const holds = directory === null ? 'nothing published yet' : objects(directory);
  const at = sync.lastSuccessAtMs === null ? 'not synchronized yet' : `synchronized ${moment(sync.lastSuccessAtMs)}`;
  return `${state}; ${holds}; ${at}`;
}

function objects({ users, groups }: NonNullable<StatusReport['directory']>): string {
  return `${counted(users, 'user')}, ${counted(groups, 'group')}`;
}
