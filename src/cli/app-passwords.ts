import type { AppPasswordAdmin } from '../identity/app-password.ts';
import type { OneTimeCodeAdmin } from '../identity/one-time-code.ts';
import { systemClock } from '../timing/clock.ts';
import { withStoredAppPasswords, withStoredOneTimeCodes } from './daemon-access.ts';
import { daemonOrStore } from './daemon-or-store.ts';
import type { ExitCode } from './exit-codes.ts';
import type { Shell } from './shell.ts';

/** Does something with app passwords through the running daemon, or in the store when none runs. */
export function withAppPasswords(
  shell: Shell,
  given: string | undefined,
  work: (admin: AppPasswordAdmin) => Promise<ExitCode>,
): Promise<ExitCode> {
  return daemonOrStore(shell, given, {
    daemon: (client, signal) => work(client.appPasswords(signal)),
    store: (means) => withStoredAppPasswords({ ...means, clock: systemClock }, work),
  });
}

/** Does something with one-time codes through the running daemon, or in the store when none runs. */
export function withOneTimeCodes(
  shell: Shell,
  given: string | undefined,
  work: (admin: OneTimeCodeAdmin) => Promise<ExitCode>,
): Promise<ExitCode> {
  return daemonOrStore(shell, given, {
    daemon: (client, signal) => work(client.oneTimeCodes(signal)),
    store: (means) => withStoredOneTimeCodes({ ...means, clock: systemClock }, work),
  });
}
