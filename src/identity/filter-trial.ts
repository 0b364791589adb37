/** What a filter lets through, for the administrator who tries it. */
export interface FilterTrial {
  /** How many objects, as Microsoft Graph counts them; it may lag behind by some minutes. */
  readonly count: number;
  /** The first of them. */
  readonly sample: readonly FilterMatch[];
}

/** One object that a filter lets through. */
export interface FilterMatch {
  readonly id: string;
  readonly displayName: string | null;
  /** The user principal name of a user, the mail address of a group. */
  readonly address: string | null;
}
