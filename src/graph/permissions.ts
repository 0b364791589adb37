import type { Finding } from '../identity/examination.ts';
import type { Scope } from '../identity/scope.ts';
import type { TokenClaims } from './access-token.ts';
import type { SelectedProperties } from './selection.ts';

/** Something that the daemon does with Microsoft Graph, and the application permissions of which any one allows it. */
interface Need {
  readonly id: string;
  readonly what: string;
  /** The least one first (https://learn.microsoft.com/graph/permissions-reference). */
  readonly permissions: readonly [string, ...string[]];
  /** Whether nothing works without it. */
  readonly required: boolean;
}

const directory = ['Directory.Read.All', 'Directory.ReadWrite.All'] as const;

const needs: readonly Need[] = [
  {
    id: 'permission.users',
    what: 'to read users',
    permissions: ['User.Read.All', 'User.ReadWrite.All', ...directory],
    required: true,
  },
  {
    id: 'permission.groups',
    what: 'to read groups and their members',
    permissions: [
      'GroupMember.Read.All',
      'GroupMember.ReadWrite.All',
      'Group.Read.All',
      'Group.ReadWrite.All',
      ...directory,
    ],
    required: true,
  },
  {
    id: 'permission.organization',
    what: 'to show the name and the domains of the tenant here',
    permissions: ['Organization.Read.All', 'Organization.ReadWrite.All', ...directory],
    required: false,
  },
];

/** Where in the portal a permission is added and granted. */
export function permissionRemedy(permission: string): string {
  return (
    `Add Microsoft Graph > Application permissions > ${permission} in the app registration under API permissions, then press ` +
    '"Grant admin consent"; both take some minutes to arrive.'
  );
}

const assignmentsNeed: Need = {
  id: 'permission.assignments',
  what: 'to read what is assigned to the enterprise application (sync.assignedOnly)',
  permissions: ['Application.Read.All', 'Application.ReadWrite.All', ...directory],
  required: true,
};

/** Properties of users that need more than the permission to read users, the least permission first. */
export const propertyPermissions: ReadonlyMap<string, readonly [string, ...string[]]> = new Map([
  ['customSecurityAttributes', ['CustomSecAttributeAssignment.Read.All', 'CustomSecAttributeAssignment.ReadWrite.All']],
  ['employeeLeaveDateTime', ['User-LifeCycleInfo.Read.All', 'User-LifeCycleInfo.ReadWrite.All']],
]);

/**
 * Whether these permissions suffice to read a property of users, beside the permission to read users; undefined when the
 * permissions are not known.
 */
export function mayRead(property: string, roles: readonly string[] | undefined): boolean | undefined {
  const permissions = propertyPermissions.get(property);
  return permissions === undefined || roles?.some((role) => permissions.includes(role));
}

function propertyNeeds({ users }: SelectedProperties): readonly Need[] {
  return users.flatMap((property) => {
    const permissions = propertyPermissions.get(property);
    if (permissions === undefined) return [];
    return [
      {
        id: `permission.${property}`,
        what: `to read ${property} of users (users.attributes)`,
        permissions,
        required: true,
      },
    ];
  });
}

/**
 * Compares the permissions in a token with those that this scope and these properties need, one finding for each, and for more
 * than is needed.
 */
export function examinePermissions(
  { roles, hasIdentity }: TokenClaims,
  scope: Scope,
  properties: SelectedProperties,
): readonly Finding[] {
  if (roles === undefined) {
    const finding = 'cannot be read from the token; the requests below show whether they suffice';
    return [{ id: 'permissions', subject: 'Permissions', verdict: 'skipped', finding, fix: null }];
  }
  const all = [...needs, ...(scope.assignedOnly ? [assignmentsNeed] : []), ...propertyNeeds(properties)];
  const found = all.map((need) => examineNeed(need, roles, hasIdentity));
  const surplus = roles.filter((role) => /\.(?:ReadWrite|Write|Manage|FullControl)\b/.test(role));
  if (surplus.length === 0) return found;
  return [
    ...found,
    {
      id: 'permissions.surplus',
      subject: 'Permissions to change things',
      verdict: 'doubtful',
      finding: `${surplus.join(', ')}: this program never changes anything in the tenant`,
      fix: 'Remove them in the app registration under API permissions, so that a stolen credential cannot use them.',
    },
  ];
}

function examineNeed({ id, what, permissions, required }: Need, roles: readonly string[], consented: boolean): Finding {
  const granted = permissions.find((permission) => roles.includes(permission));
  const [least] = permissions;
  const row = { id, subject: granted ?? least };
  if (granted !== undefined) return { ...row, verdict: 'good', finding: `granted, ${what}`, fix: null };
  if (!required) return { ...row, verdict: 'skipped', finding: `not granted; it would serve ${what}`, fix: null };
  const why =
    consented && roles.length > 0 ? 'missing, or admin consent not granted to it' : 'admin consent not granted';
  return { ...row, verdict: 'bad', finding: `${why}; needed ${what}`, fix: permissionRemedy(least) };
}
