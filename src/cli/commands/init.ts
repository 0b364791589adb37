import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { systemClock } from '../../timing/clock.ts';
import { reason } from '../config-file.ts';
import { defineCommand } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import { CommandFailure } from '../failure.ts';
import { fillExample, type InitAnswers } from '../init/fill-example.ts';
import { gatherAnswers, initOptions } from '../init/gather.ts';
import { Questioner } from '../init/questions.ts';
import { registrationSteps } from '../init/registration-steps.ts';
import type { Shell } from '../shell.ts';
import { stopOnSignals } from '../stop-signal.ts';

/** `init`: from nothing to a configuration. */
export const initCommand = defineCommand({
  name: 'init',
  summary: 'Write a configuration, and say how the application is registered in the tenant',
  description:
    'Prints the steps of the app registration, asks for what it yields, and writes a commented configuration. On a terminal it ' +
    'asks for what no option says; elsewhere options have to say it. The secret itself is not asked for and not written: the ' +
    'configuration names the environment variable or the file that holds it.',
  options: initOptions,
  examples: [
    ['init', 'Ask for everything'],
    ['init --steps', 'Only print how the application is registered'],
    [
      'init --tenant contoso.com --client-id 01234567-89ab-cdef-0123-456789abcdef --secret-file /etc/entra-ldapd/secret',
      'Ask only for the rest',
    ],
  ],
  run: async (shell, given) => {
    if (given.steps) {
      shell.stdout.write(registrationSteps);
      return exitCodes.ok;
    }
    using stopping = stopOnSignals(shell, systemClock);
    const asks = shell.stdin.isTTY === true;
    if (asks && given['client-id'] === undefined) shell.stderr.write(`${registrationSteps}\n`);
    const answers = await gatherAnswers(shell, given, new Questioner(shell, asks, stopping.signal), stopping.signal);
    write(given.config, fillExample(readExample(), answers, given.config));
    shell.stdout.write(`${nextSteps(given.config, answers, shell)}\n`);
    return exitCodes.ok;
  },
});

/** The example that comes with the program: beside the compiled code of a checkout, and in the package. */
function readExample(): string {
  const name = 'config/entra-ldapd.example.yaml';
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    try {
      return readFileSync(join(folder, name), 'utf8');
    } catch (error) {
      if (dirname(folder) !== folder) continue;
      throw new CommandFailure(exitCodes.unexpected, `The program came without ${name}: ${reason(error)}.`, {
        cause: error,
      });
    }
  }
}

function write(file: string, text: string): void {
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text, { flag: 'wx', mode: 0o640 });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') {
      throw new CommandFailure(exitCodes.refused, `${file} exists already. Remove it, or name another with --config.`);
    }
    throw new CommandFailure(exitCodes.refused, `${file} cannot be written: ${reason(error)}.`, { cause: error });
  }
}

function nextSteps(file: string, { credential: { kind }, credential: chosen, tls }: InitAnswers, shell: Shell): string {
  const variable = kind === 'secret' && 'source' in chosen ? /^\$\{env:(.+)\}$/.exec(chosen.source)?.[1] : undefined;
  return [
    `${file} is written.`,
    '',
    ...(variable === undefined || shell.env[variable] !== undefined
      ? []
      : [`Put the value of the client secret into the environment variable ${variable}.`]),
    ...(tls === undefined ? ['Add a certificate under ldap.tls before other machines send passwords.'] : []),
    `Then check everything: entra-ldapd check --config ${file}`,
    `And start it:          entra-ldapd serve --config ${file}`,
  ].join('\n');
}
