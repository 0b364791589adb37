/** The bounds of what binds may cost (P8). Beyond a queue's bound the answer is `busy`. */
export interface AuthLimits {
  /** bcrypt comparisons at a time. They share Node's pool of four threads with the store. */
  readonly hashesMax: number;
  /** Binds that wait for a bcrypt comparison. */
  readonly hashesWaitingMax: number;
  /** Passwords that Entra is asked about at a time. */
  readonly checksMax: number;
  /** Binds that wait to be checked by Entra. */
  readonly checksWaitingMax: number;
}

/** The bounds that apply unless others are given. */
export const defaultAuthLimits: AuthLimits = {
  hashesMax: 2,
  hashesWaitingMax: 64,
  checksMax: 16,
  checksWaitingMax: 256,
};
