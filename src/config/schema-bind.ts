import { z } from 'zod';
import { secondFactorCodes } from '../identity/password-check.ts';
import { choice, duration, flag, integer, list, section, size, text } from './leaf.ts';
import { bindRules, oneTimeCodes } from './schema-bind-rules.ts';
import { ntHash } from './schema-nt-hash.ts';
import { parseDuration, type Reading } from './units.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const codeExpected = `must be the number of a code of Entra that asks for a second factor after the right password: ${secondFactorCodes.join(', ')}`;

const acceptProven = list(
  'Codes of Entra that count as success although it wants a second factor. Whoever has the password then gets in without one.',
  secondFactorCodes.length,
  z
    .number({ error: codeExpected })
    .refine((code) => secondFactorCodes.includes(code), codeExpected)
    .meta({ description: 'The number of a code, for instance 50076.', enum: [...secondFactorCodes] }),
);

interface Allowance {
  readonly attempts: number;
  readonly refill: string;
}

function allowance(description: string, most: number, { attempts, refill }: Allowance) {
  return section(description, {
    attempts: integer({ description: 'Wrong passwords that may come at once.', min: 1, max: most }).prefault(attempts),
    refill: duration({ description: 'How long until one more may come.', min: 1, max: DAY }).prefault(refill),
  }).prefault({});
}

const shield = section('How many wrong passwords may be tried, so that nobody is locked out in Entra.', {
  account: allowance(
    'Of one account, from everywhere. Entra locks after 10 unless the tenant has it otherwise; a third is kept for networks that the account has bound from.',
    100,
    { attempts: 6, refill: '1m' },
  ),
  address: allowance(
    'From one IPv4 address, or IPv6 network of 64 bits, for accounts that have not bound from it before.',
    100_000,
    { attempts: 60, refill: '1s' },
  ),
  total: allowance('From everywhere, for accounts that have not bound from the same network before.', 1_000_000, {
    attempts: 600,
    refill: '100ms',
  }),
  lockout: section('How long Entra is not asked about an account that it has locked (AADSTS50053).', {
    first: duration({
      description: 'After the first lock; it doubles with each further one.',
      min: SECOND,
      max: DAY,
    }).prefault('1m'),
    most: duration({ description: 'The longest time, however often it is locked.', min: SECOND, max: DAY }).prefault(
      '1h',
    ),
  }).prefault({}),
});

const memory = section('What is remembered of passwords, in memory and as keyed digests only.', {
  accepted: duration({
    description:
      'How long a password that was accepted is accepted again from the same address without a check; 0s for never. For so long an old password goes on working.',
    min: 0,
    max: HOUR,
  }).prefault('1m'),
  refused: duration({
    description:
      'How long a password that was refused is refused again without a check; 0s for never. For so long a new password is refused that was tried before it was set.',
    min: 0,
    max: DAY,
  }).prefault('15m'),
});

const audit = section('The audit trail: who has bound, or has tried to. Personal data.', {
  enabled: flag('Whether it is kept at all.').prefault(true),
  maxAge: duration({ description: 'How long an event is kept.', min: HOUR, max: 3660 * DAY }).prefault('90d'),
  maxEvents: integer({ description: 'How many events are kept.', min: 1000, max: 100_000_000 }).prefault(1_000_000),
  maxSize: size({ description: 'How much room they may take.', min: 1024 ** 2, max: 1024 ** 4 }).prefault('512MiB'),
});

const lifetimeExpected = 'must be a duration from 1h to 3660d, or never';

function parseLifetime(input: string): Reading<{ readonly ms: number | null }> {
  if (input === 'never') return { value: { ms: null } };
  const reading = parseDuration(input);
  const inRange = 'value' in reading && reading.value >= HOUR && reading.value <= 3660 * DAY;
  return inRange ? { value: { ms: reading.value } } : { problem: lifetimeExpected };
}

const appPasswords = section(
  'App passwords: what people bind with where the password of Entra does not work, or should not be typed.',
  {
    enabled: flag('Whether they are accepted, and can be made.').prefault(true),
    expiresAfter: text({
      description: 'How long a new one works unless its maker says otherwise; never: for ever.',
      expected: lifetimeExpected,
      examples: ['365d', 'never'],
      parse: parseLifetime,
    }).prefault('365d'),
    codeRequired: flag(
      'Whether each wants a one-time code behind it. One that was made without is then refused.',
    ).prefault(false),
  },
);

const remembered = section('Passwords that Entra has found right, remembered as hashes for when it cannot be asked.', {
  enabled: flag('Whether they are remembered. When this is turned off, what was remembered is deleted.').prefault(
    false,
  ),
  acceptFor: duration({
    description:
      'How long a password is accepted without asking Entra, after Entra has found it right; 0s: Entra is asked each time. For so long an old password may go on working, until the next round has seen that it was changed.',
    min: 0,
    max: 7 * DAY,
  }).prefault('0s'),
  duringOutages: duration({
    description: 'How long after Entra has found it right it is accepted while Entra cannot be asked; 0s: never.',
    min: 0,
    max: 90 * DAY,
  }).prefault('24h'),
});

/** How binds are checked. */
export const bind = section('Who checks the passwords of users, and how binds are answered.', {
  diagnostics: choice(
    'What the diagnostic message of a refused bind says: one text for every reason (plain), the words of Active Directory as far ' +
      'as the right password was shown (activeDirectory), or to everybody, who then learns which names exist and are locked (activeDirectoryFull).',
    ['plain', 'activeDirectory', 'activeDirectoryFull'],
  ).prefault('plain'),
  entra: section('Entra checks the password, by the resource owner password grant.', {
    enabled: flag('Whether Entra is asked at all.').prefault(true),
    timeout: duration({ description: 'How long Entra may take to answer.', min: SECOND, max: MINUTE }).prefault('10s'),
    acceptProven: acceptProven.prefault([]),
  }).prefault({}),
  rules: bindRules.prefault([]),
  appPasswords: appPasswords.prefault({}),
  oneTimeCodes: oneTimeCodes.prefault({}),
  remembered: remembered.prefault({}),
  ntHash: ntHash.prefault({}),
  shield: shield.prefault({}),
  memory: memory.prefault({}),
  audit: audit.prefault({}),
});
