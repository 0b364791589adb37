/** Health in one sentence. */
import type { DaemonState, StatusReport } from '../../identity/admin.ts';
import { counted } from '../../wording/quantities.ts';
import { findingsOf } from './findings.ts';
import type { Tone } from './icons.ts';

/** The state of the daemon in words. */
export interface Health {
  readonly tone: Tone;
  readonly headline: string;
  readonly lead: string;
}

const tones: Readonly<Record<DaemonState, Tone>> = {
  starting: 'busy',
  serving: 'good',
  held: 'warn',
  stale: 'warn',
  broken: 'bad',
};

const headlines: Readonly<Record<DaemonState, string>> = {
  starting: 'Starting: nothing is published yet',
  serving: 'Everything is well',
  held: 'A change waits for your decision',
  stale: 'Serving an older state',
  broken: 'The store cannot be read',
};

const leads: Readonly<Record<DaemonState, string>> = {
  starting: 'Searches are answered “busy” until the first sync is complete, so that nobody is taken for gone.',
  serving: 'The directory is up to date and answers.',
  held: 'The directory as it was goes on being served; rounds go on reading.',
  stale: 'Searches and sign-ins go on with what was published last.',
  broken: 'Searches are answered “unavailable”, so that nobody is taken for gone.',
};

const rank = ['none', 'good', 'busy', 'warn', 'bad'] as const satisfies readonly Tone[];

/** Health in a sentence, as of `nowMs`: as bad as the worst of what there is to look at. */
export function healthOf(status: StatusReport, nowMs: number): Health {
  const { state } = status;
  const troubles = findingsOf(status, nowMs);
  const tone = [tones[state], ...troubles.map((finding) => finding.tone)].reduce<Tone>(
    (worst, each) => (rank.indexOf(each) > rank.indexOf(worst) ? each : worst),
    'none',
  );
  const isMixed = state === 'serving' && troubles.length > 0;
  return {
    tone,
    headline: isMixed ? `Serving, with ${counted(troubles.length, 'thing')} to look at` : headlines[state],
    lead: leads[state],
  };
}
