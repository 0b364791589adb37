import { atKey, type Finding, type KeyPath } from './problem.ts';
import type { Readable } from './readable.ts';
import type { ParsedConfig } from './schema.ts';

type IsPresent = (path: KeyPath) => boolean;

const path: KeyPath = ['users', 'primaryGroup'];

/** The rules about primary groups that the document breaks. */
export function brokenPrimaryGroupRules(config: Readable<ParsedConfig>, isPresent: IsPresent): Finding[] {
  const { kind, groups } = config?.users?.primaryGroup ?? {};
  const at = [...path, 'groups'];
  if (kind === 'firstMatch') {
    if (!isPresent(at)) return [atKey([...path, 'kind'], 'firstMatch needs groups, the preferred first')];
    return groups?.length === 0 ? [atKey(at, 'is empty; list groups, or remove it together with kind')] : [];
  }
  if (kind === undefined) return [];
  return ['groups', 'nested']
    .filter((key) => isPresent([...path, key]))
    .map((key) => atKey([...path, key], `has no meaning with kind ${kind}; remove it, or write kind: firstMatch`));
}
