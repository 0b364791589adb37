import { createControlClient } from '../../http/control-client.ts';
import { ControlError } from '../../http/control-error.ts';
import type { RoundSummary } from '../../identity/round.ts';
import type { HeldItem, HoldReport } from '../../identity/safety.ts';
import { createLog } from '../../observability/create-log.ts';
import type { Log } from '../../observability/log.ts';
import { systemClock } from '../../timing/clock.ts';
import { type LoadedConfig, loadConfig } from '../config-file.ts';
import { type Command, defineCommand } from '../command.ts';
import { decideHeld, readHeld } from '../daemon-access.ts';
import { exitCodes } from '../exit-codes.ts';
import { configOption, jsonOption } from '../options.ts';
import { exitCodeOfRound, followDaemonRound } from '../round-of-daemon.ts';
import type { Shell } from '../shell.ts';
import { stopOnSignals } from '../stop-signal.ts';
import { heldItemText, holdText } from '../text/hold.ts';
import { ProgressView } from '../text/progress.ts';
import { summaryText } from '../text/summary.ts';
import { programVersion } from '../version.ts';

/** `sync held`: what is held back and whom it concerns. */
export const syncHeldCommand = defineCommand({
  name: 'sync held',
  summary: 'List what is held back because it reaches too far',
  description:
    'Lists every user and group that a change concerns which goes beyond the limits of safety in the configuration. Until it is ' +
    'approved or goes away, the directory from before it is served. Ends with exit code 9 when something is held back.',
  options: { config: configOption, json: jsonOption },
  examples: [
    ['sync held', 'Who would be removed, locked, renamed or emptied'],
    ['sync held --json', 'The same as JSON'],
  ],
  run: async (shell, { config: given, json }) => {
    const { hold, items } = await held(shell, loadConfig(shell, given));
    if (json) shell.stdout.write(`${JSON.stringify({ hold, items })}\n`);
    else if (hold === null) shell.stdout.write('Nothing is held back.\n');
    else shell.stdout.write(`Held back: ${[holdText(hold), '', ...items.map(heldItemText)].join('\n')}\n`);
    return hold === null ? exitCodes.ok : exitCodes.held;
  },
});

/** `sync approve`: publish what is held back. */
export const syncApproveCommand = decisionCommand({
  decision: 'approved',
  summary: 'Publish what is held back',
  description:
    'Publishes what sync held lists, or less if less has remained of it; what goes beyond the list is held back anew. Works with ' +
    'the running daemon or without one.',
});

/** `sync reject`: keep what is served. */
export const syncRejectCommand = decisionCommand({
  decision: 'rejected',
  summary: 'Go on without what is held back',
  description:
    'Remembers that what sync held lists is not wanted: the directory from before goes on being served, until the change goes ' +
    'away or is approved after all. What goes beyond the list is held back anew. Further rounds keep reading the tenant.',
});

function decisionCommand(facts: {
  readonly decision: 'approved' | 'rejected';
  readonly summary: string;
  readonly description: string;
}): Command {
  const word = facts.decision === 'approved' ? 'approve' : 'reject';
  return defineCommand({
    name: `sync ${word}`,
    summary: facts.summary,
    description: facts.description,
    options: {
      config: configOption,
      change: {
        kind: 'integer',
        from: 0,
        to: Number.MAX_SAFE_INTEGER,
        description: 'Only if this change is held back still; its number is in the list',
        byDefault: 'whatever is held back',
      },
      json: jsonOption,
    },
    examples: [
      [`sync ${word}`, 'What sync held lists'],
      [`sync ${word} --change 12`, 'Only if it is change 12 still'],
    ],
    run: async (shell, { config: given, change, json }) => {
      const loaded = loadConfig(shell, given);
      const request = { hold: change ?? null, decision: facts.decision };
      const summary = await decide(shell, loaded, request);
      if (json) shell.stdout.write(`${JSON.stringify({ decision: facts.decision, summary: summary ?? null })}\n`);
      else shell.stdout.write(`${summary === undefined ? 'Rejected.' : summaryText(summary)}\n`);
      return summary === undefined ? exitCodes.ok : exitCodeOfRound(summary);
    },
  });
}

type Decision = Parameters<typeof decideHeld>[1];

async function decide(shell: Shell, loaded: LoadedConfig, request: Decision): Promise<RoundSummary | undefined> {
  using stopping = stopOnSignals(shell, systemClock);
  const { signal } = stopping;
  const progress = new ProgressView(shell.stderr, systemClock);
  const client = createControlClient(loaded.config.store.path);
  try {
    const outcome = await unlessAlone(client.decideHold(request));
    if (outcome === undefined) {
      const { config } = loaded;
      const onProgress = progress.update.bind(progress);
      const version = programVersion();
      const own = { config, log: commandLog(shell, loaded), clock: systemClock, version, signal, onProgress };
      return await decideHeld(own, request);
    }
    if (outcome.round === null) return undefined;
    return await followDaemonRound({ client, round: outcome.round, signal, progress });
  } finally {
    progress.finish();
  }
}

async function held(
  shell: Shell,
  loaded: LoadedConfig,
): Promise<{ readonly hold: HoldReport | null; readonly items: readonly HeldItem[] }> {
  using stopping = stopOnSignals(shell, systemClock);
  const client = createControlClient(loaded.config.store.path);
  const status = await unlessAlone(client.status());
  if (status === undefined) {
    return await readHeld({ config: loaded.config, log: commandLog(shell, loaded), clock: systemClock });
  }
  const items: HeldItem[] = [];
  for await (const item of client.heldItems(stopping.signal)) items.push(item);
  return { hold: status.sync.held, items };
}

/** The answer of the running daemon, or undefined when none runs. */
async function unlessAlone<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof ControlError && error.code === 'notRunning') return undefined;
    throw error;
  }
}

function commandLog(shell: Shell, { config }: LoadedConfig): Log {
  return createLog({ level: 'warn', format: config.log.format, destination: shell.stderr, clock: systemClock });
}
