import { type ConfigProblem, formatProblem } from '../config/problem.ts';
import { ControlError } from '../http/control-error.ts';
import { SourceError } from '../identity/source-error.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import type { Shell } from './shell.ts';

/** A command cannot do what was asked. `message` is what the user reads: one or more sentences. */
export class CommandFailure extends Error {
  override readonly name = 'CommandFailure';
  readonly exitCode: ExitCode;

  constructor(exitCode: ExitCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.exitCode = exitCode;
  }
}

/** The command line is wrong. */
export function usageFailure(message: string): CommandFailure {
  return new CommandFailure(exitCodes.usage, message);
}

/** The configuration is wrong; the message lists every problem with its place. */
export function configFailure(file: string, problems: readonly ConfigProblem[]): CommandFailure {
  const count = problems.length === 1 ? 'one problem' : `${problems.length} problems`;
  const lines = problems.map(formatProblem);
  return new CommandFailure(exitCodes.config, [...lines, `${file} has ${count}; nothing was done.`].join('\n'));
}

/** Tells the user of an error on standard error, with its stack only in debug mode; the exit code that goes with it. */
export function reportFailure(shell: Shell, error: unknown): ExitCode {
  const { exitCode, message } = describeFailure(error);
  shell.stderr.write(`${message}\n`);
  if (shell.debug && error instanceof Error && error.stack !== undefined) shell.stderr.write(`${error.stack}\n`);
  return exitCode;
}

function describeFailure(error: unknown): { readonly exitCode: ExitCode; readonly message: string } {
  if (error instanceof CommandFailure) return { exitCode: error.exitCode, message: error.message };
  if (error instanceof SourceError) return { exitCode: exitCodes.source, message: error.message };
  if (error instanceof ControlError) return { exitCode: controlExitCode(error.code), message: error.message };
  const what = error instanceof Error ? error.message : String(error);
  return { exitCode: exitCodes.unexpected, message: `Unexpected error: ${what}` };
}

function controlExitCode(code: ControlError['code']): ExitCode {
  switch (code) {
    case 'pathTooLong':
      return exitCodes.config;
    case 'notPossible':
      return exitCodes.refused;
    case 'inUse':
    case 'notASocket':
      return exitCodes.store;
    default:
      return exitCodes.notRunning;
  }
}
