import assert from 'node:assert/strict';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'ldapts';
import { type ControlClient, createControlClient } from '../../src/http/control-client.ts';
import { type Simulator, type SimulatorOptions, startSimulator } from '../../src/simulator/simulator.ts';
import { type ConfigChanges, writeDaemonConfig } from './daemon-config.ts';
import { RawClient } from './ldap-raw-client.ts';
import { type Ended, type OtherNode, type RunningProgram, runProgram, startProgram } from './program.ts';
import { type LoopbackCertificates, loopbackCertificates } from './simulator-client.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** The tenant and, of the simulator and of the configuration, what is not usual. */
export type DaemonSurroundings = Omit<SimulatorOptions, 'certificate'> & {
  readonly sections?: ConfigChanges | undefined;
  /** What the daemon is run by; left out: what the test is run by. */
  readonly node?: OtherNode | undefined;
};

let issuing: Promise<LoopbackCertificates> | undefined;

/** Certificates that every simulator of a test process has: they take longer to make than a simulator takes to start. */
function certificates(): Promise<LoopbackCertificates> {
  issuing ??= loopbackCertificates();
  return issuing;
}

/**
 * The compiled daemon and the tenant it copies: a simulator, and a folder with a configuration and a store, which outlive the
 * process however often it is started. Dispose it to end and remove all of them, and every connection that it gave.
 */
export class DaemonOnSimulator implements AsyncDisposable {
  readonly simulator: Simulator;
  /** The folder of the configuration, with the store in `store`. */
  readonly folder: string;
  /** The path of the configuration. */
  readonly config: string;
  /** What the simulator shows, and may serve the daemon's LDAP as well; `ca.pem` beside the configuration is the authority. */
  readonly certificates: LoopbackCertificates;
  readonly #node: OtherNode | undefined;
  readonly #removal: Disposable;
  readonly #ldapClients: Client[] = [];
  readonly #rawClients: RawClient[] = [];
  #program: RunningProgram | undefined;
  #port = 0;

  private constructor(
    simulator: Simulator,
    certificates: LoopbackCertificates,
    sections: ConfigChanges,
    node: OtherNode | undefined,
  ) {
    this.#node = node;
    const folder = temporaryFolder();
    this.simulator = simulator;
    this.folder = folder.path;
    this.#removal = folder;
    this.certificates = certificates;
    this.config = writeDaemonConfig(folder.path, simulator, certificates.ca.certPem, sections);
  }

  /** Starts the simulator and writes the configuration; the daemon does not run yet. */
  static async open({ sections = {}, node, ...options }: DaemonSurroundings): Promise<DaemonOnSimulator> {
    const issued = await certificates();
    const simulator = await startSimulator({ certificate: issued.server, ...options });
    return new DaemonOnSimulator(simulator, issued, sections, node);
  }

  /** The same with a daemon that has published the tenant. */
  static async serving(surroundings: DaemonSurroundings): Promise<DaemonOnSimulator> {
    const daemon = await DaemonOnSimulator.open(surroundings);
    try {
      await daemon.start();
      await daemon.waitFor(/"event":"directory\.published"/);
      return daemon;
    } catch (error) {
      await daemon[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** The process that was started last. */
  get program(): RunningProgram {
    return this.#program ?? assert.fail('no daemon was started');
  }

  /** Everything that the process that was started last has written so far. */
  get output(): string {
    return this.program.output;
  }

  /** The port of LDAP, which is another one after each start. */
  get port(): number {
    return this.#port;
  }

  /** Where it serves LDAP. */
  get url(): string {
    return `ldap://127.0.0.1:${this.#port}`;
  }

  /** A client of the running daemon's control socket. */
  get control(): ControlClient {
    return createControlClient(join(this.folder, 'store'));
  }

  /** Starts a daemon, after the one before has ended; resolves when it listens, or rejects when it ends before. */
  async start(): Promise<void> {
    this.#program = startProgram(['serve', '--config', this.config], {}, this.#node);
    this.#port = Number((await this.waitFor(/"event":"ldap\.server\.listening".*?"port":(\d+)/))[1]);
  }

  /** Asks the daemon to stop and waits until it has. */
  stop(): Promise<Ended> {
    return this.program.stop();
  }

  /** Ends the daemon by SIGKILL and waits until it is gone. */
  async kill(): Promise<void> {
    await this.#program?.[Symbol.asyncDispose]();
  }

  /** See {@link RunningProgram.waitFor}. */
  waitFor(pattern: RegExp): Promise<RegExpExecArray> {
    return this.program.waitFor(pattern);
  }

  /** Resolves when the log has the publication of this number. */
  async published(publication: number): Promise<void> {
    await this.waitFor(new RegExp(`"event":"directory\\.published".*"publication":${publication}\\b`));
  }

  /** Runs a command with this configuration to its end. */
  run(...command: readonly string[]): Promise<Ended> {
    return runProgram([...command, '--config', this.config]);
  }

  /** What a command says with `--json`; fails when it complains. */
  async json<T>(...command: readonly string[]): Promise<T> {
    const { stdout, stderr } = await this.run(...command, '--json');
    assert.equal(stderr, '');
    return JSON.parse(stdout) as T;
  }

  /** Runs a round by the command, which must succeed. */
  async sync(): Promise<void> {
    const { code, stderr } = await this.run('sync');
    assert.equal(code, 0, stderr);
  }

  /** Replaces a file of the folder as an editor does, by another one of the same name: nobody reads half of it. */
  write(name: string, text: string): void {
    const file = join(this.folder, name);
    writeFileSync(`${file}.new`, text);
    renameSync(`${file}.new`, file);
  }

  /** Writes the configuration anew, with these sections only. */
  configure(sections: ConfigChanges): void {
    writeDaemonConfig(this.folder, this.simulator, this.certificates.ca.certPem, sections);
  }

  /** Replaces sections of the configuration and leaves the others; undefined takes a section away. */
  edit(sections: Readonly<Record<string, unknown>>): void {
    const before = JSON.parse(readFileSync(this.config, 'utf8')) as Readonly<Record<string, unknown>>;
    this.write('entra-ldapd.yaml', JSON.stringify({ ...before, ...sections }));
  }

  /** Has the daemon read its files at once. By itself it finds a change at its next look, which may be seconds later. */
  reload(): void {
    this.program.signal('SIGHUP');
  }

  /** An LDAP client that has not bound. */
  client(): Client {
    const client = new Client({ url: this.url, timeout: 10_000 });
    this.#ldapClients.push(client);
    return client;
  }

  /** An LDAP client that has bound; rejects when that is refused. */
  async bound(name: string, password: string): Promise<Client> {
    const client = this.client();
    await client.bind(name, password);
    return client;
  }

  /** A connection for bytes, from another loopback address if one is given. */
  async connect(localAddress = '127.0.0.1'): Promise<RawClient> {
    const client = await RawClient.connect(this.#port, { localAddress });
    this.#rawClients.push(client);
    return client;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#rawClients) client[Symbol.dispose]();
    for (const client of this.#ldapClients) await client.unbind();
    await this.kill();
    await this.simulator.close();
    this.#removal[Symbol.dispose]();
  }
}
