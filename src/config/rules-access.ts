/** Rules for rights that need more than one key. */
import { normalizedRdns, parseDn } from '../directory/dn.ts';
import { addedClasses } from '../projection/schema-additions.ts';
import { atKey, type Finding, type KeyPath } from './problem.ts';
import type { Readable } from './readable.ts';
import type { ParsedConfig } from './schema.ts';
import { unknownAttribute } from './schema-access.ts';

type IsPresent = (path: KeyPath) => boolean;
type Rights = Readable<NonNullable<NonNullable<ParsedConfig['access']>['users']>>;

/** A section of rights, where it stands, and whether it makes no sense without entries. */
interface Place {
  readonly path: KeyPath;
  readonly rights: Rights;
  readonly needsEntries: boolean;
}

/** Every rule on rights that the document breaks; `isPresent` says whether it has something at a path. */
export function brokenAccessRules(config: Readable<ParsedConfig>, isPresent: IsPresent): Finding[] {
  return placesOf(config)
    .filter(({ path }) => isPresent(path))
    .flatMap((place) => [
      ...emptyLists(place),
      ...withoutEntries(place),
      ...foreignBases(place, config?.directory?.baseDn),
      ...unknownNames(place, config),
    ]);
}

/** Rights that are probably not meant so. */
export function accessDoubts(config: Readable<ParsedConfig>): Finding[] {
  const { users = 'none', groups = 'none', sudoRules = false } = config?.access?.anonymous ?? {};
  if (users === 'none' && groups === 'none' && !sudoRules) return [];
  const message = 'lets everybody who reaches the server read entries, without a bind; better make a service account';
  return [atKey(['access', 'anonymous'], message)];
}

function placesOf(config: Readable<ParsedConfig>): Place[] {
  const accounts = config?.serviceAccounts ?? [];
  return [
    ...(['anonymous', 'users', 'services'] as const).map((key) => ({
      path: ['access', key],
      rights: config?.access?.[key],
      needsEntries: key === 'services',
    })),
    ...accounts.map((account, index) => ({
      path: ['serviceAccounts', index, 'rights'],
      rights: account?.rights,
      needsEntries: true,
    })),
  ];
}

function emptyLists({ path, rights }: Place): Finding[] {
  const hints = {
    users: 'write none for nobody',
    groups: 'write none for no group',
    bases: 'remove it, or list entries',
    attributes: 'remove it, or list attributes',
    operations: 'remove it, or list operations',
  } as const;
  return (Object.keys(hints) as (keyof typeof hints)[]).flatMap((key) => {
    const value = rights?.[key];
    return Array.isArray(value) && value.length === 0 ? [atKey([...path, key], `is empty; ${hints[key]}`)] : [];
  });
}

function withoutEntries({ path, rights, needsEntries }: Place): Finding[] {
  if (!needsEntries || rights?.users !== 'none' || rights.groups !== 'none' || rights.sudoRules !== false) return [];
  return [
    atKey(path, 'grants no entries; say with users and groups which, each all or a list of groups, or with sudoRules'),
  ];
}

/** Attributes that neither the standard schema has nor one of the maps makes. */
function unknownNames({ path, rights }: Place, config: Readable<ParsedConfig>): Finding[] {
  const maps = [config?.users?.attributes, config?.groups?.attributes];
  const mapped = new Set(maps.flatMap((map) => Object.keys(map ?? {})).map((name) => name.toLowerCase()));
  const classes = mapped.size === 0 ? [] : Object.values(addedClasses).map((name) => `@${name.toLowerCase()}`);
  return (['attributes', 'hiddenAttributes'] as const).flatMap((key) =>
    (rights?.[key] ?? []).flatMap((name, index): Finding[] => {
      if (name === undefined || mapped.has(name.toLowerCase()) || classes.includes(name.toLowerCase())) return [];
      const message = unknownAttribute(name);
      return message === undefined ? [] : [{ path: [...path, key, index], at: 'value', message }];
    }),
  );
}

function foreignBases({ path, rights }: Place, baseDn: string | undefined): Finding[] {
  const top = baseDn === undefined ? undefined : parseDn(baseDn);
  if (top === undefined) return [];
  const suffix = normalizedRdns(top);
  return (rights?.bases ?? []).flatMap((base, index) => {
    const rdns = normalizedRdns((base === undefined ? undefined : parseDn(base)) ?? []);
    const above = rdns.length - suffix.length;
    const isBelow = above >= 0 && suffix.every((rdn, at) => rdn === rdns[above + at]);
    return base === undefined || isBelow ? [] : [atKey([...path, 'bases', index], 'is not below directory.baseDn')];
  });
}
