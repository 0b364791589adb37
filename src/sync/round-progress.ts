import type { RoundPhase, RoundProgress } from '../identity/round.ts';
import type { PublicationFacts } from '../identity/view.ts';
import type { OpenRound } from './sync-state.ts';

/** How far a round has come that has looked at so many entries in this phase; `facts` are those of what is published. */
export function progressOf(
  round: OpenRound,
  phase: RoundPhase,
  entries: number,
  facts: Pick<PublicationFacts, 'users' | 'groups'> | undefined,
): RoundProgress {
  const { number, collection, modes, pages, read, startedAtMs } = round;
  const full = modes.users === 'full' || modes.groups === 'full';
  return {
    round: number,
    phase,
    collection: phase === 'pull' || phase === 'sweep' ? collection : null,
    mode: modes[collection],
    pages: pages.users + pages.groups,
    read: read.users + read.groups,
    entries,
    expected: full && facts !== undefined ? facts.users + facts.groups : null,
    startedAtMs,
  };
}
