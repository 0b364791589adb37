/** What the properties of Microsoft Graph are used for, and how those that are not used could be. */
import type { AttributeType } from '../directory/schema-elements.ts';
import { standardSchema } from '../directory/schema.ts';
import { attributeKey, attributeMap } from './attribute-map.ts';
import { fitOf } from './attribute-values.ts';
import { nameProblem, settingProblem } from './mappable.ts';
import { parsePropertyPath, type PropertyPath } from './property-path.ts';
import type { ProjectionSettings } from './settings.ts';
import { compileSource, pathsOf, type Source } from './source.ts';
import type { EntryOwner, SourceSetting } from './source-setting.ts';

/** The name of a property as the configuration writes it. */
function writtenName({ property, steps }: PropertyPath): string {
  return property === 'onPremisesExtensionAttributes' ? steps.join('.') : [property, ...steps].join('.');
}

/** By property, as the configuration writes it: the attributes, and the keys of the configuration, that are taken from it. */
export function propertyUses(owner: EntryOwner, settings: ProjectionSettings): ReadonlyMap<string, readonly string[]> {
  const uses = new Map<string, string[]>();
  const note = (user: string, source: Source): void => {
    for (const name of new Set(source.flatMap(pathsOf).map(writtenName))) {
      uses.set(name, [...(uses.get(name) ?? []), user]);
    }
  };
  for (const { name, source } of attributeMap(owner, settings[owner].attributes).attributes) note(name, source);
  for (const [key, setting] of keysOf(owner, settings)) {
    if (setting !== undefined) note(key, compileSource(owner, setting));
  }
  return uses;
}

function keysOf(
  owner: EntryOwner,
  { users, groups }: ProjectionSettings,
): readonly (readonly [key: string, setting: SourceSetting | undefined])[] {
  if (owner === 'groups') {
    return [
      ['groups.nameFrom', groups.nameFrom],
      ['groups.gidNumberFrom', groups.gidNumberFrom],
    ];
  }
  return [
    ['users.uidFrom', users.uidFrom],
    ['users.uidNumberFrom', users.uidNumberFrom],
    ['users.homeDirectoryFrom', users.homeDirectoryFrom],
    ['users.loginShellFrom', users.loginShellFrom],
    ...users.sshPublicKeyFrom.map((setting) => ['users.sshPublicKeyFrom', setting] as const),
    ['users.primaryGroup.gidNumberFrom', users.primaryGroup.gidNumberFrom],
  ];
}

/**
 * For each of these properties a line of the configuration that maps it, for instance `costCenter: employeeOrgData.costCenter`, to
 * an attribute that nothing else is mapped to, by this map or by another of the lines. None for what cannot be mapped.
 */
export function suggestedLines(
  owner: EntryOwner,
  sources: readonly string[],
  settings: ProjectionSettings,
): ReadonlyMap<string, string> {
  const taken = new Set(
    attributeMap(owner, settings[owner].attributes).attributes.map(({ name }) => attributeKey(name)),
  );
  const lines = new Map<string, string>();
  for (const source of sources) {
    const reading = parsePropertyPath(owner, source);
    if (!('path' in reading)) continue;
    const { path } = reading;
    const name = candidates(path).find((each) => !taken.has(attributeKey(each)) && canHold(owner, each, source, path));
    if (name === undefined) continue;
    taken.add(attributeKey(name));
    lines.set(source, `${name}: ${source}`);
  }
  return lines;
}

function canHold(owner: EntryOwner, name: string, source: string, path: PropertyPath): boolean {
  if (nameProblem(owner, name) !== undefined || settingProblem(owner, name, source) !== undefined) return false;
  return holds(standardSchema.attribute(name), path);
}

/** Names for an attribute, the plainest first. */
function candidates({ property, steps }: PropertyPath): readonly string[] {
  const last = steps.at(-1) ?? property.replace(/^extension_[0-9a-f]{32}_/i, '');
  const plain = last.replace(/[^A-Za-z0-9]+/g, '-').replace(/^[^A-Za-z]+|-+$/g, '');
  const longer = [...steps.slice(0, -1), plain].map((part) => part.charAt(0).toUpperCase() + part.slice(1)).join('');
  const prefixed = `entra${longer.replace(/[^A-Za-z0-9]/g, '')}`;
  return [plain, prefixed, `${prefixed}Value`].filter((name) => name !== '').map((name) => name.slice(0, 64));
}

/** Whether an attribute that is known already takes any text or, for another entry, names of entries. */
function holds(type: AttributeType | undefined, { shape }: PropertyPath): boolean {
  if (type === undefined || shape === 'reference') return true;
  return fitOf(type)?.('a') !== undefined && fitOf(type)?.('ä 1') !== undefined;
}
