import { PassThrough, Writable } from 'node:stream';
import type { Output, Shell, ShellSignal } from '../../src/cli/shell.ts';

/** A stream that remembers what was written to it and can pass for a terminal. */
export class RecordedOutput extends Writable {
  readonly isTTY: boolean;
  readonly columns: number;
  text = '';

  constructor({ isTTY = false, columns = 80 } = {}) {
    super({
      write: (chunk: Buffer, _encoding, done) => {
        this.text += chunk.toString();
        done();
      },
    });
    this.isTTY = isTTY;
    this.columns = columns;
  }
}

/** Standard input that a test types into. */
export class TypedInput extends PassThrough {
  readonly isTTY: boolean;
  raw = false;

  constructor(isTTY: boolean) {
    super();
    this.isTTY = isTTY;
  }

  setRawMode(raw: boolean): void {
    this.raw = raw;
  }
}

/** A shell without a process: output is remembered, signals are sent by the test, and `exit` throws. */
export class FakeShell implements Shell {
  readonly stdin: TypedInput;
  readonly stdout: Output & RecordedOutput = new RecordedOutput();
  readonly stderr: Output & RecordedOutput = new RecordedOutput();
  readonly env: Readonly<Record<string, string | undefined>> = {};
  debug = false;
  readonly exits: number[] = [];
  readonly #listeners = new Map<(signal: ShellSignal) => void, readonly ShellSignal[]>();

  constructor({ terminal = false } = {}) {
    this.stdin = new TypedInput(terminal);
  }

  onSignal(signals: readonly ShellSignal[], listener: (signal: ShellSignal) => void): Disposable {
    this.#listeners.set(listener, signals);
    return {
      [Symbol.dispose]: () => {
        this.#listeners.delete(listener);
      },
    };
  }

  /** How many listen for signals. */
  get listening(): number {
    return this.#listeners.size;
  }

  send(signal: ShellSignal): void {
    for (const [listener, signals] of this.#listeners) if (signals.includes(signal)) listener(signal);
  }

  exit(code: number): never {
    this.exits.push(code);
    throw new Error(`exit ${code}`);
  }
}
