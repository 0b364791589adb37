import type { MemoryApi } from '../../identity/memory.ts';
import { confirm, yesOption } from '../confirm.ts';
import { defineCommand } from '../command.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { withMemory } from '../memory.ts';
import { configOption, jsonOption, type OptionTable, type OptionValues } from '../options.ts';
import type { Shell } from '../shell.ts';
import { returnPointsText, rollbackOutcomeText, rollbackPlanText } from '../text/rollback.ts';

const options = {
  config: configOption,
  to: {
    kind: 'integer',
    from: 1,
    to: Number.MAX_SAFE_INTEGER,
    description: 'Go back to this publication',
    byDefault: 'the one before',
  },
  list: { kind: 'flag', description: 'Only list the publications that can be returned to' },
  'dry-run': { kind: 'flag', description: 'Only show what it would change' },
  limit: {
    kind: 'integer',
    from: 0,
    to: 1_000_000,
    fallback: 200,
    description: 'Describe so many entries, and count the others',
  },
  yes: yesOption,
  json: jsonOption,
} as const satisfies OptionTable;

/** `rollback`: what clients saw before. */
export const rollbackCommand = defineCommand({
  name: 'rollback',
  summary: 'Show clients again what they saw before',
  description:
    'Shows what going back to an earlier directory would change, asks, and does it. Clients that follow changes are told, numbers ' +
    'and names stay given, and nobody whom Entra has disabled or deleted since gets in by it. What was taken back is held back ' +
    'until it is approved (sync approve), so that the next round does not just publish it again; rounds go on reading the tenant. ' +
    'Called again, it goes back one further. Works with the running daemon or without one. What it prints is personal data.',
  options,
  examples: [
    ['rollback --dry-run', 'What going back by one publication would change'],
    ['rollback', 'Go back by one, after a question'],
    ['rollback --list', 'The publications that can be returned to'],
    ['rollback --to 41 --yes --json', 'For a program'],
  ],
  run: (shell, values) => withMemory(shell, values.config, (memory, signal) => run(shell, memory, values, signal)),
});

async function run(
  shell: Shell,
  memory: MemoryApi,
  { to, list, 'dry-run': dryRun, limit, yes, json }: OptionValues<typeof options>,
  signal: AbortSignal,
): Promise<ExitCode> {
  const print = (value: object, text: string): void => {
    shell.stdout.write(`${json ? JSON.stringify(value) : text}\n`);
  };
  if (list) {
    const points = await memory.returnPoints();
    print(points, returnPointsText(points));
    return exitCodes.ok;
  }
  const plan = await memory.planRollback({ to: to ?? null, from: null }, limit);
  if (dryRun) {
    print({ plan, outcome: null }, rollbackPlanText(plan));
    return exitCodes.ok;
  }
  if (!json) shell.stdout.write(`${rollbackPlanText(plan)}\n\n`);
  if (!yes) await confirm(shell, { prompt: `Go back to publication ${plan.to}? (yes or no)`, answer: 'yes', signal });
  const outcome = await memory.rollBack({ to: plan.to, from: plan.from });
  print({ plan, outcome }, rollbackOutcomeText(outcome));
  return exitCodes.ok;
}
