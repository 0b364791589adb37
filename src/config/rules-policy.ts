import { nameKey } from '../projection/naming.ts';
import { atKey, type Finding } from './problem.ts';
import type { Readable } from './readable.ts';
import type { ParsedConfig } from './schema.ts';

type Parts = Readable<ParsedConfig>;

/** The rules about who may sign in that the document breaks. */
export function brokenPolicyRules(config: Parts): Finding[] {
  if (config?.policy?.allowedGroups?.length !== 0) return [];
  const message = 'is empty, so that everybody would be locked; name a group, or remove the key to allow everybody';
  return [atKey(['policy', 'allowedGroups'], message)];
}

/** What is allowed about who may sign in but probably not meant. */
export function policyDoubts(config: Parts): Finding[] {
  const { allowedGroups = [], disabledGroups = [] } = config?.policy ?? {};
  const disabled = new Set(disabledGroups.map((name) => name && nameKey(name)));
  return allowedGroups.flatMap((name, index) => {
    if (name === undefined || !disabled.has(nameKey(name))) return [];
    return [atKey(['policy', 'allowedGroups', index], 'is one of policy.disabledGroups too, which lock its members')];
  });
}
