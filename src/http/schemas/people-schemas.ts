import type { AppPasswordReport, NewAppPassword } from '../../identity/app-password.ts';
import type { HeldAccount, HeldAddress, ShieldReport, UnlockOutcome } from '../../identity/auth-report.ts';
import { type BindEvent, bindVerdicts } from '../../identity/bind-event.ts';
import {
  count,
  countOrNull,
  flag,
  list,
  milliseconds,
  moment,
  momentOrNull,
  oneOf,
  schemaOf,
  text,
  textOrNull,
} from './pieces.ts';

/** An app password; the password itself is nowhere. */
export const appPasswordSchema = schemaOf<AppPasswordReport>({
  id: text,
  label: text,
  createdAtMs: moment,
  expiresAtMs: momentOrNull,
  networks: { type: ['array', 'null'], description: 'Where it can be used from; null for everywhere.' },
  lastUsedAtMs: momentOrNull,
  lastUsedFrom: textOrNull,
  objectId: text,
  dn: textOrNull,
  hasCode: flag,
});

/** What was made. */
export const newAppPasswordSchema = schemaOf<NewAppPassword>({
  id: text,
  password: { type: 'string', description: 'The password, which nobody is told again.' },
  dn: text,
  expiresAtMs: momentOrNull,
  otpauth: textOrNull,
});

/** What the lockout shield holds back. */
export const shieldSchema = schemaOf<ShieldReport>({
  accounts: list(
    schemaOf<HeldAccount>({ key: text, dn: textOrNull, left: { type: 'integer' }, waitMs: milliseconds, locks: count }),
  ),
  addresses: list(schemaOf<HeldAddress>({ address: text, left: { type: 'integer' }, waitMs: milliseconds })),
  isShortened: flag,
});

/** What was unlocked. */
export const unlockOutcomeSchema = schemaOf<UnlockOutcome>({
  kind: oneOf(['user', 'service', 'address']),
  name: text,
  wasHeld: flag,
});

/** One event of the audit trail. */
export const bindEventSchema = schemaOf<BindEvent>({
  atMs: moment,
  verdict: oneOf(bindVerdicts),
  name: text,
  dn: textOrNull,
  objectId: textOrNull,
  address: text,
  secure: flag,
  link: textOrNull,
  remembered: flag,
  reason: textOrNull,
  aadsts: countOrNull,
  correlationId: textOrNull,
  durationMs: milliseconds,
  count,
});
