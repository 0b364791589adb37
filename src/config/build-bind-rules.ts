import { bindSwitches } from '../identity/bind-rule.ts';
import type { BindRuleConfig } from './config-bind.ts';
import { groupReference } from './group-reference.ts';
import { serviceAccountKey } from './names.ts';
import type { ParsedConfig } from './schema.ts';

/** The rules about who may log in how, of a document in which every service account that they name is there. */
export function buildBindRules({ bind, directory, serviceAccounts }: ParsedConfig): readonly BindRuleConfig[] {
  const groupsDn = `${directory.groups},${directory.baseDn}`;
  const names = new Map(serviceAccounts.map(({ name }) => [serviceAccountKey(name), name]));
  return bind.rules.map((rule) => ({
    groups: rule.groups?.map((name) => groupReference(name, groupsDn)),
    services: rule.services?.map((name) => names.get(serviceAccountKey(name)) ?? name),
    switches: Object.fromEntries(
      bindSwitches.flatMap((name) => (rule[name] === undefined ? [] : [[name, rule[name]] as const])),
    ),
  }));
}
