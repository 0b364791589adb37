import type { NewOneTimeCodes, OneTimeCodeReport } from '../../identity/one-time-code.ts';
import { moment, momentOrNull, schemaOf, text, textOrNull } from './pieces.ts';

/** The one-time codes of a user; the seed is nowhere. */
export const oneTimeCodeSchema = schemaOf<OneTimeCodeReport>({
  objectId: text,
  dn: textOrNull,
  createdAtMs: moment,
  lastUsedAtMs: momentOrNull,
  lastUsedFrom: textOrNull,
});

/** What was set up. */
export const newOneTimeCodesSchema = schemaOf<NewOneTimeCodes>({
  objectId: text,
  dn: text,
  otpauth: { type: 'string', description: 'What an authenticator app reads, which nobody is told again.' },
});
