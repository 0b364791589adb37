/** Which attributes entries have and what they are taken from: the default map with what the settings have otherwise. */
import type { AttributeType } from '../directory/schema-elements.ts';
import { standardSchema } from '../directory/schema.ts';
import { defaultMap, mandatory } from './default-map.ts';
import { compileSource, ownNames, type Source } from './source.ts';
import type { AttributeSettings, EntryOwner, SourceSetting } from './source-setting.ts';

/** One attribute of the map. */
export interface MappedAttribute {
  readonly name: string;
  /** Undefined: no schema has it but the one that this map makes. */
  readonly type: AttributeType | undefined;
  readonly origin: 'default' | 'configured';
  /** As it is written. */
  readonly setting: SourceSetting;
  readonly source: Source;
}

/** The map of one kind of entry. */
export interface AttributeMap {
  /** In the order in which attributes are shown: those of the default map first. */
  readonly attributes: readonly MappedAttribute[];
  /** Attributes of the default map that the settings take away. */
  readonly removed: readonly string[];
}

/** How attributes are told apart, whatever name or letter case they are written in: two with one key are the same. */
export function attributeKey(name: string): string {
  return standardSchema.attribute(name)?.key ?? name.toLowerCase();
}

/** The names that the source of an attribute may refer to beside properties: what is known when it is worked out. */
export function ownNamesFor(owner: EntryOwner, attribute: string): readonly string[] {
  const names: readonly string[] = ownNames[owner];
  return owner === 'users' && attributeKey(attribute) === 'cn' ? names.filter((name) => name !== 'cn') : names;
}

/** The map that the settings make. Throws a RangeError for settings that the configuration would have refused. */
export function attributeMap(owner: EntryOwner, settings: AttributeSettings): AttributeMap {
  const configured = new Map(
    Object.entries(settings).map(([name, setting]) => [attributeKey(name), { name, setting }]),
  );
  const attributes: MappedAttribute[] = [];
  const removed: string[] = [];
  for (const [name, usual] of defaultMap[owner]) {
    const own = configured.get(attributeKey(name));
    configured.delete(attributeKey(name));
    if (own === undefined) attributes.push(mapped(owner, name, usual, 'default'));
    else if (own.setting === false) removed.push(name);
    else attributes.push(mapped(owner, name, own.setting, 'configured'));
  }
  for (const { name, setting } of configured.values()) {
    if (setting !== false) attributes.push(mapped(owner, name, setting, 'configured'));
  }
  return { attributes, removed };
}

function mapped(
  owner: EntryOwner,
  written: string,
  setting: SourceSetting,
  origin: MappedAttribute['origin'],
): MappedAttribute {
  const type = standardSchema.attribute(written);
  const name = type?.name ?? written;
  const fallback = origin === 'configured' ? mandatory[owner][attributeKey(name)] : undefined;
  const own = ownNamesFor(owner, name);
  const source = [
    ...compileSource(owner, setting, own),
    ...(fallback === undefined ? [] : compileSource(owner, fallback, own)),
  ];
  return { name, type, origin, setting, source };
}
