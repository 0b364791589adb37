import type { DomainsReport } from '../../identity/tenant-facts.ts';
import { createControlClient } from '../../http/control-client.ts';
import { createLog } from '../../observability/create-log.ts';
import { systemClock } from '../../timing/clock.ts';
import { defineCommand } from '../command.ts';
import { loadConfig } from '../config-file.ts';
import { refreshStoredDomains } from '../daemon-access.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { CommandFailure } from '../failure.ts';
import { inspect, isRunning } from '../inspect.ts';
import { configOption, jsonOption } from '../options.ts';
import type { Shell } from '../shell.ts';
import { stopOnSignals } from '../stop-signal.ts';
import { domainsText } from '../text/domains.ts';

const about =
  'the verified domains of the tenant: which is the primary one, which are federated, how many users each has, and how many of ' +
  'them are shown. Domains of user principal names that the tenant does not list follow.';

/** `domains`: the domains of the tenant (FOX-19). */
export const domainsCommand = defineCommand({
  name: 'domains',
  summary: 'List the domains of the tenant, and how many users each has',
  description: `Lists ${about} A running daemon is asked; without one the store is read. Microsoft Graph is not asked.`,
  options: { config: configOption, json: jsonOption },
  examples: [
    ['domains', 'A table'],
    ['domains --json', 'For a program'],
  ],
  run: (shell, { config, json }) =>
    inspect(shell, config, async (inspection) => print(shell, await inspection.domains({ refresh: false }), json)),
});

/** `domains refresh`: reads the verified domains anew (FOX-20). */
export const domainsRefreshCommand = defineCommand({
  name: 'domains refresh',
  summary: 'Read the verified domains of the tenant anew',
  description:
    `Asks Microsoft Graph for the domains, and then lists ${about} With users.domains: verified a running daemon publishes at ` +
    'once what that changes, and without one the next round does. When it cannot be read, the old list stays.',
  options: { config: configOption, json: jsonOption },
  examples: [['domains refresh', 'After a domain was verified in Entra']],
  run: async (shell, { config: given, json }) => {
    const { config } = loadConfig(shell, given);
    using stopping = stopOnSignals(shell, systemClock);
    const { signal } = stopping;
    const client = createControlClient(config.store.path);
    const log = createLog({ level: 'warn', format: config.log.format, destination: shell.stderr, clock: systemClock });
    const report = (await isRunning(client))
      ? await client.domains({ refresh: true }, signal)
      : await refreshStoredDomains({ config, log, clock: systemClock, signal });
    if (report.problem !== null) throw new CommandFailure(exitCodes.source, `${report.problem}. The old list stays.`);
    return print(shell, report, json);
  },
});

function print(shell: Shell, report: DomainsReport, json: boolean): ExitCode {
  shell.stdout.write(`${json ? JSON.stringify(report) : domainsText(report)}\n`);
  return exitCodes.ok;
}
