import { integer, percent, section } from './leaf.ts';

/** Larger than any tenant. */
const COUNT_MAX = 100_000_000;

interface Defaults {
  readonly count: number;
  readonly share: string;
  readonly few: number;
}

function limit(description: string, { count, share, few }: Defaults) {
  return section(description, {
    count: integer({ description: 'So many at most, however small their share is.', min: 0, max: COUNT_MAX }).prefault(
      count,
    ),
    share: percent('This share of all at most.', 1).prefault(share),
    few: integer({
      description: 'So few are let through though their share is greater.',
      min: 0,
      max: COUNT_MAX,
    }).prefault(few),
  }).prefault({});
}

const many: Defaults = { count: 50, share: '10%', few: 3 };

/** What a round may change without asking. */
export const safety = section('What one round may change; what goes beyond it is held back until it is approved.', {
  removals: limit('Users that are no longer shown, of all users; and groups, of all groups.', many),
  locks: limit('Users that become locked, of all users.', many),
  renames: limit(
    'Users that get another uid, and users that get another gidNumber, of all users; and groups that get another cn, of all groups.',
    many,
  ),
  groupShrink: limit('Members that one group loses, of all its members.', { count: 50, share: '50%', few: 10 }),
});
