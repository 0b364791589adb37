/** How many wrong passwords may come at once, and how long until one more may. */
export interface AllowanceConfig {
  readonly attempts: number;
  readonly refillMs: number;
}

/** How binds are checked and answered. */
export interface BindConfig {
  readonly diagnostics: 'plain' | 'activeDirectory' | 'activeDirectoryFull';
  readonly entra: {
    readonly enabled: boolean;
    readonly timeoutMs: number;
    /** Codes of Entra that count as success. */
    readonly acceptProven: readonly number[];
  };
  readonly appPasswords: {
    readonly enabled: boolean;
    /** Of new ones; null: for ever. */
    readonly lifetimeMs: number | null;
    readonly codeRequired: boolean;
    /** Steps of 30 seconds. */
    readonly codeWindow: number;
  };
  /** How long a password that Entra has found right is accepted without it. undefined: none is remembered. */
  readonly remembered: { readonly freshMs: number; readonly outageMs: number } | undefined;
  readonly shield: {
    readonly account: AllowanceConfig;
    readonly address: AllowanceConfig;
    readonly total: AllowanceConfig;
    readonly lockout: { readonly firstMs: number; readonly mostMs: number };
  };
  /** 0: never. */
  readonly memory: { readonly acceptedMs: number; readonly refusedMs: number };
  /** undefined: no audit trail is kept. */
  readonly audit: { readonly ageMs: number; readonly eventsMax: number; readonly bytesMax: number } | undefined;
}
