import { createControlClient } from '../../http/control-client.ts';
import { type BindEvent, type BindEventQuery, bindEventsMax, bindVerdicts } from '../../identity/bind-event.ts';
import { createLog } from '../../observability/create-log.ts';
import { systemClock } from '../../timing/clock.ts';
import { loadConfig } from '../config-file.ts';
import { defineCommand } from '../command.ts';
import { readStoredBinds } from '../daemon-access.ts';
import { exitCodes } from '../exit-codes.ts';
import { isRunning } from '../inspect.ts';
import { configOption, jsonOption } from '../options.ts';
import type { Shell } from '../shell.ts';
import { readSince, sinceOption } from '../since.ts';
import { bindEventLine } from '../text/auth.ts';

/** `audit`: who has logged in, or has tried to. */
export const auditCommand = defineCommand({
  name: 'audit',
  summary: 'List who has logged in, or has tried to, and why not',
  description:
    'Lists the logins that are kept (bind.audit in the configuration), the oldest first: when, how it ended, from where, the name ' +
    "that was sent and the entry it stands for, the reason, Entra's error code, who checked it, how long it took, and the number " +
    "under which Microsoft's sign-in logs have it. Logins that differ in their time only are one line for each second. A running " +
    'daemon is asked; without one the store is read. It is personal data.',
  options: {
    config: configOption,
    user: {
      kind: 'text',
      description: 'Only this user or service account: short name, what was typed, DN or object id',
    },
    address: { kind: 'text', description: 'Only from this IP address' },
    verdict: { kind: 'choice', choices: bindVerdicts, description: 'Only those that ended so' },
    since: sinceOption,
    limit: { kind: 'integer', from: 1, to: bindEventsMax, fallback: 1000, description: 'Only so many, the newest' },
    json: jsonOption,
  },
  examples: [
    ['audit --verdict refused --since 1h', 'What went wrong in the last hour'],
    ['audit --user alice --json', 'For a program'],
  ],
  run: async (shell, { config: given, user, address, verdict, since, limit, json }) => {
    const sinceMs = since === undefined ? undefined : readSince(since, systemClock.now());
    const events = await readEvents(shell, given, { user, address, verdict, sinceMs, newest: limit });
    if (json) shell.stdout.write(`${JSON.stringify({ binds: events })}\n`);
    else for (const event of events) shell.stdout.write(`${bindEventLine(event)}\n`);
    return exitCodes.ok;
  },
});

async function readEvents(
  shell: Shell,
  given: string | undefined,
  query: BindEventQuery,
): Promise<readonly BindEvent[]> {
  const { config } = loadConfig(shell, given);
  const client = createControlClient(config.store.path);
  if (await isRunning(client)) return await client.bindEvents(query);
  const log = createLog({ level: 'warn', format: config.log.format, destination: shell.stderr, clock: systemClock });
  return await readStoredBinds({ config, log }, query);
}
