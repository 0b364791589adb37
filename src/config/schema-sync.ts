/** When and how the tenant is read. */
import { readingModes } from '../identity/reading.ts';
import { choice, duration, flag, percent, section, text } from './leaf.ts';
import { parseDuration, type Reading } from './units.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const fullIntervalExpected = 'must be a duration from 1h to 90d, for instance 7d, or never';

function parseFullInterval(input: string): Reading<{ readonly everyMs: number | undefined }> {
  if (input === 'never') return { value: { everyMs: undefined } };
  const reading = parseDuration(input);
  const inRange = 'value' in reading && reading.value >= HOUR && reading.value <= 90 * 24 * HOUR;
  return inRange ? { value: { everyMs: reading.value } } : { problem: fullIntervalExpected };
}

/** When and how the tenant is read, and what of it comes in. */
export const sync = section('When and how the tenant is read.', {
  interval: duration({ description: 'The time between two rounds.', min: MINUTE, max: 24 * HOUR }).prefault('30m'),
  staleAfter: duration({
    description:
      'When the tenant has not been read to its end for so long, what is served counts as stale. Without this key, two intervals.',
    min: MINUTE,
    max: 30 * 24 * HOUR,
  }).optional(),
  jitter: percent('By how much the interval varies at random, so that daemons do not all ask at once.', 0.5).prefault(
    '10%',
  ),
  assignedOnly: flag(
    'Whether only users and groups are read that are assigned to the enterprise application, users directly or by a group.',
  ).prefault(false),
  fullInterval: text({
    description: 'How often everything is read anew, to find what the reported changes have missed.',
    expected: fullIntervalExpected,
    examples: ['7d', 'never'],
    numberHint: 'add a unit (d, h, m, s or ms)',
    parse: parseFullInterval,
  }).prefault('7d'),
  untrackedInterval: duration({
    description:
      'How often properties are read of everybody that Microsoft Graph does not report changes of: custom security attributes ' +
      'and schema extensions. One request for 999 users or groups; nothing, where none is mapped.',
    min: MINUTE,
    max: 7 * 24 * HOUR,
  }).prefault('1h'),
  mode: choice(
    'How the tenant is read: asking for what has changed (delta), listing everything in each round (list), or the first ' +
      'and, where the tenant has no delta queries, the second (auto).',
    readingModes,
  ).prefault('auto'),
  create: flag(
    'Whether users and groups that are new here appear. With false, those that are known are kept up to date and removed, ' +
      'and nobody comes in.',
  ).prefault(true),
});
