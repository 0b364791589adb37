import { exitCodes } from './exit-codes.ts';
import { CommandFailure } from './failure.ts';
import { Questioner } from './init/questions.ts';
import type { Option } from './options.ts';
import type { Shell } from './shell.ts';

/** The option that answers the question beforehand. */
export const yesOption = {
  kind: 'flag',
  description: 'Do it without asking; needed where there is no terminal to ask at',
} as const satisfies Option;

/** What is to be confirmed. */
export interface Confirmation {
  readonly prompt: string;
  /** What has to be typed. */
  readonly answer: string;
  readonly signal: AbortSignal;
}

/**
 * Asks the person at the terminal whether something is really to be done.
 *
 * @throws CommandFailure `refused` when that is not confirmed, or nobody is there to be asked
 */
export async function confirm(shell: Shell, { prompt, answer, signal }: Confirmation): Promise<void> {
  if (shell.stdin.isTTY !== true) {
    throw new CommandFailure(
      exitCodes.refused,
      'Nothing was changed: --yes is needed when there is no terminal to ask at.',
    );
  }
  const typed = await new Questioner(shell, true, signal).ask({
    option: 'yes',
    prompt,
    given: undefined,
    fallback: 'no',
    read: (text) => ({ value: text }),
  });
  if (typed.trim().toLowerCase() === answer.toLowerCase()) return;
  throw new CommandFailure(exitCodes.refused, 'Nothing was changed.');
}
