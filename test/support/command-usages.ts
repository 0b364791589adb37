import { runCli } from '../../src/cli/cli.ts';
import { FakeShell } from './fake-shell.ts';
import type { CodePiece } from './markdown.ts';
import type { Ended } from './program.ts';

/** A use of the program in a document: the words of the command, and the options. */
export interface Usage extends CodePiece {
  readonly words: readonly string[];
  readonly options: readonly string[];
}

/** Every `entra-ldapd …` that a reader may type. Placeholders (`COMMAND`, `…`) end the words of the command. */
export function usagesOf(pieces: readonly CodePiece[]): readonly Usage[] {
  return pieces.flatMap(({ path, text }) =>
    [...text.matchAll(/(?<![\w./-])entra-ldapd((?: +[^\s"'`|;#)]+)+)/g)].map(([usage, rest = '']) => {
      const tokens = rest.trim().split(/ +/);
      const end = tokens.findIndex((token) => !/^[a-z][a-z-]*$/.test(token));
      const options = tokens.flatMap((token) => /^--[a-z-]+/.exec(token)?.[0] ?? []);
      return { path, text: usage, words: end === -1 ? tokens : tokens.slice(0, end), options };
    }),
  );
}

/** What `entra-ldapd WORDS --help` says, without a process for each: there are many. */
export async function helpOf(words: readonly string[]): Promise<Ended> {
  const shell = new FakeShell();
  const code = await runCli([...words, '--help'], shell);
  return { code, stdout: shell.stdout.text, stderr: shell.stderr.text };
}

/** The commands that a help text lists, without the program's name. */
function listedCommands({ stdout }: Ended): readonly string[] {
  return [...stdout.matchAll(/^ {2}entra-ldapd ([a-z][a-z -]*[a-z])(?: {2}|$)/gm)].map(([, name = '']) => name);
}

/** Every command that does something, `config check` rather than `config`, and both `sync` and `sync held`. */
export async function allCommands(): Promise<readonly string[]> {
  const commands: string[] = [];
  for (const name of listedCommands(await helpOf([]))) {
    const help = await helpOf([name]);
    const isGroup = help.stdout.startsWith(`entra-ldapd ${name} <command>`);
    // Examples are listed in the same way, most of them with options.
    const within = listedCommands(help).filter((listed) => listed.startsWith(`${name} `) && !listed.includes(' -'));
    commands.push(...(isGroup ? listedCommands(help) : [name, ...within]));
  }
  return commands;
}
