/**
 * The rules that decide whether an object is shown and whether it is locked, as data in the order in which they are asked.
 * The projector evaluates these lists and nothing else, so that what an administrator is told can never differ from what is
 * served.
 */
import type { MirrorRecord } from '../identity/mirror.ts';
import { accountType, domainOf, groupType, membershipType } from './kinds.ts';
import { groupNameSource, userNameSource } from './naming.ts';
import type { Standing } from './policy.ts';
import type { ProjectionSettings } from './settings.ts';
import { text } from './values.ts';

/** What a rule is asked about. */
export interface RuleFacts {
  readonly record: MirrorRecord;
  /** What groups say of the user; of a group always `active`. */
  readonly standing: Standing;
  readonly settings: ProjectionSettings;
  /** Whether the object was given a name here before, or has one from the administrator. */
  readonly isKnown: boolean;
}

/** What a rule says: nothing against the object, locked, or not shown; with a reason in a few words that can be counted. */
export type Verdict =
  | { readonly kind: 'passed' }
  | { readonly kind: 'locked'; readonly reason: string }
  | { readonly kind: 'skipped'; readonly reason: string };

/** One rule. */
export interface Rule {
  /** What it looks at, in a few words for the administrator. */
  readonly title: string;
  /** The key of the configuration that it follows; undefined when nothing can change it. */
  readonly setting: string | undefined;
  /** True for a rule that looks at what only objects of the tenant have; others are not asked. */
  readonly ofTenant?: true;
  /** `lock` is why an earlier rule has locked the object. */
  readonly decide: (facts: RuleFacts, lock: string | undefined) => Verdict;
}

/** A rule with what it said. */
export interface AppliedRule {
  readonly rule: Rule;
  readonly verdict: Verdict;
}

/** What all rules together say. */
export interface Judgement {
  readonly skipped: string | undefined;
  readonly lock: string | undefined;
}

const passed: Verdict = { kind: 'passed' };

function skippedIf(condition: boolean, reason: string): Verdict {
  return condition ? { kind: 'skipped', reason } : passed;
}

function lockedIf(condition: boolean, reason: string): Verdict {
  return condition ? { kind: 'locked', reason } : passed;
}

/** Why an object is not shown of which only its id is kept. */
export const outOfScope = 'not in scope';

const scopeRule: Rule = {
  title: 'in scope',
  ofTenant: true,
  setting: undefined,
  decide: ({ record }) => skippedIf(record.outOfScope === true, outOfScope),
};

/** Why an object is not shown that has come while nobody new is let in. */
const notCreated = 'new here, and sync.create is false';

const createRule: Rule = {
  title: 'known here, or new ones are let in',
  setting: 'sync.create',
  decide: ({ settings, isKnown }) => skippedIf(!settings.create && !isKnown, notCreated),
};

/** What is asked about a user. */
export const userRules: readonly Rule[] = [
  scopeRule,
  {
    title: 'guests',
    ofTenant: true,
    setting: 'users.guests',
    // `#EXT#` in the name is no proof of a guest, the user type is.
    decide: ({ record, settings }) =>
      skippedIf(
        !settings.users.includeGuests && text(record.properties, 'userType')?.toLowerCase() === 'guest',
        'guest',
      ),
  },
  {
    title: 'account type',
    ofTenant: true,
    setting: 'users.accountTypes',
    decide: ({ record, settings }) => {
      const type = accountType(record.properties);
      return skippedIf(!settings.users.accountTypes.includes(type), `${type} account`);
    },
  },
  {
    title: 'domain of the user principal name',
    ofTenant: true,
    setting: 'users.domains',
    decide: ({ record, settings: { users } }) => {
      const domain = domainOf(record.properties);
      return skippedIf(users.domains !== undefined && !users.domains.includes(domain ?? ''), 'other domain');
    },
  },
  {
    title: 'no synchronized account of the same person',
    setting: 'users.duplicates',
    decide: ({ standing }) => skippedIf(standing === 'duplicate', 'has a synchronized account too'),
  },
  {
    title: 'account enabled in Entra',
    ofTenant: true,
    setting: undefined,
    decide: ({ record }) => lockedIf(record.properties['accountEnabled'] === false, 'disabled'),
  },
  {
    title: 'enabled in the overlay',
    setting: 'overlay',
    decide: ({ record }) =>
      lockedIf(record.overlay?.parts.some(({ isLocked }) => isLocked) === true, 'disabled in the overlay'),
  },
  {
    title: 'disabled groups',
    setting: 'policy.disabledGroups',
    decide: ({ standing }) => lockedIf(standing === 'disabled', 'in a disabled group'),
  },
  {
    title: 'allowed groups',
    setting: 'policy.allowedGroups',
    decide: ({ standing }) => lockedIf(standing === 'inactive', 'in no allowed group'),
  },
  {
    title: 'locked people are shown',
    setting: 'users.whenLocked',
    decide: ({ settings }, lock) =>
      settings.users.whenLocked === 'hide' && lock !== undefined ? { kind: 'skipped', reason: lock } : passed,
  },
  {
    title: 'has a user principal name',
    ofTenant: true,
    setting: undefined,
    decide: ({ record }) => skippedIf(userNameSource(record.properties) === undefined, 'no user principal name'),
  },
  createRule,
];

/** What is asked about a group. */
export const groupRules: readonly Rule[] = [
  scopeRule,
  {
    title: 'groups without a mail address',
    ofTenant: true,
    setting: 'groups.withoutEmail',
    decide: ({ record, settings }) =>
      skippedIf(!settings.groups.withoutEmail && text(record.properties, 'mail') === undefined, 'no mail address'),
  },
  {
    title: 'group type',
    ofTenant: true,
    setting: 'groups.types',
    decide: ({ record, settings }) => {
      const type = groupType(record.properties);
      return skippedIf(!settings.groups.types.includes(type), `${type} group`);
    },
  },
  {
    title: 'membership type',
    ofTenant: true,
    setting: 'groups.membershipTypes',
    decide: ({ record, settings }) => {
      const type = membershipType(record.properties);
      return skippedIf(!settings.groups.membershipTypes.includes(type), `${type} members`);
    },
  },
  {
    title: 'name prefix',
    ofTenant: true,
    setting: 'groups.namePrefixes',
    decide: ({ record, settings: { groups } }) => {
      const name = text(record.properties, 'displayName')?.toLowerCase() ?? '';
      return skippedIf(groups.namePrefixes?.some((prefix) => name.startsWith(prefix)) === false, 'other name prefix');
    },
  },
  {
    title: 'has a display name',
    setting: undefined,
    decide: ({ record }) => skippedIf(groupNameSource(record.properties) === undefined, 'no display name'),
  },
  createRule,
];

/**
 * Asks rule after rule until one hides the object; of several locks the first counts. `note` is told of each rule that was asked,
 * with its answer.
 */
export function judge(rules: readonly Rule[], facts: RuleFacts, note?: (applied: AppliedRule) => void): Judgement {
  let lock: string | undefined;
  for (const rule of rules) {
    if (rule.ofTenant === true && facts.record.overlay?.isLocal === true) continue;
    const verdict = rule.decide(facts, lock);
    note?.({ rule, verdict });
    if (verdict.kind === 'skipped') return { skipped: verdict.reason, lock };
    if (verdict.kind === 'locked') lock ??= verdict.reason;
  }
  return { skipped: undefined, lock };
}

/** The rules that were asked, each with its answer, up to the one that hides the object. */
export function applyRules(rules: readonly Rule[], facts: RuleFacts): readonly AppliedRule[] {
  const applied: AppliedRule[] = [];
  judge(rules, facts, (each) => applied.push(each));
  return applied;
}
