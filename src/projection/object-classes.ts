import type { EntryContent } from '../directory/entry-codec.ts';

/** The object classes of users. */
export const USER_CLASSES: readonly string[] = [
  'top',
  'person',
  'organizationalPerson',
  'inetOrgPerson',
  'posixAccount',
  'shadowAccount',
  'ldapPublicKey',
  'entraUser',
];

/** The object classes of groups. */
export const GROUP_CLASSES: readonly string[] = ['top', 'groupOfMembers', 'posixGroup', 'entraGroup'];

/** The object classes of containers. */
export const CONTAINER_CLASSES: readonly string[] = ['top', 'organizationalUnit'];

/** The object classes of service accounts. */
export const SERVICE_CLASSES: readonly string[] = ['top', 'applicationProcess'];

/** The object classes of sudo rules. */
export const SUDO_CLASSES: readonly string[] = ['top', 'sudoRole'];

/** What groups show of sets that are stored beside them: attribute, set. */
export const GROUP_LINKS: EntryContent['links'] = [
  ['member', 'member'],
  ['uniqueMember', 'member'],
  ['memberUid', 'memberUid'],
  ['memberOf', 'memberOf'],
];
