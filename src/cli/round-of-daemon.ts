import type { ControlClient } from '../http/control-client.ts';
import { ControlError } from '../http/control-error.ts';
import type { RoundSummary } from '../identity/round.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { CommandFailure } from './failure.ts';
import type { ProgressView } from './text/progress.ts';

/** Shows how a round of the running daemon goes on until it has ended. */
export async function followDaemonRound({
  client,
  round,
  signal,
  progress,
}: {
  readonly client: ControlClient;
  readonly round: number;
  readonly signal: AbortSignal;
  readonly progress: ProgressView;
}): Promise<RoundSummary> {
  try {
    for await (const event of client.followRound(round, signal)) {
      if (event.kind === 'finished') return event.summary;
      progress.update(event.progress);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  if (!signal.aborted) throw new ControlError('interrupted', 'The daemon stopped before the round had ended.');
  throw new CommandFailure(exitCodes.interrupted, `Round ${round} goes on in the daemon.`);
}

/** The exit code that tells how a round ended. */
export function exitCodeOfRound({ outcome }: RoundSummary): ExitCode {
  switch (outcome) {
    case 'failed':
      return exitCodes.source;
    case 'aborted':
      return exitCodes.interrupted;
    case 'held':
      return exitCodes.held;
    default:
      return exitCodes.ok;
  }
}
