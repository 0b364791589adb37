/** Sudo rules as entries that sudo and SSSD read (sudoers.ldap(5)). */
import { escapeRdnValue } from '../directory/dn.ts';
import type { Attributes } from './attributes.ts';
import { fixedEntry } from './fixed-entries.ts';
import { SUDO_CLASSES } from './object-classes.ts';
import type { ProjectedEntry } from './stamps.ts';
import type { SudoRule } from './sudo-settings.ts';
import { generalizedTime } from './values.ts';

/** The `cn` of the entry whose options hold for all rules. */
export const sudoDefaultsName = 'defaults';

/** What a user or a group was given. */
export interface SudoSubject {
  readonly name: string;
  readonly number: number;
}

/**
 * Names that mean nothing but themselves in `sudoUser`, an IA5 string. Others begin with what makes sudo read them otherwise
 * (`%`, `#`, `+`, `!`, `ALL`), or cannot be written: a group called `#0` would be that of root.
 */
const PLAIN_NAME = /^(?!ALL$)[A-Za-z0-9_.][\x20-\x7e]*$/i;

/** A user as the value of `sudoUser`: the uid, or the number behind `#`. */
export function sudoUserValue({ name, number }: SudoSubject): string {
  return PLAIN_NAME.test(name) ? name : `#${number}`;
}

/** A group as the value of `sudoUser`: the cn behind `%`, or the number behind `%#`. */
export function sudoGroupValue({ name, number }: SudoSubject): string {
  return PLAIN_NAME.test(name) ? `%${name}` : `%#${number}`;
}

/** The entry of a rule for whom `sudoUsers` names. */
export function sudoRuleEntry(containerDn: string, rule: SudoRule, sudoUsers: readonly string[]): ProjectedEntry {
  const { name, description, hosts, commands, runAsUsers, runAsGroups, options, order } = rule;
  const all: Attributes = [
    ['description', description === undefined ? [] : [description]],
    ['sudoUser', sudoUsers],
    ['sudoHost', hosts],
    ['sudoCommand', commands],
    ['sudoRunAsUser', runAsUsers],
    ['sudoRunAsGroup', runAsGroups],
    ['sudoOption', options],
    ['sudoNotBefore', times(rule.notBeforeMs)],
    ['sudoNotAfter', times(rule.notAfterMs)],
    ['sudoOrder', order === undefined ? [] : [String(order)]],
  ];
  return sudoEntry(containerDn, name, all);
}

/** The entry with options for all rules. */
export function sudoDefaultsEntry(containerDn: string, options: readonly string[]): ProjectedEntry {
  return sudoEntry(containerDn, sudoDefaultsName, [['sudoOption', options]]);
}

function sudoEntry(containerDn: string, name: string, attributes: Attributes): ProjectedEntry {
  const filled = attributes
    .filter(([, values]) => values.length > 0)
    .map(([attribute, values]): Attributes[number] => [attribute, [...new Set(values)]]);
  return fixedEntry(`cn=${escapeRdnValue(name)},${containerDn}`, SUDO_CLASSES, 'sudoRole', filled);
}

function times(atMs: number | undefined): readonly string[] {
  return atMs === undefined ? [] : [generalizedTime(atMs)];
}
