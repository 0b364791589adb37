import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { hashSync } from 'bcrypt';
import { Client } from 'ldapts';
import type { ConfigResult } from '../../src/config/load.ts';
import { type Simulator, startSimulator } from '../../src/simulator/simulator.ts';
import { parseTenant } from '../../src/simulator/tenant-file.ts';
import { ComposedDaemon, parseOn, type Sections, type Surroundings } from '../support/composed-daemon.ts';
import { writeDaemonConfig } from '../support/daemon-config.ts';
import type { SeenEntry } from '../support/directory-client.ts';
import { type Ended, runProgram, type RunningProgram, startProgram } from '../support/program.ts';
import { servedView, shortNameOf } from '../support/served-view.ts';
import { type LoopbackCertificates, loopbackCertificates } from '../support/simulator-client.ts';
import { SimulatedTime } from '../support/simulated-time.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { type Tenant, town } from './town.ts';

/** A requirement, what it means for this program in a sentence, and how that is seen. */
export interface Row {
  readonly id: string;
  readonly says: string;
  readonly check: (bench: Bench) => Promise<void>;
}

/** A daemon with its tenant. */
export interface Stage {
  readonly daemon: ComposedDaemon;
  readonly simulator: Simulator;
  readonly surroundings: Surroundings;
  readonly time: SimulatedTime;
}

/** The attributes of who is served, by uid or cn. */
export type People = ReadonlyMap<string, SeenEntry['attributes']>;

const startMs = Date.UTC(2026, 10, 21, 8);
const reader = { name: 'reader', password: 's3cret' };

/** What many rows share: certificates, a folder, a synchronized store for commands and a running daemon. */
export class Bench implements AsyncDisposable {
  readonly #certificates: LoopbackCertificates;
  readonly #folder = temporaryFolder();
  readonly #views = new Map<string, Promise<People>>();
  readonly #open: AsyncDisposable[] = [];
  #folders = 0;
  #stored: Promise<string> | undefined;
  #served: Promise<{ readonly url: string; readonly config: string; readonly simulator: Simulator }> | undefined;

  private constructor(certificates: LoopbackCertificates) {
    this.#certificates = certificates;
  }

  static async open(): Promise<Bench> {
    return new Bench(await loopbackCertificates());
  }

  /** A new folder of its own. */
  newFolder(): string {
    const path = join(this.#folder.path, String(++this.#folders));
    mkdirSync(path);
    return path;
  }

  /** A tenant that answers. */
  async simulator(tenant: Tenant = town): Promise<Simulator> {
    const model = parseTenant(JSON.stringify(tenant), 'town');
    const simulator = await startSimulator({ tenant: model, certificate: this.#certificates.server, pageSize: 4 });
    this.#open.push(simulator);
    return simulator;
  }

  /** A daemon that has not read its tenant yet. */
  async stage(sections: Sections = {}, tenant: Tenant = town): Promise<Stage> {
    const simulator = await this.simulator(tenant);
    const time = new SimulatedTime(startMs);
    const surroundings = { simulator, ca: this.#certificates.ca.certPem, time, folder: this.newFolder() };
    return await this.restage(surroundings, sections);
  }

  /** Another daemon in the place of one that was closed. */
  async restage(surroundings: Surroundings, sections: Sections): Promise<Stage> {
    const daemon = await ComposedDaemon.open(surroundings, sections);
    this.#open.push(daemon);
    return { daemon, surroundings, simulator: surroundings.simulator, time: surroundings.time };
  }

  /** A daemon that has published its tenant. */
  async published(sections: Sections = {}, tenant: Tenant = town): Promise<Stage> {
    const stage = await this.stage(sections, tenant);
    const { outcome, error } = await stage.daemon.round();
    assert.equal(outcome, 'published', error ?? '');
    return stage;
  }

  /** Who is served under a configuration. */
  people(sections: Sections = {}): Promise<People> {
    const key = JSON.stringify(sections);
    const view = this.#views.get(key) ?? this.published(sections).then(({ daemon }) => peopleOf(daemon));
    this.#views.set(key, view);
    return view;
  }

  /** What becomes of a configuration with these sections. */
  async config(sections: Sections): Promise<ConfigResult> {
    const simulator = await this.simulator();
    return parseOn(
      { simulator, ca: this.#certificates.ca.certPem, time: new SimulatedTime(startMs), folder: this.#folder.path },
      sections,
    );
  }

  /** The problems of a configuration with these sections, as one text. */
  async problems(sections: Sections): Promise<string> {
    const result = await this.config(sections);
    return result.ok ? '' : result.problems.map(({ key, message }) => `${key} ${message}`).join('\n');
  }

  /** Runs a command beside nobody, with a store into which the town was synchronized once. */
  async command(...args: readonly string[]): Promise<Ended> {
    this.#stored ??= this.#synchronize();
    return await runProgram([...args, '--config', await this.#stored]);
  }

  /** What a command prints as JSON. */
  async json(...args: readonly string[]): Promise<unknown> {
    const { code, stdout, stderr } = await this.command(...args, '--json');
    assert.equal(code, 0, stderr);
    return JSON.parse(stdout) as unknown;
  }

  /** The configuration of a command, with another tenant or other sections, and nothing stored yet. */
  async file(sections: Sections = {}, tenant: Tenant = town): Promise<string> {
    return writeDaemonConfig(this.newFolder(), await this.simulator(tenant), this.#certificates.ca.certPem, sections);
  }

  async #synchronize(): Promise<string> {
    const file = await this.file();
    const { code, stderr } = await runProgram(['sync', '--config', file]);
    assert.equal(code, 0, stderr);
    return file;
  }

  /** The program itself as a server of the town, where nobody but members of Staff is in scope. */
  async served(): Promise<{ readonly url: string; readonly config: string; readonly simulator: Simulator }> {
    this.#served ??= this.#serve();
    return await this.#served;
  }

  async #serve(): Promise<{ readonly url: string; readonly config: string; readonly simulator: Simulator }> {
    const simulator = await this.simulator();
    const config = writeDaemonConfig(this.newFolder(), simulator, this.#certificates.ca.certPem, {
      users: { memberOf: ['Staff'] },
      serviceAccounts: [{ name: reader.name, passwordHash: hashSync(reader.password, 4) }],
    });
    const program: RunningProgram = startProgram(['serve', '--config', config]);
    this.#open.push(program);
    const [, port] = await program.waitFor(/ldap\.server\.listening.*?"port":(\d+)/);
    await program.waitFor(/"event":"directory\.published"/);
    return { url: `ldap://127.0.0.1:${port ?? ''}`, config, simulator };
  }

  /** The result code of a bind at {@link Bench.served}. */
  async bindCode(name: string, password: string): Promise<unknown> {
    const { url } = await this.served();
    const client = new Client({ url, timeout: 20_000 });
    try {
      await client.bind(name, password);
      return 0;
    } catch (error) {
      return error instanceof Error && 'code' in error ? error.code : error;
    } finally {
      await client.unbind();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const each of this.#open.toReversed()) await each[Symbol.asyncDispose]();
    this.#folder[Symbol.dispose]();
  }
}

/** Who is served by a daemon. */
export async function peopleOf(daemon: ComposedDaemon): Promise<People> {
  const view = await servedView(daemon);
  return new Map([...(view ?? [])].map(([, entry]) => [shortNameOf(entry), entry.attributes]));
}

/** The short names of the users among them, in order. */
export function uids(people: People): readonly string[] {
  return [...people]
    .filter(([, { uid }]) => uid !== undefined)
    .map(([name]) => name)
    .toSorted();
}

/** The names of the groups among them, in order. */
export function cns(people: People): readonly string[] {
  return [...people]
    .filter(([, { uid }]) => uid === undefined)
    .map(([name]) => name)
    .toSorted();
}

/** The values of an attribute, sorted; none when there is no such entry. */
export function values(people: People, name: string, attribute: string): readonly string[] {
  return (people.get(name)?.[attribute] ?? []).toSorted();
}
