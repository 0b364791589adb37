import { attributeMap, type MappedAttribute } from '../projection/attribute-map.ts';
import type { ProjectionSettings } from '../projection/settings.ts';
import { compilePath, compileSource, type Source, sourceProperties } from '../projection/source.ts';
import type { EntryOwner, SourceSetting } from '../projection/source-setting.ts';

/** One attribute of entries, and what it is taken from. */
export interface AttributeReport {
  readonly attribute: string;
  /** Who says so: nobody but the default map, the map of the configuration, which may have removed it, or a key of its own. */
  readonly origin: 'default' | 'configured' | 'removed' | 'key';
  /** The key of the configuration that decides about it. */
  readonly key: string;
  /** What it is taken from, as it is written; null when it was removed. */
  readonly source: SourceSetting | null;
  /** The properties of Microsoft Graph that are read for it. */
  readonly properties: readonly string[];
  /** Whether no schema has it but the one that this map makes. */
  readonly isNew: boolean;
}

/** What entries have in effect, by the settings and the default map together. */
export function attributeReports(
  settings: ProjectionSettings,
): Readonly<Record<EntryOwner, readonly AttributeReport[]>> {
  return {
    users: [...keysOfUsers(settings), ...mapReports('users', settings)],
    groups: [...keysOfGroups(settings), ...mapReports('groups', settings)],
  };
}

function mapReports(owner: EntryOwner, settings: ProjectionSettings): readonly AttributeReport[] {
  const { attributes, removed } = attributeMap(owner, settings[owner].attributes);
  return [
    ...attributes.map((each) => mappedReport(owner, each)),
    ...removed.map((attribute): AttributeReport => {
      const key = `${owner}.attributes.${attribute}`;
      return { attribute, origin: 'removed', key, source: null, properties: [], isNew: false };
    }),
  ];
}

function mappedReport(owner: EntryOwner, { name, type, origin, setting, source }: MappedAttribute): AttributeReport {
  const key = `${owner}.attributes.${name}`;
  const properties = sourceProperties(source);
  return { attribute: name, origin, key, source: setting, properties, isNew: type === undefined };
}

function keyReport(attribute: string, key: string, setting: SourceSetting, source: Source): AttributeReport {
  return { attribute, origin: 'key', key, source: setting, properties: sourceProperties(source), isNew: false };
}

function keysOfUsers({ users }: ProjectionSettings): readonly AttributeReport[] {
  const path = (attribute: 'homeDirectory' | 'loginShell', from: SourceSetting | undefined): AttributeReport => {
    const key = `users.${attribute}`;
    const template = users[attribute];
    const written = from === undefined ? template : [...alternatives(from), template];
    return keyReport(attribute, key, written, compilePath(from, template));
  };
  return [
    keyReport('uid', 'users.uidFrom', users.uidFrom, compileSource('users', users.uidFrom)),
    ...optional('users', 'uidNumber', 'users.uidNumberFrom', users.uidNumberFrom),
    ...optional('users', 'gidNumber', 'users.primaryGroup.gidNumberFrom', users.primaryGroup.gidNumberFrom),
    path('homeDirectory', users.homeDirectoryFrom),
    path('loginShell', users.loginShellFrom),
    ...users.sshPublicKeyFrom.flatMap((each) => optional('users', 'sshPublicKey', 'users.sshPublicKeyFrom', each)),
  ];
}

function keysOfGroups({ groups }: ProjectionSettings): readonly AttributeReport[] {
  return [
    keyReport('cn', 'groups.nameFrom', groups.nameFrom, compileSource('groups', groups.nameFrom)),
    ...optional('groups', 'gidNumber', 'groups.gidNumberFrom', groups.gidNumberFrom),
  ];
}

function optional(
  owner: EntryOwner,
  attribute: string,
  key: string,
  setting: SourceSetting | undefined,
): readonly AttributeReport[] {
  return setting === undefined ? [] : [keyReport(attribute, key, setting, compileSource(owner, setting))];
}

/** What a source says in one list; a default or a fixed value is as good as a template with it. */
function alternatives(setting: SourceSetting): readonly string[] {
  if (typeof setting === 'string') return [setting];
  if ('constant' in setting) return [setting.constant].flat();
  return 'from' in setting ? [...[setting.from].flat(), setting.default] : setting;
}
