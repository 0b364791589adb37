import { formatProblem } from '../../config/problem.ts';
import type { Finding, TrialUser } from '../../identity/examination.ts';
import { createLog } from '../../observability/create-log.ts';
import { systemClock } from '../../timing/clock.ts';
import { examineServer } from '../check/examine-server.ts';
import { defineCommand } from '../command.ts';
import { checkConfig, configFile } from '../config-file.ts';
import { examineSource } from '../daemon-access.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { CommandFailure } from '../failure.ts';
import { configOption, jsonOption } from '../options.ts';
import { readPassword } from '../password-input.ts';
import type { Shell } from '../shell.ts';
import { stopOnSignals } from '../stop-signal.ts';
import { findingText, usesColour, verdictText } from '../text/findings.ts';

/** `check`: everything that can be known before anything is imported. */
export const checkCommand = defineCommand({
  name: 'check',
  summary: 'Check everything before the first synchronization: tenant, credential, permissions, network, addresses',
  description:
    'Looks at the configuration, the way to Entra and Microsoft Graph, the clock, the tenant, every credential, the permissions ' +
    'and their admin consent, the sign-in by password, the certificate, and the addresses to listen at; asks a daemon that runs ' +
    'already at them. Imports nothing and changes nothing. Says for whatever is wrong how to mend it.',
  options: {
    config: configOption,
    user: {
      kind: 'text',
      description: 'Try a sign-in with this user principal name; the password is asked for, or the first line of input',
    },
    json: jsonOption,
  },
  examples: [
    ['check', 'Check with config/entra-ldapd.yaml'],
    ['check --user alice@example.com', 'Try too whether Alice can sign in by password'],
    ['check --json', 'The findings as one JSON document'],
  ],
  run: async (shell, { config: given, user: name, json }) => {
    using stopping = stopOnSignals(shell, systemClock);
    const findings: Finding[] = [];
    const colour = usesColour(shell.stdout, shell.env);
    try {
      for await (const finding of examineAll(shell, given, name, stopping.signal)) {
        findings.push(finding);
        if (!json) shell.stdout.write(`${findingText(finding, colour)}\n`);
      }
    } catch (error) {
      if (!stopping.signal.aborted) throw error;
      throw new CommandFailure(exitCodes.interrupted, 'The check was stopped before its end.', { cause: error });
    }
    const ok = findings.every(({ verdict }) => verdict !== 'bad');
    shell.stdout.write(json ? `${JSON.stringify({ ok, findings })}\n` : `\n${verdictText(findings)}\n`);
    return exitCodeOf(findings);
  },
});

async function* examineAll(
  shell: Shell,
  given: string | undefined,
  name: string | undefined,
  signal: AbortSignal,
): AsyncGenerator<Finding, void, void> {
  const file = configFile(given);
  const result = checkConfig(shell, file);
  const config = result.ok ? result.config : result.provisional;
  if (config === undefined) {
    for (const problem of result.ok ? [] : result.problems) yield configFinding('bad', formatProblem(problem));
    return;
  }
  const user = name === undefined ? undefined : await trialUser(shell, name);
  for (const warning of result.ok ? result.warnings : []) yield configFinding('doubtful', formatProblem(warning));
  const baseDn = result.ok ? '' : '; the base DN will follow from the primary domain of the tenant';
  yield configFinding('good', `${file} is valid${baseDn}`);
  const clock = systemClock;
  const log = createLog({ level: 'error', format: 'text', destination: shell.stderr, clock });
  yield* examineSource({ config, log, clock, signal }, user);
  yield* examineServer(config, clock.now());
}

async function trialUser(shell: Shell, userPrincipalName: string): Promise<TrialUser> {
  const password = await readPassword(shell, `Password of ${userPrincipalName}: `, 'Nothing was checked.');
  return { userPrincipalName, password };
}

function configFinding(verdict: Finding['verdict'], finding: string): Finding {
  const fix = verdict === 'good' ? null : 'Correct the file there.';
  return { id: 'config', subject: 'Configuration', verdict, finding, fix };
}

/** That of the first thing that is wrong, in the order in which things depend on each other. */
function exitCodeOf(findings: readonly Finding[]): ExitCode {
  const bad = findings.find(({ verdict }) => verdict === 'bad');
  if (bad === undefined) return exitCodes.ok;
  switch (bad.id) {
    case 'config':
    case 'tls':
      return exitCodes.config;
    case 'listen':
      return exitCodes.listen;
    case 'daemon':
      return exitCodes.notRunning;
    default:
      return exitCodes.source;
  }
}
