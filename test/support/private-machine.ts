import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type DebianPackage, describeWithPackages } from './debian-packages.ts';
import { type Ended, RunningProgram, runCommand, type SpawnOptions } from './program.ts';

/**
 * A `describe` for tests on a {@link PrivateMachine} with Debian packages. Where the packages are missing, or no mount
 * namespace can be made (it takes root, and a container that allows it), the tests are skipped and the title says why.
 */
export function describeOnPrivateMachine(
  packages: readonly DebianPackage[],
  title: string,
  tests: (this: Mocha.Suite) => void,
): void {
  const { status } = spawnSync('unshare', ['--mount', '--propagation', 'private', 'true']);
  if (status === 0) describeWithPackages(packages, title, tests);
  else describe.skip(`${title} (skipped: needs root and the right to make mount namespaces)`, tests);
}

/** Files and folders of ours that stand where the machine has its own; the key is the machine's path. */
export type Replacements = Readonly<Record<string, string>>;

/**
 * A mount namespace in which some of the machine's files are ours: what runs in it sees our nsswitch.conf, pam.d and
 * state folders, and everybody else sees what was there. It ends with {@link PrivateMachine[Symbol.asyncDispose]}.
 */
export class PrivateMachine implements AsyncDisposable {
  readonly #holder: RunningProgram;

  private constructor(holder: RunningProgram) {
    this.#holder = holder;
  }

  static async start(replacements: Replacements): Promise<PrivateMachine> {
    const mounts = Object.entries(replacements).map(([theirs, ours]) => `mount --bind '${ours}' '${theirs}'`);
    const script = ['set -e', ...mounts, 'echo mounted', 'exec sleep infinity'].join('\n');
    const holder = new RunningProgram('unshare', ['--mount', '--propagation', 'private', 'sh', '-c', script]);
    try {
      await holder.waitFor(/^mounted$/m);
    } catch (error) {
      await holder[Symbol.asyncDispose]();
      throw error;
    }
    return new PrivateMachine(holder);
  }

  /** Runs a command in it to its end. */
  run(command: string, args: readonly string[] = [], options?: SpawnOptions): Promise<Ended> {
    return runCommand('nsenter', this.#inside(command, args), options);
  }

  /** Starts a program in it. The caller disposes it before the machine. */
  start(command: string, args: readonly string[] = [], options?: SpawnOptions): RunningProgram {
    return new RunningProgram('nsenter', this.#inside(command, args), options);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#holder[Symbol.asyncDispose]();
  }

  // nsenter becomes the command, so that a signal reaches the command itself.
  #inside(command: string, args: readonly string[]): string[] {
    return [`--mount=/proc/${this.#holder.pid}/ns/mnt`, '--', command, ...args];
  }
}

/** Writes a file in a folder that is made for it, and returns its path. */
export function place(folder: string, name: string, text: string, mode = 0o644): string {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, name);
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
}
