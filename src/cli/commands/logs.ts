import { createControlClient } from '../../http/control-client.ts';
import { ControlError } from '../../http/control-error.ts';
import { eventLevels, type LoggedEvent } from '../../identity/logged-event.ts';
import { formatText } from '../../observability/log-text.ts';
import { systemClock } from '../../timing/clock.ts';
import { storeFolder } from '../config-file.ts';
import { defineCommand } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import { configFailure } from '../failure.ts';
import { configOption, jsonOption } from '../options.ts';
import { readSince, sinceOption } from '../since.ts';
import { streamOutput } from '../stream-output.ts';
import { stopOnSignals } from '../stop-signal.ts';

/** `logs`: the latest events of the running daemon. */
export const logsCommand = defineCommand({
  name: 'logs',
  summary: 'Show the latest log events of the running daemon',
  description:
    'Shows the latest events that the running daemon has logged since its start, the oldest first, as far as it keeps them (5,000 ' +
    'events or 4 MiB). They say what the log on its standard output says, with no more personal data than that. Earlier ones are ' +
    'where that log goes: journalctl -u entra-ldapd, docker logs, kubectl logs. What happened to the directory over weeks is in ' +
    'entra-ldapd history, logins are in entra-ldapd audit.',
  options: {
    config: configOption,
    level: {
      kind: 'choice',
      choices: eventLevels,
      fallback: 'debug',
      description: 'Only these and more important ones',
    },
    event: { kind: 'text', description: 'Only events of this name; * stands for anything' },
    since: sinceOption,
    limit: { kind: 'integer', from: 1, to: 1_000_000, fallback: 200, description: 'Only so many, the newest' },
    follow: { kind: 'flag', description: 'Go on with those to come, until Ctrl-C or the end of the daemon' },
    json: { ...jsonOption, description: 'Print one JSON document a line instead of text' },
  },
  examples: [
    ['logs', 'The latest 200 events'],
    ["logs --level warn --event 'sync.*' --since 1h", 'What was wrong with synchronizing in the last hour'],
    ['logs --follow --json', 'For a program, as they come'],
  ],
  run: async (shell, { config: given, level, event, since, limit, follow, json }) => {
    const { file, path, problems } = storeFolder(shell, given);
    const sinceMs = since === undefined ? null : readSince(since, systemClock.now());
    using stopping = stopOnSignals(shell, systemClock);
    const { signal } = stopping;
    const request = { level, event: event ?? null, sinceMs, limit, follow };
    try {
      const events = createControlClient(path).memory(signal).logs(request, signal);
      const text = lines(events, json);
      return await streamOutput(shell, text, { output: undefined, interrupted: '', signal });
    } catch (error) {
      // Ctrl-C is how following ends.
      if (signal.aborted && follow) return exitCodes.ok;
      if (!(error instanceof ControlError) || error.code !== 'notRunning') throw error;
      if (problems.length > 0) throw configFailure(file, problems);
      throw new ControlError(
        'notRunning',
        `${error.message} Its last events are where its standard output went: journalctl -u entra-ldapd, docker logs or ` +
          'kubectl logs. What happened to the directory is in entra-ldapd history.',
        { cause: error },
      );
    }
  },
});

async function* lines(events: AsyncIterable<LoggedEvent>, json: boolean): AsyncGenerator<string, void, void> {
  for await (const event of events) {
    const time = new Date(event.timeMs).toISOString();
    const { level, event: name, fields, cause } = event;
    yield json
      ? `${JSON.stringify({ level, time, event: name, fields, ...(cause === undefined ? {} : { cause }) })}\n`
      : formatText({ ...event, cause });
  }
}
