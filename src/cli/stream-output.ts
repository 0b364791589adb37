import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { CommandFailure } from './failure.ts';
import { writePrivateFile } from './private-file.ts';
import type { Shell } from './shell.ts';

/** Where a text goes. */
export interface Destination {
  /** The file to write; undefined for standard output. */
  readonly output: string | undefined;
  /** What is told when a signal ends it, as a sentence. */
  readonly interrupted: string;
  readonly signal: AbortSignal;
}

/** Writes a text as it is made: to standard output, or to a file that only this user may read, as a whole or not at all. */
export async function streamOutput(
  shell: Shell,
  text: AsyncGenerator<string, void, void>,
  { output, interrupted, signal }: Destination,
): Promise<ExitCode> {
  try {
    if (output === undefined) await pipeline(Readable.from(text), shell.stdout, { end: false, signal });
    else await writePrivateFile({ path: output, content: text, signal, check: async () => {} });
    return exitCodes.ok;
  } catch (error) {
    if (signal.aborted) throw new CommandFailure(exitCodes.interrupted, interrupted);
    // `entra-ldapd export | head` closes the pipe while we write. What is lost was not wanted.
    if (output === undefined && error instanceof Error && 'code' in error && error.code === 'EPIPE')
      return exitCodes.ok;
    throw error;
  }
}

/** Rows as one JSON document, `{"<name>":[…]}`, a row a line, made as they come. */
export async function* jsonDocument(name: string, rows: AsyncIterable<unknown>): AsyncGenerator<string, void, void> {
  let text = `{${JSON.stringify(name)}:[`;
  let separator = '\n';
  for await (const row of rows) {
    yield `${text}${separator}${JSON.stringify(row)}`;
    text = '';
    separator = ',\n';
  }
  yield `${text}${separator === '\n' ? '' : '\n'}]}\n`;
}
