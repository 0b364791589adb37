/** The signals that commands listen for. */
export type ShellSignal = 'SIGINT' | 'SIGTERM' | 'SIGHUP';

/** A stream that may be a terminal. */
export type Output = NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };

/** Standard input; a terminal can be told to hand over keys instead of lines and to show nothing. */
export type Input = NodeJS.ReadableStream & { readonly isTTY?: boolean; setRawMode?(raw: boolean): unknown };

/** What a command sees of the process it runs in. */
export interface Shell {
  readonly stdin: Input;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** True once a command has found that the administrator wants to see stacks (log level debug). */
  debug: boolean;
  /** Calls the listener for each of these signals that arrives, until disposed. */
  onSignal(signals: readonly ShellSignal[], listener: (signal: ShellSignal) => void): Disposable;
  /** Ends the process at once. */
  exit(code: number): never;
}

/** The process itself. */
export function processShell(): Shell {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', ignoreClosedPipe);
  return {
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    debug: false,
    onSignal: (signals, listener) => {
      for (const signal of signals) process.on(signal, listener);
      return {
        [Symbol.dispose]: () => {
          for (const signal of signals) process.off(signal, listener);
        },
      };
    },
    exit: (code) => process.exit(code),
  };
}

// `entra-ldapd status | head -1` closes the pipe while we write. What is lost was not wanted.
function ignoreClosedPipe(error: Error & { code?: string }): void {
  if (error.code !== 'EPIPE') throw error;
}
