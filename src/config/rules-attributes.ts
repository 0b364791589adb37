/** Rules for the maps of attributes: which attributes can be mapped, and to what. */
import { attributeHash } from '../directory/schema-elements.ts';
import { standardSchema } from '../directory/schema.ts';
import type { AddedAttribute } from '../identity/view.ts';
import { attributeKey } from '../projection/attribute-map.ts';
import { nameProblem, settingProblem } from '../projection/mappable.ts';
import { additionsOf } from '../projection/schema-additions.ts';
import type { EntryOwner } from '../projection/source-setting.ts';
import { nearest } from './nearest.ts';
import { atKey, type Finding, type KeyPath } from './problem.ts';
import type { Readable } from './readable.ts';
import type { ParsedConfig } from './schema.ts';
import { withNearest } from './schema-attributes.ts';

type Parts = Readable<ParsedConfig>;

const owners = ['users', 'groups'] as const;

/** Every rule about the maps of attributes that the document breaks. */
export function brokenAttributeRules(config: Parts): Finding[] {
  const findings = owners.flatMap((owner) => [...brokenNames(config, owner), ...brokenSettings(config, owner)]);
  return findings.length > 0 ? findings : clashes(config);
}

/** Attributes that no schema has, and that were perhaps not meant to be new. */
export function attributeDoubts(config: Parts): Finding[] {
  const names = standardSchema.attributes.flatMap((type) => type.names);
  return owners.flatMap((owner) =>
    Object.keys(config?.[owner]?.attributes ?? {}).flatMap((name) => {
      const meant = standardSchema.attribute(name) === undefined ? nearest(name, names) : undefined;
      const message = `is an attribute that no schema has, and becomes a new one; did you mean ${meant}?`;
      return meant === undefined ? [] : [atKey([owner, 'attributes', name], message)];
    }),
  );
}

function brokenNames(config: Parts, owner: EntryOwner): Finding[] {
  const seen = new Map<string, string>();
  return Object.keys(config?.[owner]?.attributes ?? {}).flatMap((name) => {
    const path: KeyPath = [owner, 'attributes', name];
    const problem = nameProblem(owner, name);
    if (problem !== undefined) return [atKey(path, problem)];
    const other = seen.get(attributeKey(name));
    seen.set(attributeKey(name), name);
    return other === undefined
      ? []
      : [atKey(path, `is another name of ${other}, which is there too; remove one of them`)];
  });
}

function brokenSettings(config: Parts, owner: EntryOwner): Finding[] {
  return Object.entries(config?.[owner]?.attributes ?? {}).flatMap(([name, setting]) => {
    if (setting === undefined || nameProblem(owner, name) !== undefined) return [];
    const found = settingProblem(owner, name, setting);
    if (found === undefined) return [];
    const path = [owner, 'attributes', name, ...found.at];
    return [{ path, at: 'value' as const, message: withNearest(owner, found) }];
  });
}

/** Attributes that no schema has must get on with each other and with those that it has. */
function clashes(config: Parts): Finding[] {
  const seen = new Map<number, AddedAttribute>();
  return owners.flatMap((owner) => {
    const settings = Object.entries(config?.[owner]?.attributes ?? {}).flatMap(([name, setting]) =>
      setting === undefined ? [] : [[name, setting] as const],
    );
    return additionsOf(owner, Object.fromEntries(settings)).flatMap((added): Finding[] => {
      if (added.kind === 'known') return [];
      const hash = attributeHash(added.name.toLowerCase());
      const other = seen.get(hash);
      seen.set(hash, added);
      const problem = clash(added, other, standardSchema.attributeByHash(hash) !== undefined);
      return problem === undefined ? [] : [atKey([owner, 'attributes', added.name], problem)];
    });
  });
}

function clash(added: AddedAttribute, other: AddedAttribute | undefined, isTaken: boolean): string | undefined {
  const isOther = other !== undefined && other.name.toLowerCase() !== added.name.toLowerCase();
  if (isTaken || isOther) return 'cannot be told apart from another attribute in the store; choose another name';
  if (other === undefined || other.kind === added.kind) return undefined;
  return 'has values of another kind for groups than for users; use another name for one of them';
}
