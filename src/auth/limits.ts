/** The bounds of what binds may cost (P8). Beyond a queue's bound the answer is `busy`. */
export interface AuthLimits {
  /** bcrypt comparisons at a time. They share Node's pool of four threads with the store. */
  readonly hashesMax: number;
  /** Binds that wait for a bcrypt comparison. */
  readonly hashesWaitingMax: number;
  /** Binds from one network that do. */
  readonly hashesWaitingPerNetworkMax: number;
  /** Passwords that Entra is asked about at a time. */
  readonly checksMax: number;
  /** Binds that wait to be checked by Entra. */
  readonly checksWaitingMax: number;
  /** Binds from one network that do. */
  readonly checksWaitingPerNetworkMax: number;
  /** Accounts of which the shield knows what was tried. */
  readonly shieldAccountsMax: number;
  /** Networks of which it does. */
  readonly shieldNetworksMax: number;
  /** Accounts with networks that they have bound from. */
  readonly familiarMax: number;
  /** Accounts with networks whose last accepted credential is remembered. */
  readonly acceptedMax: number;
  /** Other passwords that are compared with a remembered one before it is forgotten. */
  readonly acceptedMismatchesMax: number;
  /** Accounts whose refused passwords are remembered; and as many names that nobody has. */
  readonly refusedAccountsMax: number;
  /** Refused passwords of one of them. */
  readonly refusedPasswordsMax: number;
  /** Kinds of events that the audit trail tells apart within one second. */
  readonly auditKindsMax: number;
}

/** The bounds that apply unless others are given. */
export const defaultAuthLimits: AuthLimits = {
  hashesMax: 2,
  hashesWaitingMax: 64,
  hashesWaitingPerNetworkMax: 32,
  checksMax: 16,
  checksWaitingMax: 256,
  checksWaitingPerNetworkMax: 128,
  shieldAccountsMax: 65_536,
  shieldNetworksMax: 65_536,
  familiarMax: 65_536,
  acceptedMax: 16_384,
  acceptedMismatchesMax: 5,
  refusedAccountsMax: 16_384,
  refusedPasswordsMax: 16,
  auditKindsMax: 256,
};
