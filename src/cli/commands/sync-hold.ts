import type { RoundSummary } from '../../identity/round.ts';
import type { HeldItem, HoldReport } from '../../identity/safety.ts';
import { systemClock } from '../../timing/clock.ts';
import { type Command, defineCommand } from '../command.ts';
import { decideHeld, readHeld } from '../daemon-access.ts';
import { daemonOrStore } from '../daemon-or-store.ts';
import { exitCodes } from '../exit-codes.ts';
import { configOption, jsonOption } from '../options.ts';
import { exitCodeOfRound, followDaemonRound } from '../round-of-daemon.ts';
import type { Shell } from '../shell.ts';
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
    const { hold, items } = await held(shell, given);
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
      const request = { hold: change ?? null, decision: facts.decision };
      const summary = await decide(shell, given, request);
      if (json) shell.stdout.write(`${JSON.stringify({ decision: facts.decision, summary: summary ?? null })}\n`);
      else shell.stdout.write(`${summary === undefined ? 'Rejected.' : summaryText(summary)}\n`);
      return summary === undefined ? exitCodes.ok : exitCodeOfRound(summary);
    },
  });
}

type Decision = Parameters<typeof decideHeld>[1];

async function decide(shell: Shell, given: string | undefined, request: Decision): Promise<RoundSummary | undefined> {
  const progress = new ProgressView(shell.stderr, systemClock);
  try {
    return await daemonOrStore(shell, given, {
      daemon: async (client, signal) => {
        const { round } = await client.decideHold(request);
        return round === null ? undefined : await followDaemonRound({ client, round, signal, progress });
      },
      store: (means, signal) => {
        const onProgress = progress.update.bind(progress);
        const own = { ...means, clock: systemClock, version: programVersion(), signal, onProgress };
        return decideHeld(own, request);
      },
    });
  } finally {
    progress.finish();
  }
}

function held(
  shell: Shell,
  given: string | undefined,
): Promise<{ readonly hold: HoldReport | null; readonly items: readonly HeldItem[] }> {
  return daemonOrStore(shell, given, {
    daemon: async (client, signal) => {
      const { sync } = await client.status();
      const items: HeldItem[] = [];
      for await (const item of client.heldItems(signal)) items.push(item);
      return { hold: sync.held, items };
    },
    store: (means) => readHeld({ ...means, clock: systemClock }),
  });
}
