import * as fc from 'fast-check';

import { defaultBindSettings } from '../../src/auth/settings.ts';
import { HOUR, MINUTE, SECOND } from './bind-truth.ts';
import { inhabitants, type WorldSettings } from './bind-world.ts';
import { vpn } from './plain-bind-rules.ts';

/** What anybody may try. */
export const passwords = ['summer', 'autumn', 'winter', 'spring'];
/** Where from. */
export const addresses = ['192.0.2.1', '192.0.2.2', '198.51.100.7'];
/** Where app passwords can be used from that cannot be used from everywhere. */
export const network = { family: 'ipv4', address: '192.0.2.0', prefix: 24 } as const;
/** Whether an address is in {@link network}. */
export const isInNetwork = (address: string): boolean => address.startsWith('192.0.2.');
/** The rules' only group. */
const staff = [{ name: 'staff', dn: 'cn=staff,ou=groups,dc=example,dc=com' }];
/** By how many steps the clock of an authenticator may be off. */
export const codeWindow = 1;

const who = fc.constantFrom(...inhabitants);
const address = fc.constantFrom(...addresses);
const onOrOff = fc.constantFrom(true, false, undefined, undefined);
const rule = fc.record({
  groups: fc.constantFrom(undefined, staff),
  services: fc.constantFrom(undefined, [vpn.name]),
  switches: fc
    .record({ entra: onOrOff, remembered: onOrOff, appPasswords: onOrOff, codeRequired: onOrOff })
    .map((switches) => Object.fromEntries(Object.entries(switches).filter(([, is]) => is !== undefined))),
});
/** What an administrator may decide. */
export const settings: fc.Arbitrary<WorldSettings> = fc.record({
  memory: fc.record({ acceptedMs: fc.constantFrom(0, MINUTE), refusedMs: fc.constantFrom(0, 5 * MINUTE) }),
  remembered: fc.constantFrom(
    undefined,
    { freshMs: 0, outageMs: 24 * HOUR },
    { freshMs: HOUR, outageMs: 0 },
    { freshMs: HOUR, outageMs: 24 * HOUR },
    { freshMs: 8 * HOUR, outageMs: HOUR },
    { freshMs: HOUR, outageMs: 24 * HOUR, isByRuleOnly: true },
  ),
  acceptProven: fc.constantFrom([], [50076]),
  appPasswords: fc.record({
    enabled: fc.constantFrom(true, true, true, false),
    codeRequired: fc.constantFrom(false, false, true),
    lifetimeMs: fc.constant(defaultBindSettings.appPasswords.lifetimeMs),
    codeWindow: fc.constant(codeWindow),
  }),
  rules: fc.oneof(
    { weight: 1, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: fc.array(rule, { minLength: 1, maxLength: 3 }) },
  ),
  entra: fc.record({ enabled: fc.constantFrom(true, true, true, true, false) }),
  oneTimeCodes: fc.record({
    required: fc.constantFrom(false, false, false, false, true),
    window: fc.constant(codeWindow),
  }),
});

/** What changes for somebody in Entra. */
const change = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('password' as const), text: fc.constantFrom(...passwords) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constantFrom(
        'revokeSessions' as const,
        'disable' as const,
        'enable' as const,
        'enable' as const,
        'remove' as const,
        'restore' as const,
        'restore' as const,
        'wantSecondFactor' as const,
        'wantNoSecondFactor' as const,
        'swapNames' as const,
        'join' as const,
        'leave' as const,
      ),
    }),
  },
);

/** What the administrator or the time does. */
const event = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('change' as const), who, change }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('publish' as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('reload' as const),
      settings,
      only: fc.constantFrom(
        'memory' as const,
        'remembered' as const,
        'acceptProven' as const,
        'appPasswords' as const,
        'rules' as const,
        'rules' as const,
        'entra' as const,
        'oneTimeCodes' as const,
      ),
    }),
  },
);

/** By how many steps the clock of the authenticator is off; null where no code is typed, or a right one where one is demanded. */
const code = fc.constantFrom(
  'asDemanded' as const,
  'asDemanded' as const,
  'asDemanded' as const,
  null,
  0,
  -1,
  1,
  -2,
  2,
);

const binding = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('any' as const), text: fc.constantFrom(...passwords), code }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('right' as const), code }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('appPassword' as const),
      index: fc.nat({ max: 5 }),
      isOwn: fc.constantFrom(true, true, true, true, false),
      /** By how many steps the clock of the authenticator is off; null where no code is typed. */
      offset: fc.constantFrom(null, null, null, 0, 0, -1, 1, -2, 2),
    }),
  },
);

/** An app password is made. */
export const creation = fc.record({
  kind: fc.constant('create' as const),
  who,
  lifetimeMs: fc.constantFrom(null, HOUR),
  isNarrow: fc.boolean(),
  withCode: fc.boolean(),
});

/** What may happen next. */
export const step = fc.oneof(
  {
    weight: 14,
    arbitrary: fc.record({ kind: fc.constant('bind' as const), who, address, binding }),
  },
  { weight: 5, arbitrary: event },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('race' as const),
      who,
      address,
      events: fc.array(event, { minLength: 1, maxLength: 3 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constantFrom('edge' as const, 'tooEarly' as const), who, address }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('elsewhere' as const),
      who,
      change,
      there: fc.constantFrom(addresses[1] ?? '', vpn.address),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('trouble' as const),
      trouble: fc.constantFrom('none' as const, 'outage' as const, 'outage' as const, 'misconfigured' as const),
    }),
  },
  { weight: 2, arbitrary: creation },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('codes' as const),
      who,
      what: fc.constantFrom('setUp' as const, 'setUp' as const, 'setUp' as const, 'end' as const),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('revoke' as const), index: fc.nat({ max: 5 }) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('restart' as const),
      keys: fc.constantFrom(
        'same' as const,
        'same' as const,
        'rotated' as const,
        'rotatedAndDropped' as const,
        'lost' as const,
      ),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('wait' as const),
      ms: fc.constantFrom(SECOND, 30 * SECOND, 61 * SECOND, 6 * MINUTE, HOUR / 2, HOUR + SECOND, 9 * HOUR, 25 * HOUR),
    }),
  },
);

/** One of {@link step}. */
export type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;
/** What can happen while a bind is under way. */
export type Event = typeof event extends fc.Arbitrary<infer E> ? E : never;
/** A change in Entra. */
export type Change = typeof change extends fc.Arbitrary<infer C> ? C : never;
/** What somebody binds by. */
export type Binding = typeof binding extends fc.Arbitrary<infer B> ? B : never;
