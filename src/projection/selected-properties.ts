import { duplicateProperties } from './duplicates.ts';
import { attributeMap } from './attribute-map.ts';
import type { Overlay } from './overlay.ts';
import { accountTypes, groupTypes, membershipTypes, type ProjectionSettings } from './settings.ts';
import { compilePath, compileSource, type Source, sourceProperties } from './source.ts';
import type { EntryOwner, SourceSetting } from './source-setting.ts';

/** Names of properties of Microsoft Graph, by kind of object. */
export type SelectedProperties = Readonly<Record<EntryOwner, readonly string[]>>;

/**
 * The properties of Microsoft Graph that directories by these settings are made of, in ascending order; nothing else is read or
 * kept.
 */
export function selectedProperties(settings: ProjectionSettings): SelectedProperties {
  return {
    users: ascending([...fixedOfUsers(settings), ...fromSources('users', settings, userSources(settings))]),
    groups: ascending([...fixedOfGroups(settings), ...fromSources('groups', settings, groupSources(settings))]),
  };
}

/** What rules, names and binds are made by, whatever the map of attributes is. */
function fixedOfUsers({ activeDirectory, users, overlay }: ProjectionSettings): readonly string[] {
  return [
    'accountEnabled',
    'createdDateTime',
    'lastPasswordChangeDateTime',
    'signInSessionsValidFromDateTime',
    'userPrincipalName',
    // A number may be kept by it, see `matchKeys`.
    'onPremisesSecurityIdentifier',
    ...(users.includeGuests ? [] : ['userType']),
    ...(users.accountTypes.length < accountTypes.length ? ['onPremisesSyncEnabled'] : []),
    ...(users.duplicates === 'preferSynchronized' ? ['userType', ...duplicateProperties] : []),
    ...(activeDirectory ? ['lastPasswordChangeDateTime'] : []),
    ...matchedBy(overlay),
  ];
}

/** By which the overlay finds users. */
function matchedBy({ members, overrides }: Overlay): readonly string[] {
  const references = [...members.map(({ member }) => member), ...overrides.map(({ target }) => target)];
  return references.flatMap((reference) => (reference.by === 'property' ? [reference.property] : []));
}

function fixedOfGroups({ activeDirectory, groups }: ProjectionSettings): readonly string[] {
  const allTypes = groups.types.length === groupTypes.length;
  const allMemberships = groups.membershipTypes.length === membershipTypes.length;
  return [
    'createdDateTime',
    'displayName',
    'onPremisesSecurityIdentifier',
    ...(groups.withoutEmail ? [] : ['mail']),
    ...(allTypes && allMemberships ? [] : ['groupTypes']),
    ...(allTypes ? [] : ['mailEnabled', 'securityEnabled']),
    ...(activeDirectory ? ['securityEnabled'] : []),
  ];
}

function userSources({ users }: ProjectionSettings): readonly Source[] {
  const { uidFrom, uidNumberFrom, homeDirectoryFrom, loginShellFrom, sshPublicKeyFrom, primaryGroup } = users;
  return [
    ...compiled('users', [uidFrom, uidNumberFrom, ...sshPublicKeyFrom, primaryGroup.gidNumberFrom]),
    compilePath(homeDirectoryFrom, users.homeDirectory),
    compilePath(loginShellFrom, users.loginShell),
  ];
}

function groupSources({ groups }: ProjectionSettings): readonly Source[] {
  return compiled('groups', [groups.nameFrom, groups.gidNumberFrom]);
}

function compiled(owner: EntryOwner, settings: readonly (SourceSetting | undefined)[]): readonly Source[] {
  return settings.flatMap((each) => (each === undefined ? [] : [compileSource(owner, each)]));
}

function fromSources(owner: EntryOwner, settings: ProjectionSettings, others: readonly Source[]): readonly string[] {
  const mapped = attributeMap(owner, settings[owner].attributes).attributes.map(({ source }) => source);
  return [...mapped, ...others].flatMap(sourceProperties);
}

function ascending(names: readonly string[]): readonly string[] {
  return [...new Set(names)].sort();
}
