/** Numbers from `from` to `to`, both inclusive. */
export interface NumberRange {
  readonly from: number;
  readonly to: number;
}

/** Where a user's short name (`uid`) comes from; the ledger keeps what was once given. */
export type UidSource =
  | 'userPrincipalNameLocalPart'
  | 'userPrincipalName'
  | 'mailNickname'
  | 'onPremisesSamAccountName';

/** What of the mirror is shown in LDAP, and how. Comes from the config; every value is valid. */
export interface ProjectionSettings {
  /** The naming context, for instance `dc=example,dc=com`. */
  readonly baseDn: string;
  readonly users: {
    /** RDN of the container below the base, for instance `ou=users`. */
    readonly container: string;
    readonly uidFrom: UidSource;
    readonly includeGuests: boolean;
    /** Disabled users stay visible but locked, or are left out. */
    readonly whenLocked: 'lock' | 'hide';
    readonly uidNumbers: NumberRange;
    /** `{uid}` stands for the short name. */
    readonly homeDirectory: string;
    readonly loginShell: string;
    /** The group that is every user's primary POSIX group; it is an entry of its own without members. */
    readonly primaryGroup: { readonly name: string; readonly gidNumber: number };
  };
  readonly groups: {
    readonly container: string;
    /** false leaves out groups without a mail address (FOX-13). */
    readonly withoutEmail: boolean;
    readonly gidNumbers: NumberRange;
    /** `transitive`: nested groups are flattened into users; `direct`: members as Entra lists them. */
    readonly membership: 'transitive' | 'direct';
  };
  readonly services: {
    readonly container: string;
    readonly accounts: readonly { readonly name: string; readonly description: string | undefined }[];
  };
}
