import type { Config } from '../../config/config.ts';
import { type ControlClient, createControlClient } from '../../http/control-client.ts';
import type { RoundSummary } from '../../identity/round.ts';
import { createLog } from '../../observability/create-log.ts';
import { systemClock } from '../../timing/clock.ts';
import { loadConfigAsking, storeFolder } from '../config-file.ts';
import { confirm, yesOption } from '../confirm.ts';
import { defineCommand } from '../command.ts';
import { runSyncOnce } from '../daemon-access.ts';
import { isRunning } from '../inspect.ts';
import { configOption, jsonOption, logLevelOption } from '../options.ts';
import { exitCodeOfRound, followDaemonRound } from '../round-of-daemon.ts';
import type { Shell } from '../shell.ts';
import { stopOnSignals } from '../stop-signal.ts';
import { ProgressView } from '../text/progress.ts';
import { summaryText } from '../text/summary.ts';
import { programVersion } from '../version.ts';

/** `sync`: one round now, by the running daemon or without one. */
export const syncCommand = defineCommand({
  name: 'sync',
  summary: 'Synchronize now and report what changed',
  description:
    'Runs one round of synchronization and prints what it did. A running daemon is asked to do it, and if it is already at it, ' +
    'that round is followed; without a daemon the round runs in this command. Progress goes to standard error.',
  options: {
    config: configOption,
    full: { kind: 'flag', description: 'Read everything anew instead of what has changed; numbers and names stay' },
    clear: {
      kind: 'flag',
      description:
        'Forget all that was read of the tenant and read it anew; what clients see, numbers and names stay. Asks before it does',
    },
    yes: yesOption,
    once: {
      kind: 'flag',
      description: 'One round and then end, as a scheduler wants it; this is also what happens without it',
    },
    json: jsonOption,
    'log-level': logLevelOption,
  },
  examples: [
    ['sync', 'Fetch what has changed'],
    ['sync --full', 'Read all users and groups again'],
    ['sync --clear', 'Start over when the local copy is in doubt'],
    ['sync --once --json', 'For a scheduler: the summary as JSON'],
  ],
  run: async (shell, { config: given, full, clear, yes, json, 'log-level': level }) => {
    using stopping = stopOnSignals(shell, systemClock);
    // A daemon goes on with what it runs with while its file has a problem, and synchronizes.
    const client = createControlClient(storeFolder(shell, given).path);
    const loaded = (await isRunning(client)) ? undefined : await loadConfigAsking(shell, given, stopping.signal);
    if (level === 'debug') shell.debug = true;
    if (clear && !yes) await confirm(shell, { ...clearing, signal: stopping.signal });
    const progress = new ProgressView(shell.stderr, systemClock);
    const round: RoundRequest = {
      shell,
      full,
      clear,
      signal: stopping.signal,
      progress,
      level: level ?? 'warn',
    };
    const running = loaded === undefined ? roundOfDaemon(client, round) : ownRound(loaded.config, round);
    const summary = await running.finally(() => progress.finish());
    shell.stdout.write(`${json ? JSON.stringify(summary) : summaryText(summary)}\n`);
    return exitCodeOfRound(summary);
  },
});

const clearing = {
  prompt:
    'Forget all that was read of the tenant and read it anew? Clients go on seeing what they see, numbers and names stay (yes or no)',
  answer: 'yes',
};

interface RoundRequest {
  readonly shell: Shell;
  readonly full: boolean;
  readonly clear: boolean;
  readonly signal: AbortSignal;
  readonly progress: ProgressView;
  readonly level: 'debug' | 'info' | 'warn' | 'error';
}

/** The round of a running daemon. */
async function roundOfDaemon(
  client: ControlClient,
  { shell, full, clear, signal, progress }: RoundRequest,
): Promise<RoundSummary> {
  const outcome = clear ? await client.memory(signal).clear() : await client.requestSync({ full });
  if (!outcome.started) {
    const anew = full ? ' It may not read everything anew: run this command again after it.' : '';
    shell.stderr.write(`Round ${outcome.round} is already running; following it.${anew}\n`);
  }
  return await followDaemonRound({ client, round: outcome.round, signal, progress });
}

function ownRound(
  config: Config,
  { shell, full, clear, signal, progress, level }: RoundRequest,
): Promise<RoundSummary> {
  const clock = systemClock;
  const log = createLog({ level, format: config.log.format, destination: shell.stderr, clock });
  const onProgress = progress.update.bind(progress);
  return runSyncOnce({ config, log, clock, version: programVersion(), signal, full, clear, onProgress });
}
