import { resolve } from 'node:path';
import { createControlClient } from '../../http/control-client.ts';
import { ControlError } from '../../http/control-error.ts';
import type { PlanRequest, PlanResult } from '../../identity/plan.ts';
import { createLog } from '../../observability/create-log.ts';
import { systemClock } from '../../timing/clock.ts';
import { loadConfig, readConfigText, storeFolder } from '../config-file.ts';
import { defineCommand } from '../command.ts';
import { planStored } from '../daemon-access.ts';
import { exitCodes } from '../exit-codes.ts';
import { CommandFailure, configFailure } from '../failure.ts';
import { configOption, jsonOption } from '../options.ts';
import type { Shell } from '../shell.ts';
import { stopOnSignals } from '../stop-signal.ts';
import { planText } from '../text/plan.ts';

/** `plan`: what would change before it changes. */
export const planCommand = defineCommand({
  name: 'plan',
  summary: 'Show what a configuration, or the next sync, would change',
  description:
    'Compares the directory that is served with what the local copy of the tenant and a configuration imply, and prints the ' +
    'difference of every user and group. Nothing of the directory is changed. The configuration to try is a file that names the ' +
    'same store as the one in use: a copy in the same folder. With --pull, what has changed in the tenant is read first; the next ' +
    'round publishes it. What it prints is personal data. Ends with exit code 9 when the change would be held back.',
  options: {
    config: { ...configOption, description: 'Configuration file to try' },
    pull: { kind: 'flag', description: 'Read what has changed in the tenant first' },
    limit: {
      kind: 'integer',
      from: 0,
      to: 1_000_000,
      fallback: 1000,
      description: 'Describe so many entries, and count the others',
    },
    json: jsonOption,
  },
  examples: [
    ['plan --config config/new.yaml', 'What config/new.yaml would change'],
    ['plan --pull', 'What a sync would publish now'],
    ['plan --json --limit 100000', 'For a program, with up to 100,000 entries'],
  ],
  run: async (shell, { config, pull, limit, json }) => {
    using stopping = stopOnSignals(shell, systemClock);
    const plan = await planned(shell, config, { pull, itemsMax: limit }, stopping.signal);
    shell.stdout.write(`${json ? JSON.stringify(plan) : planText(plan)}\n`);
    return plan.dangers.length === 0 ? exitCodes.ok : exitCodes.held;
  },
});

async function planned(
  shell: Shell,
  given: string | undefined,
  request: Omit<PlanRequest, 'config'>,
  signal: AbortSignal,
): Promise<PlanResult> {
  // What the environment of the daemon says need not be what that of this command does, so the daemon reads the text.
  const { file, path, problems } = storeFolder(shell, given);
  const config = { file: resolve(file), text: readConfigText(file) };
  try {
    return await createControlClient(path).plan({ ...request, config }, signal);
  } catch (error) {
    if (signal.aborted) throw new CommandFailure(exitCodes.interrupted, 'Interrupted before it was known.');
    if (!(error instanceof ControlError)) throw error;
    if (error.code === 'notPossible' && problems.length > 0) throw configFailure(file, problems);
    if (error.code !== 'notRunning') throw error;
  }
  const loaded = loadConfig(shell, given);
  const { format } = loaded.config.log;
  const log = createLog({ level: 'warn', format, destination: shell.stderr, clock: systemClock });
  return await planStored({ config: loaded.config, log, clock: systemClock, signal }, request);
}
