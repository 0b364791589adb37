import { ControlError } from '../../http/control-error.ts';
import { type BindEvent, type BindEventQuery, bindEventsMax, bindVerdicts } from '../../identity/bind-event.ts';
import { systemClock } from '../../timing/clock.ts';
import { defineCommand } from '../command.ts';
import { readStoredBinds } from '../daemon-access.ts';
import { askDaemon, daemonOrStore } from '../daemon-or-store.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { configOption, jsonOption } from '../options.ts';
import type { Shell } from '../shell.ts';
import { readSince, sinceOption } from '../since.ts';
import { stopOnSignals } from '../stop-signal.ts';
import { streamOutput } from '../stream-output.ts';
import { bindEventLine } from '../text/auth.ts';

/** `audit`: who has logged in, or has tried to. */
export const auditCommand = defineCommand({
  name: 'audit',
  summary: 'List who has logged in, or has tried to, and why not',
  description:
    'Lists the logins that are kept (bind.audit in the configuration), the oldest first: when, how it ended, from where, the name ' +
    "that was sent and the entry it stands for, the reason, Entra's error code, who checked it, how long it took, and the number " +
    "under which Microsoft's sign-in logs have it. Logins that differ in their time only are one line for each second. A running " +
    'daemon is asked; without one the store is read. With --follow, which needs a running daemon, those to come are shown too, ' +
    'about a second after they were. It is personal data.',
  options: {
    config: configOption,
    user: {
      kind: 'text',
      description: 'Only this user or service account: short name, what was typed, DN or object id',
    },
    address: { kind: 'text', description: 'Only from this IP address' },
    verdict: { kind: 'choice', choices: bindVerdicts, description: 'Only those that ended so' },
    since: sinceOption,
    limit: {
      kind: 'integer',
      from: 1,
      to: bindEventsMax,
      byDefault: '1000, and 10 with --follow',
      description: 'Only so many, the newest',
    },
    follow: { kind: 'flag', description: 'Go on with those to come, until Ctrl-C or the end of the daemon' },
    json: { ...jsonOption, description: 'Print one JSON document; with --follow, one for each login' },
  },
  examples: [
    ['audit --verdict refused --since 1h', 'What went wrong in the last hour'],
    ['audit --user alice --follow', 'While alice tries again'],
    ['audit --user alice --json', 'For a program'],
  ],
  run: async (shell, { config: given, user, address, verdict, since, limit, follow, json }) => {
    const sinceMs = since === undefined ? undefined : readSince(since, systemClock.now());
    const newest = limit ?? (follow ? shownBefore : listedAtOnce);
    const query = { user, address, verdict, sinceMs, newest };
    return follow ? await followEvents(shell, given, query, json) : await listEvents(shell, given, query, json);
  },
});

const listedAtOnce = 1000;
/** As tail(1) has it. */
const shownBefore = 10;

async function listEvents(
  shell: Shell,
  given: string | undefined,
  query: BindEventQuery,
  json: boolean,
): Promise<ExitCode> {
  const events = await daemonOrStore(shell, given, {
    daemon: (client) => client.bindEvents(query),
    store: (means) => readStoredBinds(means, query),
  });
  if (json) shell.stdout.write(`${JSON.stringify({ binds: events })}\n`);
  else for (const event of events) shell.stdout.write(`${bindEventLine(event)}\n`);
  return exitCodes.ok;
}

async function followEvents(
  shell: Shell,
  given: string | undefined,
  query: BindEventQuery,
  json: boolean,
): Promise<ExitCode> {
  using stopping = stopOnSignals(shell, systemClock);
  const { signal } = stopping;
  try {
    return await askDaemon(shell, given, (client) => {
      const text = lines(client.followBindEvents(query, signal), json);
      return streamOutput(shell, text, { output: undefined, interrupted: '', signal });
    });
  } catch (error) {
    // Ctrl-C is how following ends.
    if (signal.aborted) return exitCodes.ok;
    if (!(error instanceof ControlError) || error.code !== 'notRunning') throw error;
    const hint = 'Without --follow, entra-ldapd audit reads what the store has.';
    throw new ControlError('notRunning', `${error.message} ${hint}`, { cause: error });
  }
}

async function* lines(events: AsyncIterable<BindEvent>, json: boolean): AsyncGenerator<string, void, void> {
  for await (const event of events) yield `${json ? JSON.stringify(event) : bindEventLine(event)}\n`;
}
