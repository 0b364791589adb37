import { historyKinds, historyOutcomes } from '../../identity/history.ts';
import { systemClock } from '../../timing/clock.ts';
import { defineCommand } from '../command.ts';
import { withMemory } from '../memory.ts';
import { configOption, jsonOption } from '../options.ts';
import { readSince, sinceOption } from '../since.ts';
import { jsonDocument, streamOutput } from '../stream-output.ts';
import { historyLine } from '../text/history.ts';

/** `history`: what has happened. */
export const historyCommand = defineCommand({
  name: 'history',
  summary: 'List what has happened: rounds, decisions, rollbacks, changed settings',
  description:
    'Lists, the newest first, every round with its outcome, its duration and what it did with users and with groups, every change ' +
    'of the configuration that was taken over, and every approval, rejection, rollback and clearing; with the time, what made it ' +
    'happen, and why it failed. Rounds that say the same one after the other are one line. It survives restarts; the oldest ' +
    'lines make room (store.history). A running daemon is asked; without one the store is read.',
  options: {
    config: configOption,
    since: sinceOption,
    outcome: { kind: 'choice', choices: historyOutcomes, description: 'Only what ended so' },
    kind: { kind: 'choice', choices: historyKinds, description: 'Only this' },
    limit: { kind: 'integer', from: 1, to: 1_000_000, fallback: 50, description: 'Only so many, the newest' },
    json: jsonOption,
  },
  examples: [
    ['history', 'The latest 50 lines'],
    ['history --since 7d --outcome failed', 'What went wrong this week, and why'],
    ['history --kind rollback --json', 'For a program'],
  ],
  run: (shell, { config, since, outcome, kind, limit, json }) => {
    const sinceMs = since === undefined ? null : readSince(since, systemClock.now());
    return withMemory(shell, config, (memory, signal) => {
      const entries = memory.history({ sinceMs, outcome: outcome ?? null, kind: kind ?? null, limit });
      const text = json ? jsonDocument('history', entries) : lines(entries);
      return streamOutput(shell, text, { output: undefined, interrupted: 'Interrupted before its end.', signal });
    });
  },
});

async function* lines(entries: ReturnType<Parameters<Parameters<typeof withMemory>[2]>[0]['history']>) {
  let isEmpty = true;
  for await (const entry of entries) {
    isEmpty = false;
    yield `${historyLine(entry)}\n`;
  }
  if (isEmpty) yield 'Nothing that was asked for has happened yet.\n';
}
