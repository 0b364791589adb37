/** The groups of the tenant that the settings name, in one list: so they are looked for once, whatever they are named for. */
import { parseObjectId } from '../identity/ids.ts';
import type { MirrorRecord } from '../identity/mirror.ts';
import type { NodeId } from '../identity/node.ts';
import { groupNames, nameKey } from './naming.ts';
import type { ProjectionSettings } from './settings.ts';

/** For each name, the nodes of the groups that it can mean, ascending: one, if all is well. */
export type GroupMatches = readonly (readonly NodeId[])[];

/** What groups are named for. */
type Purpose = 'allowed' | 'disabled' | 'primary' | 'sudo';

/** The names in the order of {@link GroupMatches}: those of the policy, then the primary groups, then those of sudo rules. */
export function groupsNamed({ policy, users, sudo }: ProjectionSettings): Readonly<Record<Purpose, readonly string[]>> {
  return {
    allowed: policy.allowedGroups ?? [],
    disabled: policy.disabledGroups,
    primary: users.primaryGroup.kind === 'firstMatch' ? users.primaryGroup.groups : [],
    sudo: [...new Set(sudo?.rules.flatMap(({ groups }) => groups))],
  };
}

/** The part of matches that belongs to the names of one purpose. */
export function matchesFor(purpose: Purpose, settings: ProjectionSettings, matches: GroupMatches): GroupMatches {
  const named = groupsNamed(settings);
  const order: readonly Purpose[] = ['allowed', 'disabled', 'primary', 'sudo'];
  const start = order.slice(0, order.indexOf(purpose)).reduce((sum, each) => sum + named[each].length, 0);
  return matches.slice(start, start + named[purpose].length);
}

/** Tells which of the groups that the settings name a group of the tenant is. */
export class NamedGroups {
  readonly #positions = new Map<string, number[]>();
  readonly #isShown: (record: MirrorRecord) => boolean;
  readonly #decidersEnd: number;
  readonly size: number;

  /** `isShown` tells of a group whether it is: a number, or a name in a sudo rule, has only one that is. */
  constructor(settings: ProjectionSettings, isShown: (record: MirrorRecord) => boolean) {
    const { allowed, disabled, primary, sudo } = groupsNamed(settings);
    const names = [...allowed, ...disabled, ...primary, ...sudo];
    for (const [position, name] of names.entries()) {
      const key = parseObjectId(name) ?? nameKey(name);
      this.#positions.set(key, [...(this.#positions.get(key) ?? []), position]);
    }
    this.#isShown = isShown;
    this.#decidersEnd = allowed.length + disabled.length;
    this.size = names.length;
  }

  /** The positions of the names that mean this group: its object id, or its display name in any letter case. */
  matching(record: MirrorRecord): readonly number[] {
    const { objectId, properties } = record;
    const name = groupNames(properties, objectId)?.[0];
    const found = [...this.#at(objectId), ...(name === undefined ? [] : this.#named(name))];
    if (found.every((position) => position < this.#decidersEnd) || this.#isShown(record)) {
      return found;
    }
    return found.filter((position) => position < this.#decidersEnd);
  }

  // A group that is called like an object id is not meant by it.
  #named(name: string): readonly number[] {
    const key = nameKey(name);
    return parseObjectId(key) === undefined ? this.#at(key) : [];
  }

  #at(key: string): readonly number[] {
    return this.#positions.get(key) ?? [];
  }
}
