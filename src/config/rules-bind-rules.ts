/** Rules for `bind.rules` that need more than one key. */
import { type BindSwitch, bindSwitches } from '../identity/bind-rule.ts';
import { serviceAccountKey } from './names.ts';
import { nearest } from './nearest.ts';
import { atKey, type Finding, type KeyPath } from './problem.ts';
import type { Readable } from './readable.ts';
import type { ParsedConfig } from './schema.ts';

type Parts = Readable<ParsedConfig>;
type IsPresent = (path: KeyPath) => boolean;
type Rule = NonNullable<NonNullable<NonNullable<Parts>['bind']>['rules']>[number];

const rulesPath: KeyPath = ['bind', 'rules'];

/** Everything about `bind.rules` that cannot be followed; `isPresent` says whether the document has something at a path. */
export function brokenLinkRules(config: Parts, isPresent: IsPresent): Finding[] {
  return (config?.bind?.rules ?? []).flatMap((rule, index) => {
    const path = [...rulesPath, index];
    return [...emptyLists(rule, path), ...withoutSwitches(path, isPresent), ...services(config, rule, path, isPresent)];
  });
}

/** Rules that say what is decided already. */
export function linkRuleDoubts(config: Parts): Finding[] {
  const decided = new Map<BindSwitch, number>();
  return (config?.bind?.rules ?? []).flatMap((rule, index) => {
    const findings = bindSwitches.flatMap((name) => {
      const by = decided.get(name);
      if (rule?.[name] === undefined || by === undefined) return [];
      return [atKey([...rulesPath, index, name], `has no effect, because bind.rules[${by}] decides it for everybody`)];
    });
    if (rule !== undefined && rule.groups === undefined && rule.services === undefined) {
      for (const name of bindSwitches) if (rule[name] !== undefined && !decided.has(name)) decided.set(name, index);
    }
    return findings;
  });
}

function emptyLists(rule: Rule, path: KeyPath): Finding[] {
  const message = 'is empty, so that the rule would apply to nobody; name some, or remove the key for everybody';
  return (['groups', 'services'] as const).flatMap((key) =>
    rule?.[key]?.length === 0 ? [atKey([...path, key], message)] : [],
  );
}

function withoutSwitches(path: KeyPath, isPresent: IsPresent): Finding[] {
  if (bindSwitches.some((name) => isPresent([...path, name]))) return [];
  return [atKey(path, `says nothing; it needs one of: ${bindSwitches.join(', ')}`)];
}

/** A place is known by the networks of an account, so the account has to have some. */
function services(config: Parts, rule: Rule, path: KeyPath, isPresent: IsPresent): Finding[] {
  const accounts = config?.serviceAccounts;
  if (accounts === undefined) return [];
  const keys = accounts.map((account) => account?.name && serviceAccountKey(account.name));
  return (rule?.services ?? []).flatMap((name, index): Finding[] => {
    if (name === undefined) return [];
    const at = keys.indexOf(serviceAccountKey(name));
    // An account whose name is wrong may be the one that is meant.
    if (at < 0 && keys.includes(undefined)) return [];
    if (at < 0) return [{ path: [...path, 'services', index], at: 'value', message: unknownService(name, accounts) }];
    if (isPresent(['serviceAccounts', at, 'allowFrom'])) return [];
    const message = `names serviceAccounts[${at}], which may bind from everywhere; give it allowFrom, the networks that are meant`;
    return [{ path: [...path, 'services', index], at: 'value', message }];
  });
}

function unknownService(name: string, accounts: NonNullable<NonNullable<Parts>['serviceAccounts']>): string {
  const meant = nearest(
    name,
    accounts.flatMap((account) => account?.name ?? []),
  );
  const hint = meant === undefined ? 'add it to serviceAccounts' : `did you mean ${meant}?`;
  return `must be the name of a service account; there is none of this name: ${hint}`;
}
