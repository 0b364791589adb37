import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';

/** The compiled program. */
export const programFile = fileURLToPath(new URL('../../src/main.js', import.meta.url));

/** How a process ended and what it wrote. */
export interface Ended {
  /** The exit code, or null when a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** How a process is started. */
export interface SpawnOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** What it reads on standard input. */
  readonly input?: string | Buffer;
  /** Whether SIGKILL ends it after this time; default 30 seconds. */
  readonly timeoutMs?: number;
}

/** A process that the test has started. Dispose it to be sure that it is gone. */
export class RunningProgram implements AsyncDisposable {
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #ended: Promise<Ended>;
  readonly #watchers = new Set<() => void>();
  #stdout = '';
  #stderr = '';
  #hasEnded = false;

  constructor(command: string, args: readonly string[], { cwd, env, input }: SpawnOptions = {}) {
    this.#child = spawn(command, args, {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
      ...(cwd === undefined ? {} : { cwd }),
    });
    this.#child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.#stdout += text;
      this.#notify();
    });
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text;
      this.#notify();
    });
    // A program that fails at once may close its input before it has read it.
    this.#child.stdin.on('error', () => undefined);
    this.#child.stdin.end(input);
    this.#ended = once(this.#child, 'close').then(([code]: (number | null)[]) => {
      this.#hasEnded = true;
      this.#notify();
      return { code: code ?? null, stdout: this.#stdout, stderr: this.#stderr };
    });
  }

  get pid(): number {
    const { pid } = this.#child;
    if (pid === undefined) throw new Error('the program was not started');
    return pid;
  }

  /** Everything written so far. */
  get output(): string {
    return `${this.#stdout}${this.#stderr}`;
  }

  /** Resolves with the match as soon as the pattern is in the output; rejects when the program ends without it. */
  async waitFor(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this.#stdout) ?? pattern.exec(this.#stderr);
      if (match !== null) return match;
      if (this.#hasEnded) throw new Error(`the program ended without writing ${String(pattern)}:\n${this.output}`);
      await new Promise<void>((resolve) => {
        const notify = (): void => {
          this.#watchers.delete(notify);
          resolve();
        };
        this.#watchers.add(notify);
      });
    }
  }

  /** How it ends. */
  ended(): Promise<Ended> {
    return this.#ended;
  }

  /** Sends a signal to this one process. */
  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Asks the program to stop and waits until it has. */
  async stop(): Promise<Ended> {
    if (!this.#hasEnded) this.signal('SIGTERM');
    return this.#ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#hasEnded) this.signal('SIGKILL');
    await this.#ended;
  }

  #notify(): void {
    for (const watcher of this.#watchers) watcher();
  }
}

/** Another Node.js than this process has: its path, and options of it. */
export interface OtherNode {
  readonly binary: string;
  readonly options: readonly string[];
}

/** Starts the compiled program. */
export function startProgram(args: readonly string[], options?: SpawnOptions, node?: OtherNode): RunningProgram {
  return new RunningProgram(
    node?.binary ?? process.execPath,
    [...(node?.options ?? []), programFile, ...args],
    options,
  );
}

/** Runs the compiled program to its end. */
export function runProgram(args: readonly string[], options?: SpawnOptions): Promise<Ended> {
  return runCommand(process.execPath, [programFile, ...args], options);
}

/** Runs any command to its end; ends it by SIGKILL when it takes too long. */
export async function runCommand(command: string, args: readonly string[], options: SpawnOptions = {}): Promise<Ended> {
  await using program = new RunningProgram(command, args, options);
  const timer = setTimeout(() => program.signal('SIGKILL'), options.timeoutMs ?? 30_000);
  try {
    return await program.ended();
  } finally {
    clearTimeout(timer);
  }
}
