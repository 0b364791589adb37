import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { type ControlClient, createControlClient } from '../../src/http/control-client.ts';
import type { ObjectRow } from '../../src/identity/inspection.ts';
import type { RoundSummary } from '../../src/identity/round.ts';
import { programFile, RunningProgram } from '../../test/support/program.ts';
import type { BenchFolder } from '../servers/tenant.ts';

/** Nothing is given up. */
const never = new AbortController().signal;

/** Our daemon on its folder, as often as it is started, with what is asked of it while it is measured. */
export class MeasuredDaemon implements AsyncDisposable {
  readonly #folder: BenchFolder;
  readonly #nodeArgs: readonly string[];
  readonly #control: ControlClient;
  #program: RunningProgram | undefined;

  /** With `profiles`, each process writes a CPU profile there when it ends. */
  constructor(folder: BenchFolder, profiles?: string) {
    this.#folder = folder;
    this.#nodeArgs = profiles === undefined ? [] : ['--cpu-prof', '--cpu-prof-dir', profiles];
    this.#control = createControlClient(join(folder.path, 'store'));
  }

  get pid(): number {
    return this.#running.pid;
  }

  get #running(): RunningProgram {
    if (this.#program === undefined) throw new Error('the daemon was not started');
    return this.#program;
  }

  /** Starts it. It may be waiting for its first sync when this returns. */
  start(): void {
    const args = [...this.#nodeArgs, programFile, 'serve', '--config', this.#folder.configFile];
    this.#program = new RunningProgram(process.execPath, args);
  }

  async stop(): Promise<void> {
    await this.#running.stop();
  }

  /** Resolves with the port as soon as it listens. */
  async port(): Promise<number> {
    const [, port] = await this.#running.waitFor(/ldap\.server\.listening .*port=(\d+) tls=false/);
    return Number(port);
  }

  /** Resolves when the process has made another publication than it has so far. */
  async nextPublished(): Promise<void> {
    const known = this.#running.output.match(/directory\.published /g)?.length ?? 0;
    await this.#running.waitFor(new RegExp(`(?:directory\\.published [^]*?){${known + 1}}`));
  }

  /** Resolves when the process has begun a round. */
  async roundStarted(): Promise<void> {
    await this.#running.waitFor(/sync\.round\.started /);
  }

  /** Waits for the end of the round that the start has begun. */
  async firstRound(): Promise<void> {
    await this.#running.waitFor(/sync\.round\.finished .*round=1\b/);
  }

  /** Runs a round and returns its report; throws when it has failed or is held back. */
  async round(): Promise<RoundSummary> {
    const asked = await this.#control.requestSync({ full: false });
    for await (const event of this.#control.followRound(asked.round, never)) {
      if (event.kind !== 'finished') continue;
      const { outcome, error } = event.summary;
      if (outcome === 'published' || outcome === 'unchanged') return event.summary;
      throw new Error(`a round ended with "${outcome}"${error === null ? '' : `: ${error}`}`);
    }
    throw new Error('a round did not end');
  }

  /** Up to `count` users that are shown. */
  async users(count: number): Promise<readonly ObjectRow[]> {
    const users: ObjectRow[] = [];
    for await (const row of this.#control.objects({ kind: 'user', state: 'shown', search: undefined }, never)) {
      if (users.push(row) >= count) break;
    }
    return users;
  }

  /** Changes sections of its configuration, which it takes over at once. */
  configure(sections: Readonly<Record<string, unknown>>): void {
    const before = JSON.parse(readFileSync(this.#folder.configFile, 'utf8')) as object;
    writeFileSync(this.#folder.configFile, JSON.stringify({ ...before, ...sections }));
    this.#running.signal('SIGHUP');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#program?.stop();
  }
}
