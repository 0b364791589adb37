import { formatProblem } from '../../config/problem.ts';
import { checkConfig, configFile } from '../config-file.ts';
import { defineCommand } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import { configOption, jsonOption } from '../options.ts';
import { counted } from '../../wording/quantities.ts';

/** `config check`: every problem of a configuration file at once. */
export const configCheckCommand = defineCommand({
  name: 'config check',
  summary: 'Check the configuration file and list every problem in it',
  description:
    'Reads the configuration as "serve" would, the files and environment variables it names included, and changes nothing. ' +
    'Problems and warnings are printed as file:line:column key: what is wrong.',
  options: { config: configOption, json: jsonOption },
  examples: [
    ['config check', 'Check config/entra-ldapd.yaml'],
    ['config check --config /etc/entra-ldapd.yaml --json', 'Check another file, for a program that reads the answer'],
  ],
  run: async (shell, { config, json }) => {
    const file = configFile(config);
    const result = checkConfig(shell, file);
    // Nothing is wrong with a base DN that the tenant has to be asked for, and nobody is asked here.
    const ok = result.ok || result.provisional !== undefined;
    const problems = ok ? [] : result.problems;
    const warnings = result.ok ? result.warnings : ok ? result.problems : [];
    if (json) {
      shell.stdout.write(`${JSON.stringify({ file, ok, problems, warnings })}\n`);
      return ok ? exitCodes.ok : exitCodes.config;
    }
    for (const problem of problems) shell.stderr.write(`${formatProblem(problem)}\n`);
    for (const warning of warnings) shell.stderr.write(`${formatProblem(warning)} (warning)\n`);
    if (!ok) {
      shell.stderr.write(`${file} has ${counted(problems.length, 'problem')}.\n`);
      return exitCodes.config;
    }
    shell.stdout.write(
      `${file} is valid${warnings.length === 0 ? '' : `, with ${counted(warnings.length, 'warning')}`}.\n`,
    );
    return exitCodes.ok;
  },
});
