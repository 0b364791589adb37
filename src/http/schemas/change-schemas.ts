import type { HoldOutcome } from '../../identity/admin.ts';
import type { PlannedItem, PlannedMembers, PlanResult } from '../../identity/plan.ts';
import type { ReturnPoints, RollbackOutcome, RollbackPlan } from '../../identity/rollback.ts';
import { dangerKinds, type HeldItem } from '../../identity/safety.ts';
import type { ReturnPoint } from '../../identity/undo.ts';
import { count, countOrNull, flag, list, moment, oneOf, orNull, schemaOf, text, textOrNull } from './pieces.ts';
import { dangerSchema, entryCountsSchema, holdSchema } from './status-schemas.ts';

/** One user or group of a change that is held back. */
export const heldItemSchema = schemaOf<HeldItem>({
  kind: oneOf(dangerKinds),
  dn: text,
  objectId: text,
  displayName: textOrNull,
  newName: textOrNull,
  members: orNull({ type: 'object', properties: { lost: count, of: count } }),
});

/** What came of a decision. */
export const holdOutcomeSchema = schemaOf<HoldOutcome>({
  hold: holdSchema,
  round: { type: ['integer', 'null'], description: 'The round that publishes what was approved.' },
});

const membersSchema = schemaOf<PlannedMembers>({ count, dns: list(text) });

const plannedItemSchema = schemaOf<PlannedItem>({
  kind: oneOf(['user', 'group', 'other']),
  changes: list(oneOf(['created', 'changed', 'locked', 'unlocked', 'renamed', 'removed'])),
  dn: text,
  newDn: textOrNull,
  objectId: text,
  displayName: textOrNull,
  attributes: list({ type: 'object', properties: { name: text, before: list(text), after: list(text) } }),
  added: membersSchema,
  removed: membersSchema,
});

const planned = {
  users: entryCountsSchema,
  groups: entryCountsSchema,
  memberships: { type: 'object', properties: { added: count, removed: count } },
  items: list(plannedItemSchema),
  more: { type: 'integer', description: 'Entries that differ too and are not described.' },
};

/** What the next publish would do. */
export const planResultSchema = schemaOf<PlanResult>({ ...planned, dangers: list(dangerSchema), readsOtherwise: flag });

const peopleSchema = list({ type: 'object', properties: { dn: text, objectId: text, displayName: textOrNull } });

/** What going back would change. */
export const rollbackPlanSchema = schemaOf<RollbackPlan>({
  ...planned,
  from: count,
  to: count,
  publishedAtMs: moment,
  reopened: peopleSchema,
  keptShut: peopleSchema,
});

/** What came of going back. */
export const rollbackOutcomeSchema = schemaOf<RollbackOutcome>({
  publication: count,
  from: count,
  to: count,
  hold: count,
});

/** The publications that can be returned to. */
export const returnPointsSchema = schemaOf<ReturnPoints>({
  shown: countOrNull,
  restores: countOrNull,
  points: list(
    schemaOf<ReturnPoint>({ publication: count, publishedAtMs: moment, replacedAtMs: moment, changes: count }),
  ),
  end: oneOf(['tooLarge', 'forgotten']),
});
