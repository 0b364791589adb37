import { type HistoryEntry, historyKinds, historyOutcomes } from '../../identity/history.ts';
import { eventLevels, type LoggedEvent } from '../../identity/logged-event.ts';
import { count, countOrNull, milliseconds, moment, oneOf, schemaOf, text, textOrNull } from './pieces.ts';

/** One line of the history. */
export const historyEntrySchema = schemaOf<HistoryEntry>({
  number: count,
  times: count,
  untilMs: moment,
  kind: oneOf(historyKinds),
  outcome: oneOf(historyOutcomes),
  by: text,
  atMs: moment,
  durationMs: milliseconds,
  round: countOrNull,
  publication: countOrNull,
  hold: countOrNull,
  users: { type: ['object', 'null'] },
  groups: { type: ['object', 'null'] },
  note: textOrNull,
});

/** One event of the log. */
export const loggedEventSchema = schemaOf<LoggedEvent>(
  { timeMs: moment, level: oneOf(eventLevels), event: text, fields: { type: 'object' }, cause: { type: 'object' } },
  undefined,
  ['cause'],
);
