/** Which users of the tenant are read; who is not among them is not kept here. Conditions hold all together. */
export interface UserScope {
  /** False: none, and Microsoft Graph is not asked for them. */
  readonly enabled: boolean;
  /** A filter in the language of Microsoft Graph; undefined: all. */
  readonly filter: string | undefined;
  /** Display names or object ids of groups; only their members are in scope, nested ones included. Undefined: all. */
  readonly memberOf: readonly string[] | undefined;
}

/** Which groups of the tenant are read. */
export interface GroupScope {
  readonly enabled: boolean;
  readonly filter: string | undefined;
}

/** Which part of the tenant is read, by what only Microsoft Graph can tell. */
export interface Scope {
  readonly users: UserScope;
  readonly groups: GroupScope;
  /** Only who or what is assigned to the enterprise application is in scope: users directly or by an assigned group. */
  readonly assignedOnly: boolean;
}

/** The whole tenant. */
export const wholeTenant: Scope = {
  users: { enabled: true, filter: undefined, memberOf: undefined },
  groups: { enabled: true, filter: undefined },
  assignedOnly: false,
};

/** True when everything is in scope. */
export function isWholeTenant({ users, groups, assignedOnly }: Scope): boolean {
  const unfiltered = users.filter === undefined && users.memberOf === undefined && groups.filter === undefined;
  return users.enabled && groups.enabled && unfiltered && !assignedOnly;
}
