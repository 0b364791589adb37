import type { AccessClaims } from '../login/token-issuer.ts';
import { GraphError, requestDenied } from './graph-error.ts';

/** What the simulator's operations need; any one permission of a list suffices (Microsoft Graph permissions reference). */
const PERMISSIONS = {
  users: ['User.Read.All', 'User.ReadWrite.All', 'Directory.Read.All', 'Directory.ReadWrite.All'],
  groups: [
    'GroupMember.Read.All',
    'Group.Read.All',
    'Group.ReadWrite.All',
    'Directory.Read.All',
    'Directory.ReadWrite.All',
  ],
  domains: ['Domain.Read.All', 'Directory.Read.All', 'Directory.ReadWrite.All'],
  organization: ['Organization.Read.All', 'Directory.Read.All', 'Directory.ReadWrite.All'],
  applications: ['Application.Read.All', 'Application.ReadWrite.All', 'Directory.Read.All', 'Directory.ReadWrite.All'],
  deletedUsers: ['User.Read.All', 'User.ReadWrite.All', 'Directory.Read.All', 'Directory.ReadWrite.All'],
  deletedGroups: ['Group.Read.All', 'Group.ReadWrite.All', 'Directory.Read.All', 'Directory.ReadWrite.All'],
  signInActivity: ['AuditLog.Read.All'],
  customSecurityAttributes: ['CustomSecAttributeAssignment.Read.All', 'CustomSecAttributeAssignment.ReadWrite.All'],
  securityAttributeDefinitions: ['CustomSecAttributeDefinition.Read.All', 'CustomSecAttributeDefinition.ReadWrite.All'],
  extensionProperties: ['Directory.Read.All', 'Directory.ReadWrite.All'],
} as const;

/** A group of operations that share their permissions. */
export type Right = keyof typeof PERMISSIONS;

/** Whether the application may do something. */
export function may(caller: AccessClaims, right: Right): boolean {
  return PERMISSIONS[right].some((permission) => caller.roles.includes(permission));
}

/**
 * Throws 403 Authorization_RequestDenied when the application may not. An application without any consent has no identity
 * in the tenant, which Graph says differently.
 */
export function demand(caller: AccessClaims, right: Right): void {
  if (caller.objectId === undefined) {
    throw new GraphError(
      401,
      'Authorization_IdentityNotFound',
      'The identity of the calling application could not be established.',
    );
  }
  if (!may(caller, right)) throw requestDenied();
}
