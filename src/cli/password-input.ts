import { exitCodes } from './exit-codes.ts';
import { CommandFailure, usageFailure } from './failure.ts';
import type { Input, Shell } from './shell.ts';

const lineCharactersMax = 1024;

/**
 * Asks for a new password: twice and without showing it on a terminal, else the first line of standard input. Throws a
 * failure when the two differ, when the line is missing or far too long, and when Ctrl-C or Ctrl-D is pressed.
 */
export async function readNewPassword(shell: Shell): Promise<string> {
  if (shell.stdin.isTTY !== true) return readLine(shell.stdin);
  const password = await readHidden(shell, 'Password: ', 'Nothing was hashed.');
  const again = await readHidden(shell, 'The same password again: ', 'Nothing was hashed.');
  if (password !== again) throw usageFailure('The two passwords differ. Nothing was hashed.');
  return password;
}

/**
 * Asks for a password that exists already: without showing it on a terminal, else the first line of standard input. Throws
 * as {@link readNewPassword} does, with `cancelled` for Ctrl-C and Ctrl-D.
 */
export async function readPassword(shell: Shell, prompt: string, cancelled: string): Promise<string> {
  return shell.stdin.isTTY === true ? readHidden(shell, prompt, cancelled) : readLine(shell.stdin);
}

async function readLine(input: Input): Promise<string> {
  input.setEncoding('utf8');
  let text = '';
  for await (const chunk of input) {
    text += String(chunk);
    if (text.includes('\n')) break;
    if (text.length > lineCharactersMax) throw usageFailure('The line on standard input is too long for a password.');
  }
  const [line = ''] = text.split(/\r?\n/, 1);
  if (line === '') throw usageFailure('There is no password on standard input: write it as one line.');
  return line;
}

/** Reads one line from a terminal in raw mode, so that neither the terminal nor we show what is typed. */
async function readHidden({ stdin, stderr }: Shell, prompt: string, cancelled: string): Promise<string> {
  stderr.write(prompt);
  stdin.setEncoding('utf8');
  stdin.setRawMode?.(true);
  stdin.resume();
  try {
    return await new Promise<string>((resolve, reject) => {
      const line = new HiddenLine();
      const finish = (settle: () => void): void => {
        stdin.off('data', onData);
        settle();
      };
      const onData = (keys: string): void => {
        const outcome = line.type(keys);
        if (outcome === 'entered') finish(() => resolve(line.text));
        if (outcome === 'cancelled') finish(() => reject(new CommandFailure(exitCodes.interrupted, cancelled)));
      };
      stdin.on('data', onData);
    });
  } finally {
    stdin.setRawMode?.(false);
    stdin.pause();
    stderr.write('\n');
  }
}

/** The keys of a line as a terminal in raw mode sends them. */
class HiddenLine {
  #characters: string[] = [];

  get text(): string {
    return this.#characters.join('');
  }

  type(keys: string): 'open' | 'entered' | 'cancelled' {
    for (const key of keys) {
      if (key === '\r' || key === '\n') return 'entered';
      if (key === '\u0003' || key === '\u0004') return 'cancelled';
      if (key === '\u007f' || key === '\b') this.#characters.pop();
      else if (key === '\u0015') this.#characters = [];
      else this.#characters.push(key);
    }
    return 'open';
  }
}
