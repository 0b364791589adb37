/** The users whom sudo rules name by user principal name, found once and followed from then on. */
import { parseObjectId } from '../identity/ids.ts';
import type { Ledger } from '../identity/ledger.ts';
import type { MirrorReader, MirrorRecord } from '../identity/mirror.ts';
import { type NodeId, nodeKind } from '../identity/node.ts';
import { nameKey } from '../projection/naming.ts';
import { type SudoSettings, sudoAll } from '../projection/sudo-settings.ts';
import { text } from '../projection/values.ts';

/** For each user principal name, in the order of {@link principalNames}, the users who have it: one at most, if all is well. */
export type UserMatches = readonly (readonly NodeId[])[];

/** The folded user principal names among the users of all rules. */
export function principalNames(sudo: SudoSettings | undefined): readonly string[] {
  const names = sudo?.rules.flatMap(({ users }) => users) ?? [];
  return [...new Set(names.filter((name) => name !== sudoAll && name.includes('@')).map(nameKey))];
}

/** The users of these names, found among all users of the mirror. */
export async function findSudoUsers(
  mirror: Pick<MirrorReader, 'records'>,
  names: readonly string[],
): Promise<UserMatches> {
  const found = names.map((): NodeId[] => []);
  if (names.length === 0) return found;
  const positions = new Map(names.map((name, position) => [name, position]));
  for await (const block of mirror.records('users')) {
    for (const record of block) found[positionOf(positions, record)]?.push(record.node);
  }
  return found;
}

/** The users of these names now that these nodes have changed, when they were `before` ahead of it. */
export function updateSudoUsers(
  mirror: Pick<MirrorReader, 'record'>,
  names: readonly string[],
  before: UserMatches,
  changed: Uint32Array,
): UserMatches {
  if (names.length === 0) return before;
  const positions = new Map(names.map((name, position) => [name, position]));
  const isChanged = new Set(changed);
  const found = names.map((_, position) => (before[position] ?? []).filter((node) => !isChanged.has(node)));
  for (const node of changed) {
    const record = nodeKind(node) === 'user' ? mirror.record(node) : undefined;
    if (record !== undefined) found[positionOf(positions, record)]?.push(node);
  }
  return found;
}

function positionOf(positions: ReadonlyMap<string, number>, { properties }: MirrorRecord): number {
  const name = text(properties, 'userPrincipalName');
  return name === undefined ? -1 : (positions.get(nameKey(name)) ?? -1);
}

/** The users whom a name means: by object id, by the `uid` that they have now, or by `principals`, those of that user principal name. */
export function usersNamed(
  { mirror, ledger }: { readonly mirror: Pick<MirrorReader, 'nodeOf'>; readonly ledger: LedgerNames },
  name: string,
  principals: readonly NodeId[],
): readonly NodeId[] {
  const objectId = parseObjectId(name);
  if (objectId !== undefined) return [mirror.nodeOf(objectId) ?? []].flat();
  const key = nameKey(name);
  const holder = ledger.nameHolder('user', key);
  const given = holder === undefined ? undefined : ledger.entry(holder);
  const isCurrent = given !== undefined && nameKey(given.name) === key;
  const named = holder === undefined || !isCurrent ? undefined : mirror.nodeOf(holder);
  return [...new Set([...(named === undefined ? [] : [named]), ...principals])];
}

type LedgerNames = Pick<Ledger, 'nameHolder' | 'entry'>;
