/** What of changed settings a running daemon can take over although it goes on reading the properties that it has read. Pure. */
import type { ProjectionSettings } from '../projection/settings.ts';
import { type SelectedProperties, selectedProperties } from '../projection/selected-properties.ts';

/** Puts one setting of `from` in its place in `to`. */
type Take = (to: ProjectionSettings, from: ProjectionSettings) => ProjectionSettings;

function ofUsers(take: (from: ProjectionSettings['users']) => Partial<ProjectionSettings['users']>): Take {
  return (to, from) => ({ ...to, users: { ...to.users, ...take(from.users) } });
}

function ofGroups(take: (from: ProjectionSettings['groups']) => Partial<ProjectionSettings['groups']>): Take {
  return (to, from) => ({ ...to, groups: { ...to.groups, ...take(from.groups) } });
}

/** The settings by which properties are read, under their keys in the order of the file. */
const reading: readonly (readonly [key: string, take: Take])[] = [
  ['directory.activeDirectory', (to, { activeDirectory }) => ({ ...to, activeDirectory })],
  ['users.accountTypes', ofUsers(({ accountTypes }) => ({ accountTypes }))],
  ['users.uidFrom', ofUsers(({ uidFrom }) => ({ uidFrom }))],
  ['users.guests', ofUsers(({ includeGuests }) => ({ includeGuests }))],
  ['users.uidNumberFrom', ofUsers(({ uidNumberFrom }) => ({ uidNumberFrom }))],
  ['users.homeDirectory', ofUsers(({ homeDirectory }) => ({ homeDirectory }))],
  ['users.homeDirectoryFrom', ofUsers(({ homeDirectoryFrom }) => ({ homeDirectoryFrom }))],
  ['users.loginShell', ofUsers(({ loginShell }) => ({ loginShell }))],
  ['users.loginShellFrom', ofUsers(({ loginShellFrom }) => ({ loginShellFrom }))],
  ['users.sshPublicKeyFrom', ofUsers(({ sshPublicKeyFrom }) => ({ sshPublicKeyFrom }))],
  [
    'users.primaryGroup.gidNumberFrom',
    (to, { users: { primaryGroup } }) => {
      const { gidNumberFrom } = primaryGroup;
      return { ...to, users: { ...to.users, primaryGroup: { ...to.users.primaryGroup, gidNumberFrom } } };
    },
  ],
  ['users.attributes', ofUsers(({ attributes }) => ({ attributes }))],
  ['overlay.files', (to, { overlay }) => ({ ...to, overlay })],
  ['groups.types', ofGroups(({ types }) => ({ types }))],
  ['groups.membershipTypes', ofGroups(({ membershipTypes }) => ({ membershipTypes }))],
  ['groups.withoutEmail', ofGroups(({ withoutEmail }) => ({ withoutEmail }))],
  ['groups.gidNumberFrom', ofGroups(({ gidNumberFrom }) => ({ gidNumberFrom }))],
  ['groups.nameFrom', ofGroups(({ nameFrom }) => ({ nameFrom }))],
  ['groups.attributes', ofGroups(({ attributes }) => ({ attributes }))],
];

/** What of the wanted settings can be taken over, and the keys that need another reading than the one that goes on. */
export interface ReadableSettings {
  readonly projection: ProjectionSettings;
  /** Settings that name a property which is not read, or that leave one unused which is read until the restart. */
  readonly keys: readonly string[];
}

/**
 * Takes over whatever the properties suffice for that are read, which are those that `readBy` needs. A setting that leaves a
 * property unused is taken over, and named nevertheless.
 */
export function readableSettings(
  readBy: ProjectionSettings,
  running: ProjectionSettings,
  wanted: ProjectionSettings,
): ReadableSettings {
  const read = selectedProperties(readBy);
  const base = reading.reduce((settings, [, take]) => take(settings, readBy), wanted);
  let projection = reading.reduce((settings, [, take]) => take(settings, running), wanted);
  const unread: string[] = [];
  const unused: string[] = [];
  for (const [key, take] of reading) {
    const needed = selectedProperties(take(base, wanted));
    if (includes(read, needed)) projection = take(projection, wanted);
    else unread.push(key);
    if (!includes(needed, read)) unused.push(key);
  }
  const isUnused = !includes(selectedProperties(projection), read);
  return {
    projection,
    keys: reading.map(([key]) => key).filter((key) => unread.includes(key) || (isUnused && unused.includes(key))),
  };
}

function includes(all: SelectedProperties, some: SelectedProperties): boolean {
  return some.users.every((name) => all.users.includes(name)) && some.groups.every((name) => all.groups.includes(name));
}
