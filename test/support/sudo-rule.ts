import type { SudoRule } from '../../src/projection/sudo-settings.ts';

/** A rule that allows everything everywhere, to whom `more` says. */
export function sudoRule(name: string, more: Partial<SudoRule>): SudoRule {
  return {
    name,
    description: undefined,
    users: [],
    groups: [],
    hosts: ['ALL'],
    commands: ['ALL'],
    runAsUsers: [],
    runAsGroups: [],
    options: [],
    notBeforeMs: undefined,
    notAfterMs: undefined,
    order: undefined,
    ...more,
  };
}
