import type { Explanation, IdRow, ObjectRow } from '../../identity/inspection.ts';
import type { DomainRow, DomainsReport } from '../../identity/tenant-facts.ts';
import { count, countOrNull, flag, list, momentOrNull, oneOf, schemaOf, text, textOrNull } from './pieces.ts';

const kind = oneOf(['user', 'group']);
const state = oneOf(['shown', 'locked', 'skipped', 'removed', 'pending']);
const origin = oneOf(['tenant', 'overlay', 'both']);

/** A user or a group in a list. */
export const objectRowSchema = schemaOf<ObjectRow>({
  kind,
  objectId: text,
  state,
  origin,
  reason: textOrNull,
  name: textOrNull,
  number: countOrNull,
  displayName: textOrNull,
  userPrincipalName: textOrNull,
  mail: textOrNull,
});

const explanationSchema = schemaOf<Explanation>({
  kind,
  objectId: text,
  state,
  reason: textOrNull,
  source: { type: 'object' },
  dn: textOrNull,
  record: { type: ['object', 'null'], description: 'What is known of it, under the names of Microsoft Graph.' },
  removal: { type: ['object', 'null'] },
  origin,
  overlay: list({ type: 'object' }),
  overlayFindings: list({ type: 'object' }),
  rules: list({
    type: 'object',
    properties: {
      title: text,
      setting: textOrNull,
      verdict: oneOf(['passed', 'locked', 'skipped']),
      reason: textOrNull,
    },
  }),
  name: { type: 'object' },
  number: { type: ['object', 'null'] },
  primaryGroup: { type: ['object', 'null'] },
  memberOf: list({ type: 'object', properties: { name: text, objectId: text, isDirect: flag, isShown: flag } }),
  members: { type: ['object', 'null'] },
  isShortened: flag,
  bind: { type: ['object', 'null'] },
});

/** The answer to a question about an object. */
export const explainAnswerSchema = {
  anyOf: [
    {
      type: 'object',
      properties: { found: { const: 'one' }, explanation: explanationSchema },
      required: ['found', 'explanation'],
    },
    {
      type: 'object',
      properties: { found: { const: 'several' }, candidates: list(objectRowSchema) },
      required: ['found', 'candidates'],
    },
    { type: 'object', properties: { found: { const: 'none' } }, required: ['found', 'source'] },
  ],
};

/** An object that does not have what it asks for; what else is there depends on `about`. */
export const conflictSchema = {
  type: 'object',
  properties: { kind, objectId: text, name: text, about: oneOf(['duplicate', 'name', 'number', 'privateGroup']) },
  required: ['kind', 'objectId', 'name', 'about'],
};

/** One name that was given. */
export const idRowSchema = schemaOf<IdRow>({
  objectId: text,
  kind,
  use: oneOf(['current', 'former']),
  name: text,
  number: count,
});

/** The domains of the tenant. */
export const domainsSchema = schemaOf<DomainsReport>({
  readAtMs: momentOrNull,
  problem: textOrNull,
  isHybrid: { type: ['boolean', 'null'] },
  accounts: { type: 'object', properties: { cloud: count, synchronized: count } },
  domains: list(
    schemaOf<DomainRow>({
      name: text,
      isDefault: flag,
      isInitial: flag,
      isFederated: flag,
      isVerified: flag,
      isShown: flag,
      users: count,
      shown: count,
    }),
  ),
});
